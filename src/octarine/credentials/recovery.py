"""Find credentials again that were taken off a file: they are kept under what its watermark says.

What is recovered vouches for the file as it was signed, never for the one at hand: a mark can be copied onto
another picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.credentials import marks
from octarine.credentials.library import kind_or_none
from octarine.credentials.reading import verify, verify_alone, without_binding
from octarine.credentials.trust import TrustList
from octarine.credentials.verdict import State, Verdict, explained
from octarine.store import KeptManifest, Store

if TYPE_CHECKING:
    from octarine.credentials.marks import AnyFound, Progress
    from octarine.watermark import ImageWatermark


class Likeness(StrEnum):
    """How the file at hand compares with the one that was signed."""

    IDENTICAL = "identical"
    """The very file that was signed."""
    SAME_PIXELS = "same pixels"
    """Every pixel is as it was signed; what the file carries beside them (the credentials) is not."""
    CHANGED = "changed"
    """The pixels are others; of a video, it was coded anew at least."""


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
    """What a file's mark led to: ``found`` is what the detector says; the newest manifest is first."""

    path: Path
    found: AnyFound
    manifests: tuple[Recovered, ...] = ()


def recover(
    path: Path | str,
    mark: ImageWatermark,
    store: Store,
    trust: TrustList | None = None,
    *,
    progress: Progress | None = None,
) -> Recovery:
    """Read the mark of a picture or a video, and find the credentials that are kept under it.

    Args:
        progress: of a video, told the seconds that were read and how many there are.

    Raises:
        DataError: the file cannot be read, or is neither.
        MissingExtra: without the extras ``credentials`` and ``watermark``.
    """
    path = Path(path)
    return recover_by(path, marks.find(mark, path, progress), store, trust)


def recover_by(path: Path, found: AnyFound, store: Store, trust: TrustList | None = None) -> Recovery:
    """As ``recover``, by what a detector has found in the file."""
    bound = marks.bound_in(found)
    kept = store.manifests(bound.payload, bound.key) if bound else []
    return Recovery(path, found, tuple(_recovered(path, found, one, store, trust) for one in kept))


def _recovered(
    path: Path, found: AnyFound, kept: KeptManifest, store: Store, trust: TrustList | None
) -> Recovered:
    manifest = store.blob(kept.manifest)
    carries = kind_or_none(path) is not None
    told = verify(path, trust, sidecar=manifest) if carries else verify_alone(path, manifest, trust)
    verdict = without_binding(told)
    active = verdict.active
    named = [mark.value for mark in active.marks if mark.algorithm == marks.ALGORITHM] if active else []
    if f"{kept.mark:012x}" not in named:
        wrong = explained("octarine.mark.mismatch")
        verdict = Verdict(verdict.path, State.INVALID, (*verdict.problems, wrong), verdict.manifests)
    return Recovered(kept, _likeness(path, found, kept), verdict, manifest)


def _likeness(path: Path, found: AnyFound, kept: KeptManifest) -> Likeness:
    from octarine.watermark import FoundInVideo

    if marks.file_hash(path) == kept.file:
        return Likeness.IDENTICAL
    # What was found knows it for a video; the name of an upload on a server does not.
    seen = marks.coded_hash if isinstance(found, FoundInVideo) else marks.pixels_hash
    return Likeness.SAME_PIXELS if seen(path) == kept.pixels else Likeness.CHANGED
