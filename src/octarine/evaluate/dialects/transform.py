"""A dialect as a registered transform: conversations in, conversations out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.protocols import NotApplicable
from octarine.evaluate.dialects.parse import Parser, spacy_parser
from octarine.evaluate.dialects.tables import Dialect, every_feature, find, read_dialects
from octarine.evaluate.dialects.writing import Application, Written, write

if TYPE_CHECKING:
    import numpy

_MARKUP = re.compile(r"[{}<>\[\]|`=\\]|://")
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass
class DialectTransform:
    """The user's words in a dialect; what others say, code, markup and lists of data stay as they are.

    ``category`` is none of red teaming's. The parser is loaded at the first call.
    """

    dialect: Dialect
    parse: Parser | None = field(default=None, repr=False)
    name: str = "dialect"
    category: str = "dialect"
    inputs: frozenset[Modality] = frozenset({Modality.TEXT})
    outputs: frozenset[Modality] = frozenset({Modality.TEXT})
    languages: frozenset[str] = frozenset({"en"})
    needs: frozenset[str] = frozenset()

    def __call__(
        self, conversation: Conversation, rng: numpy.random.Generator
    ) -> Conversation | NotApplicable:
        """The conversation in dialect; not applicable where no feature fires.

        Raises:
            MissingExtra: without the extra ``dialects``.
        """
        made, applications = self.logged(conversation, rng)
        return made if applications else NotApplicable(f"no feature of {self.dialect.name} fires")

    def logged(
        self, conversation: Conversation, rng: numpy.random.Generator
    ) -> tuple[Conversation, tuple[Application, ...]]:
        """The conversation in dialect and every application; offsets count from the beginning of the text
        part (the parts in the order of the messages)."""
        log: list[Application] = []
        messages = [
            self._message(message, rng, log) if message.role is Role.USER else message
            for message in conversation.messages
        ]
        return replace(conversation, messages=tuple(messages)), tuple(log)

    def write(self, text: str, rng: numpy.random.Generator) -> Written:
        """A text in dialect, line by line; lines that are no prose stay."""
        if self.parse is None:
            self.parse = spacy_parser()
        features, lines, log, crowded_out, at = self.dialect.features, [], [], 0, 0
        for line in text.split("\n"):
            if prose(line):
                written = write(line, features, self.parse, rng)
                log += [replace(a, start=a.start + at, end=a.end + at) for a in written.applications]
                crowded_out += written.crowded_out
                lines.append(written.text)
            else:
                lines.append(line)
            at += len(line) + 1
        return Written("\n".join(lines), tuple(log), crowded_out)

    def _message(self, message: Message, rng: numpy.random.Generator, log: list[Application]) -> Message:
        parts: list[Part] = []
        for part in message.parts:
            if part.modality is not Modality.TEXT:
                parts.append(part)
                continue
            written = self.write(part.text, rng)
            log.extend(written.applications)
            parts.append(replace(part, text=written.text))
        return replace(message, parts=tuple(parts))


def prose(line: str) -> bool:
    """Whether a line is running text: at least two words, and no sign of markup, code or an address."""
    return len(_WORD.findall(line)) >= 2 and not _MARKUP.search(line)


def dialect(name: str = "", folder: Path | None = None) -> DialectTransform:
    """The transform of a variety of the table in ``folder``; without a name all features at every site, which
    is nobody's dialect and needs no table.

    Raises:
        DataError: the table is not there or not as published.
        InputError: there is no such variety.
    """
    if not name:
        return DialectTransform(every_feature())
    from octarine.evaluate.benchmarks.frame import data_folder

    chosen = find(read_dialects(folder or data_folder(DATA)), name)
    return DialectTransform(chosen, name=f"dialect:{chosen.name}")


DATA = "multi-value"
"""The name of the tables' folder among the data."""
