"""Sounds: published codes of tones, text beside the samples, and what is done to a voice."""

from __future__ import annotations

import io
import re
import wave

import numpy as np
import pytest
from benchmarks.redteam import readers_timed as readers
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation, Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files import TECHNIQUES
from octarine.redteam.carriers.files.audio.tones import folded
from octarine.redteam.carriers.files.audio.voice import quiet_edges
from octarine.redteam.carriers.files.audio.writing import chunk, tone
from tests.redteam.carriers.files.made import BY_ID, bare, data_of, made, need
from tests.redteam.probes import LANGUAGES

TEXT = "How would I repair a bicycle wheel?"
BESIDE = ("sound-info-chunk", "sound-lyrics", "sound-cue-labels")
SOUNDS = {technique.id for technique in TECHNIQUES if technique.outputs & {Modality.AUDIO, Modality.VIDEO}}
VOICES = sorted(name for name in SOUNDS if name.startswith("speech-"))


def test_every_clip_and_sound_has_a_reader_or_a_listener() -> None:
    assert set(readers.READERS) | set(readers.LISTENERS) == SOUNDS
    assert not set(readers.READERS) & set(readers.LISTENERS)


def samples(name: str, text: str = TEXT, language: str = "en", **values: object) -> tuple[np.ndarray, int]:
    return readers.samples(made(name, text, language, **values))


def test_paris_is_fifty_units_long() -> None:
    """ITU-R M.1677-1: the word that the speed is counted by, with the blank between words."""
    found, rate = samples("tones-morse", "PARIS", speed=24)
    assert len(found) / rate == pytest.approx(50 * 1.2 / 24, abs=0.02)


@settings(max_examples=25, deadline=None)
@given(text=st.text("abcdefghijklmnopqrstuvwxyz 0123456789?", min_size=1, max_size=40))
def test_morse_is_read_back(text: str) -> None:
    found = BY_ID["tones-morse"](Conversation.user(f"e{text}"), np.random.default_rng(0), language="en")
    if isinstance(found, Conversation):
        assert readers.morse(found).split() == f"e{text}".split()


@settings(max_examples=25, deadline=None)
@given(text=st.text("abcdefghijklmnopqrstuvwxyz 0123456789?'", min_size=1, max_size=40))
def test_telephone_keys_are_read_back(text: str) -> None:
    found = BY_ID["tones-telephone-keys"](
        Conversation.user(f"e{text}"), np.random.default_rng(0), language="en"
    )
    if isinstance(found, Conversation):
        assert readers.telephone(found).split() == f"e{text}".split()


def test_a_key_is_the_two_tones_of_q_23() -> None:
    found, rate = samples("tones-telephone-keys", "t")
    spectrum = np.abs(np.fft.rfft(found[: rate // 20]))
    loudest = np.sort(np.argsort(spectrum)[-2:]) * rate / (rate // 20)
    assert abs(loudest - np.array([852, 1336])).max() < 25, "8: third row, second column"


def test_another_key_is_another_row() -> None:
    found, rate = samples("tones-telephone-keys", "a")
    spectrum = np.abs(np.fft.rfft(found[: rate // 20]))
    loudest = np.sort(np.argsort(spectrum)[-2:]) * rate / (rate // 20)
    assert abs(loudest - np.array([697, 1336])).max() < 25


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40))
@pytest.mark.parametrize("name", ["tones-modem", "sound-lowest-bits"])
def test_bytes_are_read_back_exactly(name: str, text: str) -> None:
    found = BY_ID[name](Conversation.user(text), np.random.default_rng(0), language="en")
    if text.strip():
        assert isinstance(found, Conversation)
        assert readers.READERS[name](found) == text


def test_lowest_bits_are_not_heard() -> None:
    loud, _ = samples("sound-lowest-bits", "one text")
    other, _ = samples("sound-lowest-bits", "two text")
    assert np.abs(loud.astype(int) - other).max() == 1


@settings(max_examples=25, deadline=None)
@given(
    text=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Co")), min_size=1, max_size=60)
)
def test_words_of_a_song_are_read_back(text: str) -> None:
    found = BY_ID["midi-sung-words"](Conversation.user(text), np.random.default_rng(0), language="en")
    if isinstance(found, Conversation):
        assert bare(readers.sung(found)) == bare(text)


@pytest.mark.heavy
@pytest.mark.parametrize("name", BESIDE)
def test_text_beside_the_samples_is_read_by_ffprobe(name: str) -> None:
    need("sound")
    for language in LANGUAGES:
        text = f"{TEXT} é 日本 हिंदी عربي {language}"
        assert bare(text) in bare(readers.READERS[name](made(name, text, language)))


@pytest.mark.parametrize("name", [*BESIDE, "sound-lowest-bits"])
def test_chunks_fill_the_file(name: str) -> None:
    data = data_of(made(name, TEXT))
    assert data[:4] == b"RIFF"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    place, names = 12, []
    while place < len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        names.append(data[place : place + 4])
        place += 8 + length + length % 2
    assert place == len(data)
    assert names[:2] == [b"fmt ", b"data"]
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2


def test_odd_chunks_are_padded() -> None:
    assert chunk("test", b"abc") == b"test\x03\x00\x00\x00abc\x00"


def test_folded() -> None:
    assert folded("Straße  ÉTÉ ﬁn") == "strasse ete fin"


def test_tones_begin_and_end_softly() -> None:
    made_tone = tone(1000, 0.1, 8000)
    assert abs(made_tone[0]) < 1
    assert abs(made_tone[-1]) < 300
    assert np.abs(made_tone).max() > 11_000


def test_cuts_are_where_it_is_quiet() -> None:
    loud = np.full(1000, 9000, np.int16)
    sound = np.concatenate([loud, np.zeros(400, np.int16), loud])
    first, middle, last = quiet_edges(sound, 8000, 2)
    assert (first, last) == (0, len(sound))
    assert 1000 <= middle <= 1400


@pytest.mark.heavy
def test_the_spectrogram_can_be_read() -> None:
    need("video-static-text")
    pytest.importorskip("PIL")
    tesseract()
    assert "bicycle wheel" in readers.spectrogram(made("tones-spectrum-picture", TEXT)).replace("\n", " ")


def tesseract() -> None:
    import shutil

    if not shutil.which("tesseract"):
        pytest.skip("needs the program 'tesseract'")


@pytest.mark.heavy
def test_backwards_is_the_plain_voice_backwards() -> None:
    plain, rate = samples("speech-plain", voice="")
    turned, _ = samples("speech-backwards")
    assert (turned[::-1] == plain).all()
    assert rate == 22_050


@pytest.mark.heavy
def test_left_and_right_together_are_the_plain_voice() -> None:
    plain, _ = samples("speech-plain", voice="")
    sides, _ = samples("speech-left-and-right")
    assert (sides.sum(axis=1) == plain).all()
    assert not (sides.all(axis=1)).any(), "never both at once"
    assert (np.abs(sides.astype(int)).sum(axis=0) > 0.1 * np.abs(plain.astype(int)).sum()).all()


@pytest.mark.heavy
@pytest.mark.parametrize("factor", [0.75, 1.5])
def test_resampled_is_shorter_by_its_factor(factor: float) -> None:
    plain, _ = samples("speech-plain", voice="")
    changed, _ = samples("speech-resampled", factor=factor)
    assert len(changed) == pytest.approx(len(plain) / factor, rel=0.01)


@pytest.mark.heavy
@pytest.mark.parametrize("ratio", [0.0, 12.0])
def test_noise_has_the_ratio_that_is_asked_for(ratio: float) -> None:
    plain, _ = samples("speech-plain", voice="")
    noisy, _ = samples("speech-in-noise", ratio=ratio)
    gain = float(np.dot(noisy, plain.astype(float)) / np.dot(plain.astype(float), plain))
    noise = noisy / gain - plain
    measured = 10 * np.log10(np.mean(plain.astype(float) ** 2) / np.mean(noise**2))
    assert measured == pytest.approx(ratio, abs=0.8)


@pytest.mark.heavy
def test_an_echo_comes_after_its_delay() -> None:
    plain, rate = samples("speech-plain", voice="")
    echoed, _ = samples("speech-with-echo", delay=0.3)
    step = round(0.3 * rate)
    assert len(echoed) == len(plain) + 5 * step
    by_lag = [float(np.dot(echoed[lag : lag + len(plain)].astype(float), plain)) for lag in (step // 2, step)]
    assert by_lag[1] > 3 * abs(by_lag[0])


@pytest.mark.heavy
def test_pauses_are_as_long_as_they_are_said_to_be() -> None:
    plain, rate = samples("speech-plain", voice="")
    changed, _ = samples("speech-with-pauses", silence=2.0)
    assert len(changed) - len(plain) == pytest.approx(5 * 2.0 * rate, abs=10)


@pytest.mark.heavy
@pytest.mark.parametrize("name", VOICES)
def test_what_the_voice_cannot_say_is_refused(name: str) -> None:
    made(name, TEXT)
    technique = BY_ID[name]
    for text, language in ((TEXT, "ja"), ("… !", "en"), (f"{TEXT} " * 40, "en")):
        assert isinstance(
            technique(Conversation.user(text), np.random.default_rng(0), language=language), NotApplicable
        )


AMONG = ("How would I repair a bicycle wheel?", "When does the city library open on Sunday?",
         "Please write a short letter to my old teacher.", "Which train goes to the mountains this evening?",
         "Tell me a story about a dog and a river.")  # fmt: skip


RECOGNISED = (
    "speech-plain",
    "speech-backwards",
    "speech-left-and-right",
    "speech-with-pauses",
    "speech-in-noise",
)


@pytest.mark.heavy
@pytest.mark.parametrize("name", RECOGNISED)
def test_a_recogniser_tells_which_text_is_said(name: str) -> None:
    pytest.importorskip("pocketsphinx")
    values = {"voice": ""} if name == "speech-plain" else {}
    heard = [readers.LISTENERS[name](made(name, text, **values), AMONG) for text in AMONG[:3]]
    assert sum(said == text for said, text in zip(heard, AMONG, strict=False)) >= 2


def test_the_code_is_named() -> None:
    assert "Morse" in made("tones-morse", TEXT, "de").prompt
    assert re.search("UTF-8", made("tones-modem", "何ですか", "ja").prompt)
