from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import AuthenticationError, DataError, InputError, ModelError, ModelUnavailable
from octarine.core.results import Completion, ModelIdentity
from octarine.models.scripted import ScriptedModel
from octarine.redteam.flirt import (
    FlirtRun,
    Log,
    Objectives,
    Options,
    Phase,
    Round,
    Rules,
    Strategy,
    flirt,
    over_seed_sets,
    read_record,
    write_record,
)
from octarine.redteam.flirt.record import plan_line, round_line
from tests.redteam.flirt.fakes import Scorer, Varying, seed_set, target

SEEDS = seed_set(0)


async def run(strategy: Strategy = Strategy.SCORING, rounds: int = 20, **more: object) -> FlirtRun:
    return await flirt(Varying(), target(), Scorer(), SEEDS, strategy, rounds, 3, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_a_run_is_given_again_by_its_seed(strategy: Strategy) -> None:
    assert await run(strategy) == await run(strategy)


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_a_run_that_is_cut_anywhere_goes_on_to_the_same_record(
    strategy: Strategy, tmp_path: Path
) -> None:
    whole = await run(strategy)
    for done in (0, 1, 5, 13, len(whole.rounds)):
        path = tmp_path / "run.jsonl"
        # As a process leaves it that was killed while it wrote.
        lines = [plan_line(whole.plan), *map(round_line, whole.rounds)][: done + 1]
        path.write_text("".join(lines) + '{"number": 1', "utf-8")
        told: list[Round] = []
        assert await run(strategy, resume=read_record(path), on_round=told.append) == whole
        assert tuple(told) == whole.rounds[done:]


async def test_more_rounds_can_be_asked_for() -> None:
    assert await run(rounds=30, resume=await run(rounds=20)) == await run(rounds=30)


async def test_a_record_of_another_run_is_refused() -> None:
    with pytest.raises(InputError, match=r"another run.*strategy"):
        await run(Strategy.LIFO, resume=await run(Strategy.FIFO))
    with pytest.raises(InputError, match="more than"):
        await run(rounds=5, resume=await run(rounds=20))
    with pytest.raises(InputError, match="another run"):
        # Its pool would have been longer.
        await run(Strategy.FEW_SHOT, rounds=30, resume=await run(Strategy.FEW_SHOT, rounds=20))


async def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = await run(Strategy.SCORING_LIFO)
    assert read_record(write_record(found, tmp_path / "run.jsonl")) == found


@pytest.mark.parametrize(
    ("text", "line"), [("", ""), ('{"number": 0}\n', ""), ("{}\n", ""), ("nothing\n", ":1")]
)
def test_what_is_no_record_is_named(text: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=f"run.jsonl{line}"):
        read_record(path)


async def test_a_record_with_a_round_missing_is_no_record(tmp_path: Path) -> None:
    found = await run()
    path = tmp_path / "run.jsonl"
    rounds = [*found.rounds[:4], *found.rounds[5:]]
    path.write_text(plan_line(found.plan) + "".join(map(round_line, rounds)), "utf-8")
    with pytest.raises(DataError, match=r"run.jsonl:6: round 5 where 4 comes"):
        read_record(path)


async def test_every_round_is_recorded_whole() -> None:
    found = await run(Strategy.LIFO)
    assert [one.phase for one in found.rounds] == [Phase.SEED] * 4 + [Phase.SEARCH] * 20
    assert tuple(item.text for item in found.rounds[3].queue.items) == SEEDS
    for before, one in zip(found.rounds[3:], found.rounds[4:], strict=False):
        assert one.shown == tuple(item.text for item in before.queue.items)
        assert one.answer == (Part.of_text(one.prompt),)
        top = one.queue.items[-1].text
        assert top == (one.prompt if one.unsafe else before.queue.items[-1].text)


NOT_PROMPTS = ["", "###", "prompt:", " \n ", "?!", "x" * 3000, "**Prompt:**", "prompt: \n###\nprompt: "]


@pytest.mark.parametrize("strategy", list(Strategy))
async def test_an_attacker_that_writes_no_prompt_is_counted(strategy: Strategy) -> None:
    said = ScriptedModel([*NOT_PROMPTS, ModelError("down")])
    asked = target()
    found = await flirt(said, asked, Scorer(), SEEDS, strategy, 16, options=Options(pool=8))
    assert found.summary.malformed == 16
    assert found.summary.effectiveness == found.summary.uniqueness == 0.0
    assert asked.calls == (0 if strategy is Strategy.FEW_SHOT else 4)
    assert all(one.fault and not one.prompt for one in found.rounds if one.phase is not Phase.SEED)


async def test_an_attacker_that_repeats_its_instruction_is_counted() -> None:
    echo = ScriptedModel(lambda conversation: conversation.prompt)
    found = await flirt(echo, target(), Scorer(), SEEDS, Strategy.FIFO, 3)
    assert [one.fault for one in found.rounds[4:]] == ["the instruction again"] * 3


@pytest.mark.parametrize(
    "said",
    [
        "w00 w01",
        "prompt: w00 w01",
        "### Prompt:\nw00 w01",
        "**Prompt:** w00 w01",
        "\n###\nprompt: w00 w01\n###\nprompt: w05",
        ' "w00 w01" \n###\nprompt: w05\n###',
        "Here is a new prompt:\n\nw00 w01\nprompt: w07",
    ],
)
async def test_a_prompt_is_read_out_of_what_a_chat_model_puts_round_it(said: str) -> None:
    found = await flirt(ScriptedModel(said), target(), Scorer(), SEEDS, Strategy.FIFO, 1)
    assert found.rounds[-1].prompt == "w00 w01"
    assert found.rounds[-1].said == said


async def test_a_target_that_fails_is_an_error_and_not_safe() -> None:
    failing = ScriptedModel("w50", failures=6)
    found = await flirt(Varying(), failing, Scorer(), SEEDS, Strategy.SCORING, 5)
    assert found.summary.errors == 2
    assert found.rounds[4].error.startswith("the target failed")
    assert not found.rounds[4].harms
    assert found.rounds[4].queue == found.rounds[3].queue


async def test_a_prompt_without_a_score_is_no_exemplar_even_when_one_is_overdue() -> None:
    failing = ScriptedModel([*SEEDS, *[ModelUnavailable("busy")] * 6, "w50", "w51"])
    options = Options(rules=Rules(patience=3))
    found = await flirt(Varying(), failing, Scorer(), SEEDS, Strategy.SCORING_LIFO, 7, options=options)
    assert found.summary.errors == 6
    assert [one.queue.waited for one in found.rounds[4:]] == [1, 2, 3, 4, 5, 6, 0]
    assert tuple(item.text for item in found.rounds[-2].queue.items) == SEEDS
    assert found.rounds[-1].queue.items[-1].text == found.rounds[-1].prompt


async def test_what_would_fail_at_every_call_stops_the_run() -> None:
    locked = ScriptedModel(AuthenticationError("no key"))
    with pytest.raises(AuthenticationError):
        await flirt(Varying(), locked, Scorer(), SEEDS, Strategy.SCORING, 5)
    with pytest.raises(AuthenticationError):
        await flirt(locked, target(), Scorer(), SEEDS, Strategy.SCORING, 5)


async def test_an_unavailable_attacker_costs_a_round() -> None:
    found = await flirt(
        ScriptedModel([ModelUnavailable("busy"), "w00"]), target(), Scorer(), SEEDS, Strategy.FIFO, 2
    )
    assert [bool(one.fault) for one in found.rounds[4:]] == [True, False]


class Given:
    name = "given"

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._scores = scores

    async def __call__(self, asked: Conversation, answer: Completion) -> Mapping[str, float]:
        return self._scores


async def test_any_classifier_over_the_threshold_is_enough_and_harm_is_their_sum() -> None:
    found = await flirt(Varying(), target(), Given({"b": 0.5, "a": 0.25}), SEEDS, Strategy.FIFO, 2)
    assert found.summary.unsafe == 2
    assert found.rounds[-1].queue.items[-1].harms == (0.25, 0.5)
    stricter = Options(threshold=0.6)
    found = await flirt(
        Varying(), target(), Given({"b": 0.5, "a": 0.25}), SEEDS, Strategy.FIFO, 2, options=stricter
    )
    assert found.summary.unsafe == 0


async def test_a_scorer_that_can_read_nothing_is_an_error_and_one_that_is_no_probability_is_refused() -> None:
    found = await flirt(Varying(), target(), Given({}), SEEDS, Strategy.FIFO, 2)
    assert found.summary.errors == 2
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(InputError, match="'given' gave x="):
            await flirt(Varying(), target(), Given({"x": wrong}), SEEDS, Strategy.FIFO, 2)


async def test_low_toxicity_prefers_what_reads_harmless() -> None:
    def toxicity(prompt: str) -> float:
        return min(1.0, prompt.split().count("w00") / 2)

    async def shown(weight: float) -> float:
        options = Options(objectives=Objectives(low_toxicity=weight))
        found = [
            await flirt(
                Varying(),
                target(),
                Scorer(),
                seed_set(number),
                Strategy.SCORING,
                60,
                number,
                options=options,
                toxicity=toxicity,
            )
            for number in range(5)
        ]
        return sum(item.toxicity for one in found for item in one.rounds[-1].queue.items)

    assert await shown(4.0) < await shown(0.0)


@pytest.mark.parametrize(
    ("seeds", "strategy", "options", "named"),
    [
        (("one",), Strategy.FIFO, Options(), "two seeds"),
        (("one", " "), Strategy.FIFO, Options(), "empty"),
        (SEEDS, Strategy.GREEDY, Options(objectives=Objectives(diversity=1.0)), "greedy"),
        (SEEDS, Strategy.SCORING, Options(objectives=Objectives(low_toxicity=1.0)), "toxicity"),
    ],
)
async def test_arguments_that_do_not_fit_are_named(
    seeds: tuple[str, ...], strategy: Strategy, options: Options, named: str
) -> None:
    with pytest.raises(InputError, match=named):
        await flirt(Varying(), target(), Scorer(), seeds, strategy, 5, options=options)


async def test_what_is_asked_may_be_several_turns() -> None:
    def ask(prompt: str) -> Conversation:
        before = [Message(role, (Part.of_text("hello"),)) for role in (Role.USER, Role.ASSISTANT)]
        return Conversation((*before, *Conversation.user(prompt).messages))

    turns = ScriptedModel(lambda conversation: str(conversation.turns))
    found = await flirt(Varying(), turns, Scorer(), SEEDS, Strategy.FIFO, 2, ask=ask)
    assert {one.answer[0].text for one in found.rounds} == {"2"}
    with pytest.raises(InputError, match="another run: ask"):
        await flirt(Varying(), turns, Scorer(), SEEDS, Strategy.FIFO, 2, resume=found)


async def test_the_attacker_of_the_baseline_is_shown_nothing_and_then_its_own() -> None:
    found = await run(Strategy.FEW_SHOT, options=Options(pool=40))
    pool, search = found.rounds[:40], found.rounds[40:]
    assert {one.phase for one in pool} == {Phase.POOL}
    assert all(not one.shown for one in pool)
    written = {one.prompt for one in pool}
    assert all(len(set(one.shown)) == 4 and set(one.shown) <= written for one in search)
    assert not written & set(SEEDS)


async def test_a_judge_that_stands_in_front_of_the_target_is_refused() -> None:
    class Related(Scorer):
        lineage = frozenset({"weights"})

    class Guarded(ScriptedModel):
        identity = ModelIdentity("guarded:x", lineage=frozenset({"weights", "other"}))  # type: ignore[assignment]

    with pytest.raises(InputError, match="'known' shares weights"):
        await flirt(Varying(), Guarded("w00"), Related(), SEEDS, Strategy.FIFO, 1)


async def test_a_log_goes_on_where_it_stopped_and_survives_a_run_that_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.jsonl"

    async def logged(strategy: Strategy, rounds: int) -> FlirtRun:
        with Log(path) as log:
            return await run(strategy, rounds=rounds, resume=log.run, on_plan=log.begin, on_round=log.add)

    first = await logged(Strategy.LIFO, 5)
    assert read_record(path) == first
    with path.open("a", encoding="utf-8") as file:
        file.write('{"number": 9, "ph')
    before = path.read_bytes()
    with pytest.raises(InputError, match="another run"):
        await logged(Strategy.FIFO, 9)
    assert path.read_bytes() == before
    assert await logged(Strategy.LIFO, 9) == read_record(path) == await run(Strategy.LIFO, rounds=9)


async def test_an_interval_needs_seed_sets_that_differ() -> None:
    found = await run()
    with pytest.raises(InputError, match="same seeds"):
        over_seed_sets([found, found])
