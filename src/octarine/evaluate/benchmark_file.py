"""The format that all benchmarks share: JSON Lines, one sample a line, after one header line.

::

    {"benchmark": "octarine", "version": "1.0.0", "dimension": "safety", "language": "en", "canary": "…"}
    {"id": "safety-en-001", "prompt": "…", "expect": "deflect", "judge": "refusal",
     "objectives": ["safety.deflects_harm"], "risk": "fraud", "group": "safety-en-g001", "variant": "harmful"}

``prompt`` (with an optional ``system``) is short for a single-turn conversation; ``messages`` is a list of
``{"role", "content"}`` (and ``tool_calls``, ``tool_call_id``) for any other; ``tools`` are offered to the
model. ``args`` are the judge's.
``images`` beside a prompt or in a message declares pictures, which are drawn when the model is asked.
``defaults`` of the header holds fields that every line has unless it says otherwise.
``parts`` of a message holds anything else, as it is recorded: bytes by their SHA-256, which a folder of
versions keeps beside (``evaluate.versions``). ``parent``, ``techniques`` and ``seed`` say what a sample was
made of (``core.samples.Provenance``), ``since`` in which version it came in, where that is not the header's.
``slices`` says where a sample lies on axes of the benchmark's own (``core.samples.Sample``).
``retired`` says since which version and why a sample is drawn no more: it stays in its file for old results.
The canary is a random string: a model that can complete it has been trained on the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from octarine.core.codec import canonical, decode, encode
from octarine.core.content import Conversation, Message, Part, Role, Tool, ToolCall
from octarine.core.dimensions import Dimension, objectives_by_id
from octarine.core.errors import DataError, OctarineError
from octarine.core.files import json_lines, read_text
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import IMPORTED
from octarine.core.risks import risks
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample, Subject
from octarine.evaluate.pictures import picture_part
from octarine.evaluate.pictures.scenes import read_scene


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a benchmark file."""

    benchmark: str
    version: str
    dimension: Dimension
    language: str
    canary: str
    licence: str = "Apache-2.0"
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    images: tuple[Mapping[str, Any], ...] = ()
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if self.parts and (self.content or self.images):
            raise ValueError("'parts' stands alone: put content and images into it")

    @property
    def message(self) -> Message:
        if self.parts:
            return Message(self.role, self.parts, self.tool_calls, self.tool_call_id)
        text = (Part.of_text(self.content),) if self.content else ()
        pictures = tuple(picture_part(image) for image in self.images)
        return Message(self.role, (*text, *pictures), self.tool_calls, self.tool_call_id)


@dataclass(frozen=True, slots=True)
class _Line:
    id: str
    expect: Behaviour
    judge: str
    objectives: tuple[str, ...]
    prompt: str = ""
    system: str = ""
    images: tuple[Mapping[str, Any], ...] = ()
    messages: tuple[_Turn, ...] = ()
    tools: tuple[Tool, ...] = ()
    args: Mapping[str, Any] = field(default_factory=dict)
    risk: str = ""
    group: str = ""
    variant: str = ""
    template: str = ""
    subject: Subject = Subject.ANSWER
    tags: tuple[str, ...] = ()
    slices: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    techniques: tuple[str, ...] = ()
    seed: str = ""
    since: str = ""
    retired: str = ""

    def __post_init__(self) -> None:
        if self.messages and (self.prompt or self.system or self.images):
            raise ValueError("'messages' stands alone: put prompt, system text and images into it")
        for images in (self.images, *(turn.images for turn in self.messages)):
            for image in images:
                read_scene(image)
        if not self.messages and not self.prompt and self.subject is Subject.ANSWER:
            raise ValueError("'prompt' or 'messages' is missing")
        if not self.objectives:
            raise ValueError("'objectives' is empty: a sample counts towards at least one")
        for objective in self.objectives:
            if objective not in objectives_by_id():
                raise ValueError(f"there is no objective '{objective}'")
        if self.risk and self.risk not in risks():
            raise ValueError(f"there is no risk '{self.risk}'")

    @property
    def conversation(self) -> Conversation:
        turns = self.messages
        if not turns:
            system = (_Turn(Role.SYSTEM, self.system),) if self.system else ()
            user = _Turn(Role.USER, self.prompt, images=self.images)
            turns = (*system, user) if self.prompt or self.images else ()
        return Conversation(tuple(turn.message for turn in turns), self.tools)


def read_benchmark_file(path: Path) -> tuple[Header, list[Sample]]:
    """Read a benchmark file.

    Raises:
        DataError: naming the file and the line; nothing is returned of a file that has one bad line.
    """
    return parse_benchmark(read_text(path).split("\n"), str(path))


def parse_benchmark(
    lines: Iterable[str], path: str, *, check_judges: bool = True
) -> tuple[Header, list[Sample]]:
    """The same from lines; ``path`` is for the errors.

    ``check_judges``: whether judges are asked about their arguments, which compiles every expression of every
    sample; a test does it for the files that ship.
    """
    header, pairs = parse_whole(lines, path, check_judges=check_judges)
    samples = [sample for sample, retired in pairs if not retired]
    if not samples:
        raise DataError("no sample after the header", path=path, hint="One sample a line.")
    return header, samples


def parse_whole(
    lines: Iterable[str], path: str, *, check_judges: bool = True
) -> tuple[Header, list[tuple[Sample, str]]]:
    """The same with the samples that are retired: each with why, or with nothing where it is drawn."""
    records = json_lines(lines, path)
    number, first = next(records, (1, None))
    if first is None:
        raise DataError("the file is empty", path=path, hint="The first line must be the header.")
    header = decode(Header, first, path=path, line=number)
    if header.benchmark.startswith(IMPORTED):
        raise DataError(f"'{IMPORTED}…' names what was imported, and no benchmark", path=path, line=number)
    judges: dict[str, Judge] = {}
    seen: dict[str, int] = {}
    samples = []
    for number, record in records:
        if header.defaults and isinstance(record, dict):
            record = {**header.defaults, **record}  # noqa: PLW2901 - the line as it is meant
        line = decode(_Line, record, path=path, line=number)
        if line.id in seen:
            raise DataError(f"the id '{line.id}' stands on line {seen[line.id]} too", path=path, line=number)
        seen[line.id] = number
        if check_judges:
            _check_judge(line, judges, path, number)
        samples.append((_sample(header, line), line.retired))
    return header, samples


def read_header(first_line: str, path: str) -> Header:
    """The header alone, of a file whose samples are not needed."""
    _, record = next(json_lines([first_line], path), (1, None))
    return decode(Header, record, path=path, line=1)


def _check_judge(line: _Line, judges: dict[str, Judge], path: str, number: int) -> None:
    try:
        if line.judge not in judges:
            judges[line.judge] = registry.get("judge", line.judge)()
        judges[line.judge].check_args(line.args)
    except OctarineError as error:
        raise DataError(error.message, path=path, line=number, hint=error.hint) from None
    except ValueError as error:
        raise DataError(f"args of the judge '{line.judge}': {error}", path=path, line=number) from None


def _sample(header: Header, line: _Line) -> Sample:
    return Sample(
        id=line.id,
        conversation=line.conversation,
        expectation=Expectation(line.expect, line.judge, line.args),
        dimension=header.dimension,
        objectives=line.objectives,
        language=header.language,
        risk=line.risk,
        group=line.group,
        variant=line.variant,
        template=line.template,
        subject=line.subject,
        tags=line.tags,
        slices=line.slices,
        provenance=Provenance(
            header.benchmark, line.since or header.version, line.parent, line.techniques, line.seed
        ),
    )


def benchmark_text(header: Header, samples: Iterable[tuple[Sample, str]]) -> str:
    """The inverse of ``parse_whole``: the file of samples of one dimension and language, each with why it is
    retired, or nothing. Equal samples give equal bytes.

    Raises:
        ValueError: a sample of another dimension, language or benchmark than the header's.
    """
    lines = [canonical(encode(header))]
    for sample, retired in samples:
        if (sample.dimension, sample.language) != (header.dimension, header.language):
            raise ValueError(f"{sample.id} is in {sample.dimension} and {sample.language}")
        if sample.provenance.benchmark != header.benchmark:
            raise ValueError(f"{sample.id} is of the benchmark '{sample.provenance.benchmark}'")
        lines.append(canonical(_record(header, sample, retired)))
    return "".join(f"{line}\n" for line in lines)


_SAME = ("id", "risk", "group", "variant", "template", "subject", "tags", "slices")
"""Fields that a line and a sample have alike."""


def _record(header: Header, sample: Sample, retired: str) -> dict[str, Any]:
    origin, wanted = encode(sample.provenance), sample.expectation
    conversation = encode(sample.conversation)
    came_in = sample.provenance.version
    found = {
        **{name: value for name, value in encode(sample).items() if name in _SAME},
        **{name: origin[name] for name in ("parent", "techniques", "seed") if name in origin},
        "objectives": list(sample.objectives),
        "expect": wanted.behaviour.value,
        "judge": wanted.judge,
        "args": encode(wanted.args),
        "tools": conversation.get("tools"),
        "messages": [_turn(message) for message in sample.conversation.messages],
        "since": came_in if came_in != header.version else "",
        "retired": retired,
    }
    return {name: value for name, value in found.items() if value or name == "objectives"}


def _turn(message: Message) -> dict[str, Any]:
    found = encode(message)
    parts = found.pop("parts", [])
    if message.parts == (Part.of_text(message.text),) and message.text:
        return {**found, "content": message.text}
    return {**found, "parts": parts} if parts else found
