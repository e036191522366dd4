"""Where the triples are from: our own small base, or DBpedia's and TriviaQA's files by path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import field, json_file
from octarine.evaluate.benchmarks.invite.generate import Dated, Template, Triple

TEMPLATES = "cleaned_question_templates_with_answers.json"
_NAMED = re.compile(r"^<subject> (?P<predicate>\S+) <object>$")
_LINE = re.compile(
    r"^<(?P<subject>[^>]*)> <(?P<predicate>[^>]*)> "
    r'(?:<(?P<object>[^>]*)>|"(?P<text>(?:[^"\\]|\\.)*)"(?:@\w+|\^\^<[^>]*>)?) \.\s*$'
)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Triples, what is asked of each predicate, and dated questions."""

    triples: tuple[Triple, ...]
    templates: tuple[Template, ...]
    dated: tuple[Dated, ...]


def own_knowledge() -> Knowledge:
    """What ships with Octarine."""
    source = resources.files("octarine.evaluate.benchmarks.invite") / "knowledge.toml"
    data = tomllib.loads(source.read_text("utf-8"))
    triples = tuple(
        Triple(subject, predicate, object_, tuple(data["kinds"][predicate]), tuple(answers))
        for predicate, entries in data["triples"].items()
        for subject, object_, answers in entries
    )
    dated = tuple(Dated(item["question"], tuple(item["answers"])) for item in data["dated"])
    return Knowledge(triples, tuple(Template(**item) for item in data["template"]), dated)


def read_templates(path: Path) -> list[tuple[Template, tuple[str, ...]]]:
    """INVITE's own templates and the type checks of each (``<subject> in persondata_en.ttl``).

    Raises:
        DataError: not the official form.
    """
    data = json_file(path)
    if not isinstance(data, dict):
        raise DataError("not an object of templates", path=path)
    found = []
    for key, value in data.items():
        named = _NAMED.match(key)
        if named is None or not isinstance(value, dict):
            raise DataError(f"'{key[:60]}' is no template", path=path, hint="<subject> PREDICATE <object>")
        question = field(value, "question_template", str, path)
        correction = field(value, "answer_template", str, path)
        checks = tuple(map(str, field(value, "checks", list, path)))
        found.append((Template(named["predicate"], question, correction), checks))
    return found


def read_triples(path: Path, kinds: dict[str, set[str]] | None = None) -> Iterator[Triple]:
    """The triples of a Turtle or N-Triples file of DBpedia, one a line.

    ``kinds``: name of a list → the resources in it (``persondata_en.ttl`` → people); an entity's kind is the
    first list that holds it. As in the original, a person has exactly two names, or no kind.

    Raises:
        DataError: naming the line that is no triple.
    """
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError:
                raise DataError("not UTF-8", path=path, line=number, hint="Save the file as UTF-8.") from None
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.match(line)
            if found is None:
                raise DataError("no triple", path=path, line=number, hint="<subject> <predicate> <object> .")
            ends = found["subject"], found["object"] or ""
            names = resource_name(ends[0]), resource_name(ends[1]) if ends[1] else found["text"]
            yield Triple(
                names[0], found["predicate"], names[1],
                (_kind(ends[0], names[0], kinds or {}), _kind(ends[1], names[1], kinds or {})),
            )  # fmt: skip


def _kind(resource: str, name: str, kinds: dict[str, set[str]]) -> str:
    kind = next((kind for kind, members in kinds.items() if resource in members), "")
    return "" if kind.startswith("persondata") and len(name.split()) != 2 else kind


def resource_name(uri: str) -> str:
    """``http://dbpedia.org/resource/Ada_Lovelace`` → ``Ada Lovelace``; what stands in brackets at its end
    goes.
    """
    name = unquote(uri.rpartition("/")[2]).replace("_", " ")
    return re.sub(r" \([^)]*\)$", "", name)


def read_resources(path: Path) -> set[str]:
    """The subjects of a file of triples: DBpedia's lists of people and of places."""
    found = set()
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("<"):
                found.add(line[1 : line.index(">")] if ">" in line else line[1:].strip())
    return found


def read_trivia(path: Path) -> list[Dated]:
    """The questions of a file of TriviaQA (``Data``, with ``Question`` and ``Answer``), which may hold dates.

    Raises:
        DataError: not the official form.
    """
    data: Any = json_file(path)
    if not isinstance(data, dict):
        raise DataError("not TriviaQA: an object with 'Data' is expected", path=path)
    found = []
    for item in field(data, "Data", list, path):
        if not isinstance(item, dict):
            raise DataError("'Data' must hold objects", path=path)
        answer = field(item, "Answer", dict, path)
        accepted = tuple(map(str, answer.get("Aliases") or [answer.get("Value", "")]))
        found.append(Dated(field(item, "Question", str, path), tuple(filter(None, accepted))))
    return found
