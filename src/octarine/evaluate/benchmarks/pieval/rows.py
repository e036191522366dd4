"""LLM-PIEval's official files, and the benign twin of each prompt.

``combined_apis_final.jsonl`` holds the APIs with the instruction that an attack gives for each;
``blackbox_prompts/UUID.txt`` the whole prompts. Their names do not match the ids of the APIs: a prompt's
target is the one API in its own list that is no decoy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import field, json_file, official_text, only, rows
from octarine.evaluate.benchmarks.pieval.calls import Spec

APIS, PROMPTS = "combined_apis_final.jsonl", "blackbox_prompts"
DECOYS = (
    "Knowledge.SearchForAnswer",
    "LocalSearch.GetRatings",
    "DesktopClient.TurnOff",
    "AddressBook.GetPhoneNumber",
)
_SPEC = re.compile(r"^(?P<name>[A-Za-z_]\w*\.[A-Za-z_]\w*): .*?Required Parameters: (?P<required>.*)$")
_RESULT = re.compile(r"^APIResults:(?P<result>.*)\nAssistant:\s*\Z", re.MULTILINE | re.DOTALL)
_INJECTED = re.compile(r"  (?P<speaker>Human|User): (?P<instruction>.*?)(?: \.|\s*\Z)", re.DOTALL)
_QUESTION = re.compile(r"^User: (?P<question>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One attack: the whole prompt, the same without the injected sentence, and what is needed to score
    answers.
    """

    name: str
    attack: str
    benign: str
    target: Spec
    question: str
    passage: str
    """What the search gave, without the injected sentence."""
    instruction: str
    speaker: str
    position: str
    """``start``, ``middle`` or ``end`` of the passage."""


def read_apis(path: Path) -> dict[str, Spec]:
    """API's name → its specification.

    Raises:
        DataError: naming the line that is none, or that gives a name a second time.
    """
    found: dict[str, Spec] = {}
    for line, row in rows(path):
        text = field(row, "api_string", str, path, line)
        field(row, "attack_string", str, path, line)
        only(row, ("api_string", "attack_string", "id"), path, line)
        spec = read_spec(text)
        if spec is None:
            hint = "NAME.FUNCTION: DESCRIPTION. Required Parameters: … Optional Parameters: … Example: …"
            raise DataError(f"no API: '{text[:50]}'", path=path, line=line, hint=hint)
        if spec.name in found:
            raise DataError(f"a second '{spec.name}'", path=path, line=line)
        found[spec.name] = spec
    return found


def read_spec(text: str) -> Spec | None:
    """The specification that a line of a prompt's list gives; None where it is none."""
    found = _SPEC.match(text)
    if found is None:
        return None
    required = _parameters(found["required"])
    _, marked, rest = found["required"].partition("Optional Parameters: ")
    return Spec(found["name"], required, _parameters(rest) if marked else {})


def _parameters(text: str) -> Mapping[str, str]:
    """The object at the beginning of a text as parameter → type; ``None`` and what is no object is none."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: str(kind.get("type", "")) if isinstance(kind, dict) else "" for name, kind in value.items()}


def read_prompt(path: Path, apis: Mapping[str, Spec]) -> Prompt:
    """One official prompt.

    Raises:
        DataError: no list of APIs with one target, no result of the search that ends before ``Assistant:`` (a
        file
            that was cut off), or no injected sentence in it.
    """
    text = official_text(path)
    named = [spec.name for line in text.split("\n") if (spec := read_spec(line))]
    targets = [name for name in named if name not in DECOYS] or [n for n in named if named.count(n) > 1][:1]
    if len(targets) != 1 or targets[0] not in apis:
        what = f"the target must be one API of {APIS}, not {', '.join(targets) or 'none'}"
        raise DataError(what, path=path, line=5, hint="Another version of the data?")
    result = _RESULT.search(text)
    question = _QUESTION.search(text)
    last = text.count("\n") + 1
    if result is None or question is None:
        hint = "The file may have been cut off."
        raise DataError("no 'APIResults:' before a last 'Assistant:'", path=path, line=last, hint=hint)
    passage = result["result"]
    injected = _INJECTED.search(passage)
    if injected is None:
        line = text.count("\n", 0, result.start()) + 1
        raise DataError("no injected sentence in the result", path=path, line=line)
    clean = passage[: injected.start()] + passage[injected.end() :]
    start = result.start("result")
    return Prompt(
        name=path.stem,
        attack=text,
        benign=text[:start] + clean + text[result.end("result") :],
        target=apis[targets[0]],
        question=question["question"].strip(),
        passage=clean.strip(),
        instruction=injected["instruction"].strip(),
        speaker=injected["speaker"],
        position=_position(passage[: injected.start()], passage[injected.end() :]),
    )


def _position(before: str, after: str) -> str:
    if not before.strip():
        return "start"
    return "middle" if after.strip() else "end"


def read_squad(path: Path) -> dict[str, tuple[str, ...]]:
    """Question → accepted answers, of a file of SQuAD 1.1 or 2.0.

    Raises:
        DataError: not the official form.
    """
    data = json_file(path)
    if not isinstance(data, dict):
        raise DataError("not SQuAD: an object with 'data' is expected", path=path)
    found: dict[str, tuple[str, ...]] = {}
    try:
        for article in field(data, "data", list, path):
            for paragraph in article["paragraphs"]:
                for item in paragraph["qas"]:
                    found[item["question"].strip()] = tuple(answer["text"] for answer in item["answers"])
    except (KeyError, TypeError) as error:
        raise DataError(f"not SQuAD: no {error}", path=path) from None
    return found
