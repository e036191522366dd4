"""What is said of credentials: words for people, and JSON values for programs. Commands and the server share
them."""

from __future__ import annotations

from typing import Any

from octarine.credentials.marks import bound_in
from octarine.credentials.recovery import Likeness, Recovered, Recovery
from octarine.credentials.verdict import SOURCES, Action, Ai, Manifest, Problem, State, Verdict

SAYS = {
    State.TRUSTED: "It is as it was signed, and the signer leads to an authority that you trust.",
    State.VALID: "It is as it was signed, but by whom is only a claim.",
    State.INVALID: "Do not believe what its credentials say.",
    State.NONE: "It has no content credentials. That says nothing about how it was made.",
}
AI = {
    Ai.GENERATED: "yes, a generative model made it",
    Ai.EDITED: "in part, a generative model took part in it",
    Ai.SILENT: "the credentials do not say that a generative model took part",
}
ACTIONS = {
    "c2pa.created": "created",
    "c2pa.opened": "opened an earlier file",
    "c2pa.placed": "put another file in",
    "c2pa.edited": "edited",
    "c2pa.watermarked.bound": "put a watermark in that leads back to these credentials",
}
LIKE = {
    Likeness.IDENTICAL: "The file at hand is the very file that was signed.",
    Likeness.SAME_PIXELS: "Every pixel is as it was signed; what the file carries beside them is not.",
    Likeness.CHANGED: "It was changed since it was signed, or coded anew at least.",
}
VOUCHES = (
    "Recovered credentials vouch for what was signed, not for this file: a watermark can be copied onto "
    "another picture. Compare the two before you believe it."
)


def when(manifest: Manifest) -> str:
    """When it was signed, and who says so."""
    if manifest.signature is not None and manifest.signature.time:
        whose = "an authority that you trust" if manifest.signature.time_trusted else "nobody that you trust"
        return f"{manifest.signature.time}, by a time-stamp of {whose}"
    said = next((action.when for action in manifest.actions if action.when), "")
    return f"{said}, as the signer says" if said else "not said"


def did(action: Action) -> str:
    """One action."""
    source = action.source.removeprefix(SOURCES)
    words = ACTIONS.get(action.name, action.name)
    return words + (f", with {action.agent}" if action.agent else "") + (f" ({source})" if source else "")


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
        "vouches_for": "the file as it was signed, not this one",
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
