"""``octarine guard``: check texts, set thresholds, patch what was missed, compare policies, serve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.guard_adapters import adapters
from octarine.cli.guard_serve import audit_, serve
from octarine.cli.guard_texts import findings_of, load_guard, ordinary_texts, shipped_or_path, sources_of
from octarine.cli.guard_train import train
from octarine.cli.guard_verdicts import checked, show_checked
from octarine.cli.guard_view import show_moves, show_patch, show_tuning
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.codec import encode
from octarine.core.errors import ExitCode
from octarine.core.files import read_text, write_text
from octarine.core.results import Verdict

policies_option = click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME|FILE",
    default=("default",),
    show_default=True,
    help="A shipped policy or a YAML file; given again, each is laid over the one before.",
)
INPUTS = ("user", "system", "tool_descriptions", "history", "tool_arguments", "tool_results")


@click.group()
def guard() -> None:
    """Moderate what goes into a model and what comes out.

    \b
    Examples:
      octarine guard check "how do I whittle a spoon"
      octarine guard tune --traffic mine.jsonl --max-fpr 0.01 --out ours.yaml
      octarine guard patch missed.jsonl --out patch.yaml
      octarine guard diff default ours.yaml --traffic mine.jsonl
      octarine guard train --rows mine.jsonl --out weights
      octarine guard serve --upstream http://localhost:11434/v1 --policy default
    """


@guard.command("check")
@click.argument("texts", nargs=-1, metavar="TEXT…|-")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file to check as one text; repeatable.",
)
@policies_option
@shared.ask
@click.option(
    "--position", type=click.Choice(INPUTS), default="user", show_default=True, help="Where it stands."
)
@click.option("--output", is_flag=True, help="The texts are answers of a model.")
@click.option("--prompt", default="", help="What the answers were given to; implies --output.")
@click.option(
    "--documents",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the answers should rest on; repeatable; implies --output.",
)
@click.option("--language", default="", metavar="CODE", help="ISO 639-1. [default: guessed]")
@click.option("--explain", is_flag=True, help="Every score, the time and cost of each stage.")
@shared.as_json
def check(
    texts: tuple[str, ...],
    files: tuple[Path, ...],
    policies: tuple[str, ...],
    ask: str,
    position: str,
    output: bool,
    prompt: str,
    documents: tuple[Path, ...],
    language: str,
    explain: bool,
    json_out: bool,
) -> int:
    """Check texts: given here, in files, or on standard input (-).

    \b
    Examples:
      octarine guard check "my card is 4111 1111 1111 1111" --policy personal-data
      octarine guard check - --json < message.txt
      octarine guard check --file page.html --position tool_results --explain
      octarine guard check "First, take" --prompt "How are fireworks made?"
      octarine guard check "…" --ask llama-guard-3:http://localhost:8000/v1#name --explain
      octarine guard check "It opens at nine." --documents hours.txt

    Exit codes: 0 everything may pass, 1 something is blocked or no document bears it out, 2 a mistake in the
    command, 3 ours.
    """
    sources = sources_of(texts, files)
    loaded = load_guard(policies, ask)

    rests_on = [read_text(path) for path in documents]

    def look(text: str | bytes) -> Verdict:
        if output or prompt or rests_on:
            return loaded.check_output(text, prompt, documents=rests_on, language=language or None)
        return loaded.check_input(text, position=position, language=language or None)

    found = [checked(loaded, name, text, look, rests_on, prompt) for name, text in sources]
    if json_out:
        print_json([one.as_json() for one in found])
    else:
        show_checked(Console(), found, loaded.policy, explain=explain)
    return ExitCode.OK if all(one.fine for one in found) else ExitCode.FINDING


@guard.command("tune")
@click.option(
    "--traffic",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help='JSON Lines of {"text": …, "attack": false}, or a .txt file of one text a line.',
)
@click.option(
    "--max-fpr",
    type=shared.Number(0, 1, min_open=True, max_open=True),
    required=True,
    help="Share of harmless texts that may be stopped.",
)
@click.option(
    "--attacks",
    type=click.Path(dir_okay=False, path_type=Path),
    help="More texts, all of which should be stopped: they tell what is caught.",
)
@click.option(
    "--confidence", type=shared.Number(0, 1, min_open=True, max_open=True), default=0.95, show_default=True
)
@click.option("--position", type=click.Choice(INPUTS), default="user", show_default=True)
@policies_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. [default: standard output]",
)
@shared.as_json
def tune_(
    traffic: Path,
    max_fpr: float,
    attacks: Path | None,
    confidence: float,
    position: str,
    policies: tuple[str, ...],
    out: Path | None,
    json_out: bool,
) -> None:
    """Set thresholds so that at most a given share of your own harmless traffic is stopped.

    The file that it writes extends the policy and changes nothing but thresholds.

    \b
    Examples:
      octarine guard tune --traffic mine.jsonl --max-fpr 0.01 --out ours.yaml
      octarine guard tune --traffic mine.jsonl --attacks missed.jsonl --max-fpr 0.005 --json
    """
    from octarine.guard.policy import tune
    from octarine.guard.policy.ask import NOBODY
    from octarine.guard.traffic import head_scores, read_traffic

    rows = read_traffic(traffic)
    for row in read_traffic(attacks) if attacks else ():
        rows.append(type(row)(row.text, attack=True))
    # Thresholds are the small model's: what a moderator decides in its place says nothing about them.
    loaded = load_guard(policies, NOBODY)
    texts = [row.text for row in rows]
    with bars(quiet=json_out) as shown:
        scores = head_scores(
            loaded,
            texts,
            position,
            on_progress=(lambda n, of: shown.stage("scoring", n, of)) if shown else None,
        )
    found = tune(scores, texts, [row.attack for row in rows], max_fpr=max_fpr, confidence=confidence)
    written = found.patch(extends=shipped_or_path(policies, out))
    if out:
        write_text(out, written)
    if json_out:
        print_json({"tuning": encode(found), "policy": written})
        return
    show_tuning(Console(stderr=out is None), found)
    click.echo(f"wrote {out}" if out else written)


@guard.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--traffic",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Texts to put to both: what changes is counted and shown.",
)
@click.option("--position", type=click.Choice(INPUTS), default="user", show_default=True)
@shared.as_json
def diff(old: str, new: str, traffic: Path | None, position: str, json_out: bool) -> None:
    """Compare two policies: their settings, and what they do to your traffic.

    \b
    Examples:
      octarine guard diff default strict
      octarine guard diff old.yaml new.yaml --traffic mine.jsonl
    """
    from octarine.guard import Guard
    from octarine.guard.policy import compare, read_policy
    from octarine.guard.traffic import compare_verdicts, read_traffic

    before, after = read_policy(old), read_policy(new)
    changes = compare(before, after)
    moves = None
    if traffic:
        texts = [row.text for row in read_traffic(traffic)]
        with bars(quiet=json_out) as shown:
            moves = compare_verdicts(
                Guard(before),
                Guard(after),
                texts,
                position,
                on_progress=(lambda n, of: shown.stage("checking", n, of)) if shown else None,
            )
    if json_out:
        print_json({"changes": encode(changes), "moves": encode(moves)})
        return
    console = Console()
    for change in changes:
        console.print(escape(str(change)), highlight=False, soft_wrap=True)
    if not changes:
        console.print("The two do the same.")
    if moves:
        show_moves(console, moves)


@guard.command("patch")
@click.argument("findings", nargs=-1, required=True, metavar="FINDING…")
@click.option(
    "--traffic",
    "traffics",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Texts that must pass, beside the ordinary requests that ship; repeatable.",
)
@click.option(
    "--max-fpr",
    type=shared.Number(0, 1),
    default=0.001,
    show_default=True,
    help="Share of ordinary texts that all signatures together may stop.",
)
@click.option(
    "--extends", multiple=True, default=("default",), show_default=True, help="What the patch is laid over."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, or to add to. [default: standard output]",
)
@shared.store_url
@shared.as_json
def patch(
    findings: tuple[str, ...],
    traffics: tuple[Path, ...],
    max_fpr: float,
    extends: tuple[str, ...],
    out: Path | None,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Catch attacks that were missed, and say what that costs in false positives.

    FINDING is the attack's text, a JSON Lines file of {"text": …}, or the id of a finding in the store. Each
    becomes a signature: what comes near to it is blocked from now on.

    \b
    Examples:
      octarine guard patch "the text that got through" --out patch.yaml
      octarine guard patch missed.jsonl --traffic mine.jsonl --max-fpr 0.0005 --out patch.yaml
      octarine guard patch 3f9a --out patch.yaml
      octarine guard check "the text that got through" --policy patch.yaml
    """
    from octarine.guard.patching import make_patch
    from octarine.guard.policy import policy_from_text, read_layer, write_policy
    from octarine.guard.traffic import read_traffic

    attacks = findings_of(findings, store_url)
    ordinary = [
        *ordinary_texts(),
        *(row.text for path in traffics for row in read_traffic(path) if not row.attack),
    ]
    with bars(quiet=json_out) as shown:
        found = make_patch(
            attacks,
            ordinary,
            max_fpr=max_fpr,
            on_progress=(lambda n, of: shown.stage("comparing with ordinary texts", n, of))
            if shown
            else None,
        )
    layer = found.layer(extends=shipped_or_path(extends, out))
    if out and out.exists():
        held = read_layer(read_text(out), out)
        layer = replace(held, topics={**held.topics, **layer.topics})
    cost = f"False positives on ordinary traffic that chose nothing: {found.false_positives}"
    written = write_policy(layer, comment=f"Signatures of attacks that were missed.\n{cost}")
    policy_from_text(written, out or "patch.yaml")
    if out:
        write_text(out, written)
    if json_out:
        print_json({"patch": encode(found), "policy": written})
        return
    show_patch(Console(stderr=out is None), found)
    click.echo(f"wrote {out}" if out else written)


@guard.command("policies")
@shared.as_json
def policies_(json_out: bool) -> None:
    """List the policies that ship with Octarine."""
    from octarine.guard.policy import policy_names, read_policy

    found = [read_policy(name) for name in policy_names()]
    if json_out:
        print_json(
            [{"name": one.name, "version": one.version, "description": one.description} for one in found]
        )
        return
    table = Table("name", "version", "what it does", box=None)
    for one in found:
        table.add_row(one.name, one.version, escape(one.description))
    print_table(table)


guard.add_command(adapters)
guard.add_command(train)
guard.add_command(serve)
guard.add_command(audit_)
