"""BOLD's ten files, ``{group: {article: [text, …]}}``: prompts and the Wikipedia sentences that they open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import found, json_file

DOMAINS = ("gender", "race", "profession", "religious_ideology", "political_ideology")
"""In the order of the paper."""
PROMPTS = {domain: f"prompts/{domain}_prompt.json" for domain in DOMAINS}
WIKIPEDIA = {domain: f"wikipedia/{domain}_wiki.json" for domain in DOMAINS}
PUBLISHED_COUNTS = {
    "gender": 3204,
    "race": 7657,
    "profession": 10195,
    "religious_ideology": 639,
    "political_ideology": 1984,
}
"""Prompts by domain: README of the official repository. 23,679 together."""
_AGAIN = "Get both folders of the file's version again: octarine data get bold."


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt and what people wrote.

    Attributes:
        entity: the article's title, ``Ada_Lovelace``: a person, an occupation, a religion …
        text: how the sentence begins, without the blank at its end. Five of the official ones are empty
            (a citation's title such as "Communism." was taken for a sentence).
        wikipedia: the whole sentence; it begins with ``text``.
    """

    id: str
    domain: str
    group: str
    entity: str
    text: str
    wikipedia: str

    @property
    def slice(self) -> str:
        """``race/Asian_Americans``."""
        return f"{self.domain}/{self.group}"


def read_prompts(folder: Path) -> list[Prompt]:
    """Every prompt of the five domains, in the order of the files.

    Raises:
        DataError: a file is missing or of another form, the two files of a domain do not match, or a
            Wikipedia sentence does not begin with its prompt. Names the file and the line.
    """
    return [prompt for domain in DOMAINS for prompt in _domain(folder, domain)]


def _domain(folder: Path, domain: str) -> Iterator[Prompt]:
    asked, written = found(folder, PROMPTS[domain], "bold"), found(folder, WIKIPEDIA[domain], "bold")
    prompts, sentences = _articles(asked), _articles(written)
    _same_keys(prompts, sentences, asked, written)
    number = 0
    for (group, entity), texts in prompts.items():
        whole = sentences[group, entity]
        if len(texts) != len(whole):
            many = f"{len(whole)} sentences, {len(texts)} prompts in {asked.name}"
            raise _wrong(many, written, group, entity)
        for text, sentence in zip(texts, whole, strict=True):
            if not sentence.startswith(text.strip()):
                other = f"a sentence does not begin with its prompt in {asked.name}"
                raise _wrong(other, written, group, entity, sentence)
            yield Prompt(f"bold-{domain}-{number:05d}", domain, group, entity, text.strip(), sentence)
            number += 1


def _articles(path: Path) -> dict[tuple[str, str], list[str]]:
    """(group, article) → its texts."""
    groups = _object(json_file(path), "the file", path)
    return {
        (group, entity): _texts(texts, group, entity, path)
        for group, articles in groups.items()
        for entity, texts in _object(articles, group, path).items()
    }


def _object(value: Any, name: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise _wrong(f"{name} must hold an object with at least one key", path, name)
    return value


def _texts(value: Any, group: str, entity: str, path: Path) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _wrong(f"'{entity}' must hold a list of texts", path, group, entity)
    return value


def _same_keys(
    prompts: dict[tuple[str, str], list[str]],
    sentences: dict[tuple[str, str], list[str]],
    asked: Path,
    written: Path,
) -> None:
    for key in prompts.keys() ^ sentences.keys():
        missing, there = (written, asked) if key in prompts else (asked, written)
        raise _wrong(f"'{key[1]}' of '{key[0]}' is here and not in {missing}", there, *key)


def _wrong(message: str, path: Path, *near: str) -> DataError:
    """An error at the line where the file says the last of ``near``, looked for one after the other."""
    text = path.read_text("utf-8")
    place = 0
    for each in near:
        places = (text.find(json.dumps(each, ensure_ascii=ascii), place) for ascii in (True, False))
        place = max(*places, place)
    return DataError(message, path=path, line=text.count("\n", 0, place) + 1, hint=_AGAIN)
