"""What every technique of the catalogue owes, whoever wrote it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation, Modality, Part, Role
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable, Transform
from octarine.models.scripted import ScriptedModel
from octarine.redteam import (
    Category,
    Chain,
    Effect,
    Need,
    NotAvailable,
    Script,
    Technique,
    Transformed,
    Turns,
    techniques,
    transform,
)
from octarine.redteam.applying import readable
from octarine.redteam.running.writing import task
from octarine.redteam.seed import AWAITED, Seed
from tests.redteam.probes import HUGE, LANGUAGES, STRANGE, seeds

ALL = list(techniques)
RULED = [name for name in ALL if techniques[name].apply is not None]
"""Those that run without a model."""
WRITTEN = [name for name in ALL if techniques[name].instruction]
PROBES = 50
PROBES_OF_FILES = 5
WRAPPING = 0.20
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def makes_files(technique: Technique) -> bool:
    return bool(technique.outputs - {Modality.TEXT})


def ready(name: str) -> Technique:
    technique = techniques[name]
    if reason := technique.missing():
        pytest.skip(f"{name} {reason}")
    return technique


def run(technique: Technique, text: str, language: str, seed: int = 7) -> Conversation | NotApplicable:
    return technique(Conversation.user(text), np.random.default_rng(seed), language=language)


def language_of(technique: Technique) -> str:
    """One that it speaks, English before others."""
    if technique.languages:
        return "en" if "en" in technique.languages else min(technique.languages)
    writes = {Script.JAPANESE: "ja", Script.DEVANAGARI: "hi", Script.ARABIC: "ar"}
    own = [writes[script] for script in technique.scripts if script in writes]
    return own[0] if own and Script.LATIN not in technique.scripts else "en"


@cache
def outputs(name: str) -> tuple[Conversation | NotApplicable, ...]:
    technique = techniques[name]
    language = language_of(technique)
    probes = seeds(language)[: PROBES_OF_FILES if makes_files(technique) else PROBES]
    return tuple(run(technique, text, language) for text in probes)


def test_the_catalogue_is_as_large_as_we_say() -> None:
    assert len(ALL) >= 320
    assert {technique.category for technique in techniques.values()} == set(Category)


def test_few_techniques_wrap_an_unchanged_seed() -> None:
    wrapping = [technique.id for technique in techniques.values() if technique.wraps]
    assert len(wrapping) <= WRAPPING * len(ALL), wrapping


def test_mechanisms_and_names_are_told_once() -> None:
    for key in ("mechanism", "name"):
        said = [getattr(technique, key).casefold() for technique in techniques.values()]
        assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("name", ALL)
def test_declares_everything(name: str) -> None:
    technique = techniques[name]
    assert isinstance(technique, Transform)
    assert KEBAB.fullmatch(technique.id)
    assert technique.group
    assert 20 <= len(technique.mechanism) <= 240, "one sentence"
    assert technique.mechanism.endswith(".")
    assert technique.reference, "a paper, a standard, or 'ours'"
    assert technique.languages <= set(LANGUAGES)
    assert technique.apply is not None or technique.instruction
    if technique.instruction:
        assert technique.apply is not None or technique.needs & {Need.MODEL, Need.TRANSLATOR}
        assert technique.turns is Turns.ONE, "a writer writes one message"
    if not makes_files(technique):
        assert (technique.effect is Effect.ENCODES) == technique.reversible, "a file's reader is not ours"
    for parameter in technique.parameters:
        assert parameter.meaning
        if parameter.default is not None:
            parameter.checked(parameter.default, name)


@pytest.mark.parametrize("name", RULED)
def test_changes_its_input_as_it_declares(name: str) -> None:
    technique = ready(name)
    made = outputs(name)
    worked = [item for item in made if isinstance(item, Conversation)]
    assert len(worked) >= 0.8 * len(made), [i.reason for i in made if isinstance(i, NotApplicable)][:3]
    for conversation in worked:
        held = conversation.modalities
        assert held <= technique.outputs | {Modality.TEXT}
        assert not makes_files(technique) or held - {Modality.TEXT}, "makes a file"
        turns = len([m for m in conversation.messages if m.role in (Role.USER, Role.ASSISTANT)])
        assert (AWAITED in conversation.messages) == (technique.turns is Turns.LIVE)
        several = turns > 1 or len(conversation.messages) > 1 or bool(conversation.tools)
        assert several == (technique.turns is not Turns.ONE)


@pytest.mark.parametrize(
    "name",
    [name for name in RULED if techniques[name].effect is Effect.KEEPS and not makes_files(techniques[name])],
)
def test_what_it_keeps_can_be_read(name: str) -> None:
    """Every word stands there in whole once blanks and marks are taken away, and pieces are in words."""
    technique = ready(name)
    language = language_of(technique)
    for text in seeds(language)[:6]:
        made = run(technique, text, language)
        if isinstance(made, Conversation):
            said = _letters(" ".join(_everything(made)))
            assert not [word for word in re.findall(r"[^\W_]+", text) if word not in said]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _everything(conversation: Conversation) -> list[str]:
    said = [part.text or "" for message in conversation.messages for part in message.parts]
    said += [call.arguments for message in conversation.messages for call in message.tool_calls]
    return said + [f"{tool.description} {tool.parameters}" for tool in conversation.tools]


@pytest.mark.parametrize("name", RULED)
def test_says_whether_it_wraps(name: str) -> None:
    technique = ready(name)
    if makes_files(technique) or technique.turns is not Turns.ONE:
        assert not technique.wraps
        return
    language = language_of(technique)
    probes = seeds(language)[:6]
    frames = set()
    for text in probes:
        made = run(technique, text, language)
        if isinstance(made, NotApplicable) or text not in made.prompt:
            frames.add(None)
            continue
        frames.add(made.prompt.replace(text, "", 1))
    fixed = None not in frames and len(frames) == 1
    assert not fixed or technique.wraps, "the seed stands unchanged in a fixed text"


@pytest.mark.parametrize("name", RULED)
def test_is_deterministic(name: str) -> None:
    technique = ready(name)
    language = language_of(technique)
    text = seeds(language)[1]
    first, second = (run(technique, text, language, seed=3) for _ in range(2))
    assert digest(encode(first)) == digest(encode(second))


@pytest.mark.parametrize("name", [name for name in ALL if techniques[name].reversible])
def test_round_trips(name: str) -> None:
    technique = ready(name)
    if any(parameter.name == "explained" for parameter in technique.parameters):
        technique = technique.set(explained=False)
    language = language_of(technique)
    tried = 0
    for text in (*seeds(language)[:20], *seeds("de")[:3], *seeds("ja")[:3], *STRANGE.values()):
        made = run(technique, text, language)
        if isinstance(made, Conversation):
            assert technique.decode(made.prompt) == technique.survives(readable(text))
            tried += 1
    assert tried >= 10


@pytest.mark.parametrize("name", RULED)
def test_respects_languages(name: str) -> None:
    technique = ready(name)
    for language in set(LANGUAGES) - technique.languages if technique.languages else ():
        assert isinstance(run(technique, seeds(language)[2], language), NotApplicable)
    spoken = technique.languages or set(LANGUAGES)
    worked = [
        language
        for language in spoken
        # NotAvailable, a font that is not on this machine, is no failure; NotApplicable is.
        if any(
            isinstance(run(technique, text, language), Conversation | NotAvailable)
            for text in seeds(language)[2:5]
        )
    ]
    if not technique.scripts:
        assert set(worked) == set(spoken)


@pytest.mark.parametrize("name", RULED)
def test_survives_strange_texts(name: str) -> None:
    technique = ready(name)
    language = language_of(technique)
    for text in STRANGE.values():
        made = run(technique, text, language)
        assert isinstance(made, Conversation | NotApplicable)
        if isinstance(made, Conversation):
            encode(made)
            for message in made.messages:
                message.text.encode()
    assert isinstance(run(technique, "", language), NotApplicable)
    assert isinstance(run(technique, " \n", language), NotApplicable)


@pytest.mark.parametrize("name", RULED)
def test_survives_a_huge_text(name: str) -> None:
    technique = ready(name)
    made = run(technique, HUGE, language_of(technique))
    if isinstance(made, Conversation):
        assert sum(len(m.text) for m in made.messages) < 100 * len(HUGE) + 100_000


@pytest.mark.parametrize("name", RULED)
def test_keeps_the_rest_of_the_conversation(name: str) -> None:
    technique = ready(name)
    language = language_of(technique)
    before = Conversation.user("Earlier.", system="Be brief.").messages
    asked = Conversation((*before, *Conversation.user(seeds(language)[0]).messages))
    made = technique(asked, np.random.default_rng(0), language=language)
    if isinstance(made, Conversation):
        assert made.messages[: len(before)] == before


@pytest.mark.parametrize("name", WRITTEN)
async def test_a_writer_writes_what_is_then_asked(name: str) -> None:
    technique, asked = techniques[name], []

    def write(conversation: Conversation) -> str:
        asked.append(conversation.prompt)
        return "Something else altogether."

    language = language_of(technique)
    text = seeds(language)[0]
    made = await transform(technique, Conversation.user(text), language=language, writer=ScriptedModel(write))
    assert isinstance(made, Transformed)
    assert made.conversation.prompt == "Something else altogether."
    assert made.steps[0].path.startswith("model:")
    assert text in asked[0]
    assert not re.search(r"\{\w+\}", asked[0].replace(text, "")), (
        "a parameter of the instruction is not filled"
    )


def test_no_two_writers_are_told_the_same() -> None:
    seed = Seed("What?", "en", np.random.default_rng(0))
    told = [task(techniques[name], seed).casefold() for name in WRITTEN]
    assert len(told) == len(set(told))


def test_no_two_give_the_same() -> None:
    """Over every probe of one language: two techniques that agree on one output are one technique."""
    seen: dict[str, str] = {}
    for name in RULED:
        if techniques[name].missing():
            continue
        for item in outputs(name):
            if isinstance(item, Conversation):
                key = digest([_plain(part) for message in item.messages for part in message.parts])
                assert seen.setdefault(key, name) == name
    assert seen


def _plain(part: Part) -> str:
    return part.text or part.sha256


@pytest.mark.parametrize(
    ("left", "right"),
    list(itertools.islice(itertools.product(RULED[::17], RULED[::13]), 400)),
)
def test_pairs_compose_or_say_why(left: str, right: str) -> None:
    first, second = ready(left), ready(right)
    chain = _or_none(lambda: first | second)
    if chain is None:
        return
    language = language_of(first)
    made = chain(Conversation.user(seeds(language)[0]), np.random.default_rng(1), language=language)
    assert isinstance(made, Conversation | NotApplicable)


def _or_none(make: Callable[[], Chain]) -> Chain | None:
    try:
        return make()
    except InputError as error:
        return None if error.hint else pytest.fail(f"no way out: {error}")
