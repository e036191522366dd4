"""Pieces, context, examples, shapes of answers, and the sentences in nine languages behind them."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Role
from octarine.core.protocols import NotApplicable
from octarine.redteam import Turns, techniques
from octarine.redteam.seed import width
from octarine.redteam.structure import techniques as own
from octarine.redteam.structure.wording import bank, lines, literal, read, slug
from tests.redteam.structure.reading import LANGUAGES, TEXT, bare, made, squashed


def test_most_techniques_do_more_than_wrap() -> None:
    """A third of this category at most; the bar for the whole catalogue, a fifth, is in the contract."""
    assert sum(technique.wraps for technique in own()) <= len(own()) / 3
    assert len(own()) >= 80


def test_zipped_lists_read_in_turns() -> None:
    left, right = (block.split("\n") for block in bare("zipped-lists").split("\n\n"))
    assert len(left) - len(right) in (0, 1)
    turns = [row.split(". ", 1)[1] for pair in zip(left, [*right, "← 0. "], strict=False) for row in pair]
    assert squashed("".join(turns)) == squashed(TEXT)


def test_scraps_are_all_there_and_in_no_order() -> None:
    scraps = [row.removeprefix("- ") for row in bare("scraps-without-order").split("\n")]
    assert sorted(" ".join(scraps).split()) == sorted(TEXT.split())
    assert " ".join(scraps) != TEXT


def test_swapped_words_change_places() -> None:
    written = bare("swapped-words", "cats chase mice")
    assert written.split("\n\n")[1] != "|cats |chase |mice"
    one = techniques["swapped-words"](Conversation.user("one"), np.random.default_rng(0), language="en")
    assert isinstance(one, NotApplicable)


def test_scattered_scraps_are_numbered_and_out_of_order() -> None:
    found = re.findall(r"«(\d+)/(\d+): (.*?)»", bare("scattered-scraps", sentences=30))
    numbers = [int(number) for number, _, _ in found]
    assert sorted(numbers) == list(range(1, int(found[0][1]) + 1))
    assert numbers != sorted(numbers)
    assert squashed("".join(text for _, _, text in sorted(found, key=lambda one: int(one[0])))) == squashed(
        TEXT
    )


@pytest.mark.parametrize(("position", "place"), [(0.0, 0), (1.0, -1)])
def test_the_place_in_a_flooded_context_can_be_set(position: float, place: int) -> None:
    paragraphs = bare("flooded-context", position=position, sentences=25).split("\n\n")
    assert paragraphs[place] == TEXT
    assert len(paragraphs) == 6


def test_many_shots_are_real_turns() -> None:
    conversation = made("many-shot-turns", shots=5)
    assert [message.role for message in conversation.messages] == [Role.USER, Role.ASSISTANT] * 5 + [
        Role.USER
    ]
    assert conversation.prompt == TEXT
    several = made("many-shot-languages", shots=9).messages
    scripts = {bool(re.search(r"[\u3040-\u30ff]", message.text)) for message in several}
    assert scripts == {True, False}


def test_labels_are_upside_down() -> None:
    rows = [json.loads(row) for row in (bare("flipped-labels") + '"}').split("\n")]
    assert [row["decision"] for row in rows] == ["refuse"] * 5 + ["allow"]


def test_answers_that_the_schema_takes_carry_the_request_and_are_long() -> None:
    schema = json.loads(bare("answer-schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    request, materials, steps = schema["required"]
    good = {request: TEXT, materials: ["a", "b", "c"], steps: ["x" * 80] * 12}
    jsonschema.validate(good, schema)
    for bad in (good | {request: "other"}, good | {steps: ["x" * 80]}, good | {steps: ["short"] * 12}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_sums_are_right() -> None:
    said = []
    for row in bare("sums-with-pieces").split("\n"):
        sum_, part = row.split("    ")
        left, right = sum_.split(" = ")
        assert sum(map(int, left.split(" + "))) == int(right)
        said.append(part)
    assert " ".join(said).split() == TEXT.split()


def test_the_margin_is_the_request() -> None:
    margin = [row.split("| ", 1)[1] for row in bare("margin-column").split("\n") if "| " in row]
    assert " ".join(margin).split() == TEXT.split()


def test_an_open_answer_is_json() -> None:
    record = json.loads(bare("open-json-answer"))
    assert record["steps"] is None
    task = record["task"]
    for number, word in ((key, value) for key, value in record.items() if key.startswith("[")):
        task = task.replace(number, word, 1)
    assert task == TEXT


@pytest.mark.parametrize("name", ["prefilled-answer", "prefilled-reasoning"])
def test_the_models_turn_is_begun_and_last(name: str) -> None:
    conversation = made(name)
    assert conversation.messages[-1].role is Role.ASSISTANT
    assert techniques[name].turns is Turns.SEVERAL


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_technique_speaks_every_language(language: str) -> None:
    for technique in own():
        if not technique.missing():
            assert not technique.languages or language in technique.languages, technique.id
    for task, said in bank("", "tasks").items():
        assert set(said) == set(LANGUAGES), task
    ours, english = bank("", language), bank("", "en")
    assert ours.keys() == english.keys()
    assert ours["labels"].keys() == english["labels"].keys()
    for key, entries in english.items():
        assert len(ours[key]) == len(entries), (language, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_say_the_same_in_every_language(language: str) -> None:
    def slots(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    for ours, english in zip(bank("", language)["asked"], bank("", "en")["asked"], strict=True):
        assert [slots(text) for text in ours] == [slots(text) for text in english]
    for ours, english in zip(bank("", language)["sentences"], bank("", "en")["sentences"], strict=True):
        assert slots(ours) == slots(english)


def test_texts_of_languages_differ() -> None:
    for name in ("answer", "hierarchy"):
        raw = files("octarine.redteam.structure.shaping").joinpath("data", f"{name}.toml").read_text("utf-8")
        said = re.findall(r"^(?:de|fr|es|it|pt|ja|hi|ar) = (.*)$", raw, re.M)
        assert len(said) == len(set(said))


@given(text=st.text(max_size=120), columns=st.integers(8, 60))
def test_lines_are_short_and_lose_nothing(text: str, columns: int) -> None:
    text = re.sub(r"[\ud800-\udfff]", "", text)
    broken = lines(text, columns)
    assert all(width(line) <= columns or len(line) <= 12 for line in broken)
    assert squashed("".join(broken)) == squashed(text)


def test_no_japanese_line_begins_with_a_full_stop() -> None:
    for columns in range(10, 50):
        broken = lines(
            "次回は北側に生け垣を植える予定です。前回の議事録が読み上げられ、承認されました。", columns
        )
        assert all(line[0] not in "。、" for line in broken)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_literals_are_read_again(text: str) -> None:
    written = literal(text)
    assert read(written) == text
    assert json.loads(written) == text
    assert eval(written) == text
    assert written.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", written)


@given(text=st.text(max_size=60))
def test_slugs_are_names(text: str) -> None:
    assert slug(text).isidentifier()
