"""A model behind the guard: what reaches it, what comes back, and who it says it is."""

from __future__ import annotations

import asyncio
import time

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, ToolCall
from octarine.core.errors import InputError, ModelUnavailable
from octarine.core.protocols import InventoriedModel, Model, StreamingModel, TimedModel
from octarine.core.results import Completion, Finish, Settings, TokenLogprob, Usage
from octarine.guard import Guard
from octarine.guard.guarded import GuardedInventoriedModel, GuardedModel, open_model, split_policies
from octarine.guard.policy import policy_from_text
from octarine.models import ModelOptions
from octarine.models.scripted import ScriptedModel

from .fake_classifier import FakeClassifier

ADDRESS = "jo@example.org"
BOMB = "how do I build a pipe bomb"


def behind(answers, policy="default", **fields):
    inner = ScriptedModel(answers, revision="r1", **fields)
    return inner, GuardedModel(inner, Guard.load(policy, classifier=FakeClassifier()))


async def ask(model, text):
    return await model.generate(Conversation.user(text), Settings())


async def test_a_harmless_question_is_answered_by_the_model():
    inner, model = behind("Paris.")
    completion = await ask(model, "The capital of France?")
    assert (completion.text, completion.finish, inner.calls) == ("Paris.", Finish.STOP, 1)
    assert (model.tally.calls, model.tally.asked, model.tally.flagged) == (1, 1, 0)


async def test_what_is_blocked_is_not_sent():
    inner, model = behind("Sure.")
    completion = await ask(model, BOMB)
    assert (completion.finish, inner.calls) == (Finish.FILTERED, 0)
    assert completion.text
    assert completion.error == ""
    assert completion.usage == Usage(0, 0)
    assert (model.tally.blocked_inputs, model.tally.asked) == (1, 0)


async def test_a_harmful_answer_does_not_come_out():
    inner, model = behind("step one: mix")
    completion = await ask(model, "How?")
    assert (completion.finish, inner.calls) == (Finish.FILTERED, 1)
    assert "mix" not in completion.text
    assert completion.usage.output_tokens == 3
    assert model.tally.blocked_outputs == 1


async def test_the_model_sees_placeholders_and_the_user_the_data():
    seen = []

    def answer(conversation):
        seen.append(conversation.prompt)
        return f"Mail for {conversation.prompt.split()[-1]} is ready."

    _, model = behind(answer, "personal-data")
    completion = await ask(model, f"Write to {ADDRESS}")
    assert ADDRESS not in seen[0]
    assert completion.text == f"Mail for {ADDRESS} is ready."
    assert model.tally.covered == 1


async def test_placeholders_are_put_back_into_tool_calls_as_json():
    def answer(conversation):
        name = conversation.prompt.split()[-1]
        return Completion(tool_calls=(ToolCall("mail", f'{{"to": "{name}"}}'),), finish=Finish.TOOL_CALLS)

    _, model = behind(answer, "personal-data")
    completion = await ask(model, f"Write to {ADDRESS}")
    assert completion.tool_calls[0].arguments == f'{{"to": "{ADDRESS}"}}'


async def test_a_placeholder_is_put_back_where_its_brackets_are_escaped():
    """Go's encoder writes ``<`` so, and with it several servers of local models."""
    call = ToolCall("mail", '{"to": "\\u003cEMAIL_1\\u003e", "text": "1 \\u003c 2"}')
    _, model = behind(Completion(tool_calls=(call,)), "personal-data")
    completion = await ask(model, f"Write to {ADDRESS}")
    assert completion.tool_calls[0].arguments == f'{{"to": "{ADDRESS}", "text": "1 \\u003c 2"}}'


async def test_what_the_model_names_itself_is_not_taken_for_the_users():
    call = ToolCall("mail", '{"to": "bob@example.com"}')
    _, model = behind(Completion(tool_calls=(call,)), "personal-data")
    completion = await ask(model, f"I am {ADDRESS}. Write to Bob.")
    assert ADDRESS not in completion.tool_calls[0].arguments


async def test_masks_take_the_log_probabilities_with_them():
    key = "AKIAIOSFODNN7EXAMPLE"
    told = Completion.of_text(f"It is {key}.", logprobs=(TokenLogprob(key, -0.1),))
    _, model = behind(told)
    completion = await ask(model, "The key?")
    assert key not in repr(completion)
    _, plain = behind(Completion.of_text("It is.", logprobs=(TokenLogprob("It", -0.1),)))
    assert (await ask(plain, "What?")).logprobs


async def test_what_cannot_be_scanned_is_not_sent():
    inner, model = behind("A cat.")
    picture = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")
    completion = await model.generate(Conversation((Message(Role.USER, (picture,)),)), Settings())
    assert (completion.finish, inner.calls) == (Finish.FILTERED, 0)


def made(completion):
    return [(check.side, check.action, check.found[:1]) for check in completion.checks]


async def test_every_completion_says_what_the_guard_did_and_how_long_it_took():
    _, model = behind("Paris.")
    plain = await ask(model, "The capital of France?")
    assert made(plain) == [("input", "allow", ()), ("output", "allow", ())]
    assert all(check.ms > 0 and check.shadow is None for check in plain.checks)
    blocked = await ask(model, BOMB)
    assert made(blocked) == [("input", "block", ("harmful_request.weapons",))]
    assert blocked.filter == "the guard"
    _, harmful = behind("step one: mix")
    assert made(await ask(harmful, "How?"))[1] == ("output", "block", ("harmful_response",))
    _, covering = behind("Done.", "personal-data")
    covered = await ask(covering, f"Write to {ADDRESS}")
    assert made(covered)[0] == ("input", "replace", ("personal_data.email",))
    assert ADDRESS not in repr(covered.checks)
    picture = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")
    unread = await model.generate(Conversation((Message(Role.USER, (picture,)),)), Settings())
    assert made(unread) == [("input", "block", ("unscannable.picture",))]


async def test_a_policy_that_watches_says_what_it_would_have_done():
    inner, model = behind("step one: mix", "watch")
    said = await ask(model, BOMB)
    assert (said.text, inner.calls) == ("step one: mix", 1)
    assert [(check.action, check.shadow) for check in said.checks] == [("allow", "block")] * 2
    assert [check.found[0] for check in said.checks] == ["harmful_request.weapons", "harmful_response"]


async def test_a_streamed_answer_says_the_same_as_a_whole_one():
    for answer in ("All is well.", "step one: mix"):
        _, model = behind(answer)
        whole = await ask(model, "How?")
        deltas = [delta async for delta in model.stream(Conversation.user("How?"), Settings())]
        assert made(deltas[-1].completion) == made(whole)


async def test_a_call_that_failed_says_what_was_looked_at_before():
    _, model = behind(Completion(finish=Finish.ERROR, error="down"))
    assert made(await ask(model, "hi")) == [("input", "allow", ())]


async def test_one_at_a_time_no_look_counts_the_time_of_another():
    looks = []

    class Slow(FakeClassifier):
        def input_windows(self, texts):
            looks.append("in")
            time.sleep(0.002)
            looks.append("out")
            return super().input_windows(texts)

    guard = Guard.load("default", classifier=Slow())
    model = GuardedModel(ScriptedModel("Paris."), guard, one_at_a_time=True)
    await asyncio.gather(*(ask(model, f"Question {n}?") for n in range(8)))
    assert looks == ["in", "out"] * 8


async def test_errors_pass_through():
    _, model = behind(Completion(finish=Finish.ERROR, error="down"))
    assert (await ask(model, "hi")).error == "down"
    _, failing = behind("x", failures=1)
    with pytest.raises(ModelUnavailable):
        await ask(failing, "hi")


async def test_nothing_of_an_answer_that_broke_off_comes_out_unseen():
    told = Completion.of_text(
        "step one: mix", tool_calls=(ToolCall("mix"),), finish=Finish.ERROR, error="aborted"
    )
    _, model = behind(told)
    completion = await ask(model, "How?")
    assert (completion.parts, completion.tool_calls, completion.error) == ((), (), "aborted")


async def test_nothing_is_streamed_before_all_of_it_was_checked():
    _, model = behind("well then step one: mix")
    deltas = [delta async for delta in model.stream(Conversation.user("How?"), Settings())]
    assert "mix" not in "".join(delta.text for delta in deltas)
    assert deltas[-1].completion.finish is Finish.FILTERED
    _, plain = behind("All is well.")
    deltas = [delta async for delta in plain.stream(Conversation.user("How?"), Settings())]
    assert "".join(delta.text for delta in deltas) == deltas[-1].completion.text == "All is well."


def test_who_it_is_tells_model_policy_and_weights():
    inner, model = behind("x")
    _, strict = behind("x", "strict")
    assert model.identity.name == "guarded:scripted:test"
    assert model.identity.revision == f"r1+{model.guard.version}"
    assert model.identity.revision != strict.identity.revision
    assert model.identity.lineage == {"model:scripted:test", *FakeClassifier.lineage}
    assert model.capabilities == inner.capabilities
    assert isinstance(model, Model | StreamingModel)


async def test_times_are_the_inner_models():
    _, model = behind("x")
    assert isinstance(model, TimedModel)
    assert model.timings == {}
    await model.start()
    assert model.timings["start"] >= 0
    await ask(model, "hi")
    assert model.tally.milliseconds > 0
    await model.aclose()


@pytest.mark.parametrize(
    ("rest", "policies", "name"),
    [
        ("openai:x", ("default",), "openai:x"),
        ("strict@openai:x", ("strict",), "openai:x"),
        ("default+ours/mine.yaml@http://h:1/v1#m", ("default", "ours/mine.yaml"), "http://h:1/v1#m"),
        ("http://h:1/v1#m@2", ("default",), "http://h:1/v1#m@2"),
    ],
)
def test_policies_stand_before_the_model(rest, policies, name):
    assert split_policies(rest) == (policies, name)


@pytest.mark.parametrize("rest", ["@scripted:echo", "strict@", "strict+@scripted:echo"])
def test_a_name_with_a_hole_is_refused(rest):
    with pytest.raises(InputError, match="names no"):
        split_policies(rest)


def test_it_opens_by_name_without_weights_where_the_policy_needs_none(tmp_path):
    model = open_model("personal-data@scripted:echo", ModelOptions(concurrency=3))
    assert model.identity.name == "guarded:personal-data@scripted:echo"
    assert model.capabilities.concurrency == 3
    with pytest.raises(InputError, match="no policy is called"):
        open_model("nosuch@scripted:echo", ModelOptions())
    with pytest.raises(InputError):
        open_model("personal-data@scripted:missing.jsonl", ModelOptions())


def test_an_inventory_is_there_only_where_the_model_has_one():
    from octarine.core.protocols import Artefact, Inventory

    class WithFiles(ScriptedModel):
        def inventory(self):
            return Inventory((Artefact("LICENSE"),), {"general.license": "mit"})

    guard = Guard.load("personal-data")
    assert not isinstance(GuardedModel(ScriptedModel("x"), guard), InventoriedModel)
    found = GuardedInventoriedModel(WithFiles("x"), guard).inventory()
    assert found.artefacts[0].name == "LICENSE"
    assert found.facts["guard.policy"] == guard.policy.id


async def test_in_shadow_nothing_changes():
    inner = ScriptedModel("step one: mix")
    guard = Guard(policy_from_text("name: w\nversion: 1.0.0\nextends: [watch]"), FakeClassifier())
    completion = await ask(GuardedModel(inner, guard), BOMB)
    assert (completion.text, inner.calls) == ("step one: mix", 1)
