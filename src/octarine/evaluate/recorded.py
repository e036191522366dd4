"""Answers that were recorded elsewhere, as a model: whatever can be run can also be scored from a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from octarine.core.codec import decode
from octarine.core.content import Conversation, Modality
from octarine.core.errors import DataError, ModelError
from octarine.core.files import json_lines, read_text
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.core.samples import Sample, Subject
from octarine.evaluate.benchmark import Benchmark, Selection
from octarine.evaluate.runner import SAMPLE, Limits
from octarine.evaluate.session import Job


@dataclass(frozen=True, slots=True)
class _Answer:
    answer: str
    id: str = ""
    prompt: str = ""

    def __post_init__(self) -> None:
        if not self.id and not self.prompt:
            raise ValueError("neither 'id' nor 'prompt' says what is answered")


class RecordedAnswers:
    """A model that gives the answer that a file holds for a sample."""

    by_sample = True
    """Two samples may ask the same and have other answers: theirs are kept apart in the store."""

    def __init__(
        self, name: str, revision: str, answers: dict[str, str], capabilities: Capabilities | None = None
    ) -> None:
        self.identity = ModelIdentity(name=name, revision=revision)
        self.capabilities = capabilities or Capabilities(concurrency=4, local=True)
        self._answers = answers

    async def start(self) -> None:
        """Nothing to make ready."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The recorded answer, or a ``ModelError`` where there is none."""
        try:
            sample = SAMPLE.get()
            return Completion.of_text(self._answers[sample.id if sample else ""])
        except KeyError:
            raise ModelError("no answer was recorded for this sample") from None

    async def aclose(self) -> None:
        """Nothing to release."""

    @staticmethod
    def job(benchmark: Benchmark, path: Path, name: str = "") -> tuple[RecordedAnswers, Job]:
        """The model and the job that score ``path`` against a benchmark.

        Samples about a model's files are left out: answers say nothing of them. So are languages, pictures
        and tools without a single answer: those were not asked.

        A line is {"id": SAMPLE, "answer": TEXT}, or {"prompt": TEXT, "answer": TEXT} with the last message of
        the user or the benchmark's own prompt; the answers to a prompt that several samples have are theirs
        in the order of the benchmark.

        Raises:
            DataError: naming the line of a record that is malformed, repeated, of an unknown sample, or an
                answer to a prompt of several samples with fewer answers than these.
        """
        samples = [sample for sample in benchmark.load() if sample.subject is Subject.ANSWER]
        text = read_text(path)
        answers = _match(samples, text, path)
        revision = sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        answered = [sample for sample in samples if sample.id in answers]
        capabilities = _capabilities([sample.conversation for sample in answered])
        model = RecordedAnswers(name or f"recorded:{path.name}", revision, answers, capabilities)
        asked = {sample.language for sample in answered}
        samples = [sample for sample in samples if sample.language in asked]
        whole = replace(benchmark, load=lambda _languages=(): samples)
        return model, Job(whole, Selection("full"), Settings(), limits=Limits(max_errors=len(samples)))


def _capabilities(answered: Sequence[Conversation]) -> Capabilities:
    """Of the model whose answers these are, as far as they show it."""
    needs = Capabilities()
    return Capabilities(
        inputs=frozenset({Modality.TEXT}).union(*(asked.modalities for asked in answered)),
        tools=any(replace(needs, inputs=asked.modalities).missing(asked) == "tools" for asked in answered),
        concurrency=4,
        local=True,
    )


def _match(samples: list[Sample], text: str, path: Path) -> dict[str, str]:
    """Sample's id → its answer."""
    known = {sample.id for sample in samples}
    found: dict[str, str] = {}
    prompted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, line in json_lines(text.split("\n"), path):
        record = decode(_Answer, line, path=str(path), line=number)
        if not record.id:
            prompted[record.prompt].append((number, record.answer))
            continue
        if record.id not in known:
            raise DataError(f"the benchmark has no sample '{record.id}'", path=path, line=number)
        if found.setdefault(record.id, record.answer) != record.answer:
            raise DataError(f"a second, different answer to '{record.id}'", path=path, line=number)
    if prompted:
        _match_prompts(samples, prompted, found, path)
    if not found:
        raise DataError("no answer in the file", path=path, hint='One {"id": …, "answer": …} a line.')
    return found


def _match_prompts(
    samples: list[Sample], prompted: dict[str, list[tuple[int, str]]], found: dict[str, str], path: Path
) -> None:
    """Add the answers of lines without an id: the first to the first sample with that prompt, and so on."""
    asking: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        own = sample.expectation.args.get("prompt")
        for text in dict.fromkeys((sample.conversation.prompt, own if isinstance(own, str) else "")):
            if text:
                asking[text].append(sample.id)
    for prompt, answers in prompted.items():
        ids = asking.get(prompt, [])
        number = answers[min(len(ids), len(answers) - 1)][0]
        if not ids:
            raise DataError(f"the benchmark does not ask '{prompt[:60]}'", path=path, line=number)
        if len(ids) != len(answers):
            raise DataError(
                f"{len(ids)} samples ask this and it has {len(answers)} answers in the file",
                path=path,
                line=number,
                hint="Give each line the id of its sample, or an answer for each, in the benchmark's order.",
            )
        for id, (line, answer) in zip(ids, answers, strict=True):
            if id in found:
                raise DataError(f"a second answer to '{id}'", path=path, line=line)
            found[id] = answer
