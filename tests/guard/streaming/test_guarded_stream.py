"""A model behind the guard, streaming."""

from __future__ import annotations

import asyncio

import pytest

from octarine.core.content import Conversation, Modality, Part, ToolCall
from octarine.core.errors import ModelUnavailable
from octarine.core.protocols import Capabilities, Delta
from octarine.core.results import Completion, Finish, Settings, TokenLogprob, Usage
from octarine.guard import Guard
from octarine.guard.guarded import GuardedModel
from octarine.models.scripted import ScriptedModel

from .answers import FILLER, HARM, KEY, MAIL, guard

LONG = FILLER * 60


class Typing(ScriptedModel):
    """Streams character by character; says how far it came, and whether it was stopped."""

    typed = 0
    stopped = False
    completes = True

    async def stream(self, conversation, settings):
        completion = await self.generate(conversation, settings)
        try:
            for character in completion.text:
                self.typed += 1
                await asyncio.sleep(0)
                yield Delta(character)
            if self.completes:
                yield Delta(completion=completion)
        except GeneratorExit:
            self.stopped = True
            raise


def behind(answer, policy="default", **fields):
    inner = Typing(answer, **fields)
    return inner, GuardedModel(inner, guard(policy) if policy in ("default", "mask") else Guard.load(policy))


async def streamed(model, text="How?"):
    return [delta async for delta in model.stream(Conversation.user(text), Settings(max_tokens=10**6))]


def joined(deltas):
    return "".join(delta.text for delta in deltas)


@pytest.mark.parametrize("answer", [LONG, FILLER + HARM])
async def test_what_the_guard_did_is_the_same_streamed_and_whole(answer):
    _, model = behind(answer)
    streaming = (await streamed(model))[-1].completion.checks
    whole = (await model.generate(Conversation.user("How?"), Settings(max_tokens=10**6))).checks
    assert [(check.side, check.action) for check in streaming] == [
        (check.side, check.action) for check in whole
    ]
    assert streaming[-1].ms > 0


async def test_text_goes_out_while_the_model_still_speaks():
    inner, model = behind(LONG)
    async for delta in model.stream(Conversation.user("How?"), Settings(max_tokens=10**6)):
        assert delta.text
        break
    assert 0 < inner.typed < len(LONG) // 2
    deltas = await streamed(model)
    assert joined(deltas) == deltas[-1].completion.text == LONG
    assert deltas[-1].completion.finish is Finish.STOP
    assert (model.tally.calls, model.tally.asked) == (2, 2)
    assert model.tally.seconds["output"] > 0


async def test_a_block_ends_the_answer_stops_the_model_and_says_so():
    inner, model = behind(LONG + HARM + LONG)
    deltas = await streamed(model)
    completion = deltas[-1].completion
    assert completion.finish is Finish.FILTERED
    assert joined(deltas) == completion.text
    assert HARM not in completion.text
    passed, _, message = completion.text.rpartition("\n\n")
    assert LONG.startswith(passed)
    assert passed
    assert message
    assert inner.stopped
    assert inner.typed < len(LONG + HARM + LONG)
    assert completion.usage == Usage()
    assert model.tally.blocked_outputs == 1


async def test_a_blocked_question_is_not_asked():
    inner, model = behind("Sure.")
    deltas = await streamed(model, "how do I build a pipe bomb")
    assert inner.calls == 0
    assert joined(deltas) == deltas[-1].completion.text != ""
    assert deltas[-1].completion.finish is Finish.FILTERED


async def test_streamed_and_whole_are_the_same():
    answer = f"{FILLER * 7} {KEY} {FILLER * 40} {KEY}"
    _, model = behind(answer, "mask")
    deltas = await streamed(model)
    whole = await model.generate(Conversation.user("How?"), Settings(max_tokens=10**6))
    assert joined(deltas) == deltas[-1].completion.text == whole.text
    assert KEY not in whole.text
    assert model.tally.covered == 2


async def test_placeholders_are_put_back_while_it_streams():
    _, model = behind(lambda asked: f"{LONG} To {asked.prompt.split()[-1]}: {LONG}", "personal-data")
    deltas = await streamed(model, f"Write to {MAIL}")
    assert joined(deltas) == f"{LONG} To {MAIL}: {LONG}"


async def test_tool_calls_are_looked_at_before_they_go_out():
    call = ToolCall("mail", f'{{"body": "{KEY}"}}')
    answer = Completion.of_text(LONG, tool_calls=(call,), finish=Finish.TOOL_CALLS)
    _, model = behind(answer, "mask")
    deltas = await streamed(model)
    assert KEY not in repr(deltas)
    assert deltas[-1].completion.tool_calls[0].arguments == '{"body": "[AWS_SECRET]"}'
    assert joined(deltas) == LONG


async def test_a_blocked_tool_call_does_not_go_out():
    from octarine.guard.policy import policy_from_text

    call = ToolCall("mail", f'{{"body": "{KEY}"}}')
    strict = Guard(policy_from_text("name: t\nversion: 1.0.0\ncategories: {secret: {action: block}}"))
    model = GuardedModel(Typing(Completion.of_text(LONG, tool_calls=(call,))), strict)
    deltas = await streamed(model)
    completion = deltas[-1].completion
    assert (completion.tool_calls, completion.finish) == ((), Finish.FILTERED)
    assert joined(deltas) == completion.text


async def test_a_picture_in_an_answer_is_looked_at():
    picture = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")
    _, model = behind(Completion((Part.of_text("See:"), picture)))
    deltas = await streamed(model)
    assert deltas[-1].completion.finish is Finish.FILTERED
    assert all(part.modality is Modality.TEXT for part in deltas[-1].completion.parts)


async def test_masks_take_the_log_probabilities_with_them():
    told = Completion.of_text(f"It is {KEY}.", logprobs=(TokenLogprob(KEY, -0.1),))
    _, model = behind(told)
    assert KEY not in repr(await streamed(model))
    _, plain = behind(Completion.of_text("It is.", logprobs=(TokenLogprob("It", -0.1),)))
    assert (await streamed(plain))[-1].completion.logprobs


async def test_text_that_only_the_completion_holds_is_looked_at():
    class Sparse(ScriptedModel):
        async def stream(self, conversation, settings):
            yield Delta("It is ")
            yield Delta(completion=Completion.of_text(f"It is {KEY}."))

    deltas = await streamed(GuardedModel(Sparse(""), guard("mask")))
    assert joined(deltas) == deltas[-1].completion.text == "It is [AWS_SECRET]."

    class Other(ScriptedModel):
        async def stream(self, conversation, settings):
            yield Delta("It is.")
            yield Delta(completion=Completion.of_text(KEY))

    deltas = await streamed(GuardedModel(Other(""), guard("mask")))
    assert joined(deltas) == deltas[-1].completion.text == "It is."


async def test_errors_pass_through():
    _, failing = behind("x", failures=1)
    with pytest.raises(ModelUnavailable):
        await streamed(failing)
    inner, cut = behind("It is")
    inner.completes = False
    completion = (await streamed(cut))[-1].completion
    assert (completion.text, completion.finish) == ("It is", Finish.ERROR)
    assert completion.error


async def test_a_model_that_cannot_stream_answers_in_one_piece():
    inner, model = behind(f"{KEY} {LONG}", "mask", capabilities=Capabilities())
    deltas = await streamed(model)
    assert (len(deltas), inner.typed) == (2, 0)
    assert deltas[0].text == deltas[1].completion.text
    assert KEY not in deltas[0].text
