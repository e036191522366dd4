"""Chains that may call a model: whatever a technique needs to have rewritten, any ``Model`` can write."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from octarine.core.content import Conversation
from octarine.core.errors import ModelError
from octarine.core.protocols import Model, NotApplicable
from octarine.core.results import Settings
from octarine.redteam.applying import NotAvailable, placed, seed_of
from octarine.redteam.chain import RULE, TARGET, Chain, Step, after, language_of, spawned
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Effect, Technique

LONGEST_ANSWER = 800
"""Tokens of a rewritten text, at most."""
_TASK = """{instruction}

Give the rewritten text only, in the same language unless told otherwise, with no comment. Do not answer it.

Text:
{text}"""


@dataclass(frozen=True, slots=True)
class Transformed:
    """A conversation and how it came about: ``seed`` of the generator and ``steps`` give it again."""

    conversation: Conversation
    steps: tuple[Step, ...]
    seed: int


async def transform(
    techniques: Technique | Chain,
    conversation: Conversation,
    *,
    seed: int = 0,
    language: str = "",
    writer: Model | None = None,
) -> Transformed | NotApplicable:
    """``conversation`` after ``techniques``, with the record of it.

    A technique with an ``instruction`` is written by ``writer`` (which has been started) where there is one,
    by its rule where there is none; the record says which. Letters that a code before it needs exactly are
    not given to a writer. Without a writer nothing is awaited.
    """
    chain = techniques if isinstance(techniques, Chain) else Chain((techniques,))
    language = language or language_of(conversation)
    steps: list[Step] = []
    coded = ""
    for step, rng in zip(chain, spawned(np.random.default_rng(seed), len(chain.steps)), strict=True):
        written = writer if step.instruction and not coded else None
        made = (
            await _written(step, conversation, rng, language, written)
            if written
            else after(coded, step, conversation, rng, language)
        )
        if isinstance(made, NotApplicable):
            return type(made)(f"{step.id}: {made.reason}")
        path = f"model:{written.identity.name}" if written else RULE
        coded = step.id if step.effect is Effect.ENCODES else coded
        steps.append(Step(step.id, {**step.values, "seed": seed}, path))
        conversation, language = made, str(step.values.get(TARGET) or language)
    return Transformed(conversation, tuple(steps), seed)


async def _written(
    technique: Technique, conversation: Conversation, rng: np.random.Generator, language: str, writer: Model
) -> Conversation | NotApplicable:
    if reason := technique.missing(writer=True):
        return NotAvailable(reason)
    found = seed_of(technique, conversation, rng, language)
    if isinstance(found, NotApplicable):
        return found
    if technique.values.get(TARGET) == found.language and found.language:
        return NotApplicable(f"the text is in {found.language} already")
    settings = Settings(temperature=0.7, max_tokens=LONGEST_ANSWER, seed=int(rng.integers(2**31)))
    try:
        answer = await writer.generate(Conversation.user(task(technique, found)), settings)
    except ModelError as error:
        return NotAvailable(f"the writer failed: {error.message}")
    text = cleaned(answer.text)
    if not text or text == found.text:
        return NotApplicable("the writer wrote nothing new")
    return placed(conversation, text)


def task(technique: Technique, seed: Seed) -> str:
    """What a writer is asked. ``{to}`` in an instruction is the parameter of that name, and so on."""
    values = {name: str(value) for name, value in technique.values.items() if value is not None}
    instruction = re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), technique.instruction)
    return _TASK.format(instruction=instruction, text=seed.text)


def cleaned(answer: str) -> str:
    """A writer's answer without the quotes, fences and the "Here is …:" that models put round it."""
    text = answer.strip()
    fenced = re.fullmatch(r"```\w*\n(.*?)\n?```", text, re.S)
    text = fenced[1].strip() if fenced else text
    text = re.sub(
        r"\A(?:sure|certainly|of course|here(?: is|'s|’s)|rewritten text)[^\n]{0,80}:\s*\n+",
        "",
        text,
        flags=re.I,
    )
    quoted = len(text) > 2 and text[0] + text[-1] in ('""', "''", "“”", "«»", "„“", "「」")
    if quoted and not {text[0], text[-1]} & set(text[1:-1]):
        text = text[1:-1]
    return text.strip()
