"""Groups whose commands are imported when they are called."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from octarine.cli.lazy import LazyGroup
from octarine.cli.main import AREAS, cli
from octarine.cli.redteam import COMMANDS, redteam


@pytest.mark.parametrize(("group", "name"), [(cli, n) for n in AREAS] + [(redteam, n) for n in COMMANDS])
def test_every_lazy_command_is_there_under_its_name(group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name


def test_help_lists_lazy_commands_and_others() -> None:
    shown = CliRunner().invoke(redteam, ["--help"]).output
    assert all(f"  {name} " in shown for name in (*COMMANDS, "techniques", "show", "expand"))


def test_an_unknown_command_is_refused() -> None:
    done = CliRunner().invoke(redteam, ["nothing"])
    assert done.exit_code == 2
    assert "nothing" in done.output


def test_a_group_imports_no_command_that_is_not_called() -> None:
    loaded = "[name for name in sys.modules if name.startswith('octarine.cli.redteam_')]"
    code = f"import sys, octarine.cli.redteam; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
