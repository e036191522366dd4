"""What a person sees of a finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Message, Modality, Part, Role, ToolCall
from octarine.core.results import Completion, Exchange, Finding, Finish, Outcome
from octarine.redteam.experts import row, standing, visible, whole
from redteam.experts.outside import ODD, SLOW, finding, findings
from store.record_strategies import TEXT

KEY = "sk-abcdefghijklmnop1234"


@given(TEXT | st.just(ODD))
def test_nothing_that_a_terminal_acts_on_is_shown(text: str) -> None:
    shown = visible(text)
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    shown.encode("utf-8")


def test_plain_text_is_shown_as_it_is() -> None:
    assert visible("naïve 日本語 سلام 😀\n\tx") == "naïve 日本語 سلام 😀\n\tx"
    assert visible("\x1b[31mred\u202e\U000e0041\ud800") == "\\x1b[31mred\\u202e\\U000e0041\\ud800"


@SLOW
@given(findings())
def test_every_finding_is_shown_and_nothing_in_it_acts_on_a_terminal(found: Finding) -> None:
    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | dict):
            for one in value.values() if isinstance(value, dict) else value:
                yield from strings(one)

    told = whole(found)
    assert told["id"] == found.id
    assert all(char.isprintable() or char in "\n\t" for text in strings(told) for char in text)


def test_secrets_are_shown_nowhere() -> None:
    found = finding(f"use {KEY}", f"ok {KEY}", note=KEY, severity=KEY, origin=KEY)
    assert KEY not in repr(whole(found))
    assert KEY not in repr(row(found))


def test_how_a_finding_begins() -> None:
    assert row(finding("\n\n  two   words\nmore"))["first_line"] == "two words"
    long = row(finding("x" * 500))["first_line"]
    assert (len(long), long[-1]) == (72, "…")
    assert row(finding("how to", risk="cyber"))["first_line"] == "(cyber_offence)"
    assert row(finding("how to", risk="cyber", access="public"))["first_line"] == "how to"


def test_a_transcript_ends_with_the_answer() -> None:
    turns = (Message(Role.USER, (Part.of_text("one"),)), Message(Role.ASSISTANT, (), (ToolCall("look"),)))
    picture = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    answer = Completion(
        (Part.of_text("done"), picture), (ToolCall("send", "{}"),), exchange=Exchange(turns, 2)
    )
    told = [(one["who"], one["text"]) for one in whole(finding(completion=answer))["transcript"]]
    assert told[:2] == [("user", "one"), ("assistant", "<calls look({})>")]
    assert told[2][0] == "answer"
    assert told[2][1].splitlines() == ["done", f"<image image/png {picture.sha256[:12]}>", "<calls send({})>"]
    silent = whole(finding(completion=Completion(finish=Finish.FILTERED)))["transcript"]
    assert silent[-1]["text"] == "(filtered)"


def test_of_what_endangers_a_child_nothing_is_shown() -> None:
    told = repr(whole(finding("zebra", "yak", risk="child_safety", note="yak zebra")))
    assert whole(finding(risk="child_safety"))["replay"] == ""
    assert "zebra" not in told
    assert "yak" not in told


@pytest.mark.parametrize(
    ("outcome", "score", "name"),
    [
        (Outcome.COMPLIED, 0.0, "stands"),
        (Outcome.DEFLECTED, 1.0, "disputed"),
        (Outcome.ERROR, None, "not judged"),
    ],
)
def test_how_it_stands(outcome: Outcome, score: float | None, name: str) -> None:
    assert standing(finding(outcome=outcome, score=score)) == name


def test_the_command_that_replays_it() -> None:
    assert whole(finding())["replay"] == "octarine redteam replay f00dfeed00000000 m"
