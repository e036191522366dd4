"""The scripted model."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from octarine.core.content import Conversation
from octarine.core.errors import DataError, InputError, ModelError, ModelUnavailable, RequestRejected
from octarine.core.protocols import Model, StreamingModel
from octarine.core.results import Completion, Finish, Settings
from octarine.models import open_model
from octarine.models.scripted import REFUSAL, ScriptedModel

ASK = Conversation.user("What is the capital of France?")


async def _answer(model: Model, prompt: str = ASK.prompt, **settings: int) -> str:
    return (await model.generate(Conversation.user(prompt), Settings(**settings))).text  # type: ignore[arg-type]


async def test_built_in_models() -> None:
    assert await _answer(open_model("scripted:echo")) == ASK.prompt
    assert await _answer(open_model("scripted:refuse")) == REFUSAL
    random = open_model("scripted:random")
    assert await _answer(random) == await _answer(random)
    assert await _answer(random) != await _answer(random, seed=1)
    assert await _answer(random) != await _answer(random, "something else")


async def test_a_script_answers_with_the_first_rule_that_matches(tmp_path: Path) -> None:
    script = tmp_path / "s.jsonl"
    script.write_text(
        '{"match": "capital of France", "answer": "Paris."}\n\n'
        '{"regex": "(?i)^HOW", "answer": "No."}\n'
        '{"match": "boom", "error": "on fire"}\n'
        '{"default": "?"}\n',
        "utf-8",
    )
    model = open_model(f"scripted:{script}")
    assert await _answer(model) == "Paris."
    assert await _answer(model, "how do I") == "No."
    assert await _answer(model, "else") == "?"
    with pytest.raises(ModelError, match="on fire"):
        await _answer(model, "boom")
    before = model.identity.revision
    script.write_text('{"default": "!"}', "utf-8")
    assert open_model(f"scripted:{script}").identity.revision != before


async def test_a_script_without_a_default_says_what_it_lacks(tmp_path: Path) -> None:
    script = tmp_path / "s.jsonl"
    script.write_text('{"match": "x", "answer": "y"}', "utf-8")
    with pytest.raises(RequestRejected, match="no answer to 'What is"):
        await _answer(open_model(f"scripted:{script}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"default": "a"}\n{"match": 1, "answer": "b"}', r":2: match: expected a string"),
        ("{", r":1: not JSON"),
        ('{"match": "a"}', r":1: expected the keys"),
        ("[]", r":1: expected the keys"),
        ('{"regex": "(", "answer": "b"}', r":1: regex: "),
        ('{"default": "a"}\n{"default": "b"}', r":2: a second default"),
        ("\n", r"the script is empty"),
    ],
)
def test_a_malformed_script_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    script = tmp_path / "bad.jsonl"
    script.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message) as caught:
        open_model(f"scripted:{script}")
    assert "bad.jsonl" in str(caught.value)


def test_a_script_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nope\.jsonl"):
        open_model("scripted:nope.jsonl")
    with pytest.raises(InputError, match="cannot read"):
        open_model(f"scripted:{tmp_path}")
    (tmp_path / "latin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not UTF-8"):
        open_model(f"scripted:{tmp_path / 'latin'}")


async def test_answers_may_be_of_any_kind() -> None:
    async def later(conversation: Conversation) -> str:
        return conversation.prompt.upper()

    given = Completion.of_text("whole", finish=Finish.FILTERED)
    assert await _answer(ScriptedModel("same")) == "same"
    assert await ScriptedModel(given).generate(ASK, Settings()) is given
    assert await _answer(ScriptedModel({"France": "Paris", "": "?"})) == "Paris"
    assert await _answer(ScriptedModel({"Spain": "Madrid", "": "?"})) == "?"
    assert await _answer(ScriptedModel(later)) == ASK.prompt.upper()
    turns = ScriptedModel(["one", "two"])
    assert [await _answer(turns) for _ in range(3)] == ["one", "two", "one"]
    assert turns.calls == 3
    with pytest.raises(InputError):
        ScriptedModel([])


async def test_failures_and_latency() -> None:
    model = ScriptedModel("ok", failures=2, latency_s=0.02)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await _answer(model)
    began = time.perf_counter()
    assert await _answer(model) == "ok"
    assert time.perf_counter() - began >= 0.015


async def test_max_tokens_cuts_after_so_many_words() -> None:
    completion = await ScriptedModel("one two three four").generate(ASK, Settings(max_tokens=2))
    assert (completion.text, completion.finish) == ("one two", Finish.LENGTH)
    assert completion.usage.output_tokens == 2


async def test_a_stream_ends_with_the_completion() -> None:
    model = ScriptedModel(" one  two\n")
    assert isinstance(model, StreamingModel)
    deltas = [delta async for delta in model.stream(ASK, Settings())]
    assert "".join(delta.text for delta in deltas) == " one  two\n"
    assert deltas[-1].completion is not None


async def test_a_call_costs_next_to_nothing() -> None:
    model, settings, calls = ScriptedModel("fine"), Settings(), 20_000
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for _ in range(calls):
            await model.generate(ASK, settings)
        best = min(best, (time.process_time() - began) / calls)
    # 3 µs where it was measured; ten times that is a fault, not a slow machine.
    assert best < 30e-6
