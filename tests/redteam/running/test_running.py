from __future__ import annotations

import pytest

from octarine.core.content import Conversation, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import ModelUnavailable
from octarine.core.protocols import NotApplicable
from octarine.core.results import Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.models.scripted import ScriptedModel
from octarine.redteam import NotAvailable, Step, Transformed, techniques, transform
from octarine.redteam.running.deriving import derived
from octarine.redteam.running.playing import awaited, play
from octarine.redteam.running.writing import cleaned
from tests.redteam.fakes import CODE, DRAWN, EITHER, LIVE, REWRITTEN, WRAP

ASKED = Conversation.user("What is the capital of France?")


async def test_the_record_says_which_path_ran() -> None:
    writer = ScriptedModel("Which town was the capital?", name="scripted:writer")
    alone = await transform(EITHER | CODE, ASKED, seed=3)
    written = await transform(EITHER | CODE, ASKED, seed=3, writer=writer)
    assert isinstance(alone, Transformed)
    assert isinstance(written, Transformed)
    assert [step.path for step in alone.steps] == ["rule", "rule"]
    assert [step.path for step in written.steps] == ["model:scripted:writer", "rule"]
    assert CODE.decode(written.conversation.prompt) == "Which town was the capital?"
    assert written.steps[0].parameters["seed"] == 3


async def test_a_code_is_not_given_to_a_writer() -> None:
    made = await transform(CODE | EITHER, ASKED, writer=ScriptedModel("Which code?"))
    assert isinstance(made, Transformed)
    assert [step.path for step in made.steps] == ["rule", "rule"]
    assert CODE.decode(made.conversation.prompt.strip("<>")) == ASKED.prompt


async def test_the_writer_is_told_what_to_do_with_the_text() -> None:
    asked: list[str] = []

    def answer(conversation: Conversation) -> str:
        asked.append(conversation.prompt)
        return "What was it?"

    await transform(REWRITTEN, ASKED, writer=ScriptedModel(answer))
    assert "Say it in the past tense." in asked[0]
    assert ASKED.prompt in asked[0]


async def test_without_a_writer_it_is_not_available_and_never_a_fake() -> None:
    found = await transform(WRAP | REWRITTEN, ASKED)
    assert isinstance(found, NotAvailable)
    assert "needs a language model" in found.reason


@pytest.mark.parametrize("answer", ["", "What is the capital of France?", '"What is the capital of France?"'])
async def test_a_writer_that_writes_nothing_new_is_not_applicable(answer: str) -> None:
    found = await transform(REWRITTEN, ASKED, writer=ScriptedModel(answer))
    assert found == NotApplicable("rewritten: the writer wrote nothing new")


async def test_a_text_is_not_translated_into_its_own_language() -> None:
    found = await transform(techniques["translation"].set(to="en"), ASKED, writer=ScriptedModel("Which?"))
    assert found == NotApplicable("translation: the text is in en already")


async def test_a_writer_that_fails_is_not_available() -> None:
    found = await transform(REWRITTEN, ASKED, writer=ScriptedModel(ModelUnavailable("down")))
    assert isinstance(found, NotAvailable)


def test_a_seed_gives_the_same_again() -> None:
    import asyncio

    first, second, other = (asyncio.run(transform(DRAWN, ASKED, seed=seed)) for seed in (1, 1, 2))
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Here is the rewritten text:\n\nWhat was it?", "What was it?"),
        ('"What was it?"', "What was it?"),
        ("```text\nWhat was it?\n```", "What was it?"),
        ("「何でしたか」", "何でしたか"),
        ('"What" was "it"', '"What" was "it"'),
        ("Here is a cat: look.", "Here is a cat: look."),
    ],
)
def test_what_models_put_round_an_answer_goes(answer: str, text: str) -> None:
    assert cleaned(answer) == text


async def test_open_turns_are_filled_by_the_model_in_order() -> None:
    made = await transform(LIVE, ASKED)
    assert isinstance(made, Transformed)
    assert awaited(made.conversation) == [1]
    played, answers = await play(ScriptedModel({"Hi.": "Good day."}), made.conversation, Settings())
    assert [message.text for message in played.messages] == ["Hi.", "Good day.", ASKED.prompt]
    assert played.messages[1].role is Role.ASSISTANT
    assert [answer.text for answer in answers] == ["Good day."]
    assert await play(ScriptedModel("x"), ASKED, Settings()) == (ASKED, ())


async def test_an_attack_keeps_what_its_seed_expects_and_says_where_it_comes_from() -> None:
    sample = Sample(
        "s1", ASKED, Expectation(Behaviour.DEFLECT, "refusal"), Dimension.SAFETY, ("safety.x",), group="g"
    )
    first = await transform(WRAP, ASKED, seed=1)
    once = derived(sample, first)
    assert isinstance(once, Sample)
    twice = derived(once, await transform(CODE, once.conversation, seed=2))
    assert isinstance(twice, Sample)
    assert twice.provenance.parent == sample.key
    assert [Step.read(text).technique for text in twice.provenance.techniques] == ["wrap", "code"]
    assert twice.lineage == once.lineage != sample.lineage
    assert (twice.expectation, twice.cluster) == (sample.expectation, "g")
    assert twice.id == "s1+wrap#1+code#2"
    assert derived(sample, NotApplicable("no")) == NotApplicable("no")
