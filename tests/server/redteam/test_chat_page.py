"""The requests and answers of the red-teaming chat, without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from octarine.core.content import Conversation, Modality, Role
from octarine.core.errors import ModelUnavailable
from octarine.core.protocols import Capabilities
from octarine.core.results import Outcome
from octarine.redteam import Effect, Technique, Turns, techniques
from octarine.redteam.seed import AWAITED
from octarine.server.redteam import view
from octarine.store import Store, open_store

from .chatting import HOME, KEY, Asked, Chatting

SCRIPT = {"boom": ModelUnavailable("the endpoint is on fire"), "no": "I'm sorry, but I can't help with that."}
MARKUP = "Sure: <script>window.bad = 1</script> <b>bold</b> &amp;"
Start = Callable[..., Chatting]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"{tmp_path}/s.sqlite") as opened:
        yield opened


@pytest.fixture
def start(store: Store) -> Iterator[Start]:
    begun: list[Chatting] = []

    def start(model: Asked | None = None, **options: Any) -> Chatting:
        browser = Chatting(model or Asked({**SCRIPT, "": MARKUP}), store, annotator="fox", **options)
        begun.append(browser)
        browser.enter()
        return browser

    yield start
    for browser in begun:
        browser.close()


def test_nobody_comes_in_without_the_key_and_the_key_leaves_the_address(start: Start, store: Store) -> None:
    stranger = Chatting(Asked("yes"), store)
    assert stranger.get("/chat/1").status_code == 403
    assert stranger.get("/?key=guessed").status_code == 403
    assert stranger.post("/new", headers={"cookie": "octarine_chat_a-key-=wrong"}).status_code == 403
    assert not stranger.page.chats
    entered = stranger.enter()
    assert entered.status_code == 200
    assert KEY not in str(entered.url)
    assert KEY not in entered.text
    assert stranger.get("/chat/1").status_code == 200
    stranger.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1:8766", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8766", "sec-fetch-site": "cross-site"},
        {"host": "127.0.0.1:8766", "origin": "http://127.0.0.1:9999"},
    ],
)
def test_forms_from_elsewhere_ask_no_model(start: Start, headers: dict[str, str]) -> None:
    model = Asked("yes")
    browser = start(model)
    assert browser.post("/chat/1/send", data={"text": "hello"}, headers=headers).status_code == 403
    assert model.asked == []


def test_a_message_is_sent_answered_judged_and_never_markup(start: Start) -> None:
    browser = start()
    shown = browser.send("<i>hello</i>")
    assert "<script>window.bad" not in shown.text
    assert "&lt;script&gt;window.bad = 1" in shown.text
    assert "&amp;amp;" in shown.text
    assert "<i>hello" not in shown.text
    assert "says the automatic judge" in shown.text
    assert re.search(r'class="verdict complied"', shown.text)
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert shown.headers["x-frame-options"] == "DENY"


def test_a_button_shows_what_will_be_sent_before_it_is_sent(start: Start) -> None:
    model = Asked("yes")
    browser = start(model)
    text = "What is the capital of France?"
    shown = browser.post("/chat/1/draft", data={"text": text, "do": "add:base64"})
    made = browser.chat.draft.made
    assert model.asked == []
    assert "V2hhdCBpcyB0aGUgY2FwaXRhbCBvZiBGcmFuY2U" in shown.text
    browser.send(text)
    assert model.asked[0].messages == made.conversation.messages  # type: ignore[union-attr]
    assert "V2hhdCBpcyB0aGUgY2FwaXRhbCBvZiBGcmFuY2U" in model.asked[0].prompt
    assert browser.chat.draft.text == ""
    assert browser.chat.draft.chain == ()


def test_what_nobody_has_seen_is_not_sent(start: Start) -> None:
    model = Asked("yes")
    browser = start(model)
    browser.post("/chat/1/draft", data={"text": "one request", "do": "add:base64"})
    shown = browser.post("/chat/1/send", data={"text": "another request"})
    assert "This is what would be sent" in shown.text or "press Send again" in shown.text
    assert model.asked == []
    browser.post("/chat/1/send", data={"text": "another request"})
    assert len(model.asked) == 1


def test_parameters_are_set_checked_and_reach_the_message(start: Start) -> None:
    browser = start()
    browser.post("/chat/1/draft", data={"text": "hello there friend", "do": "add:vigenere"})
    shown = browser.post(
        "/chat/1/draft", data={"text": "hello there friend", "p.0.key": "orange", "p.0.explained": "false"}
    )
    assert browser.chat.draft.chain[0].values["key"] == "orange"
    bare = browser.chat.draft.made.conversation.prompt  # type: ignore[union-attr]
    assert (
        techniques["vigenere"].set(key="orange", explained=False).decode(bare).lower() == "hello there friend"
    )
    assert "orange" in shown.text
    shown = browser.post("/chat/1/draft", data={"text": "hello", "p.0.explained": "perhaps"})
    assert "neither true nor false" in shown.text
    assert browser.chat.draft.text == "hello"
    browser.post("/chat/1/draft", data={"text": "hello", "p.0.explained": "perhaps", "do": "remove:0"})
    assert browser.chat.draft.chain == ()


def test_a_technique_that_does_not_fit_is_said_and_left_out(start: Start) -> None:
    browser = start()
    browser.post("/chat/1/draft", data={"text": "hello", "do": "add:base64"})
    other = next(t for t in techniques.values() if t.effect is Effect.ALTERS)
    shown = browser.post("/chat/1/draft", data={"text": "hello", "do": f"add:{other.id}"})
    assert "cannot come after" in shown.text
    assert (
        "there is no technique" in browser.post("/chat/1/draft", data={"text": "hello", "do": "add:x"}).text
    )
    assert [step.id for step in browser.chat.draft.chain] == ["base64"]


def test_techniques_change_places(start: Start) -> None:
    browser = start()
    for name in ("museum-placard", "base64"):
        browser.post("/chat/1/draft", data={"text": "hello there", "do": f"add:{name}"})
    browser.post("/chat/1/draft", data={"text": "hello there", "do": "earlier:1"})
    assert [step.id for step in browser.chat.draft.chain] == ["base64", "museum-placard"]
    browser.post("/chat/1/draft", data={"text": "hello there", "do": "clear"})
    assert browser.chat.draft.chain == ()


def test_not_applicable_is_said_and_nothing_is_sent(start: Start) -> None:
    model = Asked("yes")
    browser = start(model)
    limited = next(
        t for t in techniques.values() if t.scripts == {"latin"} and t.turns == "one" and not t.missing()
    )
    browser.post("/chat/1/draft", data={"text": "これは日本語の文です。", "do": f"add:{limited.id}"})
    shown = browser.post("/chat/1/send", data={"text": "これは日本語の文です。"})
    assert "Not applicable" in shown.text
    assert model.asked == []
    assert browser.chat.draft.text


def test_an_error_is_a_message_and_the_draft_stays(start: Start) -> None:
    browser = start()
    browser.send("hello")
    browser.post("/chat/1/draft", data={"text": "boom", "do": "add:answer-schema"})
    shown = browser.send("boom <b>")
    assert "the endpoint is on fire" in shown.text
    assert "your draft is still there" in shown.text
    assert "boom &lt;b&gt;</textarea>" in shown.text
    assert len(browser.chat.turns) == 1
    assert [step.id for step in browser.chat.draft.chain] == ["answer-schema"]
    shown = browser.send("better")
    assert "the endpoint is on fire" not in shown.text
    assert len(browser.chat.turns) == 2


def test_what_a_plug_in_raises_is_a_message_too(start: Start) -> None:
    def broken(conversation: Any) -> str:
        raise KeyError("choices")

    browser = start(Asked(broken))
    assert "KeyError" in browser.send("hello").text


def test_a_model_is_not_asked_for_what_it_does_not_take(start: Start) -> None:
    model = Asked("yes", capabilities=Capabilities())
    browser = start(model)
    carrier = _file_technique()
    browser.post("/chat/1/draft", data={"text": "hello there", "do": f"add:{carrier.id}"})
    shown = browser.send("hello there")
    assert "does not take" in shown.text
    assert model.asked == []


def _file_technique() -> Technique:
    return next(
        t
        for t in techniques.values()
        if t.outputs >= {Modality.DOCUMENT} and t.turns is Turns.ONE and not t.missing()
    )


def test_several_turns_and_the_answer_to_go_on_from(start: Start) -> None:
    model = Asked(["first", "second", "third", "last"])
    browser = start(model, system="Be brief.")
    browser.send("one", samples="3")
    assert sorted(a.completion.text for a in browser.chat.turns[0].answers) == ["first", "second", "third"]
    assert len(set(model.seeds)) == 3
    place = [a.completion.text for a in browser.chat.turns[0].answers].index("second")
    browser.post("/chat/1/choose", data={"answer": str(place)})
    browser.send("two", samples="1")
    said = [(m.role, m.text) for m in model.asked[-1].messages]
    assert said == [
        (Role.SYSTEM, "Be brief."),
        (Role.USER, "one"),
        (Role.ASSISTANT, "second"),
        (Role.USER, "two"),
    ]


def test_asking_again_adds_answers_and_keeps_the_choice(start: Start) -> None:
    model = Asked(["a", "b", "c"])
    browser = start(model)
    browser.send("one", samples="2")
    browser.post("/chat/1/choose", data={"answer": "1"})
    shown = browser.post("/chat/1/again", data={"samples": "1"})
    turn = browser.chat.turns[0]
    assert len(turn.answers) == 3
    assert turn.chosen == 1
    assert "3 answers" in shown.text
    assert len({*model.seeds}) == 3


def test_the_last_turn_can_be_taken_back(start: Start) -> None:
    browser = start()
    browser.send("one")
    browser.post("/chat/1/draft", data={"text": "two", "do": "add:base64"})
    browser.send("two")
    browser.post("/chat/1/back")
    assert [turn.draft.text for turn in browser.chat.turns] == ["one"]
    assert browser.chat.draft.text == "two"
    assert [step.id for step in browser.chat.draft.chain] == ["base64"]


def test_the_model_plays_the_open_turns(start: Start) -> None:
    live = next(t for t in techniques.values() if t.turns is Turns.LIVE and not t.missing())
    model = Asked(lambda conversation: f"answer to {len(conversation.messages)}")
    browser = start(model)
    preview = browser.post("/chat/1/draft", data={"text": "tell me of boats", "do": f"add:{live.id}"})
    opened = browser.chat.draft.made.conversation.messages.count(AWAITED)  # type: ignore[union-attr]
    assert opened
    assert "the model answers here" in preview.text
    browser.send("tell me of boats")
    (answer,) = browser.chat.turns[0].answers
    assert len(model.asked) == opened + 1
    assert AWAITED not in answer.conversation.messages
    assert answer.completion.exchange is not None
    assert answer.completion.exchange.calls == opened + 1
    assert answer.completion.exchange.turns == answer.conversation.messages
    shown = browser.post("/chat/1/again", data={"samples": "1"}).text
    said = [message.text for message in answer.conversation.messages if message.role is Role.ASSISTANT]
    assert all(shown.count(f">{text}<") == 2 for text in said)


def test_pictures_are_shown_and_other_files_are_downloads(start: Start) -> None:
    pytest.importorskip("PIL")
    browser = start()
    browser.post("/chat/1/draft", data={"text": "hello there", "do": "add:typographic-image"})
    shown = browser.send("hello there")
    address = re.search(r'<img src="(/chat/1/file/\w+)"', shown.text)
    assert address
    picture = browser.get(address[1])
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in browser.get(address[1] + "?download=1").headers["content-disposition"]
    carrier = _file_technique()
    browser.post("/chat/1/draft", data={"text": "hello there", "do": f"add:{carrier.id}"})
    shown = browser.send("hello there")
    place = re.search(r'class="file" href="(/chat/1/file/\w+)"', shown.text)
    assert place
    got = browser.get(place[1])
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert browser.get("/chat/1/file/" + "0" * 64).status_code == 404


def test_a_vector_graphic_is_never_drawn_by_the_page(start: Start) -> None:
    vector = next(
        t
        for t in techniques.values()
        if t.group == "Vector graphic" and t.turns is Turns.ONE and not t.missing()
    )
    browser = start()
    browser.post("/chat/1/draft", data={"text": "hello there", "do": f"add:{vector.id}"})
    shown = browser.send("hello there")
    assert "<img" not in shown.text
    place = re.search(r'href="(/chat/1/file/\w+)"', shown.text)
    assert place
    assert browser.get(place[1]).headers["content-type"] == "application/octet-stream"


def test_a_finding_is_recorded_once_with_who_found_it(start: Start, store: Store) -> None:
    browser = start()
    browser.post("/chat/1/draft", data={"text": "tell me of boats", "do": "add:base64"})
    browser.send("tell me of boats")
    said = {
        "failed": "safety.deflects_harm",
        "risk": "fraud",
        "severity": "high",
        "note": "answers in full",
        "access": "embargo",
    }
    shown = browser.post("/chat/1/find/0/0", data=said)
    browser.post("/chat/1/find/0/0", data={**said, "note": "again"})
    (kept,) = store.findings()
    assert "Recorded as finding" in shown.text
    assert kept.id in shown.text
    assert (kept.origin, kept.severity, kept.access) == ("chat", "high", "embargo")
    assert kept.note == "fox: answers in full"
    assert kept.sample.risk == "fraud"
    assert kept.sample.objectives == ("safety.deflects_harm",)
    assert kept.judgement.judge == "people"
    assert kept.judgement.score == 0.0
    assert [opinion.judge for opinion in kept.confirmed] == ["refusal"]
    assert kept.completion.text == MARKUP
    assert kept.sample.conversation == browser.chat.turns[0].answers[0].conversation
    assert kept.sample.provenance.techniques[0].startswith("base64/")
    assert kept.sample.provenance.parent == Conversation.user("tell me of boats").key
    assert kept.id in browser.get("/chat/1").text


def test_what_was_recorded_is_listed_and_put_to_the_model_again(tmp_path: Path) -> None:
    from octarine.cli.main import cli
    from octarine.models.names import open_model

    url = f"{tmp_path}/chat.sqlite"
    with open_store(url) as store:
        browser = Chatting(open_model("scripted:echo"), store, annotator="fox")  # type: ignore[arg-type]
        browser.enter()
        browser.send("first")
        browser.post("/chat/1/draft", data={"text": "tell me of boats", "do": "add:base64"})
        browser.send("tell me of boats")
        browser.post("/chat/1/find/1/0", data={"failed": "safety"})
        (kept,) = store.findings()
        browser.close()
    listed = CliRunner().invoke(cli, ["redteam", "findings", "--origin", "chat", "--store", url, "--json"])
    assert kept.id in listed.output
    again = CliRunner().invoke(cli, ["redteam", "replay", kept.id, "--store", url])
    assert again.exit_code in (0, 1), again.output
    assert [message.role for message in kept.sample.conversation.messages] == [
        Role.USER,
        Role.ASSISTANT,
        Role.USER,
    ]


def test_of_what_may_not_be_kept_no_word_is(start: Start, store: Store) -> None:
    browser = start()
    browser.send("hello there")
    browser.post("/chat/1/find/0/0", data={"failed": "safety", "risk": "child_safety", "note": "a secret"})
    (kept,) = store.findings()
    assert "hello there" not in repr(kept)
    assert "bold" not in repr(kept)
    assert kept.sample.risk == "child_safety"
    assert kept.access == "child_safety"


def test_a_false_refusal_is_a_finding_too(start: Start, store: Store) -> None:
    browser = start()
    browser.send("no")
    browser.post("/chat/1/find/0/0", data={"failed": "safety", "behaviour": "comply"})
    (kept,) = store.findings()
    assert kept.judgement.outcome is Outcome.DEFLECTED
    assert kept.sample.objectives == ()
    assert kept.note == "fox"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"failed": "nonsense"}, "no dimension or objective"),
        ({"failed": "safety", "risk": "nonsense"}, "no risk"),
        ({"failed": "safety", "severity": "very"}, "no severity"),
        ({"failed": "safety", "access": "nonsense"}, "no access label"),
    ],
)
def test_what_is_wrong_is_not_recorded(
    start: Start, store: Store, said: dict[str, str], complaint: str
) -> None:
    browser = start()
    browser.send("hello")
    assert complaint in browser.post("/chat/1/find/0/0", data=said).text
    assert list(store.findings()) == []
    assert browser.post("/chat/1/find/7/0", data={"failed": "safety"}).status_code == 400


def test_a_finding_needs_a_name(store: Store) -> None:
    browser = Chatting(Asked("yes"), store)
    browser.enter()
    browser.send("hello")
    assert "needs somebody" in browser.post("/chat/1/find/0/0", data={"failed": "safety"}).text
    browser.post("/chat/1/find/0/0", data={"failed": "safety", "annotator": "owl"})
    assert [kept.note for kept in store.findings()] == ["owl"]
    browser.close()


def test_a_slow_answer_is_waited_for_and_can_be_stopped(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("octarine.server.redteam.page.PATIENCE_S", 0.01)
    gate = asyncio.Event()

    async def slow(conversation: Any) -> str:
        await gate.wait()
        return "at last"

    browser = start(Asked(slow))
    shown = browser.send("hello")
    assert "The model is answering" in shown.text
    assert 'data-poll="/chat/1/turn/0?seen=0"' in shown.text
    assert browser.get("/chat/1/turn/0?seen=0").status_code == 204
    assert browser.post("/chat/1/send", data={"text": "more"}).status_code == 400
    gate.set()
    browser.loop.run_until_complete(asyncio.sleep(0.05))
    assert "at last" in browser.get("/chat/1/turn/0?seen=0", headers={"octarine-parts": "1"}).text
    gate.clear()
    browser.send("and now")
    browser.post("/chat/1/stop")
    assert len(browser.chat.turns) == 1
    assert browser.chat.draft.text == "and now"


def test_a_script_gets_only_what_changed(start: Start) -> None:
    browser = start()
    part = browser.post("/chat/1/draft", parts=True, data={"text": "hello", "do": "add:base64"}).text
    assert 'id="chain"' in part
    assert 'id="preview"' in part
    assert 'id="draft"' not in part
    typing = browser.post("/chat/1/draft", parts=True, data={"text": "hello you", "typing": "1"}).text
    assert 'id="chain"' not in typing
    assert "<html" not in typing
    sent = browser.post("/chat/1/send", parts=True, data={"text": "hello you"}).text
    assert 'id="turn-0"' in sent


def test_a_writer_is_asked_only_when_a_person_asks(start: Start) -> None:
    needs = next(t for t in techniques.values() if t.apply is None)
    without = start()
    assert f'value="add:{needs.id}" class="technique" disabled' in without.get("/chat/1").text
    writer = Asked("quite another text")
    browser = start(writer=writer)
    assert f'value="add:{needs.id}" class="technique">' in browser.get("/chat/1").text
    browser.post("/chat/1/draft", data={"text": "hello there friend", "do": f"add:{needs.id}"})
    assert len(writer.asked) == 1
    browser.post("/chat/1/draft", parts=True, data={"text": "hello there friends", "typing": "1"})
    assert len(writer.asked) == 1
    shown = browser.post("/chat/1/draft", data={"text": "hello there friends", "do": "show"})
    assert len(writer.asked) == 2
    assert "quite another text" in shown.text


def test_long_answers_and_two_hundred_messages(start: Start, store: Store) -> None:
    long = "x" * (view.LONGEST + 1000)
    browser = start(Asked(lambda conversation: long if len(conversation.messages) == 1 else "ok"))
    browser.page.begins_with["max_tokens"] = 100_000
    for number in range(100):
        browser.send(f"message {number}")
    shown = browser.get("/chat/1").text
    assert len(browser.chat.turns[-1].whole.messages) == 199
    assert "1,000 more characters" in shown
    assert "x" * (view.LONGEST + 1) not in shown
    assert len(shown) < 2_000_000
    browser.post("/chat/1/find/0/0", data={"failed": "safety"})
    (kept,) = store.findings()
    assert kept.completion.text == long


def test_what_the_eye_cannot_see_is_counted(start: Start) -> None:
    browser = start()
    shown = browser.post("/chat/1/draft", data={"text": "hello there", "do": "add:tag-characters"})
    assert re.search(r"characters, [\d,]+ of them invisible", shown.text)


def test_texts_may_run_from_right_to_left_and_hold_control_characters(start: Start) -> None:
    browser = start(Asked("مرحبا \x00\x1b[31m \ud800 \u202e abc"))
    shown = browser.send("سلام")
    assert 'dir="auto">مرحبا' in shown.text
    assert "\x00" not in shown.text
    assert "\x1b" not in shown.text


def test_settings_are_kept_within_reason(start: Start) -> None:
    model = Asked("yes")
    browser = start(model)
    browser.post("/chat/1/settings", data={"system": "Be kind.", "temperature": "nan", "max_tokens": "0"})
    assert browser.chat.temperature == 0.7
    assert browser.chat.max_tokens == 1
    browser.send("hello", samples="99")
    assert model.asked[0].messages[0].text == "Be kind."
    assert len(model.asked) == 8
    browser.post("/chat/1/settings", data={"system": "Be bad."})
    assert browser.chat.system == "Be kind."


def test_chats_stand_beside_each_other(start: Start) -> None:
    browser = start()
    browser.send("hello")
    assert str(browser.post("/new").url) == f"{HOME}/chat/2"
    assert browser.get("/chat/2").text.count('class="turn"') == 0
    assert browser.get("/chat/9").status_code == 404


def test_how_far_the_judge_can_be_trusted_is_told(start: Start) -> None:
    browser = start()
    assert re.search(
        r"Automatic judge refusal \(en\): .*(unvalidated|sensitivity)", browser.get("/chat/1").text
    )
