from __future__ import annotations

from octarine.core.content import Conversation, Role
from octarine.core.results import Completion, Settings, Usage
from octarine.models.scripted import ScriptedModel
from octarine.redteam.running.playing import DRIVER, Played
from octarine.redteam.seed import AWAITED, user

OPEN = Conversation((user("Hello."), AWAITED, user("And then?"), AWAITED, user("So?")))


async def test_open_turns_are_filled_and_the_last_answer_counts() -> None:
    target = ScriptedModel({"Hello": "Hi.", "then": "This.", "So": "That."})
    model = Played(target)
    answer = await model.generate(OPEN, Settings())
    assert answer.text == "That."
    assert answer.exchange is not None
    assert (answer.exchange.calls, answer.exchange.driver) == (3, DRIVER)
    said = [message.text for message in answer.exchange.turns if message.role is Role.ASSISTANT]
    assert said == ["Hi.", "This."]
    assert target.calls == 3
    assert answer.usage == Usage(None, 3)
    assert model.identity == target.identity
    assert model.capabilities == target.capabilities


async def test_a_conversation_without_open_turns_is_the_targets() -> None:
    target = ScriptedModel("Paris.")
    asked = Conversation.user("Which town?")
    answer = await Played(target).generate(asked, Settings())
    assert answer == await target.generate(asked, Settings())
    assert answer.exchange is None
    await Played(target).start()
    await Played(target).aclose()


async def test_tokens_are_those_of_all_calls_or_unknown() -> None:
    counted = ScriptedModel(Completion.of_text("Yes.", usage=Usage(10, 2)))
    assert (await Played(counted).generate(OPEN, Settings())).usage == Usage(30, 6)
