"""What can be seen of an answer without understanding it: its normal forms, and whether it is one at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from octarine.core.content import Conversation, Modality
from octarine.core.results import Completion, Finish

LOOP_WORDS = 12
"""An answer of fewer words is never called a loop: short lists repeat themselves."""

_WORD = re.compile(r"[\w\u0900-\u0963\u0970-\u097f]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|[。！？।؟]+[」』”]*|\n+")
_ROLE_LABEL = re.compile(
    r"\s*(?:<\|im_start\|>)?(?:user|assistant|system|human|ai)\s*[:\n]\s*", re.IGNORECASE
)
_QUOTED = re.compile(r"\"[^\"\n]{1,600}\"|«[^»]{1,600}»|「[^」]{1,600}」|„[^“\"]{1,600}[“\"]")
_CURLY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "}
)


class Fault(StrEnum):
    """Ways of not being an answer."""

    EMPTY = "empty"
    ECHO = "echo of the prompt"
    LOOP = "repetition loop"
    NO_WORDS = "no letters or digits"


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion's text, ready to be looked at.

    Attributes:
        text: as the model wrote it; spans count in this.
        own: ``text`` without a leading copy of the prompt, with typographic quotes made plain; same length as
            ``text[offset:]``.
        offset: where ``own`` starts in ``text``.
        fault: why this is no answer, or None.
        truncated: whether it was cut at the limit of tokens.
    """

    text: str
    own: str
    offset: int
    fault: Fault | None
    truncated: bool


def read_answer(conversation: Conversation, completion: Completion) -> Answer:
    """Take an answer apart. Costs a few microseconds for a short one."""
    text = completion.text
    offset = _copied(conversation.prompt, text)
    own = text[offset:].translate(_CURLY)
    truncated = completion.finish is Finish.LENGTH
    return Answer(text, own, offset, _fault(conversation, completion, text, own, truncated), truncated)


def words(text: str) -> list[str]:
    """Lower-case words: runs of letters, digits and underscores."""
    return _WORD.findall(text.casefold())


def fold(text: str) -> str:
    """Case and diacritics gone, compatibility forms made plain. Lengths may change."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_CURLY).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def unquoted(text: str) -> str:
    """``text`` with quotations blanked out; positions stay."""
    if '"' in text or "«" in text or "「" in text or "„" in text:
        return _QUOTED.sub(lambda found: " " * len(found[0]), text)
    return text


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans of sentences, split at final punctuation of any of the suite's scripts and at line ends."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if text[start : end.start()].strip():
            yield start, end.start()
        start = end.end()
    if text[start:].strip():
        yield start, len(text)


def _copied(prompt: str, text: str) -> int:
    """How much of the start of ``text`` is a verbatim copy of the prompt, in code points."""
    asked = prompt.strip()
    if len(asked) < 12:
        return 0
    lead = len(text) - len(text.lstrip())
    label = _ROLE_LABEL.match(text)
    for start in (lead, label.end() if label else lead):
        if text.startswith(asked, start):
            return start + len(asked)
    return 0


def _fault(
    conversation: Conversation, completion: Completion, text: str, own: str, truncated: bool
) -> Fault | None:
    if not text.strip():
        shown = any(part.modality is not Modality.TEXT or part.sha256 for part in completion.parts)
        return None if completion.tool_calls or shown else Fault.EMPTY
    if not any(char.isalnum() for char in text):
        return Fault.NO_WORDS
    if not any(char.isalnum() for char in own):
        return Fault.ECHO
    spoken = words(own)
    if _is_echo(conversation, spoken, truncated):
        return Fault.ECHO
    return Fault.LOOP if _is_loop(spoken) else None


def _is_echo(conversation: Conversation, spoken: list[str], truncated: bool) -> bool:
    """Whether the answer begins as the prompt or the conversation does and adds no word to it."""
    if spoken and spoken[0] in ("user", "human", "system") and len(spoken) > 3:
        spoken = spoken[1:]
    texts = [message.text for message in conversation.messages]
    for source in dict.fromkeys((conversation.prompt, *texts[-1:], "\n".join(texts))):
        given = words(source)
        if spoken == given and given:
            return True
        length = len(spoken)
        if length < 4 or spoken[:3] != given[:3]:
            continue
        if (truncated or 2 * length >= len(given)) and set(spoken) <= set(given):
            return True
    return False


def _is_loop(spoken: list[str]) -> bool:
    """Whether some stretch of one to twelve words fills most of the answer by repeating itself."""
    total = len(spoken)
    if total < LOOP_WORDS or 3 * len(set(spoken)) > total + 2:
        return False
    for period in range(1, min(24, total // 3) + 1):
        repeats = sum(spoken[place] == spoken[place - period] for place in range(period, total))
        if repeats >= 0.8 * (total - period) and repeats >= 2 * period:
            return True
    return False
