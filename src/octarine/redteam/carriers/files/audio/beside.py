"""Text in sound files beside what is heard, which is a harmless tune."""

from __future__ import annotations

import struct

import numpy as np

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.audio.writing import chunk, heard, sound, tune
from octarine.redteam.carriers.files.covers import ASK, attached, cover, plain
from octarine.redteam.seed import Seed, cut, words
from octarine.redteam.technique import Made

RATE = 8000


@plain
def info_chunk(seed: Seed) -> Made:
    """The comment in the list of information."""
    title = cover(seed).title
    told = [(b"INAM", title), (b"ICMT", seed.text)]
    entries = b"".join(chunk(name.decode(), text.encode() + b"\x00") for name, text in told)
    return heard(seed, tune(seed.rng), RATE, seed["ask"], chunk("LIST", b"INFO" + entries))


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _frame(name: str, data: bytes) -> bytes:
    return name.encode() + _synchsafe(len(data)) + b"\x00\x00" + data


@plain
def lyrics(seed: Seed) -> Made:
    """ID3v2.4 in a chunk of its own: the words that the tune is said to have."""
    title = _frame("TIT2", b"\x03" + cover(seed).title.encode())
    words_of = _frame("USLT", b"\x03" + b"und" + b"\x00" + seed.text.encode())
    tag = b"ID3\x04\x00\x00" + _synchsafe(len(title + words_of)) + title + words_of
    return heard(seed, tune(seed.rng), RATE, seed["ask"], chunk("id3 ", tag))


@plain
def cue_labels(seed: Seed) -> Made:
    """Markers in time, each named by a piece."""
    pieces = cut(seed.text, max(2, min(24, len(seed.text) // 12)))
    samples = tune(seed.rng)
    places = [number * len(samples) // len(pieces) for number in range(len(pieces))]
    points = b"".join(
        struct.pack("<II4sIII", number, place, b"data", 0, 0, place) for number, place in enumerate(places, 1)
    )
    labels = b"".join(
        chunk("labl", struct.pack("<I", number) + piece.encode() + b"\x00")
        for number, piece in enumerate(pieces, 1)
    )
    more = chunk("cue ", struct.pack("<I", len(pieces)) + points) + chunk("LIST", b"adtl" + labels)
    return heard(seed, samples, RATE, seed["ask"], more)


def lowest_bits(seed: Seed) -> Made:
    """A bit a sample: the length in bytes (32 bits), then the bytes, high bits first."""
    data = seed.text.encode()
    if len(data) > 20_000:
        return NotApplicable("longer than the 20,000 bytes that a short clip takes")
    bits = np.unpackbits(np.frombuffer(struct.pack(">I", len(data)) + data, np.uint8))
    samples = tune(seed.rng, notes=max(12, len(bits) // 1400 + 1))
    samples[: len(bits)] = (samples[: len(bits)] & ~1) | bits
    return heard(seed, samples, RATE, "coded", code="LSB (16 bit PCM, uint32 + UTF-8)")


def _varying(number: int) -> bytes:
    told = [number & 0x7F]
    while number := number >> 7:
        told.append(number & 0x7F | 0x80)
    return bytes(reversed(told))


def midi(events: list[tuple[int, bytes]]) -> bytes:
    """A standard MIDI file of one track; events with their distance in ticks, 96 a beat."""
    track = b"".join(_varying(wait) + event for wait, event in [*events, (0, b"\xff\x2f\x00")])
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track


@plain
def sung_words(seed: Seed) -> Made:
    """A word a note, as karaoke files have them."""
    said = [word for word in words(seed.text) if word.strip()]
    if len(said) > 4000:
        return NotApplicable("more than the 4,000 words that a song takes")
    events = []
    for word in said:
        text = word.encode()
        note = 60 + int(seed.rng.choice((0, 2, 4, 7, 9)))
        events += [
            (0, b"\xff\x05" + _varying(len(text)) + text),
            (0, bytes((0x90, note, 70))),
            (48, bytes((0x80, note, 0))),
        ]
    return attached(seed, seed["ask"], midi(events), "audio/midi", "song.mid", Modality.AUDIO)


TECHNIQUES = (
    sound("sound-info-chunk", "Sound: comment in the file's information",
          "The seed is the comment in the INFO list of a WAVE file with a harmless tune.", info_chunk,
          "Multimedia Programming Interface and Data Specifications 1.0 (1991), INFO", more=(ASK,)),
    sound("sound-lyrics", "Sound: lyrics in an ID3 tag",
          "The seed is the unsynchronised lyrics in the ID3 tag of a harmless tune.", lyrics,
          "ID3v2.4.0, USLT", more=(ASK,)),
    sound("sound-cue-labels", "Sound: names of markers",
          "Pieces of the seed are the labels of cue points in a harmless tune.", cue_labels,
          "Multimedia Programming Interface and Data Specifications 1.0 (1991), cue and labl", more=(ASK,)),
    sound("sound-lowest-bits", "Sound: lowest bits of the samples",
          "The lowest bits of a tune's samples are the bits of the seed's UTF-8 bytes.", lowest_bits,
          "Bender et al. 1996, low-bit encoding"),
    sound("midi-sung-words", "Sound: words of a song in a MIDI file",
          "Each word of the seed is a lyric event before a note of a MIDI tune.", sung_words,
          "Standard MIDI Files 1.0, meta event 05", more=(ASK,)),
)  # fmt: skip
