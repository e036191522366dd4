"""How verdicts on credentials are shown: words for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from octarine.credentials.marks import bound_in
from octarine.credentials.recovery import Recovered, Recovery
from octarine.credentials.telling import AI, LIKE, SAYS, VOUCHES, did, when
from octarine.credentials.verdict import Manifest, Problem, State, Verdict

if TYPE_CHECKING:
    from octarine.credentials.marks import AnyFound

_WORDS = {
    State.TRUSTED: ("TRUSTED", "green"),
    State.VALID: ("VALID, NOT TRUSTED", "yellow"),
    State.INVALID: ("INVALID", "red"),
    State.NONE: ("NO CREDENTIALS", "yellow"),
}


def tell_verdict(verdict: Verdict) -> None:
    """The verdict, what is wrong and what to do, then who did what, the newest first."""
    word, colour = _WORDS[verdict.state]
    click.echo(f"{verdict.path}: ", nl=False)
    click.secho(word, fg=colour, bold=True, nl=False)
    click.echo(f". {SAYS[verdict.state]}")
    if verdict.remote:
        click.echo(
            f"It says that its credentials lie at {_plain(verdict.remote)}. Octarine did not ask there."
        )
        click.echo("Get them yourself, and name them:  --sidecar FILE")
    for problem in verdict.problems:
        _tell_problem(problem)
    for manifest, problem in verdict.troubles:
        # Who signed what came before is told with each manifest; where the newest is trusted, it stands out.
        if verdict.state is State.TRUSTED or not problem.mild:
            click.echo(f"Of {_plain(manifest.title or manifest.label)}, which it was made from:")
            _tell_problem(problem)
    if verdict.manifests:
        _tell_history(verdict)


def _tell_problem(problem: Problem) -> None:
    click.secho(
        f"  - {_plain(problem.means)} [{_plain(problem.code)}]", fg="yellow" if problem.mild else "red"
    )
    if problem.todo:
        click.echo(f"    {problem.todo}")


def _tell_history(verdict: Verdict) -> None:
    if verdict.state is State.INVALID:
        click.echo("\nWhat they say, unproven:")
    click.echo(f"\nAI-generated: {AI[verdict.ai]}")
    numbers = {manifest.label: number for number, manifest in enumerate(verdict.manifests, 1)}
    for manifest in verdict.manifests:
        click.echo(f"\n{numbers[manifest.label]}  {_plain(manifest.title or manifest.label)}")
        for name, text in _rows(manifest, numbers):
            click.echo(
                textwrap.fill(
                    _plain(text), 110, initial_indent=f"   {_plain(name):<10}", subsequent_indent=" " * 13
                )
            )


def _rows(manifest: Manifest, numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    signature = manifest.signature
    if signature is not None:
        issued = (
            f", certified by {signature.issuer}" if signature.issuer and not signature.self_signed else ""
        )
        own = ", certified by itself" if signature.self_signed else ""
        expires = f", until {signature.expires[:10]}" if signature.expires else ""
        yield (
            "signed by",
            f"{signature.signer}{issued}{own}{expires}{'' if signature.trusted else ': not trusted'}",
        )
    yield "when", when(manifest)
    yield "with", manifest.generator
    for action in manifest.actions:
        yield "did", did(action)
    for mark in manifest.marks:
        yield "mark", f"{mark.value} ({mark.algorithm})"
    for one in manifest.ingredients:
        back = f"see {numbers[one.label]}" if one.label in numbers else "without credentials"
        kind = {"parentOf": "edit of", "componentOf": "made from", "inputTo": "made from"}
        yield kind.get(one.relationship, one.relationship), f"{one.title}: {back}"


def tell_recovery(recovery: Recovery, kept_in: Path | None) -> None:
    """What the watermark led to."""
    bound = bound_in(recovery.found)
    if bound is None:
        seen = recovery.found.confidence.value
        why = "it carries no watermark of this key" if seen == "none" else "its watermark cannot be read"
        click.echo(f"{recovery.path}: nothing was recovered: {why} (confidence: {seen}).")
        return
    sure = f"confidence: {recovery.found.confidence.value}"
    click.echo(f"{recovery.path}: its watermark says {bound.payload:#x} ({sure}).")
    _tell_seen(recovery.found)
    if not recovery.manifests:
        click.echo("The store keeps no credentials under that. Is it the store that they were signed with?")
        return
    click.echo(f"Credentials kept under it: {len(recovery.manifests)}.")
    for one in recovery.manifests:
        _tell_recovered(one)
    click.echo(f"\n{textwrap.fill(VOUCHES, 110)}")
    if kept_in is not None:
        click.echo(f"{kept_in}: the newest was written there.")


def _tell_seen(found: AnyFound) -> None:
    from octarine.watermark import FoundInVideo

    if isinstance(found, FoundInVideo):
        share = (
            f"{100 * found.share:.0f} % of the video carries it" if found.spans else "Where it is is unclear"
        )
        click.echo(f"{share}. It lies {found.geometry or 'as it was'}.")
        return
    edited = {
        None: "",
        True: " Parts of it were edited after marking.",
        False: " No edited parts were found.",
    }
    click.echo(f"Against what was marked, it lies {found.geometry or 'as it was'}.{edited[found.edited]}")


def _plain(text: str) -> str:
    """Credentials are written by whoever likes: what would move a terminal's cursor or turn text round is
    shown as a mark, and no more than a line or two of it."""
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    return shown if len(shown) <= 200 else f"{shown[:200]}…"


def _tell_recovered(one: Recovered) -> None:
    word, colour = _WORDS[one.verdict.state]
    click.echo(f"\n{_plain(one.kept.title)}, signed {one.kept.at}. Its own signature is ", nl=False)
    click.secho(word, fg=colour, bold=True, nl=False)
    click.echo(f". {LIKE[one.likeness]}")
    for problem in one.verdict.problems:
        _tell_problem(problem)
    _tell_history(one.verdict)
