from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable, Transform
from octarine.redteam import Chain, NotAvailable, Step, Technique, Turns, techniques
from octarine.redteam.seed import AWAITED
from tests.redteam.fakes import (
    CODE,
    DRAWN,
    GERMAN,
    GREY,
    LATIN,
    LIVE,
    MADE_UP,
    PICTURED,
    REWRITTEN,
    UPPER,
    WRAP,
)

ASKED = Conversation.user("What is the capital of France?")


def run(made: Technique | Chain, asked: Conversation = ASKED, seed: int = 0) -> Conversation:
    found = made(asked, np.random.default_rng(seed), language="en")
    assert isinstance(found, Conversation), found
    return found


def test_techniques_run_in_the_order_in_which_they_stand() -> None:
    assert run(WRAP | CODE).prompt == b"<What is the capital of France?>".hex()
    assert run(CODE | WRAP).prompt == f"<{ASKED.prompt.encode().hex()}>"
    assert isinstance(WRAP | CODE, Transform)
    assert (WRAP | CODE).id == "wrap | code"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (CODE, UPPER, "alters letters that 'code' needs"),
        (PICTURED, UPPER, "works on text; by then there is image"),
        (UPPER, GREY, "works on image; by then there is text"),
        (MADE_UP, UPPER, "the last turn of 'made-up' alone"),
        (MADE_UP, LIVE, "makes turns, and so does 'made-up'"),
        (UPPER, UPPER, "is there already"),
    ],
)
def test_pairs_that_do_not_fit_are_refused_with_a_way_out(
    before: Technique, after: Technique, why: str
) -> None:
    with pytest.raises(InputError, match=why) as caught:
        before | after
    assert caught.value.hint


def test_encoding_twice_is_a_chain_like_any_other() -> None:
    twice = run(CODE | CODE).prompt
    assert CODE.decode(CODE.decode(twice)) == ASKED.prompt


def test_a_picture_goes_through_techniques_on_pictures() -> None:
    parts = run(UPPER | PICTURED | GREY).messages[-1].parts
    assert [part.data for part in parts if part.modality is Modality.IMAGE] == [
        b"grey " + ASKED.prompt.upper().encode()
    ]


def test_several_turns_may_come_after_what_changes_the_text() -> None:
    chain = CODE | LIVE
    assert chain.turns is Turns.LIVE
    assert run(chain).messages[1] == AWAITED
    assert run(chain).prompt == ASKED.prompt.encode().hex()


def test_what_is_not_applicable_says_where() -> None:
    japanese = Conversation.user("フランスの首都はどこですか")
    found = (WRAP | LATIN)(japanese, np.random.default_rng(0))
    assert found == NotApplicable("latin: works on latin letters alone")
    assert GERMAN(ASKED, np.random.default_rng(0)) == NotApplicable("is there in de; the text is in en")
    assert isinstance(REWRITTEN(ASKED, np.random.default_rng(0)), NotAvailable)


def test_a_language_that_is_none_of_ours_is_not_known() -> None:
    russian = Conversation.user("Как приготовить борщ дома на обед?")
    found = GERMAN(russian, np.random.default_rng(0))
    assert found == NotApplicable("is there in de; the text is in none that is known")


def test_nothing_to_transform_is_not_applicable() -> None:
    rng = np.random.default_rng(0)
    for empty in (Conversation(), Conversation.user("", system="x"), Conversation.user(" \n")):
        assert isinstance(WRAP(empty, rng), NotApplicable)
    unchanged = Conversation.user("ABC")
    assert UPPER(unchanged, rng) == NotApplicable("changes nothing here")


def test_the_rest_of_the_conversation_and_other_parts_stay() -> None:
    picture = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    earlier = Conversation.user("Earlier.", system="Be brief.").messages
    asked = Conversation((*earlier, Message(Role.USER, (picture, Part.of_text("hi")))))
    made = run(WRAP, asked)
    assert made.messages[:2] == earlier
    assert made.messages[2].parts == (picture, Part.of_text("<hi>"))


@given(st.integers(0, 2**32), st.text(min_size=1).filter(lambda text: text.strip()))
def test_one_seed_gives_one_result_whatever_the_text(seed: int, text: str) -> None:
    asked = Conversation.user(text)
    chain = DRAWN | WRAP
    first = chain(asked, np.random.default_rng(seed), language="en")
    assert first == chain(asked, np.random.default_rng(seed), language="en")
    assert isinstance(first, Conversation)
    first.prompt.encode()


def test_a_step_draws_the_same_whatever_stands_before_it_draws() -> None:
    """So that a chain can be searched one step at a time."""
    key = run(WRAP | DRAWN, seed=5).prompt[0]
    assert run(CODE | DRAWN, seed=5).prompt[0] == key


def test_parameters_are_checked_and_named() -> None:
    assert run(DRAWN.set(key="z")).prompt[0] == "z"
    for values, why in (
        ({"colour": 1}, "there is no parameter 'colour'"),
        ({"times": 9}, "out of range"),
        ({"times": "2"}, "is no int"),
        ({"times": True}, "is no int"),
    ):
        with pytest.raises(InputError, match=why):
            DRAWN.set(**values)


def test_a_step_is_read_back_from_what_it_wrote() -> None:
    step = Step("vigenere", {"key": "a/b", "seed": 3}, "model:x")
    assert Step.read(str(step)) == step
    assert str(step).partition("/")[0] == "vigenere"
    assert json.loads(str(step).partition("/")[2])["key"] == "a/b"


def test_decoding_what_it_never_made_is_an_error() -> None:
    with pytest.raises(InputError, match="no text in code"):
        CODE.decode("not hex")
    with pytest.raises(InputError, match="cannot be undone"):
        WRAP.decode("x")


@pytest.mark.parametrize(
    "name", ["scraps-without-order", "cloze-word-bank", "punctuation-noise", "leetspeak"]
)
def test_what_nothing_gets_back_does_not_come_after_a_code(name: str) -> None:
    with pytest.raises(InputError, match="needs exactly"):
        techniques["morse-code"] | techniques[name]
    assert techniques[name] | techniques["morse-code"]


def test_blanks_that_a_code_needs_are_not_lost() -> None:
    asked, rng = Conversation.user("Why do  two blanks matter? They do."), np.random.default_rng(0)
    for name in ("page-meta-tags", "staircase", "subtitle-cues"):
        lossy = techniques["reversed-letters"] | techniques[name]
        assert lossy(asked, rng, language="en") == NotApplicable(
            f"{name}: loses blanks that 'reversed-letters' needs exactly"
        )
        assert isinstance((techniques["base64"] | techniques[name])(asked, rng, language="en"), Conversation)
    kept = techniques["reversed-letters"] | techniques["museum-placard"]
    assert "owt  od" in run(kept, asked).prompt
