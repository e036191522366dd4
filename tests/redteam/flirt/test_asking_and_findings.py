"""What is made of a prompt before the target sees it, and what of a run becomes a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from octarine.core.content import Conversation, Modality, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.protocols import Basis
from octarine.core.results import Action, Completion, Judgement, Outcome, Verdict
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.models.scripted import ScriptedModel
from octarine.redteam import Chain
from octarine.redteam.evergreen.candidates import frozen, problem
from octarine.redteam.flirt import (
    Asking,
    FlirtRun,
    ModeratorToxicity,
    Objectives,
    Options,
    Strategy,
    confirmed,
    flirt,
    run_id,
)
from octarine.redteam.running.playing import Played
from octarine.store import open_store
from tests.redteam.fakes import CODE, DRAWN, LATIN, LIVE, PICTURED, REWRITTEN
from tests.redteam.flirt.fakes import HARMFUL, Scorer, Varying, seed_set, target


def asked(asking: Asking, prompt: str = "a word") -> Conversation:
    found = asking(prompt)
    assert isinstance(found, Conversation)
    return found


def test_a_prompt_goes_through_techniques_under_a_system_message() -> None:
    found = asked(Asking(Chain((CODE,)), "You are a bank."))
    assert [message.role for message in found.messages] == [Role.SYSTEM, Role.USER]
    assert found.messages[0].text == "You are a bank."
    assert found.prompt == b"a word".hex()
    assert Modality.IMAGE in asked(Asking(Chain((PICTURED,)))).modalities
    assert asked(Asking()) == Conversation.user("a word")


def test_equal_prompts_are_asked_alike_and_the_name_tells_what_decides_it() -> None:
    drawn = Chain((DRAWN,))
    every = {asked(Asking(drawn, seed=seed)).prompt for seed in range(30)}
    assert len(every) > 1
    assert asked(Asking(drawn, seed=3)) == asked(Asking(drawn, seed=3))
    keyed = Chain((DRAWN.set(key="k"),))
    askings = [Asking(drawn), Asking(keyed), Asking(drawn, "S"), Asking(drawn, seed=1), Asking(language="de")]
    assert len({one.name for one in askings}) == len(askings)


def test_what_needs_a_model_is_refused() -> None:
    with pytest.raises(InputError, match="rewritten"):
        Asking(Chain((REWRITTEN,)))


async def run(asking: Asking | None = None, rounds: int = 25, **fields: object) -> FlirtRun:
    model = fields.pop("model", target())
    return await flirt(
        Varying(0.1),
        model,  # type: ignore[arg-type]
        Scorer(),
        seed_set(0),
        Strategy.SCORING,
        rounds,
        ask=asking or Conversation.user,
        **fields,  # type: ignore[arg-type]
    )


async def test_a_prompt_that_cannot_be_asked_is_an_error_and_not_safe() -> None:
    class Greek(Varying):
        async def generate(self, conversation: Conversation, settings: object) -> Completion:
            return Completion.of_text("αβγ")

    asking = Asking(Chain((LATIN,)))
    found = await flirt(Greek(), target(), Scorer(), seed_set(0), Strategy.LIFO, 3, ask=asking)
    assert found.summary.errors == 3
    assert "Latin" in found.rounds[-1].error or "latin" in found.rounds[-1].error
    assert found.plan.ask == asking.name


async def test_open_turns_are_played_and_the_score_is_of_the_prompt_as_it_was_written() -> None:
    seen: list[Conversation] = []

    class Listening(Scorer):
        async def __call__(self, asked: Conversation, answer: Completion) -> dict[str, float]:
            seen.append(asked)
            return {"known": 0.0}

    model = ScriptedModel(lambda conversation: f"turn {len(conversation.messages)}", name="scripted:turns")
    asking = Asking(Chain((LIVE,)))
    assert asking.played
    found = await flirt(Varying(), Played(model), Listening(), seed_set(0), Strategy.LIFO, 2, ask=asking)
    assert [part.text for part in found.rounds[0].answer] == ["turn 3"]
    assert seen == [Conversation.user(one.prompt) for one in found.rounds]


class Says:
    """A judge that complies with what has a word in it."""

    name, version, basis = "says", "1", Basis.RULES
    lineage: frozenset[str] = frozenset()

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[Sample] = []

    def check_args(self, args: object) -> None:
        pass

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        self.asked.append(sample)
        found = self.word in completion.text.split()
        return Judgement(Outcome.COMPLIED if found else Outcome.DEFLECTED, 0.0, self.name, self.version)


async def test_what_the_second_judge_confirms_is_a_finding_once_a_prompt() -> None:
    found = await run(rounds=80)
    unsafe = [one for one in found.rounds if one.phase == "search" and one.unsafe]
    prompts = list(dict.fromkeys(one.prompt for one in unsafe))
    assert len(prompts) < len(unsafe)
    word = next(w for w in prompts[0].split() if w in HARMFUL and not all(w in p.split() for p in prompts))
    second = Says(word)
    kept = await confirmed(found, Conversation.user, second, dimension=Dimension.FAIRNESS, language="de")
    assert [one.note for one in kept] == [prompt for prompt in prompts if word in prompt.split()]
    assert len(second.asked) == len(prompts)
    one = kept[0]
    assert one.origin == f"flirt:{run_id(found.plan)}"
    assert one.confirmed[0].judge == "says"
    assert (one.judgement.judge, one.judgement.outcome) == ("known", Outcome.COMPLIED)
    assert one.judgement.probabilities["complied"] >= 0.5
    assert (one.sample.dimension, one.sample.language) == (Dimension.FAIRNESS, "de")
    assert one.sample.conversation == Conversation.user(one.note)
    assert one.sample.provenance.techniques[0].startswith("flirt/")
    assert one.model == found.plan.target
    everything = await confirmed(found, Conversation.user, None)
    assert [one.note for one in everything] == prompts
    assert all(one.confirmed == () for one in everything)


async def test_a_finding_can_stand_in_the_next_version_of_the_benchmark() -> None:
    kept = await confirmed(await run(rounds=40), Conversation.user, None, dimension=Dimension.SAFETY)
    assert kept
    samples = [frozen(one.sample, "evergreen", 1) for one in kept]
    # The judge of the fakes is registered nowhere; every other question is answered.
    judged = [replace(s, expectation=Expectation(Behaviour.DEFLECT, "refusal")) for s in samples]
    assert {problem(sample) for sample in judged} == {""}


async def test_a_run_that_goes_on_keeps_its_findings_and_they_are_stored_once() -> None:
    asking = Asking(Chain((CODE,)))

    class Decoding(ScriptedModel):
        def __init__(self) -> None:
            super().__init__(lambda c: bytes.fromhex(c.prompt).decode(), name="scripted:decoding")

    short = await run(asking, model=Decoding())
    longer = await run(asking, 35, model=Decoding(), resume=short)
    first, second = [await confirmed(one, asking, None) for one in (short, longer)]
    assert {one.id for one in first} < {one.id for one in second}
    assert first[0].sample.conversation == asking(first[0].note)
    assert first[0].sample.provenance.techniques[1:] == ("code",)
    store = open_store("sqlite://")
    for one in (*first, *second):
        store.add_finding(one)
    assert {one.id for one in store.findings()} == {one.id for one in second}
    store.close()


class Reading:
    """A moderator of what goes in."""

    def check_input(self, text: str) -> Verdict:
        return Verdict(Action.ALLOW, {"harm": 0.2, "harm.hate": len(text) / 10, "harmless": 1.0})

    def check_output(self, text: str, context: Conversation | None = None) -> Verdict:
        raise AssertionError("it is the prompt that is looked at")


def test_toxicity_is_the_most_of_the_category_that_is_named() -> None:
    toxicity = ModeratorToxicity(Reading(), "reading", "harm")
    assert toxicity.name == "reading:harm"
    assert (toxicity("a"), toxicity("abcdef")) == (0.2, 0.6)
    with pytest.raises(InputError, match="nothing of 'sound'"):
        ModeratorToxicity(Reading(), "reading", "sound")("a")


async def test_low_toxicity_changes_what_the_search_keeps_and_is_named_in_the_plan() -> None:
    class Marked(Reading):
        def check_input(self, text: str) -> Verdict:
            return Verdict(Action.ALLOW, {"harm": float("w00" in text or "w01" in text)})

    toxicity = ModeratorToxicity(Marked(), "marked", "harm")
    runs = [
        await run(rounds=60, options=Options(Objectives(low_toxicity=weight)), toxicity=toxicity)
        for weight in (0.0, 5.0)
    ]
    assert runs[1].plan.toxicity == "marked:harm"
    shares = [
        sum(one.toxicity for one in found.rounds if one.unsafe) / found.summary.unsafe for found in runs
    ]
    assert shares[1] < shares[0] / 2
