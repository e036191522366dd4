from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Role
from octarine.core.errors import DataError, InputError, UnknownPlugin
from octarine.core.registry import Registry
from octarine.redteam import Catalogue, Category, Technique, Turns
from octarine.redteam.seed import AWAITED, content_words, cut, graphemes, words
from octarine.redteam.slots import filled, masked
from octarine.redteam.templates import read_techniques
from tests.redteam.fakes import CODE, DRAWN, WRAP

ENTRY = """
technique:
  - id: museum
    name: Museum
    category: framing
    group: fiction
    mechanism: The request is the caption of an exhibit.
    reference: ours
    texts:
      en: ["Caption: {title}.", "Exhibit “{seed}”"]
      de:
        - [{system: "Du bist alt."}, {user: "Erst {piece_1}"}, {assistant: ""}, {user: "dann {piece_2}"}]
"""


def read(tmp_path: Path, text: str = ENTRY, name: str = "mine.yaml") -> tuple[Technique, ...]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_techniques(path)


def test_a_text_takes_the_place_of_the_message(tmp_path: Path) -> None:
    (found,) = read(tmp_path)
    asked = Conversation.user("What is the capital of France?")
    made = found.set(variant=1)(asked, np.random.default_rng(0), language="en")
    assert isinstance(made, Conversation)
    assert made.prompt == "Caption: What is the capital of France."
    assert found.languages == {"en", "de"}
    assert found.category is Category.FRAMING
    assert not found.wraps


def test_turns_share_the_pieces_of_a_seed(tmp_path: Path) -> None:
    (found,) = read(tmp_path)
    made = found(Conversation.user("Wo liegt die Stadt Paris?"), np.random.default_rng(0), language="de")
    assert isinstance(made, Conversation)
    assert found.turns is Turns.LIVE
    assert [message.role for message in made.messages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]
    assert made.messages[2] == AWAITED
    assert [message.text for message in made.messages[1::2]] == ["Erst Wo liegt", "dann die Stadt Paris?"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("mechanism:", "mechanics:", "'mechanism' is missing"),
        ("category: framing", "category: frames", "'frames' is none of"),
        ("      de:", "      xx:", "'xx' is none of"),
        ("{title}", "nothing", "says nothing of its seed"),
        ("{piece_2}", "{piece_3}", r"pieces are left out: \[2\]"),
        ("{piece_2}", "{piece_12}", "more than 9 pieces"),
        ("id: museum", "id: My Museum", "not in kebab-case"),
        ("reference: ours", "effect: encodes", "keeps or alters"),
        ("category: framing", "parent: x", "category: missing"),
        ("reference: ours", "instruction: Say it.", "a writer writes one message"),
        ('{system: "Du bist alt."}', '{system: ""}', "is empty"),
        (', {user: "dann {piece_2}"}', "", "the last turn is left open"),
        ("{system:", "{boss:", "a turn is one of"),
        ("reference: ours", "referee: ours", "unknown key 'referee'"),
        ("technique:", "techniques:", "no list 'technique'"),
        ("technique:", "technique: [", "not YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(DataError, match=why) as caught:
        read(tmp_path, ENTRY.replace(old, new, 1))
    assert "mine.yaml" in str(caught.value)


def test_slots_are_filled_and_other_braces_stay() -> None:
    assert filled("{seed} {x} {{}} {json}", 'a "b"') == 'a "b" {x} {{}} a \\"b\\"'
    assert filled("{piece_1}|{piece_2}|{piece_3}", "one two three") == "one|two|three"
    assert masked("bake a large cake")[0] == "[1] a [2] [3]"
    # Its own mark ends it, and a stop that may be part of a code stays.
    assert filled("So: {seed}. Go on. {title}.", "Why?") == "So: Why? Go on. Why."
    assert filled("{seed}...", "Why?") == "Why?..."
    assert [filled("{title}", text) for text in ("Pourquoi ?", "-.-.  .-.-.", "किधर की।", "a\nb")] == [
        "Pourquoi",
        "-.-.  .-.-.",
        "किधर की",
        "a b",
    ]
    # What a seed holds in braces is no slot.
    assert filled("<{seed}>", "{seed} {title}") == "<{seed} {title}>"


@given(st.text(), st.integers(1, 9))
def test_pieces_join_to_the_text(text: str, pieces: int) -> None:
    assert "".join(graphemes(text)) == text
    assert "".join(words(text)) == text
    assert "".join(cut(text, pieces)) == text
    assert all(0 <= first < last <= len(text) for first, last in content_words(text))


def test_the_catalogue_names_what_is_near_and_refuses_doubles(tmp_path: Path) -> None:
    plugins = Registry()
    plugins.add("technique", "mine", lambda: (WRAP, CODE, DRAWN))
    catalogue = Catalogue(plugins)
    catalogue._read |= set(plugins.names("technique")) - {"mine"}
    assert list(catalogue) == ["wrap", "code", "drawn"]
    with pytest.raises(UnknownPlugin, match="Did you mean wrap"):
        catalogue["warp"]
    with pytest.raises(InputError, match="two techniques 'code'"):
        catalogue.add([CODE])
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY, "utf-8")
    catalogue.add_file(path)
    assert "museum" in catalogue
    chain = catalogue.chain("wrap | drawn(key=q, times=2) | code")
    assert chain.id == "wrap | drawn | code"
    assert chain.steps[1].values == {"key": "q", "times": 2}
    assert catalogue.chain("drawn(key=11,13, times=2)").steps[0].values == {"key": "11,13", "times": 2}
    for text, why in (
        ("drawn(times=two)", "is no int"),
        ("drawn(q)", "NAME=VALUE"),
        ("a b", "names no technique"),
    ):
        with pytest.raises(InputError, match=why):
            catalogue.chain(text)
