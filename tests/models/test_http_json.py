"""Any JSON endpoint, described by a file, against a real server on the loopback interface."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_server import Answer, Asked, loopback

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool
from octarine.core.errors import (
    AuthenticationError,
    BadResponse,
    DataError,
    InputError,
    ModelUnavailable,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import Model
from octarine.core.results import Finish, Settings, Usage
from octarine.models.http.retries import RetryPolicy
from octarine.models.http_json import HttpJsonModel, open_model
from octarine.models.http_json.spec import read_spec
from octarine.models.http_json.template import ABSENT, fill, fill_text, fill_url, placeholders
from octarine.models.names import ModelOptions

BASIC = 'request: {message: "{{prompt}}"}\nanswer: $.reply\n'


def conversation(*texts: str, system: str = "") -> Conversation:
    """Turns in alternation, the user first."""
    roles = (Role.USER, Role.ASSISTANT)
    turns = [Message(roles[place % 2], (Part.of_text(text),)) for place, text in enumerate(texts)]
    first = [Message(Role.SYSTEM, (Part.of_text(system),))] if system else []
    return Conversation((*first, *turns))


def opened(tmp_path: Path, url: str, text: str, **options: Any) -> HttpJsonModel:
    path = tmp_path / "bot.yaml"
    path.write_text(f"url: {url}\n{text}", "utf-8")
    retry = RetryPolicy(base_s=0.001)
    rng = np.random.default_rng(1)
    return HttpJsonModel("http-json:bot.yaml", read_spec(path), ModelOptions(**options), retry=retry, rng=rng)


async def asked_of(
    tmp_path: Path, text: str, *answers: Any, talk: Conversation | None = None, path: str = "/chat"
) -> tuple[Any, list[Asked]]:
    async with loopback(*answers) as server:
        model = opened(tmp_path, f"http://127.0.0.1:{server.port}{path}", text)
        assert isinstance(model, Model)
        try:
            await model.start()
            completion = await model.generate(talk or Conversation.user('Say "hi"\n'), Settings(max_tokens=9))
        finally:
            await model.aclose()
            await model.aclose()
        return completion, server.asked


# --- requests and answers ---------------------------------------------------------------------------------


async def test_the_template_is_filled_and_the_answer_found(tmp_path: Path) -> None:
    text = """
method: PUT
headers: {X-Kind: test}
query: {tenant: "7", q: "{{prompt}}"}
request:
  input: {text: "Q: {{prompt}}", limit: "{{max_tokens}}", note: "at most {{max_tokens}}"}
  history: "{{messages}}"
  system: "{{system}}"
answer: $.out[*].text
usage: {input_tokens: $.n.in, output_tokens: $.n.out}
"""
    reply = {"out": [{"text": "one"}, {"text": "two"}], "n": {"in": 5, "out": "x"}}
    completion, asked = await asked_of(
        tmp_path,
        text,
        Answer.of_json(reply),
        talk=Conversation.user('Say "hi"', system="Be kind"),
        path="/c?v=2",
    )
    assert completion.text == "one\ntwo"
    assert completion.usage == Usage(5, None)
    assert completion.latency_s > 0
    assert asked[0].method == "PUT"
    assert asked[0].path == "/c?v=2&tenant=7&q=Say+%22hi%22"
    assert asked[0].headers["x-kind"] == "test"
    assert asked[0].json == {
        "input": {"text": 'Q: Say "hi"', "limit": 9, "note": "at most 9"},
        "history": [{"role": "user", "content": 'Say "hi"'}],
        "system": "Be kind",
    }


async def test_a_get_endpoint(tmp_path: Path) -> None:
    text = "method: GET\nquery: {q: '{{prompt}}'}\nanswer: $[0]\n"
    completion, asked = await asked_of(tmp_path, text, Answer.of_json([42]))
    assert completion.text == "42"
    assert (asked[0].method, asked[0].body) == ("GET", b"")


async def test_a_value_in_the_address_cannot_leave_its_place(tmp_path: Path) -> None:
    text = "method: GET\nanswer: $\n"
    talk = Conversation.user("../admin?x=1#é")
    _, asked = await asked_of(tmp_path, text, Answer.of_json("ok"), talk=talk, path="/ask/{{prompt}}/end")
    assert asked[0].path == "/ask/..%2Fadmin%3Fx%3D1%23%C3%A9/end"


async def test_the_environment_fills_headers_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_KEY", "very-secret-value")
    text = "headers: {Authorization: 'Token ${BOT_KEY}', X-Price: $$5}\n" + BASIC
    leak = Answer.of_json({"error": "wrong: very-secret-value"}, 401)
    async with loopback(leak) as server:
        model = opened(tmp_path, f"http://127.0.0.1:{server.port}/", text)
        with pytest.raises(AuthenticationError, match=r"\$\{VARIABLE\}") as caught:
            await model.generate(Conversation.user("x"), Settings())
        await model.aclose()
        assert server.asked[0].headers["authorization"] == "Token very-secret-value"
        assert server.asked[0].headers["x-price"] == "$5"
    assert "very-secret" not in str(caught.value)
    assert "very-secret" not in repr(model.identity)


def test_the_revision_is_of_the_content_and_not_of_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def revision(text: str) -> str:
        return opened(tmp_path, "http://h/", text).identity.revision

    monkeypatch.setenv("BOT_KEY", "one-one-one")
    first = revision("headers: {A: '${BOT_KEY}'}\n" + BASIC)
    monkeypatch.setenv("BOT_KEY", "two-two-two")
    assert revision("# a comment\nheaders: {A: '${BOT_KEY}'}\n" + BASIC) == first
    assert revision(BASIC) != first


@pytest.mark.parametrize(
    ("rule", "answer", "finish"),
    [
        (
            "{path: $.why, filtered: [blocked], length: [cut]}",
            {"reply": "x", "why": "blocked"},
            Finish.FILTERED,
        ),
        ("{path: $.why, filtered: [blocked], length: [cut]}", {"why": "blocked"}, Finish.FILTERED),
        ("{path: $.why, filtered: [blocked], length: [cut]}", {"reply": "x", "why": "cut"}, Finish.LENGTH),
        ("{path: $.why, filtered: ['true']}", {"reply": "x", "why": True}, Finish.FILTERED),
        ("{path: $.why, filtered: [blocked]}", {"reply": "x"}, Finish.STOP),
    ],
)
async def test_finish(tmp_path: Path, rule: str, answer: Any, finish: Finish) -> None:
    completion, _ = await asked_of(tmp_path, BASIC + f"finish: {rule}\n", Answer.of_json(answer))
    assert completion.finish is finish


async def test_a_filter_that_answers_with_a_status(tmp_path: Path) -> None:
    text = BASIC + "finish: {path: $.code, filtered: [policy]}\n"
    completion, _ = await asked_of(tmp_path, text, Answer.of_json({"code": "policy"}, 400))
    assert completion.finish is Finish.FILTERED


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer.of_json({"err": "no credit", "reply": "x"}), RequestRejected, "no credit"),
        (Answer.of_json({"other": 1}), BadResponse, r'nothing at \$\.reply in its answer: \'{"other": 1}'),
        (Answer.of_json({"reply": None}), BadResponse, "nothing at"),
        (Answer.of_text("<html>"), BadResponse, "not JSON: '<html>'"),
        (Answer.of_json({"message": "bad body"}, 422), RequestRejected, "bad body"),
        (Answer.of_json({}, 503), ModelUnavailable, "503"),
    ],
)
async def test_errors(tmp_path: Path, answer: Answer, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        await asked_of(tmp_path, BASIC + "error: $.err\n", answer)


async def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    completion, _ = await asked_of(tmp_path, BASIC, Answer.of_json({"reply": ""}))
    assert completion.text == ""


# --- several turns ----------------------------------------------------------------------------------------


class Bot:
    """Remembers its sessions, by cookie or by an identifier that it hands out."""

    def __init__(self, fail_on: tuple[int, ...] = ()) -> None:
        self.sessions: dict[str, list[str]] = {}
        self.calls = 0
        self.fail_on = fail_on

    def __call__(self, asked: Asked) -> Answer:
        self.calls += 1
        cookie = asked.headers.get("cookie", "").removeprefix("sid=")
        identifier = cookie or asked.json.get("session") or f"s{len(self.sessions)}"
        heard = self.sessions.setdefault(identifier, [])
        heard.append(asked.json["message"])
        if self.calls in self.fail_on:
            return Answer.of_json({}, 500)
        reply = {"reply": "|".join(heard), "session": identifier, "n": len(heard)}
        return Answer.of_json(reply, set_cookie=f"sid={identifier}; Path=/")


SESSIONS = {
    "cookies": 'request: {message: "{{prompt}}"}\nsession: {cookies: true}\n',
    "capture": 'request: {message: "{{prompt}}", session: "{{sid}}"}\nsession: {capture: {sid: $.session}}\n',
    "identifier": 'request: {message: "{{prompt}}", session: "{{conversation_id}}"}\n',
}


@pytest.mark.parametrize("kind", SESSIONS)
async def test_turns_are_replayed_in_one_session_and_sessions_do_not_mix(tmp_path: Path, kind: str) -> None:
    text = SESSIONS[kind] + "answer: $.reply\nmulti_turn: server_state\nusage: {output_tokens: $.n}\n"
    bot = Bot()
    async with loopback(bot) as server:
        model = opened(tmp_path, f"http://127.0.0.1:{server.port}/", text)
        talks = [conversation(f"{n}a", "recorded", f"{n}b", "recorded", f"{n}c") for n in range(4)]
        completions = await asyncio.gather(*(model.generate(talk, Settings()) for talk in talks))
        await model.aclose()
    assert [completion.text for completion in completions] == [f"{n}a|{n}b|{n}c" for n in range(4)]
    assert completions[0].usage == Usage(None, 1 + 2 + 3)
    assert len(bot.sessions) == 4


async def test_a_session_that_breaks_is_begun_again(tmp_path: Path) -> None:
    bot = Bot(fail_on=(2,))
    text = SESSIONS["capture"] + "answer: $.reply\nmulti_turn: server_state\n"
    completion, asked = await asked_of(tmp_path, text, bot, talk=conversation("a", "-", "b"))
    assert completion.text == "a|b"
    assert [request.json.get("session") for request in asked] == [None, "s0", None, "s1"]
    assert "session" not in asked[0].json


async def test_cookies_are_not_kept_unless_asked_for(tmp_path: Path) -> None:
    bot = Bot()
    async with loopback(bot) as server:
        model = opened(tmp_path, f"http://127.0.0.1:{server.port}/", BASIC)
        for _ in range(2):
            await model.generate(Conversation.user("x"), Settings())
        await model.aclose()
        assert all("cookie" not in request.headers for request in server.asked)


async def test_all_messages_are_sent(tmp_path: Path) -> None:
    text = 'request: {messages: "{{messages}}"}\nanswer: $\n'
    talk = conversation("a", "b", "c", system="s")
    _, asked = await asked_of(tmp_path, text, Answer.of_json("ok"), talk=talk)
    assert [(turn["role"], turn["content"]) for turn in asked[0].json["messages"]] == [
        ("system", "s"),
        ("user", "a"),
        ("assistant", "b"),
        ("user", "c"),
    ]


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (conversation("a", "b", "c"), "earlier turns"),
        (conversation("a", system="s"), "a system message"),
        (Conversation(conversation("a").messages, (Tool("t"),)), "tools"),
        (
            Conversation((Message(Role.USER, (Part.of_bytes(Modality.IMAGE, b"x", "image/png"),)),)),
            "image input",
        ),
        (Conversation(), "does not end with the user"),
    ],
)
async def test_what_the_template_has_no_place_for(tmp_path: Path, talk: Conversation, words: str) -> None:
    model = opened(tmp_path, "http://127.0.0.1:9/", BASIC)
    assert not model.capabilities.multi_turn
    assert not model.capabilities.system
    with pytest.raises(Unsupported, match=words):
        await model.generate(talk, Settings())


async def test_concurrency_is_the_smaller_of_the_two(tmp_path: Path) -> None:
    text = BASIC + "max_concurrency: 2\n"
    assert opened(tmp_path, "http://h/", text).capabilities.concurrency == 2
    assert opened(tmp_path, "http://h/", text, concurrency=9).capabilities.concurrency == 2
    assert opened(tmp_path, "http://h/", text, concurrency=1).capabilities.concurrency == 1
    assert opened(tmp_path, "http://h/", BASIC, concurrency=9).capabilities.concurrency == 9


# --- the file ---------------------------------------------------------------------------------------------

URL = "url: http://h/\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- a\n", 1, "expected an object"),
        ("", None, "expected an object"),
        ("url: [\n", 2, "not YAML"),
        (
            URL + "answer: $.x\nrequest: {m: {{prompt}}}\n",
            3,
            'quotation marks around placeholders: "{{prompt}}"',
        ),
        (URL + "answer: $.x\nanswer: $.y\n", 3, "stands on line 2 too"),
        (URL + BASIC + "anwser: $.x\n", 4, "unknown key 'anwser'"),
        (URL + BASIC + "session:\n  cookie: true\n", 5, "unknown key 'cookie'"),
        (URL + BASIC + "session:\n  cookies: maybe\n", 5, "session.cookies: expected a boolean"),
        (URL + BASIC + "headers:\n  A: b\n  X: 1\n", 6, "headers.X: expected a string"),
        (URL + "request: '{{prompt}}'\n", 1, "'answer' is missing"),
        (URL + "request: '{{promt}}'\nanswer: $\n", 2, "no placeholder '{{promt}}'"),
        (URL + "request: hello\nanswer: $\n", 2, "nowhere where the prompt goes"),
        (URL + "request: '{{prompt}}'\nanswer: $[\n", 3, "answer: '$[' is no JSONPath"),
        (URL + BASIC + "session:\n  capture:\n    sid: x[\n", 6, "session.capture.sid: 'x['"),
        (URL + BASIC + "session:\n  capture:\n    prompt: $.x\n", 6, "the name is taken"),
        (URL + BASIC + "multi_turn: messages\n", 4, 'needs "{{messages}}"'),
        (URL + BASIC + "multi_turn: server_state\n", 4, "something that joins the turns"),
        (URL + BASIC + "multi_turn: always\n", 4, "is none of: messages, server_state, single"),
        (URL + BASIC + "method: FETCH\n", 4, "'FETCH' is none of"),
        (URL + BASIC + "max_concurrency: 0\n", 4, "at least 1"),
        (URL + BASIC + "timeout_s: -1\n", 4, "above 0"),
        (URL + BASIC + "headers:\n  A: '${NO_SUCH_VARIABLE}'\n", 5, "NO_SUCH_VARIABLE is not set"),
        (URL + BASIC + 'headers:\n  A: "a\\nb"\n', 5, "printable ASCII"),
        ("url: ftp://h/\n" + BASIC, 1, "begin with http:// or https://"),
        (URL + "request: [2020-01-01, '{{prompt}}']\nanswer: $\n", 2, "JSON has not"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    path = tmp_path / "bot.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        read_spec(path)
    assert words in str(caught.value)
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file 'none\.yaml'"):
        open_model("none.yaml", ModelOptions())
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("url: http://h/é\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        open_model(str(latin), ModelOptions())
    good = tmp_path / "good.yaml"
    good.write_text(URL + BASIC, "utf-8")
    assert open_model(str(good), ModelOptions()).identity.name == f"http-json:{good}"


def test_every_key_of_the_documented_example_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from octarine.models.http_json import spec as http_json_spec

    monkeypatch.setenv("BOT_KEY", "k-e-y")
    lines = (http_json_spec.__doc__ or "").split("::\n", 1)[1].splitlines()
    example = "\n".join(line[4:] for line in lines if line.startswith("    "))
    path = tmp_path / "example.yaml"
    path.write_text(example, "utf-8")
    spec = read_spec(path)
    assert spec.headers == {"Authorization": "Bearer k-e-y"}
    assert spec.max_concurrency == 4


# --- templates --------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_a_placeholder_alone_becomes_the_value_itself(value: Any) -> None:
    assert fill({"a": ["{{ x }}"]}, {"x": value}) == {"a": [value]}


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_what_is_put_in_is_never_looked_at_again(before: str, value: str, after: str) -> None:
    before, after = before.replace("{", "("), after.replace("}", ")")
    filled = fill(before + "{{x}}" + after, {"x": value + "{{y}}{{x}}"})
    assert filled == before + value + "{{y}}{{x}}" + after


@settings(deadline=None)
@given(json_values)
def test_without_placeholders_nothing_changes_and_it_stays_json(template: Any) -> None:
    if not placeholders(template):
        assert fill(template, {}) == template
    names = placeholders(template)
    json.dumps(fill(template, dict.fromkeys(names, "v")))


@settings(deadline=None)
@given(st.text())
def test_an_address_keeps_its_host(value: str) -> None:
    filled = fill_url("https://h.example/{{x}}/end", {"x": value})
    assert filled.startswith("https://h.example/")
    assert filled.count("/") == 4
    assert not set(filled) & set("?#\\ ")


def test_what_is_absent() -> None:
    filled = fill({"a": "{{x}}", "b": "[{{x}}]", "c": ["{{x}}", 1], "d": None}, {"x": ABSENT})
    assert filled == {"b": "[]", "c": [1], "d": None}
    assert fill_text("{{x}}", {"x": ABSENT}) == ""
