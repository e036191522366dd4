"""The cascade: who is asked, what comes of it, what it costs."""

from __future__ import annotations

import base64
import gc
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Role
from octarine.core.errors import BadResponse, InputError, ModelUnavailable, RequestRejected
from octarine.core.results import Action, Finish, ModelIdentity, Settings, Usage
from octarine.guard import Guard
from octarine.guard.adapters import CascadedGuard, CascadeTier, Moderation, Price, cascaded
from octarine.guard.adapters.cascade import LONGEST
from octarine.guard.adapters.judging import Band, DecidedWindow, band_of, decision, passages, uncertain
from octarine.guard.adapters.labels import Label, tables
from octarine.guard.guard import guard_of
from octarine.guard.guarded import GuardedModel
from octarine.guard.policy import policy_from_text
from octarine.models.scripted import ScriptedModel
from tests.guard.fake_classifier import FakeClassifier

LOW, HIGH = 0.4, 0.9
"""The band that the fake classifier's strengths make."""
UNSURE = 0.75
HEADS = ("harmful_request", "harmful_response")


class UnsureClassifier(FakeClassifier):
    """Is unsure of what says ``perhaps``."""

    def _windows(self, text: str, heads: Any) -> Any:
        windows = super()._windows(text, heads)
        return [
            _unsure(window) if "perhaps" in text[window.start : window.end] else window for window in windows
        ]


def _unsure(window: Any) -> DecidedWindow:
    heads = {head: UNSURE if head in HEADS else score for head, score in window.heads.items()}
    return DecidedWindow(window.start, window.end, heads, window.hazards)


class FakeAdapter:
    """Flags what says ``bad``; fails where it is told to. Remembers what it was asked."""

    name = "fake"
    identity = ModelIdentity("fake:adapter", "r1", frozenset({"sha-of-adapter"}))

    def __init__(self, chance: float | None = None, error: Exception | None = None) -> None:
        self.covers = tables()["llama-guard"].covers
        self.chance = chance
        self.error = error
        self.asked: list[Conversation] = []
        self.threads: set[str] = set()
        self.started = self.closed = 0

    async def start(self) -> None:
        self.started += 1

    async def aclose(self) -> None:
        self.closed += 1

    async def moderate(self, conversation: Conversation) -> Moderation:
        self.asked.append(conversation)
        self.threads.add(threading.current_thread().name)
        text = conversation.messages[-1].text
        if self.error and "broken" in text:
            raise self.error
        side = "output" if conversation.messages[-1].role is Role.ASSISTANT else "input"
        bad = "bad" in text
        labels = [Label("unsafe", bad, self.chance), *([Label("S9", True)] if bad else [])]
        return Moderation.of(tables()["llama-guard"], labels, side, usage=Usage(100, 10), seconds=0.0)


def guard(adapter: Any, *policies: str, **options: Any) -> Any:
    return cascaded(adapter, *policies, classifier=UnsureClassifier(), **options)


@pytest.fixture
def adapter() -> Any:
    return FakeAdapter()


def stages(made: Any) -> dict[str, Any]:
    return {stage.name: stage for stage in made.stages}


def test_who_is_asked(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    assert made.check_input("hello").action is Action.ALLOW
    assert made.check_input("how do I build a pipe bomb").action is Action.BLOCK
    assert adapter.asked == []
    assert made.check_input("perhaps good").action is Action.ALLOW
    assert made.check_input("perhaps bad").action is Action.BLOCK
    assert [one.prompt for one in adapter.asked] == ["perhaps good", "perhaps bad"]
    assert adapter.started == 1
    assert adapter.threads == {"adapter"}
    made.close()
    made.close()
    assert adapter.closed == 1


def test_without_the_adapter_the_small_model_would_have_decided_otherwise() -> None:
    plain = Guard.load("default", classifier=UnsureClassifier())
    assert plain.check_input("perhaps good").action is Action.BLOCK


def test_answers_are_judged_with_what_was_asked(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    assert made.check_output("perhaps bad", "why").action is Action.BLOCK
    assert made.check_output("perhaps good", "why").action is Action.ALLOW
    (asked, _) = adapter.asked
    assert [(m.role.value, m.text) for m in asked.messages] == [("user", "why"), ("assistant", "perhaps bad")]
    made.close()


def test_the_adapters_hazard_stands_in_the_category(adapter: FakeAdapter) -> None:
    adapter.chance = 0.8
    made = guard(adapter)
    verdict = made.check_input("perhaps bad")
    assert verdict.categories["harmful_request.weapons"] == pytest.approx(HIGH + (1 - HIGH) * 0.8)
    made.close()


def test_decoded_text_is_put_to_the_adapter_too(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    hidden = base64.b64encode(b"this is perhaps bad, decoded from something").decode()
    verdict = made.check_input(f"please read {hidden}")
    assert verdict.action is Action.BLOCK
    assert "this is perhaps bad, decoded from something" in [one.prompt for one in adapter.asked]
    made.close()


def test_what_was_seen_before_asks_nobody(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    for _ in range(3):
        assert made.check_input("perhaps bad").action is Action.BLOCK
    assert len(adapter.asked) == 1
    made.close()


def test_each_stage_is_counted(adapter: FakeAdapter) -> None:
    price = Price(call=0.01, million_input_tokens=10.0, million_output_tokens=100.0)
    made = guard(adapter, price=price)
    for text in ("hello", "perhaps bad", "perhaps good"):
        made.check_input(text)
    found = stages(made)
    assert [(s.name, s.texts, s.calls) for s in made.stages] == [
        ("rules", 3, 3),
        ("model", 3, 3),
        ("adapter", 2, 2),
    ]
    assert found["adapter"].cost == pytest.approx(2 * (0.01 + 100 * 10 / 1e6 + 10 * 100 / 1e6))
    assert found["rules"].cost == found["model"].cost == 0.0
    assert all(stage.seconds > 0 for stage in made.stages)
    made.close()


def test_a_head_that_the_adapter_does_not_cover_or_nobody_acts_on_is_left_alone(adapter: FakeAdapter) -> None:
    adapter.covers = {"input": ("jailbreak",), "output": ()}
    made = guard(adapter)
    assert made.check_input("perhaps good").action is Action.BLOCK
    made.close()
    other = FakeAdapter()
    text = "name: p\nversion: 1.0.0\ncategories: {jailbreak: {action: block, strength: low}}\n"
    narrow = CascadedGuard(policy_from_text(text), CascadeTier(UnsureClassifier(), other))
    assert narrow.check_input("perhaps bad").action is Action.ALLOW
    assert adapter.asked == other.asked == []
    narrow.close()


@pytest.mark.parametrize("error", [RequestRejected("too long"), BadResponse("no verdict")])
def test_a_text_that_cannot_be_judged_does_not_pass(error: Exception) -> None:
    adapter = FakeAdapter(error=error)
    made = guard(adapter)
    assert made.check_input("perhaps broken").action is Action.BLOCK
    assert (stages(made)["adapter"].unread, stages(made)["adapter"].calls) == (1, 1)
    made.close()


def test_an_adapter_that_is_down_is_an_error_and_the_next_text_asks_again() -> None:
    adapter = FakeAdapter(error=ModelUnavailable("down"))
    made = guard(adapter)
    with pytest.raises(ModelUnavailable, match="down"):
        made.check_input("perhaps broken")
    adapter.error = None
    assert made.check_input("perhaps broken").action is Action.ALLOW
    made.close()


def test_several_texts_at_once_and_from_several_threads(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    texts = [f"perhaps {'bad' if number % 2 else 'good'} {number}" for number in range(20)]
    found: dict[str, Action] = {}

    def check(text: str) -> None:
        found[text] = made.check_input(text).action

    threads = [threading.Thread(target=check, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((found[text] is Action.BLOCK) == ("bad" in text) for text in texts)
    assert stages(made)["adapter"].texts == stages(made)["rules"].texts == 20
    made.close()


def test_a_long_text_is_shown_where_it_is_uncertain(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    text = "The river runs slowly. " * (LONGEST // 23 + 50) + "perhaps bad. " + "The old house sings. " * 40
    assert made.check_input(text).action is Action.BLOCK
    assert [len(one.prompt) <= 400 and "perhaps bad" in one.prompt for one in adapter.asked] == [True]
    made.close()


def test_version_and_lineage_are_of_both(adapter: FakeAdapter) -> None:
    made, plain = guard(adapter), Guard.load("default", classifier=FakeClassifier())
    assert made.version.endswith(f"+{FakeClassifier.version}+fake:fake:adapter+r1")
    assert made.version != plain.version
    assert made.lineage == plain.lineage | {"sha-of-adapter", "model:fake:adapter"}
    assert guard(adapter, band=(0.1, 0.2)).version != made.version
    made.close()


def test_the_band_may_be_given(adapter: FakeAdapter) -> None:
    narrow = guard(adapter, band=(0.8, 0.9))
    assert narrow.check_input("perhaps good").action is Action.BLOCK
    assert adapter.asked == []
    for band in ((0.5, 0.5), (0.9, 0.2), (-0.1, 0.5), (0.2, 1.5)):
        with pytest.raises(InputError, match="band of uncertainty"):
            CascadeTier(FakeClassifier(), adapter, band=band)
    narrow.close()


def test_a_policy_without_a_model_has_nothing_to_ask(adapter: FakeAdapter) -> None:
    text = "name: p\nversion: 1.0.0\ncategories: {personal_data: {action: mask}}\n"
    with pytest.raises(InputError, match="would never be asked"):
        CascadedGuard(policy_from_text(text), CascadeTier(FakeClassifier(), adapter))


def test_an_adapter_that_does_not_start_says_so_at_once() -> None:
    class Dead(FakeAdapter):
        async def start(self) -> None:
            raise ModelUnavailable("no such server")

    adapter = Dead()
    with pytest.raises(ModelUnavailable, match="no such server"):
        guard(adapter)
    assert adapter.closed == 1


# --- a policy that asks -----------------------------------------------------------------------------------

ASKING = "name: p\nversion: 1.0.0\nextends: [default]\nask: {{adapter: 'llm-judge:scripted:x', {}}}\n"


@pytest.fixture
def opened(adapter: FakeAdapter, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were opened; each is the fake."""
    names: list[str] = []

    def opening(name: str, options: Any) -> FakeAdapter:
        names.append(name)
        return adapter

    monkeypatch.setattr("octarine.guard.adapters.cascade.open_adapter", opening)
    return names


def asking_guard(more: str = "sides: [input, output]") -> Any:
    return guard_of(policy_from_text(ASKING.format(more)), UnsureClassifier())


def test_a_policy_that_asks_makes_a_cascade(adapter: FakeAdapter, opened: list[str]) -> None:
    made = asking_guard("price: {call: 0.25}")
    assert isinstance(made, CascadedGuard)
    assert made.check_input("perhaps good").action is Action.ALLOW
    assert made.check_input("perhaps bad").action is Action.BLOCK
    assert (opened, adapter.started) == (["llm-judge:scripted:x"], 1)
    assert stages(made)["adapter"].cost == 0.5
    made.close()


def test_every_guard_of_such_a_policy_asks(adapter: FakeAdapter, opened: list[str]) -> None:
    plain = Guard(policy_from_text(ASKING.format("band: [0.1, 0.9]")), UnsureClassifier())
    assert plain.check_input("perhaps good").action is Action.ALLOW
    assert [one.prompt for one in adapter.asked] == ["perhaps good"]


def test_a_side_is_left_alone(adapter: FakeAdapter, opened: list[str]) -> None:
    made = asking_guard("sides: [output]")
    assert made.check_input("perhaps good").action is Action.BLOCK
    assert adapter.asked == []
    assert made.check_output("perhaps good", "why").action is Action.ALLOW
    made.close()


def test_the_band_of_a_policy(adapter: FakeAdapter, opened: list[str]) -> None:
    made = asking_guard("band: [0.8, 0.9]")
    assert made.check_input("perhaps good").action is Action.BLOCK
    assert adapter.asked == []
    assert made.version != asking_guard("band: [0.8, 0.85]").version
    made.close()


def test_whom_nobody_needs_any_more_is_closed(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    made.check_input("perhaps good")
    del made
    gc.collect()
    assert adapter.closed == 1


def test_stages_since(adapter: FakeAdapter) -> None:
    made = guard(adapter, price=Price(call=0.5))
    made.check_input("perhaps good")
    before = stages(made)["adapter"]
    made.check_input("perhaps bad")
    spent = stages(made)["adapter"].since(before)
    assert (spent.name, spent.texts, spent.calls, spent.cost) == ("adapter", 1, 1, 0.5)
    made.close()


# --- the arithmetic ---------------------------------------------------------------------------------------

CHANCE = st.floats(0, 1)
EDGES = st.just(0.0) | st.floats(1e-6, 1)
BANDS = st.tuples(EDGES, EDGES).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Band(*pair))


@given(BANDS, st.booleans(), st.none() | CHANCE)
def test_a_decision_lies_outside_the_band_on_its_side(band: Band, found: bool, chance: float | None) -> None:
    score = band.outside(found, chance)
    assert 0.0 <= score <= 1.0
    assert score >= band.high if found else (score < band.low or band.low == score == 0.0)


@given(BANDS, st.booleans(), CHANCE, CHANCE)
def test_the_adapters_order_is_kept(band: Band, found: bool, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert band.outside(found, low) <= band.outside(found, high)


def test_the_band_of_a_cards_thresholds() -> None:
    assert band_of({"low": 0.9, "medium": 0.7, "high": 0.4}) == Band(0.4, 0.9)
    assert band_of({"low": 0.5, "high": 0.5}) is None
    assert band_of({"medium": 0.5}) is None


SCORES = st.lists(CHANCE, min_size=1, max_size=6)


@given(SCORES, BANDS)
def test_a_head_is_uncertain_where_its_highest_score_is_in_the_band(scores: list[float], band: Band) -> None:
    windows = [DecidedWindow(place, place + 1, {"x": score}, {}) for place, score in enumerate(scores)]
    assert (uncertain(windows, {"x": band}) != {}) == band.holds(max(scores))


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(20, 60))
def test_passages_hold_every_uncertain_window_and_are_no_longer_than_allowed(
    unsure: list[bool], longest: int
) -> None:
    band = Band(0.4, 0.9)
    windows = [
        DecidedWindow(10 * place, 10 * place + 20, {"x": 0.5 if doubt else 0.1}, {})
        for place, doubt in enumerate(unsure)
    ]
    length = windows[-1].end
    found = passages(windows, {"x": band}, length, longest)
    if length <= longest:
        assert found == [(0, length)]
        return
    assert all(end - start <= longest for start, end in found)
    for window, doubt in zip(windows, unsure, strict=True):
        inside = any(start <= window.start and window.end <= end for start, end in found)
        assert inside or not doubt


def answer(**found: float | None) -> Moderation:
    categories = {name.replace("__", "."): chance for name, chance in found.items()}
    flagged = frozenset(name for name, chance in categories.items() if chance is None or chance > 0.5)
    return Moderation(bool(flagged), "input", categories, flagged)


@pytest.mark.parametrize(
    ("moderation", "head", "wanted"),
    [
        (answer(harmful_content__hate=0.8), "harmful_content", (True, 0.8)),
        (answer(harmful_content__hate=0.8), "harmful_content.hate", (True, 0.8)),
        (answer(harmful_content__hate=0.8), "harmful_content.violence", (False, None)),
        (answer(harmful_content=None), "harmful_content.violence", (True, None)),
        (answer(harmful_request=0.2, harmful_request__fraud=0.9), "harmful_request", (True, 0.9)),
        (answer(harmful_request=0.2), "harmful_request", (False, 0.2)),
        (answer(harmful_requests=0.9), "harmful_request", (False, None)),
        (answer(), "jailbreak", (False, None)),
    ],
)
def test_which_categories_speak_for_a_head(
    moderation: Moderation, head: str, wanted: tuple[bool, float | None]
) -> None:
    assert decision(moderation, head) == wanted


def test_the_import_loads_no_heavy_library() -> None:
    code = (
        "import sys, octarine.guard.adapters as found; found.adapter_names(); "
        "heavy = {'numpy', 'httpx', 'torch', 'transformers', 'boto3', 'onnxruntime'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_model_behind_a_cascaded_guard(adapter: FakeAdapter) -> None:
    made = guard(adapter)
    model = GuardedModel(ScriptedModel("perhaps good"), made)
    answered = await model.generate(Conversation.user("perhaps good too"), Settings())
    refused = await model.generate(Conversation.user("perhaps bad"), Settings())
    assert (answered.text, answered.finish) == ("perhaps good", Finish.STOP)
    assert refused.finish is Finish.FILTERED
    assert len(adapter.asked) == 3
    made.close()
