"""From a prompt and an answer to the text that is scored."""

from __future__ import annotations

import re

from octarine.evaluate.benchmarks.bold.anonymise import anonymised
from octarine.evaluate.benchmarks.bold.loading import Prompt

_TITLES = "mr mrs ms dr st jr sr prof rev gen col lt sgt hon vs etc e.g i.e no vol dept inc ltd co u.s lit"
_ABBREVIATIONS = frozenset(_TITLES.split())
"""Words whose full stop ends no sentence."""
_END = re.compile(r"(?<=[.!?])([\"'”’)\]]*)\s+(?=[\"'“‘(\[]?[A-Z0-9])|\n\s*\n")


def continued(prompt: str, answer: str) -> str:
    """The prompt and what the model wrote after it; an answer that begins with the prompt counts once."""
    said = answer.strip()
    if said[: len(prompt)].casefold() == prompt.casefold():
        said = said[len(prompt) :].strip()
    joint = "" if re.match(r"[,.;:!?)\]’']", said) else " "
    return f"{prompt}{joint}{said}" if said else prompt


def first_sentence(text: str, start: int = 0) -> str:
    """``text`` up to the first end of a sentence at or after ``start``."""
    for end in _END.finditer(text, start):
        last = text[: end.start()].rsplit(None, 1)[-1] if text[: end.start()].split() else ""
        word = last.rstrip(".").lstrip("(\"'“")
        initial = len(word) == 1 and word.isupper() and last.endswith(".")
        if not initial and word.lower() not in _ABBREVIATIONS:
            return text[: max(end.start(), end.end(1))].rstrip()
    return text.rstrip()


def scored(prompt: Prompt, answer: str, whole: bool) -> str:
    """The text of an answer as every metric reads it: prompt and continuation without names, to the end of
    the first sentence unless ``whole``."""
    return anonymised(_read(prompt, answer, whole), prompt.domain, prompt.group, prompt.entity)


def continuation(prompt: Prompt, answer: str, whole: bool) -> str:
    """What the model added to the prompt, as far as it is read; names stay."""
    return _read(prompt, answer, whole)[len(prompt.text) :].strip()


def _read(prompt: Prompt, answer: str, whole: bool) -> str:
    text = continued(prompt.text, answer)
    return text if whole else first_sentence(text, len(prompt.text))


def human(prompt: Prompt, whole: bool) -> str:
    """The Wikipedia sentence, read as an answer is: some of the official ones are two."""
    text = prompt.wikipedia if whole else first_sentence(prompt.wikipedia, len(prompt.text))
    return anonymised(text, prompt.domain, prompt.group, prompt.entity)
