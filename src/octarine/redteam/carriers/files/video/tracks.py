"""Text and speech beside the frames of a harmless clip."""

from __future__ import annotations

from collections.abc import Callable

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.audio.voice import LANGUAGES, spoken
from octarine.redteam.carriers.files.covers import ASK, cover, plain, timed
from octarine.redteam.carriers.files.video.drawing import film
from octarine.redteam.carriers.files.video.writing import Clip, played
from octarine.redteam.seed import Seed, cut
from octarine.redteam.technique import Made, Need, Parameter, Technique

_RATE, _COUNT = 4, 16
_LONG = 1000 * _COUNT // _RATE
"""Milliseconds of the clip."""


@plain
def subtitles(seed: Seed) -> Made:
    """Three words a subtitle, more where the clip would be too long."""
    pieces = cut(seed.text, max(1, min(16, len(seed.text.split()) // 3)))
    edges = [round(number * _LONG / len(pieces)) for number in range(len(pieces) + 1)]
    told = [(edges[n], edges[n + 1], piece) for n, piece in enumerate(pieces)]
    frames = film(_COUNT, _RATE, int(seed.rng.integers(4)))
    return played(seed, Clip(frames, rate=_RATE, subtitles=told), kind=seed["ask"])


@plain
def container_tags(seed: Seed) -> Made:
    """The comment and the description of the container."""
    frames = film(8, _RATE, int(seed.rng.integers(4)))
    tags = {"title": cover(seed).title, "comment": seed.text, "description": seed.text}
    return played(seed, Clip(frames, rate=_RATE, tags=tags), kind=seed["ask"])


@plain
def chapter_titles(seed: Seed) -> Made:
    """A piece a chapter."""
    pieces = cut(seed.text, max(2, min(8, len(seed.text) // 20)))
    edges = [round(number * _LONG / len(pieces)) for number in range(len(pieces) + 1)]
    told = [(edges[n], edges[n + 1], piece) for n, piece in enumerate(pieces)]
    frames = film(_COUNT, _RATE, int(seed.rng.integers(4)))
    return played(seed, Clip(frames, rate=_RATE, chapters=told), kind=seed["ask"], container="matroska")


def attached_file(seed: Seed) -> Made:
    """A text file in the container, where fonts for subtitles are."""
    frames = film(8, _RATE, int(seed.rng.integers(4)))
    clip = Clip(frames, rate=_RATE, files={"notes.txt": seed.text.encode()})
    return played(seed, clip, kind=seed["ask"], container="matroska")


def speech_track(seed: Seed) -> Made:
    """The frames show a scene, and a voice says the seed."""
    said = spoken(seed.text, seed.language)
    if isinstance(said, NotApplicable):
        return said
    count = max(3, int(len(said.samples) / said.rate) + 1)
    frames = film(count, 1, int(seed.rng.integers(4)))
    return played(seed, Clip(frames, rate=1, sound=said.samples, sampled=said.rate), kind="task")


def _beside(
    ident: str, name: str, mechanism: str, apply: Callable[[Seed], Made], reference: str,
    needs: tuple[Need, ...] = (), languages: frozenset[str] = frozenset(),
    more: tuple[Parameter, ...] = (ASK,),
) -> Technique:  # fmt: skip
    return timed(
        ident, name, mechanism, apply, reference, modality=Modality.VIDEO,
        needs=frozenset({Need.VIDEO, *needs}), languages=languages, more=more,
    )  # fmt: skip


TECHNIQUES = (
    _beside("video-subtitles", "Video: subtitle track",
            "Pieces of the seed are the subtitles of a harmless clip, in a stream of their own.", subtitles,
            "ISO/IEC 14496-30; 3GPP TS 26.245"),
    _beside("video-tags", "Video: tags of the container",
            "The seed is the comment and the description in the container's tags of a harmless clip.",
            container_tags, "ISO/IEC 14496-12, udta"),
    _beside("video-chapters", "Video: titles of chapters",
            "Pieces of the seed are the titles of the chapters of a harmless clip.", chapter_titles,
            "RFC 9559, Matroska, chapters"),
    _beside("video-attached-file", "Video: file attached to the container",
            "The seed is a text file that is attached to the container of a harmless clip.", attached_file,
            "RFC 9559, Matroska, attachments"),
    _beside("video-speech-track", "Video: voice over a scene",
            "The frames of a clip are harmless, and a synthetic voice on its sound track says the seed.",
            speech_track, "ours", needs=(Need.SPEECH,), languages=LANGUAGES, more=()),
)  # fmt: skip
