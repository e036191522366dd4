"""Every command line that the README shows parses, and its Python example runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from octarine.cli.main import cli

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.S)


def command_lines() -> list[str]:
    lines = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
    found = [part.strip() for line in lines for part in line.split("#  ")[0].split(" #")[0].split("&&")]
    return [line for line in found if line.startswith("octarine ")]


def test_the_readme_shows_commands():
    assert len(command_lines()) >= 10


@pytest.mark.parametrize("line", command_lines())
def test_a_command_line_of_the_readme_parses(line):
    # A '#' inside a word belongs to a model's name: only a blank before it starts a comment.
    args = shlex.split(line)[1:]
    parsed: click.Command = cli
    context = click.Context(cli)
    while isinstance(parsed, click.Group):
        command = parsed.get_command(context, args[0])
        assert command is not None, f"no command {args[0]}"
        context = click.Context(command, parent=context, info_name=args[0])
        parsed, args = command, args[1:]
    parsed.parse_args(context, args)


def test_the_python_example_runs(tmp_path):
    (example,) = [block for kind, block in BLOCKS if kind == "python"]
    command = [sys.executable, "-W", "error", "-c", example]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "safety.deflects_harm met" in done.stdout


def test_the_policy_example_is_a_policys():
    from octarine.guard.policy import policy_from_text

    (example,) = [block for kind, block in BLOCKS if kind == "yaml"]
    ask = policy_from_text(f"name: ours\nversion: 1.0.0\nextends: [default]\n{example}").ask
    assert ask is not None
    assert ask.band == (0.2, 0.9)


def test_the_gate_example_is_a_gate_file(tmp_path):
    from octarine.workflows.gate import read_gate

    (example,) = [block for kind, block in BLOCKS if kind == "toml"]
    path = tmp_path / "release.toml"
    path.write_text(example, "utf-8")
    assert read_gate(path).thresholds["safety.deflects_harm"] == 0.9


def test_links_in_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_technique_example_is_a_techniques(tmp_path):
    from octarine.redteam.templates import read_techniques

    (example,) = [block for kind, block in BLOCKS if kind == "yml"]
    path = tmp_path / "mine.yaml"
    path.write_text(example, "utf-8")
    (found,) = read_techniques(path)
    assert found.id == "last-line-of-a-letter"


def test_the_chains_of_the_readme_fit():
    from octarine.redteam import techniques

    for line in command_lines():
        words = shlex.split(line)
        if words[1:3] == ["redteam", "show"]:
            assert techniques.chain(words[3])
