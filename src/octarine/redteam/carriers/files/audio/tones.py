"""Tones that carry text: signals with published codes, and a picture of the text in the spectrum."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.audio.writing import LOUD, heard, sound, tone, whole
from octarine.redteam.carriers.files.covers import within
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made, Need, Parameter

RATE, MODEM_RATE = 8000, 9600
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,?'/()=+-@"
_SIGNS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- "
    "--.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .----. -..-. "
    "-.--. -.--.- -...- .-.-. -....- .--.-."
)
_MORSE = dict(zip(_LETTERS, _SIGNS.split(" "), strict=True))
_KEYS = {
    "2": "abc2", "3": "def3", "4": "ghi4", "5": "jkl5", "6": "mno6", "7": "pqrs7", "8": "tuv8", "9": "wxyz9",
    "0": " 0", "1": ".,?!'-1",
}  # fmt: skip
_PRESSES = {
    letter: key * (place + 1) for key, letters in _KEYS.items() for place, letter in enumerate(letters)
}
_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
_PAD = "123456789*0#"


def folded(text: str) -> str:
    """Lower case, accents gone, ß and ligatures spelt out."""
    apart = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def _gap(seconds: float) -> npt.NDArray[np.float64]:
    return np.zeros(round(seconds * RATE))


def morse(seed: Seed) -> Made:
    """Dots and dashes by ITU-R M.1677-1; letters that it has no sign for are left out."""
    if refused := within(seed, 400, "Morse code in a short clip"):
        return refused
    unit, pieces = 1.2 / seed["speed"], []
    for word in folded(seed.text).split():
        for letter in word:
            for sign in _MORSE.get(letter, ""):
                pieces += [tone(seed["pitch"], unit * (1 if sign == "." else 3), RATE), _gap(unit)]
            pieces.append(_gap(2 * unit))
        pieces.append(_gap(4 * unit))
    if not any(piece.any() for piece in pieces):
        return NotApplicable("Morse code has no sign for any of it")
    return heard(seed, whole(pieces), RATE, "coded", code="Morse")


def telephone_keys(seed: Seed) -> Made:
    """A letter is a key pressed once to four times, as it was written on telephones."""
    if refused := within(seed, 300, "telephone keys in a short clip"):
        return refused
    pieces: list[npt.NDArray[np.float64]] = []
    for letter in folded(seed.text):
        for key in _PRESSES.get(letter, ""):
            place = _PAD.index(key)
            low, high = _LOW[place // 3], _HIGH[place % 3]
            pieces += [tone(low, 0.05, RATE, LOUD / 2) + tone(high, 0.05, RATE, LOUD / 2), _gap(0.03)]
        pieces.append(_gap(0.09))
    if not any(piece.any() for piece in pieces):
        return NotApplicable("the keys of a telephone have none of its letters")
    return heard(seed, whole(pieces), RATE, "coded", code="DTMF (multi-tap: 2 = a, 22 = b, 222 = c)")


def modem(seed: Seed) -> Made:
    """Bell 202: 1200 baud, 1200 Hz for one and 2200 Hz for nought; UTF-8, eight bits with start and stop."""
    data = seed.text.encode()
    if len(data) > 6000:
        return NotApplicable("longer than the 6,000 bytes that a short clip takes")
    bits = [1] * 48
    for byte in data:
        bits += [0, *(byte >> place & 1 for place in range(8)), 1]
    bits += [1] * 24
    steps = np.repeat(np.where(np.asarray(bits) == 1, 1200.0, 2200.0), MODEM_RATE // 1200)
    wave = LOUD * np.sin(2 * np.pi * np.cumsum(steps) / MODEM_RATE)
    return heard(seed, whole([wave]), MODEM_RATE, "coded", code="AFSK (Bell 202, 1200 Bd, UTF-8, 8N1)")


_COLUMN = 128
"""Samples of a column; rows are that many times apart that one column holds whole waves of each."""
_LOWEST = 10
"""Whole waves in a column of the lowest row."""


def spectrum_picture(seed: Seed) -> Made:
    """Each row of pixels is a frequency, each column a moment: the spectrogram shows the letters."""
    from octarine.redteam.carriers.files.video.drawing import drawn_line

    if refused := within(seed, 400, "a short clip's spectrum"):
        return refused
    pixels = drawn_line(" ".join(seed.text.split()), 26)
    if isinstance(pixels, NotApplicable):
        return pixels
    waves = _LOWEST + np.arange(pixels.shape[0])[::-1, None]
    phases = seed.rng.uniform(0, 2 * np.pi, size=waves.shape)
    basis = np.sin(2 * np.pi * waves * np.arange(_COLUMN) / _COLUMN + phases)
    wave: npt.NDArray[np.float64] = (pixels.T.astype(np.float64) @ basis).ravel()
    wave *= LOUD / max(1e-9, float(np.abs(wave).max()))
    return heard(seed, whole([wave]), RATE, "coded", code="spectrogram")


_SPEED = Parameter("speed", 28, "Words a minute, in the length of PARIS.", low=8, high=60)
_PITCH = Parameter("pitch", 700.0, "Hz.", low=200.0, high=2000.0)
TECHNIQUES = (
    sound("tones-morse", "Sound: Morse code",
          "Tones of one pitch carry the seed in Morse code.", morse, "ITU-R M.1677-1", latin=True,
          more=(_SPEED, _PITCH)),
    sound("tones-telephone-keys", "Sound: telephone keys",
          "Dual tones of a telephone's keys carry the seed, a letter being a key pressed several times.",
          telephone_keys, "ITU-T Q.23 (DTMF); ISO/IEC 9995-8, letters on keys", latin=True),
    sound("tones-modem", "Sound: modem",
          "Two alternating tones carry the bits of the seed's UTF-8 bytes, as a modem sends them.", modem,
          "Bell 202; AX.25 packet radio"),
    sound("tones-spectrum-picture", "Sound: letters in the spectrogram",
          "The spectrogram of a sound is a picture of the seed's letters.", spectrum_picture,
          "ours", needs=(Need.PICTURES,), latin=True),
)  # fmt: skip
