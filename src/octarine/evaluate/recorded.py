"""Answers that were recorded elsewhere, as a model: whatever can be run can also be scored from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from octarine.core.codec import decode
from octarine.core.content import Conversation
from octarine.core.errors import DataError, ModelError
from octarine.core.files import json_lines, read_text
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.core.samples import Sample, Subject
from octarine.evaluate.benchmark import Benchmark, Selection
from octarine.evaluate.runner import Limits
from octarine.evaluate.session import Job


@dataclass(frozen=True, slots=True)
class _Answer:
    id: str
    answer: str


class RecordedAnswers:
    """A model that gives the answer that a file holds for a conversation."""

    def __init__(self, name: str, revision: str, answers: dict[str, str]) -> None:
        self.identity = ModelIdentity(name=name, revision=revision)
        self.capabilities = Capabilities(concurrency=4, local=True)
        self._answers = answers

    async def start(self) -> None:
        """Nothing to make ready."""

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The recorded answer, or a ``ModelError`` where there is none."""
        try:
            return Completion.of_text(self._answers[conversation.key])
        except KeyError:
            raise ModelError("no answer was recorded for this sample") from None

    async def aclose(self) -> None:
        """Nothing to release."""

    @staticmethod
    def job(benchmark: Benchmark, path: Path, name: str = "") -> tuple[RecordedAnswers, Job]:
        """The model and the job that score ``path`` against a benchmark.

        Samples about a model's files are left out: answers say nothing of them. So are languages without a
        single answer: those were not asked.

        Raises:
            DataError: naming the line of a record that is malformed, repeated or of an unknown sample.
        """
        samples = [sample for sample in benchmark.load() if sample.subject is Subject.ANSWER]
        text = read_text(path)
        answers = _match(samples, text, path)
        revision = sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        model = RecordedAnswers(name or f"recorded:{path.name}", revision, answers)
        asked = {sample.language for sample in samples if sample.conversation.key in answers}
        samples = [sample for sample in samples if sample.language in asked]
        whole = replace(benchmark, load=lambda _languages=(): samples)
        return model, Job(whole, Selection("full"), Settings(), limits=Limits(max_errors=len(samples)))


def _match(samples: list[Sample], text: str, path: Path) -> dict[str, str]:
    known = {sample.id: sample for sample in samples}
    found: dict[str, str] = {}
    for number, line in json_lines(text.split("\n"), path):
        record = decode(_Answer, line, path=str(path), line=number)
        if record.id not in known:
            raise DataError(f"the benchmark has no sample '{record.id}'", path=path, line=number)
        key = known[record.id].conversation.key
        if found.setdefault(key, record.answer) != record.answer:
            raise DataError(f"a second, different answer to '{record.id}'", path=path, line=number)
    if not found:
        raise DataError("no answer in the file", path=path, hint='One {"id": …, "answer": …} a line.')
    return found
