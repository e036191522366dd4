"""How verdicts on credentials are shown: words for a terminal, JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from octarine.credentials.marks import bound_in
from octarine.credentials.recovery import Likeness, Recovered, Recovery
from octarine.credentials.verdict import SOURCES, Action, Ai, Manifest, Problem, State, Verdict

if TYPE_CHECKING:
    from octarine.watermark import Found

_SAYS = {
    State.TRUSTED: "It is as it was signed, and the signer leads to an authority that you trust.",
    State.VALID: "It is as it was signed, but by whom is only a claim.",
    State.INVALID: "Do not believe what its credentials say.",
    State.NONE: "It has no content credentials. That says nothing about how it was made.",
}
_WORDS = {
    State.TRUSTED: ("TRUSTED", "green"),
    State.VALID: ("VALID, NOT TRUSTED", "yellow"),
    State.INVALID: ("INVALID", "red"),
    State.NONE: ("NO CREDENTIALS", "yellow"),
}
_AI = {
    Ai.GENERATED: "yes, a generative model made it",
    Ai.EDITED: "in part, a generative model took part in it",
    Ai.SILENT: "the credentials do not say that a generative model took part",
}
_ACTIONS = {
    "c2pa.created": "created",
    "c2pa.opened": "opened an earlier file",
    "c2pa.placed": "put another file in",
    "c2pa.edited": "edited",
    "c2pa.watermarked.bound": "put a watermark in that leads back to these credentials",
}
_LIKE = {
    Likeness.IDENTICAL: "The file at hand is the very file that was signed.",
    Likeness.SAME_PIXELS: "Every pixel is as it was signed; what the file carries beside them is not.",
    Likeness.CHANGED: "The picture was changed since it was signed.",
}
_VOUCHES = (
    "Recovered credentials vouch for the picture as it was signed, not for this file: a watermark can be "
    "copied onto another picture. Compare the two before you believe it."
)


def tell_verdict(verdict: Verdict) -> None:
    """The verdict, what is wrong and what to do, then who did what, the newest first."""
    word, colour = _WORDS[verdict.state]
    click.echo(f"{verdict.path}: ", nl=False)
    click.secho(word, fg=colour, bold=True, nl=False)
    click.echo(f". {_SAYS[verdict.state]}")
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
    click.echo(f"\nAI-generated: {_AI[verdict.ai]}")
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
    yield "when", _when(manifest)
    yield "with", manifest.generator
    for action in manifest.actions:
        yield "did", _did(action)
    for mark in manifest.marks:
        yield "mark", f"{mark.value} ({mark.algorithm})"
    for one in manifest.ingredients:
        back = f"see {numbers[one.label]}" if one.label in numbers else "without credentials"
        kind = {"parentOf": "edit of", "componentOf": "made from", "inputTo": "made from"}
        yield kind.get(one.relationship, one.relationship), f"{one.title}: {back}"


def _when(manifest: Manifest) -> str:
    if manifest.signature is not None and manifest.signature.time:
        whose = "an authority that you trust" if manifest.signature.time_trusted else "nobody that you trust"
        return f"{manifest.signature.time}, by a time-stamp of {whose}"
    said = next((action.when for action in manifest.actions if action.when), "")
    return f"{said}, as the signer says" if said else "not said"


def _did(action: Action) -> str:
    source = action.source.removeprefix(SOURCES)
    words = _ACTIONS.get(action.name, action.name)
    return words + (f", with {action.agent}" if action.agent else "") + (f" ({source})" if source else "")


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
    click.echo(f"\n{textwrap.fill(_VOUCHES, 110)}")
    if kept_in is not None:
        click.echo(f"{kept_in}: the newest was written there.")


def _tell_seen(found: Found) -> None:
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
    click.echo(f". {_LIKE[one.likeness]}")
    for problem in one.verdict.problems:
        _tell_problem(problem)
    _tell_history(one.verdict)


def verdict_row(verdict: Verdict, recovery: Recovery | None = None) -> dict[str, Any]:
    """The verdict as JSON values."""
    return {
        "path": verdict.path,
        "state": verdict.state.value,
        "ai_generated": verdict.ai.value,
        "problems": [_problem_row(problem) for problem in verdict.problems],
        "remote": verdict.remote or None,
        "manifests": [_manifest_row(manifest) for manifest in verdict.manifests],
        "recovered": None if recovery is None else recovery_row(recovery),
    }


def _problem_row(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "means": problem.means, "todo": problem.todo, "detail": problem.detail}


def _manifest_row(manifest: Manifest) -> dict[str, Any]:
    signature = manifest.signature
    return {
        "label": manifest.label,
        "title": manifest.title,
        "generator": manifest.generator,
        "signer": signature and signature.signer,
        "issuer": signature and signature.issuer,
        "expires": signature and signature.expires,
        "time_stamp": (signature and signature.time) or None,
        "time_stamp_trusted": bool(signature and signature.time_trusted),
        "trusted": bool(signature and signature.trusted),
        "ai_generated": manifest.ai.value,
        "actions": [
            {"action": one.name, "when": one.when or None, "source": one.source or None, "agent": one.agent}
            for one in manifest.actions
        ],
        "marks": [{"algorithm": one.algorithm, "value": one.value} for one in manifest.marks],
        "ingredients": [
            {"title": one.title, "relationship": one.relationship, "manifest": one.label or None}
            for one in manifest.ingredients
        ],
        "problems": [_problem_row(problem) for problem in manifest.problems],
    }


def recovery_row(recovery: Recovery) -> dict[str, Any]:
    """What was recovered as JSON values."""
    bound = bound_in(recovery.found)
    return {
        "path": str(recovery.path),
        "payload": None if bound is None else f"{bound.payload:#x}",
        "confidence": recovery.found.confidence.value,
        "manifests": [recovered_row(one) for one in recovery.manifests],
        "vouches_for": "the picture as it was signed, not this file",
    }


def recovered_row(one: Recovered) -> dict[str, Any]:
    """One recovered manifest as JSON values."""
    return {
        "title": one.kept.title,
        "signed_at": one.kept.at,
        "likeness": one.likeness.value,
        "signed_file_sha256": one.kept.file,
        **{
            name: value
            for name, value in verdict_row(one.verdict).items()
            if name not in ("path", "recovered")
        },
    }
