"""Find credentials again that were taken off a picture: they are kept under what its watermark says.

What is recovered vouches for the picture as it was signed, never for the file at hand: a mark can be copied
onto another picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.credentials import marks
from octarine.credentials.reading import verify, without_binding
from octarine.credentials.trust import TrustList
from octarine.credentials.verdict import State, Verdict, explained
from octarine.store import KeptManifest, Store

if TYPE_CHECKING:
    from octarine.watermark import Found, ImageWatermark


class Likeness(StrEnum):
    """How the file at hand compares with the one that was signed."""

    IDENTICAL = "identical"
    """The very file that was signed."""
    SAME_PIXELS = "same pixels"
    """Every pixel is as it was signed; what the file carries beside them (the credentials) is not."""
    CHANGED = "changed"
    """The pixels are others."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """One manifest that was kept under the mark.

    Attributes:
        likeness: of the file at hand to the one that was signed.
        verdict: on the credentials alone: whether their own signature holds and is trusted. Whether they
            belong to the file at hand, ``likeness`` says.
        manifest: their bytes, as a ``.c2pa`` file holds them.
    """

    kept: KeptManifest
    likeness: Likeness
    verdict: Verdict
    manifest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a picture's mark led to: ``found`` is what the detector says; the newest manifest is first."""

    path: Path
    found: Found
    manifests: tuple[Recovered, ...] = ()


def recover(path: Path | str, mark: ImageWatermark, store: Store, trust: TrustList | None = None) -> Recovery:
    """Read the mark of a picture, and find the credentials that are kept under it.

    Raises:
        DataError: the file cannot be read or is no picture.
        MissingExtra: without the extras ``credentials`` and ``watermark``.
    """
    path = Path(path)
    return recover_by(path, marks.find(mark, path), store, trust)


def recover_by(path: Path, found: Found, store: Store, trust: TrustList | None = None) -> Recovery:
    """As ``recover``, by what a detector has found in the picture."""
    bound = marks.bound_in(found)
    kept = store.manifests(bound.payload, bound.key) if bound else []
    return Recovery(path, found, tuple(_recovered(path, one, store, trust) for one in kept))


def _recovered(path: Path, kept: KeptManifest, store: Store, trust: TrustList | None) -> Recovered:
    manifest = store.blob(kept.manifest)
    verdict = without_binding(verify(path, trust, sidecar=manifest))
    active = verdict.active
    named = [mark.value for mark in active.marks if mark.algorithm == marks.ALGORITHM] if active else []
    if f"{kept.mark:012x}" not in named:
        wrong = explained("octarine.mark.mismatch")
        verdict = Verdict(verdict.path, State.INVALID, (*verdict.problems, wrong), verdict.manifests)
    return Recovered(kept, _likeness(path, kept), verdict, manifest)


def _likeness(path: Path, kept: KeptManifest) -> Likeness:
    if marks.file_hash(path) == kept.file:
        return Likeness.IDENTICAL
    return Likeness.SAME_PIXELS if marks.pixels_hash(path) == kept.pixels else Likeness.CHANGED
