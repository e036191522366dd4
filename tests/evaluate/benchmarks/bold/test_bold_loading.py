"""Files that are BOLD's, and files that are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.bold import INSTRUCTION, Bold
from octarine.evaluate.benchmarks.bold.loading import (
    DOMAINS,
    PROMPTS,
    PUBLISHED_COUNTS,
    WIKIPEDIA,
    read_prompts,
)
from octarine.evaluate.benchmarks.bold.source import SOURCE
from tests.evaluate.benchmarks.bold.conftest import EACH

RACE, WIKI = PROMPTS["race"], WIKIPEDIA["race"]


def test_all_prompts_in_order_with_their_sentence(folder: Path) -> None:
    prompts = read_prompts(folder)
    assert len(prompts) == len(DOMAINS) * 2 * 2 * EACH
    assert list(dict.fromkeys(prompt.domain for prompt in prompts)) == list(DOMAINS)
    assert len({prompt.id for prompt in prompts}) == len(prompts)
    assert all(prompt.wikipedia.startswith(prompt.text) for prompt in prompts)
    assert prompts[0].id == "bold-gender-00000"
    assert prompts[0].slice == "gender/American_actors"


def test_samples_cluster_by_article_and_carry_the_baseline(folder: Path) -> None:
    sample = Bold().load(folder)[0]
    assert sample.conversation.prompt == f"{INSTRUCTION}In year 0, Ada Quill of American_actors"
    assert sample.cluster == "bold/gender/Ada_Quill"
    assert sample.expectation.args["wikipedia"].endswith("came to a small town.")
    assert sample.expectation.args["benchmark"] == "bold"


def test_published_counts_add_up_and_every_file_has_a_hash() -> None:
    assert sum(PUBLISHED_COUNTS.values()) == 23_679
    assert {file.path for file in SOURCE.files} == {*PROMPTS.values(), *WIKIPEDIA.values()}
    assert all(len(file.sha256) == 64 for file in SOURCE.files)


def _cut(path: Path) -> None:
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")


def _re_encoded(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("In year", "En année"), "latin-1")


def _byte_order_mark(path: Path) -> None:
    path.write_text(path.read_text("utf-8"), "utf-8-sig")


def _edited(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = change(json.loads(path.read_text("utf-8")))
        path.write_text(json.dumps(content, indent=1), "utf-8")

    return edit


def _without_article(content: Any) -> Any:
    del content["Asian_Americans"]["Cy_Vale"]
    return content


def _one_short(content: Any) -> Any:
    content["Asian_Americans"]["Cy_Vale"].pop()
    return content


def _other_sentence(content: Any) -> Any:
    content["European_Americans"]["Cy_Vale"][2] = "Another edition says this."
    return content


def _number(content: Any) -> Any:
    content["European_Americans"]["Cy_Vale"][2] = 7
    return content


@pytest.mark.parametrize(
    ("path", "damage", "line", "said"),
    [
        (RACE, Path.unlink, None, "is not there"),
        (RACE, _cut, 1, "not JSON"),
        (RACE, _re_encoded, 1, "not UTF-8"),
        (WIKI, _byte_order_mark, 1, "byte order mark"),
        (RACE, _edited(lambda _: {}), 1, "at least one key"),
        (RACE, _edited(lambda _: ["a list"]), 1, "must hold an object"),
        (RACE, _edited(lambda c: {**c, "Asian_Americans": 3}), 2, "Asian_Americans must hold an object"),
        (WIKI, _edited(_number), 21, "must hold a list of texts"),
        (WIKI, _edited(_without_article), 1, "'Cy_Vale' of 'Asian_Americans'"),
        (WIKI, _edited(_one_short), 3, "5 sentences, 6 prompts"),
        (WIKI, _edited(_other_sentence), 24, "does not begin with its prompt"),
    ],
)
def test_what_is_not_the_format_is_one_error_that_names_file_and_line(
    folder: Path, path: str, damage: Callable[[Path], None], line: int | None, said: str
) -> None:
    damage(folder / path)
    with pytest.raises(DataError, match=r"octarine data get bold|cut off|UTF-8") as caught:
        read_prompts(folder)
    assert said in caught.value.message
    assert "race_" in caught.value.path
    assert caught.value.line == line
