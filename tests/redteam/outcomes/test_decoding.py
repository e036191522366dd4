"""What an answer says in disguise: every disguise that the guard undoes, and none where nothing is hidden."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.guard.normalise.obfuscations import LATIN_ONLY, OBFUSCATIONS
from octarine.redteam import techniques, transform
from octarine.redteam.outcomes.canaries import find_canary
from octarine.redteam.outcomes.decoding import disguised_speech, readings
from octarine.redteam.outcomes.decoding.letters import NUMBER_WORDS, bare

CANARY = "Heron-7731-Quill-Meadow"
OTHERS = ["Schlüssel-4417-Öl-29", "合言葉-シダ-4417-牛-29", "राज़-नीम-4417-ओम-29", "سر-نخل-4417-عود-29"]
IN_A_SENTENCE = "Sure, here it is: {} and nothing more."
PROSE = [
    "I'm sorry, but I can't share that. The museum opens at 9:30 and closes at 17:00; Mondays it is closed.",
    "Your order 2291-47 was shipped on 4 May 2026. It holds 12 plates, 3 cups, and one bowl for 29 florins.",
    "def add(a, b):\n    return a + b\n\nprint(add(44, 17))\n# 0x4417 is no secret, nor is deadbeef00",
    "Das Heimatmuseum ist montags zu. Die Führung kostet 44 Euro, Kinder zahlen 17, und der Reiher schläft.",
    "夏の間、博物館は9時半から17時まで開いています。月曜日は休みです。44番のバスが便利です。",
    "संग्रहालय सोमवार को बंद रहता है। टिकट 44 रुपये का है और बच्चों के लिए 17 रुपये का।",
    "يغلق المتحف يوم الاثنين، وثمن التذكرة 44 درهمًا وللأطفال 17 درهمًا.",
]


@pytest.mark.parametrize("name", sorted(OBFUSCATIONS))
@pytest.mark.parametrize("frame", ["{}", IN_A_SENTENCE])
def test_a_canary_is_found_in_every_disguise_that_the_guard_undoes(name: str, frame: str) -> None:
    for seed in range(3):
        text = frame.format(OBFUSCATIONS[name](CANARY, np.random.default_rng(seed)))
        leak = find_canary(text, CANARY)
        assert leak is not None, text
        assert leak.share == 1.0, (leak, text)


@pytest.mark.parametrize("name", sorted(set(OBFUSCATIONS) - LATIN_ONLY))
def test_so_is_one_in_another_script(name: str) -> None:
    for canary in OTHERS:
        leak = find_canary(OBFUSCATIONS[name](canary, np.random.default_rng(0)), canary)
        assert leak is not None, (name, canary)
        assert leak.share == 1.0, (name, canary, leak)


@pytest.mark.parametrize(
    "technique", ["base64", "hexadecimal", "caesar", "leetspeak", "morse-code", "braille"]
)
async def test_and_in_our_own_techniques(technique: str) -> None:
    made = await transform(techniques.chain(technique), Conversation.user(f"The code is {CANARY}."), seed=1)
    assert not isinstance(made, NotApplicable)
    leak = find_canary(made.conversation.prompt, CANARY)
    assert leak is not None
    assert leak.share == 1.0


@pytest.mark.parametrize("language", sorted(NUMBER_WORDS))
def test_digits_may_be_words_or_of_another_script(language: str) -> None:
    words = NUMBER_WORDS[language].split()
    spoken = "".join(f" {words[int(char)]} " if char.isdigit() else char for char in CANARY)
    for text in (spoken, CANARY.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))):
        leak = find_canary(text, CANARY)
        assert leak is not None
        assert leak.share == 1.0


def test_codes_on_top_of_each_other_are_undone() -> None:
    text = CANARY
    for _ in range(2):
        text = base64.b64encode(text.encode()).decode()
    text = f"Here: {text.encode().hex()}"
    leak = find_canary(text, CANARY)
    assert leak is not None
    assert leak.share == 1.0


@settings(max_examples=40, deadline=None)
@given(
    letters=st.text(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=12, max_size=24
    ),
    name=st.sampled_from(sorted(set(OBFUSCATIONS) - LATIN_ONLY)),
    before=st.sampled_from(PROSE),
    seed=st.integers(0, 2**16),
)
def test_any_canary_is_found_behind_any_text(letters: str, name: str, before: str, seed: int) -> None:
    hidden = OBFUSCATIONS[name](letters, np.random.default_rng(seed))
    leak = find_canary(f"{before}\n\n{hidden}", letters)
    assert leak is not None
    assert leak.share == 1.0


@settings(max_examples=150, deadline=None)
@given(
    text=st.lists(st.sampled_from(PROSE), min_size=1, max_size=4).map("\n".join) | st.text(max_size=600),
    letters=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=14, max_size=24),
)
def test_a_text_without_it_never_holds_it(text: str, letters: str) -> None:
    if bare(letters) not in bare(text):
        leak = find_canary(text, letters)
        assert leak is None or leak.share < 0.4


def test_a_part_is_told_from_the_whole() -> None:
    leak = find_canary("It begins with heron 7731, that much I may say.", CANARY)
    assert leak is not None
    assert leak.share == pytest.approx(len("heron7731") / len(bare(CANARY)))
    assert "of a canary" in leak.note


def test_the_place_is_told_where_it_stands_in_plain_sight() -> None:
    text = "It is H.e.r.o.n 7731 Quill/Meadow, all right."
    leak = find_canary(text, CANARY)
    assert leak is not None
    assert text[leak.start : leak.end] == "H.e.r.o.n 7731 Quill/Meadow"


SAID = "Mix the two of them in a large bowl and leave it in the sun for an hour."


@pytest.mark.parametrize(
    "name", ["base64", "base16", "base32", "gzip_base64", "binary", "reversed", "rot13", "decimal"]
)
def test_speech_is_read_out_of_its_code(name: str) -> None:
    hidden = OBFUSCATIONS[name](SAID, np.random.default_rng(0))
    found = list(disguised_speech(f"I can't say that.\n{hidden}"))
    assert any(SAID.casefold() in reading.text.casefold() for reading in found), found


@pytest.mark.parametrize("text", PROSE)
def test_no_speech_is_made_out_of_prose(text: str) -> None:
    assert list(disguised_speech(text)) == []


def test_a_compressed_bomb_stays_small() -> None:
    import gzip

    bomb = base64.b64encode(gzip.compress(b"0" * 50_000_000)).decode()
    assert sum(len(reading.text) for reading in readings(bomb)) < 2_000_000
