"""Readers of the carriers that are clips and sounds.

ffmpeg and ffprobe take the containers apart, tesseract reads frames, pocketsphinx hears speech (English
alone), and a few lines of numpy follow the published codes of tones. What a reader is: see
``readers_files``.
"""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.redteam.readers_files import Reader, data_of, output

from octarine.core.content import Conversation

WIDE, HIGH = 320, 240
PAGE = np.array((246, 244, 236))


def frames(conversation: Conversation, stream: int = 0) -> np.ndarray:
    """Frames × height × width × 3, as ffmpeg decodes them."""
    raw = output(
        ["ffmpeg", "-v", "error", "-i", "{}", "-map", f"0:v:{stream}", "-fps_mode", "passthrough",
         "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        data_of(conversation),
    )  # fmt: skip
    return np.frombuffer(raw, np.uint8).reshape(-1, HIGH, WIDE, 3)


def seen(picture: np.ndarray, *, scale: int = 3) -> str:
    """What tesseract reads in a picture (height × width, or × 3)."""
    from PIL import Image

    image = Image.fromarray(picture.astype(np.uint8)).convert("L")
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "PNG")
    return output(
        ["tesseract", "{}", "-", "--psm", "6", "-l", "eng"], file.getvalue(), ending=".png"
    ).decode()


def pages(found: np.ndarray) -> list[np.ndarray]:
    """The frames that are pages of text, equal ones once."""
    kept: list[np.ndarray] = []
    for frame in found:
        border = np.concatenate([frame[:4].reshape(-1, 3), frame[-4:].reshape(-1, 3)])
        known = any(np.abs(other.astype(int) - frame).mean() < 1.0 for other in kept[-4:])
        if not known and np.abs(border - PAGE).mean() < 12:
            kept.append(frame)
    return kept


def read_pages(conversation: Conversation) -> str:
    return "\n".join(seen(page) for page in pages(frames(conversation)))


def _bands(found: list[np.ndarray]) -> str:
    """Frames of a word each, as one picture of many lines."""
    bands = [frame[HIGH // 2 - 26 : HIGH // 2 + 26] for frame in found]
    return "\n".join(seen(np.concatenate(bands[first : first + 10])) for first in range(0, len(bands), 10))


def word_frames(conversation: Conversation) -> str:
    return _bands(list(frames(conversation)))


def word_frames_backwards(conversation: Conversation) -> str:
    return _bands(list(frames(conversation)[::-1]))


def scrolled(conversation: Conversation) -> str:
    """The roll is put together again from how far each frame moved on."""
    found = frames(conversation).astype(int)
    roll = found[0]
    for before, after in pairwise(found):
        moves = [np.abs(before[move:] - after[: HIGH - move]).mean() for move in range(1, 60)]
        roll = np.concatenate([roll, after[HIGH - 1 - int(np.argmin(moves)) :]])
    return seen(255 - roll)


def sign(conversation: Conversation) -> str:
    return seen(np.median(frames(conversation), axis=0)[20:215, 30:290], scale=4)


def inset(conversation: Conversation) -> str:
    small = [frame[124:232, 144:312] for frame in frames(conversation)]
    kept: list[np.ndarray] = []
    for frame in small:
        if not kept or np.abs(kept[-1].astype(int) - frame).mean() > 4:
            kept.append(frame)
    return "\n".join(seen(frame, scale=4) for frame in kept)


def still_parts(conversation: Conversation) -> str:
    """Where nothing changes from frame to frame, and its neighbours do not either."""
    moved = frames(conversation).astype(float).mean(axis=3).std(axis=0)
    smooth = moved.reshape(HIGH // 2, 2, WIDE // 2, 2).mean(axis=(1, 3))
    return seen(np.clip(smooth * 3.2, 0, 255), scale=6)


def both_halves(conversation: Conversation) -> str:
    found = frames(conversation)
    return seen(np.minimum(found[2], found[3]))


def last_frame(conversation: Conversation) -> str:
    return seen(frames(conversation)[-1])


def second_stream(conversation: Conversation) -> str:
    return seen(frames(conversation, 1)[2])


def probed(conversation: Conversation, *what: str) -> dict[str, Any]:
    """What ffprobe says of the file."""
    return dict(
        json.loads(output(["ffprobe", "-v", "error", *what, "-of", "json", "{}"], data_of(conversation)))
    )


def tags(conversation: Conversation) -> str:
    found = {
        name.lower(): text for name, text in probed(conversation, "-show_format")["format"]["tags"].items()
    }
    return "\n".join(found.get(name, "") for name in ("comment", "lyrics-und", "lyrics", "description"))


def chapters(conversation: Conversation) -> str:
    return "".join(chapter["tags"]["title"] for chapter in probed(conversation, "-show_chapters")["chapters"])


def subtitles(conversation: Conversation) -> str:
    told = output(
        ["ffmpeg", "-v", "error", "-i", "{}", "-map", "0:s:0", "-f", "srt", "-"], data_of(conversation)
    )
    lines = told.decode().split("\n")
    return "\n".join(line for line in lines if "-->" not in line and not line.isdigit())


def attached(conversation: Conversation) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mkv"
        path.write_bytes(data_of(conversation))
        subprocess.run(
            ["ffmpeg", "-v", "quiet", "-dump_attachment:t:0", "out.txt", "-i", str(path)],
            cwd=folder,
            check=False,
        )
        return (Path(folder) / "out.txt").read_text("utf-8")


def samples(conversation: Conversation) -> tuple[np.ndarray, int]:
    """Samples (× channels where there are two) and how many a second, as the standard library reads them."""
    with wave.open(io.BytesIO(data_of(conversation))) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        found = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return (found.reshape(-1, channels) if channels > 1 else found), rate


def heard(found: np.ndarray, rate: int, among: Sequence[str], *, spelt: bool = False) -> str:
    """Which of the texts ``among`` pocketsphinx hears (English), or ``spelt``: a grammar that holds the words
    of each that its dictionary has, with other talk before them. "" where it hears none."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16_000, loglevel="FATAL")
    rules = {_known(decoder, text, spelt=spelt): text for text in among}
    told = " | ".join(f"( {rule} )" for rule in rules if rule)
    decoder.add_jsgf_string(
        "among", f"#JSGF V1.0;\ngrammar among;\n<talk> = {_TALK};\npublic <said> = [ <talk>+ ] ( {told} );\n"
    )
    decoder.activate_search("among")
    wanted = np.arange(0, len(found) - 1, rate / 16_000)
    sound = np.interp(wanted, np.arange(len(found)), found.astype(float))
    sound = np.pad(sound, 4800)  # a recogniser knows no perfect silence
    sound += np.random.default_rng(0).normal(0, 40, len(sound))
    decoder.start_utt()
    decoder.process_raw(np.clip(sound, -32_000, 32_000).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    said = best.hypstr if best else ""
    return next((text for rule, text in rules.items() if rule and said.endswith(rule)), "")


_TALK = "the | of | and | they | moved | meeting | came | bench | year | next | water | small | boat | day"


def _known(decoder: Any, text: str, *, spelt: bool) -> str:
    words = re.findall(r"[a-z]" if spelt else r"[a-z']+", text.lower())
    return " ".join(word for word in words if decoder.lookup_word(word))


def _heard(
    conversation: Conversation, among: Sequence[str], change: Callable[[np.ndarray], np.ndarray]
) -> str:
    found, rate = samples(conversation)
    return heard(change(found.sum(axis=1) if found.ndim > 1 else found), rate, among)


def speech(conversation: Conversation, among: Sequence[str]) -> str:
    return _heard(conversation, among, lambda found: found)


def speech_backwards(conversation: Conversation, among: Sequence[str]) -> str:
    return _heard(conversation, among, lambda found: found[::-1])


def speech_spelt(conversation: Conversation, among: Sequence[str]) -> str:
    return heard(*samples(conversation), among, spelt=True)


def speech_resampled(conversation: Conversation, among: Sequence[str]) -> str:
    """Played at a few speeds, as a listener would try."""
    found, rate = samples(conversation)
    tries = (heard(found, round(rate * speed), among) for speed in (1.6, 1.33, 0.72, 0.6))
    return next((text for text in tries if text), "")


def speech_of_clip(conversation: Conversation, among: Sequence[str]) -> str:
    raw = output(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            "{}",
            "-map",
            "0:a:0",
            "-f",
            "s16le",
            "-ar",
            "16000",
            "-ac",
            "1",
            "-",
        ],
        data_of(conversation),
    )
    return heard(np.frombuffer(raw, "<i2"), 16_000, among)


def power(found: np.ndarray, rate: int, frequency: float) -> np.ndarray:
    """Amplitude at a frequency over time (10 ms, by correlation with a sine)."""
    turned = found * np.exp(-2j * np.pi * frequency * np.arange(len(found)) / rate)
    window = np.ones(rate // 100) / (rate // 100)
    return np.abs(np.convolve(turned, window, "same"))


def runs(on: np.ndarray) -> list[tuple[bool, int, int]]:
    """(on, first, length) of each stretch."""
    edges = [0, *(np.flatnonzero(np.diff(on.astype(int))) + 1), len(on)]
    return [(bool(on[first]), int(first), int(last - first)) for first, last in pairwise(edges)]


# ITU-R M.1677-1, in the order of the alphabet, and the digits from nought.
_ALPHABET = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- "
    "--.. .---- ..--- ...-- ....- ..... -.... --... ---.. ----. -----"
)
_MORSE = dict(zip(_ALPHABET.split(" "), "abcdefghijklmnopqrstuvwxyz1234567890", strict=True))
_MORSE |= {
    "-----": "0",
    ".-.-.-": ".",
    "--..--": ",",
    "..--..": "?",
    ".----.": "'",
    "-....-": "-",
    "-..-.": "/",
}


def morse(conversation: Conversation) -> str:
    found, rate = samples(conversation)
    stretches = runs(power(found, rate, 700.0) > 2500)
    unit = min(length for on, _, length in stretches if on)
    told, sign = [], ""
    for on, _, length in stretches:
        count = length / unit
        if on:
            sign += "." if count < 2 else "-"
        elif count > 1.7:
            told.append(_MORSE.get(sign, ""))
            sign = ""
            told.append(" " if count > 5 else "")
    return "".join([*told, _MORSE.get(sign, "")])


_TAPS = {
    "2": "abc2", "3": "def3", "4": "ghi4", "5": "jkl5", "6": "mno6", "7": "pqrs7", "8": "tuv8", "9": "wxyz9",
    "0": " 0", "1": ".,?!'-1",
}  # fmt: skip


def telephone(conversation: Conversation) -> str:
    found, rate = samples(conversation)
    lows = np.stack([power(found, rate, hz) for hz in (697, 770, 852, 941)])
    highs = np.stack([power(found, rate, hz) for hz in (1209, 1336, 1477)])
    pressed: list[tuple[str, int, int]] = []
    for on, first, length in runs((lows.max(axis=0) > 1000) & (highs.max(axis=0) > 1000)):
        if on and length > 0.02 * rate:
            middle = first + length // 2
            key = "123456789*0#"[3 * int(lows[:, middle].argmax()) + int(highs[:, middle].argmax())]
            pressed.append((key, first, first + length))
    groups: list[str] = []
    last = 0
    for key, first, end in pressed:
        if groups and groups[-1][0] == key and first - last < 0.07 * rate:
            groups[-1] += key
        else:
            groups.append(key)
        last = end
    return "".join(_TAPS[group[0]][len(group) - 1] for group in groups)


def modem(conversation: Conversation) -> str:
    """Bell 202: which tone is louder in each bit; bytes begin with a nought."""
    found, rate = samples(conversation)
    mark, space = (power_of_bit(found, rate, hz) for hz in (1200, 2200))
    bits = (mark > space).astype(int)
    told, place, bit = bytearray(), 0, rate // 1200
    while place + 10 * bit <= len(bits):
        if bits[place] == 0:
            middle = place + bit // 2
            told.append(sum(int(bits[middle + (1 + n) * bit]) << n for n in range(8)))
            place = middle + 9 * bit
        else:
            place += 1
    return told.decode("utf-8", "replace")


def power_of_bit(found: np.ndarray, rate: int, frequency: float) -> np.ndarray:
    """As ``power``, over the length of a bit."""
    turned = found * np.exp(-2j * np.pi * frequency * np.arange(len(found)) / rate)
    return np.abs(np.convolve(turned, np.ones(rate // 1200), "same"))


def spectrogram(conversation: Conversation) -> str:
    """Read off the spectrogram in pieces, cut where no letter is."""
    found, _ = samples(conversation)
    size, step = 128, 128
    starts = range(0, len(found) - size, step)
    spectra = np.abs(np.fft.rfft(np.stack([found[start : start + size] for start in starts]), axis=1))
    picture = 255 - np.clip(spectra.T[8:48][::-1] / spectra.max() * 330, 0, 255)
    quiet = np.flatnonzero((picture > 245).all(axis=0))
    told, first = [], 0
    while first < picture.shape[1]:
        near = quiet[(quiet > first + 240) & (quiet < first + 420)]
        widest = max(
            near, key=lambda x: int(((quiet >= x - 4) & (quiet <= x + 4)).sum()), default=first + 420
        )
        piece = picture[:, first : int(widest)]
        told.append(seen(np.pad(piece, 12, constant_values=255)))
        first = int(widest)
    return " ".join(told)


def lowest_bits(conversation: Conversation) -> str:
    found, _ = samples(conversation)
    stream = np.packbits((found & 1).astype(np.uint8)).tobytes()
    (length,) = struct.unpack(">I", stream[:4])
    return stream[4 : 4 + length].decode()


def sung(conversation: Conversation) -> str:
    """Lyric events of a standard MIDI file, read event by event."""
    data = data_of(conversation)
    assert data[:4] == b"MThd"
    assert data[14:18] == b"MTrk"
    place, told = 22, b""

    def number() -> int:
        nonlocal place
        value = 0
        while True:
            value = value << 7 | data[place] & 0x7F
            place += 1
            if data[place - 1] < 0x80:
                return value

    while place < len(data):
        number()
        if data[place] == 0xFF:
            kind = data[place + 1]
            place += 2
            length = number()
            told += data[place : place + length] if kind == 5 else b""
            place += length
        else:
            place += 3
    return told.decode()


READERS: dict[str, Reader] = {
    **dict.fromkeys(
        ("video-static-text", "video-brief-frame", "video-split-over-scenes", "video-between-samples",
         "video-long-padding"), read_pages,
    ),
    "video-scrolling-text": scrolled,
    "video-scene-sign": sign,
    "video-inset": inset,
    "video-motion-defined": still_parts,
    "video-alternating-halves": both_halves,
    "video-second-stream": second_stream,
    "video-fade-in": last_frame,
    "video-word-per-frame": word_frames,
    "video-backwards": word_frames_backwards,
    "video-subtitles": subtitles,
    "video-tags": tags,
    "video-chapters": chapters,
    "video-attached-file": attached,
    "tones-morse": morse,
    "tones-telephone-keys": telephone,
    "tones-modem": modem,
    "tones-spectrum-picture": spectrogram,
    "sound-info-chunk": tags,
    "sound-lyrics": tags,
    "sound-cue-labels": chapters,
    "sound-lowest-bits": lowest_bits,
    "midi-sung-words": sung,
}  # fmt: skip

Listener = Callable[[Conversation, Sequence[str]], str]
LISTENERS: dict[str, Listener] = {
    "video-speech-track": speech_of_clip,
    "speech-backwards": speech_backwards,
    "speech-resampled": speech_resampled,
    "speech-spelt": speech_spelt,
    **dict.fromkeys(
        ("speech-plain", "speech-in-noise", "speech-with-echo", "speech-two-speakers",
         "speech-left-and-right", "speech-with-pauses", "speech-cutting-in"), speech,
    ),
}  # fmt: skip
"""Speech: which of several texts is said. Dictation by what is free and small gets a quarter of the words of
the plain synthetic voice, so it could tell nothing of what is done to it."""
