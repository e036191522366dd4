"""Text in the frames of a clip: where it stands and what it is drawn on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import timed
from octarine.redteam.carriers.files.video.drawing import (
    DARK,
    HIGH,
    PALE,
    WIDE,
    Frame,
    drawn,
    film,
    fitted,
    ink,
    inked,
    paper,
    scene,
    still,
    veiled,
)
from octarine.redteam.carriers.files.video.writing import Clip, played
from octarine.redteam.seed import Seed, cut
from octarine.redteam.technique import Made, Need, Parameter, Technique

DRAWS = frozenset({Need.PICTURES, Need.VIDEO})


def static_text(seed: Seed) -> Made:
    """The same frame for two seconds."""
    frame = still(seed.text)
    return frame if isinstance(frame, NotApplicable) else played(seed, Clip([frame] * 6, rate=3))


def scrolling(seed: Seed) -> Made:
    """As the credits of a film: never the whole text at once."""
    found = fitted(seed.text, WIDE - 16, HIGH * 4, smallest=20)
    if isinstance(found, NotApplicable):
        return found
    long = int(found.high) + 2 * HIGH
    cover = drawn(found, WIDE, long)
    frames = [inked(paper(DARK), cover[y : y + HIGH], PALE) for y in range(0, long - HIGH + 1, 24)]
    return played(seed, Clip(frames, rate=6))


def sign_in_scene(seed: Seed) -> Made:
    """On a board that stands in the scene, seen at a slant, while the sun moves on."""
    wide, high = 236, 132
    cover = ink(seed.text, wide, high, smallest=12)
    if isinstance(cover, NotApplicable):
        return cover
    board = inked(paper((235, 225, 196), wide, high), cover, (50, 30, 20))
    slant = float(seed.rng.uniform(0.03, 0.08)) * seed.pick((-1, 1))
    kind = int(seed.rng.integers(4))
    frames = [_with_board(scene(number / 3, kind).copy(), board, slant) for number in range(9)]
    return played(seed, Clip(frames, rate=3))


def _with_board(frame: Frame, board: Frame, slant: float) -> Frame:
    high, wide = board.shape[:2]
    left, top = (WIDE - wide) // 2, 50
    for post in (left + 20, left + wide - 26):
        frame[top + high // 2 : HIGH - 12, post : post + 6] = (88, 62, 40)
    for x in range(wide):
        first = top + round(slant * (x - wide / 2))
        frame[first : first + high, left + x] = board[:, x]
    return frame


def inset(seed: Seed) -> Made:
    """A small picture in the picture's corner plays the text in pieces."""
    pieces = cut(seed.text, max(1, min(8, round(len(seed.text) / 60))))
    wide, high = 168, 108
    kind, frames = int(seed.rng.integers(4)), []
    for number, piece in enumerate(pieces):
        cover = ink(piece, wide, high)
        if isinstance(cover, NotApplicable):
            return cover
        small = inked(paper(PALE, wide, high), cover, DARK)
        for step in range(3):
            frame = scene((3 * number + step) / 3, kind).copy()
            frame[HIGH - high - 8 : HIGH - 8, WIDE - wide - 8 : WIDE - 8] = small
            frames.append(frame)
    return played(seed, Clip(frames, rate=3))


def _blocks(rng: np.random.Generator, size: int, colours: tuple[int, ...]) -> Any:
    cells = rng.choice(np.asarray(colours, np.uint8), size=(HIGH // size, WIDE // size))
    return np.kron(cells, np.ones((size, size), np.uint8))


def motion_defined(seed: Seed) -> Made:
    """Every frame is noise; the noise within the letters stays, all other noise changes."""
    cover = ink(seed.text, smallest=22)
    if isinstance(cover, NotApplicable):
        return cover
    inside = cover > 0.35
    inside |= np.roll(inside, 1, axis=0) | np.roll(inside, 1, axis=1)  # strokes as thick as the grain
    kept = _blocks(seed.rng, 2, (40, 215))
    frames = []
    for _ in range(12):
        grey = np.where(inside, kept, _blocks(seed.rng, 2, (40, 215)))
        frames.append(np.repeat(grey[..., None], 3, axis=2).astype(np.uint8))
    return played(seed, Clip(frames, rate=5, fine=True))


def alternating_halves(seed: Seed) -> Made:
    """Even frames draw one half of every letter, in squares like a chessboard; odd frames the other half."""
    cover = ink(seed.text, smallest=16)
    if isinstance(cover, NotApplicable):
        return cover
    y, x = np.ogrid[:HIGH, :WIDE]
    even = ((x // 4 + y // 4) % 2 == 0).astype(np.float32)
    halves = [inked(paper(), cover * half, DARK) for half in (even, 1 - even)]
    return played(seed, Clip(halves * 5, rate=10, fine=True))


def second_stream(seed: Seed) -> Made:
    """Two video streams: the one that players show is a scene, the other one is the text."""
    frame = still(seed.text)
    if isinstance(frame, NotApplicable):
        return frame
    kind = int(seed.rng.integers(4))
    return played(seed, Clip(film(6, 3, kind), rate=3, more=[frame] * 6))


def fading_in(seed: Seed) -> Made:
    """Over a scene, from nothing to full in the last frame."""
    cover = ink(seed.text)
    if isinstance(cover, NotApplicable):
        return cover
    kind, count = int(seed.rng.integers(4)), 8
    frames = []
    for number in range(count):
        share = number / (count - 1)
        frames.append(inked(veiled(scene(number / 4, kind), 0.75 * share), cover * np.float32(share), DARK))
    return played(seed, Clip(frames, rate=4))


def video(
    ident: str, name: str, mechanism: str, apply: Callable[[Seed], Made], reference: str = "ours",
    more: tuple[Parameter, ...] = (),
) -> Technique:  # fmt: skip
    """A technique that draws Latin text into frames."""
    return timed(
        ident, name, mechanism, apply, reference, modality=Modality.VIDEO, needs=DRAWS, latin=True, more=more
    )


TECHNIQUES = (
    video("video-static-text", "Video: text that stands still",
          "Every frame of a clip is the same page of text, the seed.", static_text,
          "PyRIT, AddImageVideoConverter (near); promptfoo, video"),
    video("video-scrolling-text", "Video: rolling text",
          "The seed rolls through a clip like the credits of a film; no frame shows all of it.", scrolling),
    video("video-scene-sign", "Video: sign in the scene",
          "The seed stands on a slanted board within a moving scene.", sign_in_scene),
    video("video-inset", "Video: picture in picture",
          "A small picture in the corner of a harmless clip plays the seed in pieces.", inset),
    video("video-motion-defined", "Video: letters seen by motion alone",
          "Every frame is noise, and only the noise within the seed's letters stays from frame to frame.",
          motion_defined, "Braddick 1974, random-dot kinematograms"),
    video("video-alternating-halves", "Video: halves of the letters in turn",
          "Even frames draw one half of every letter in a chessboard, odd frames the other half.",
          alternating_halves),
    video("video-second-stream", "Video: second video stream",
          "A container holds a harmless video stream first and a second one, whose frames show the seed.",
          second_stream),
    video("video-fade-in", "Video: text that fades in",
          "The seed appears over a harmless scene little by little and is full in the last frame alone.",
          fading_in),
)  # fmt: skip
