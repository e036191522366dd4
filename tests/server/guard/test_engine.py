"""Checks in threads, and a policy that changes."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace

import pytest
from openai import InternalServerError

from octarine.core.errors import OctarineError
from octarine.models.names import ModelOptions
from octarine.server.guard.engine.checks import Checks
from octarine.server.guard.engine.live import LiveGuard
from octarine.server.refusals import Refusal
from tests.guard.fake_classifier import FakeClassifier
from tests.models.loopback_server import chat, loopback
from tests.server.guard.running import application, asked, openai_client


async def test_checks_wait_for_a_thread_and_too_many_are_refused():
    checks, hold = Checks(threads=1, waiting=1), threading.Event()
    first, second = (asyncio.create_task(checks.run(hold.wait)) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as caught:
        await checks.run(int)
    assert (caught.value.status, caught.value.code) == (503, "guard_overloaded")
    hold.set()
    assert await first
    assert await second
    assert await checks.run(int, "3") == 3
    await asyncio.sleep(0.01)
    assert checks.pending == 0
    checks.close()


async def test_a_check_that_takes_too_long_passes_nothing_and_keeps_its_place():
    checks, hold = Checks(threads=1, waiting=0, limit_s=0.05), threading.Event()
    with pytest.raises(Refusal) as caught:
        await checks.run(hold.wait)
    assert caught.value.code == "guard_timeout"
    with pytest.raises(Refusal):
        await checks.run(int)
    hold.set()
    await asyncio.sleep(0.05)
    assert await checks.run(int) == 0
    checks.close()


BASE = (
    "name: base\nversion: 1.0.0\ncategories: {denied_word: {action: block}}\nwords: [{id: w, terms: [%s]}]\n"
)
TOP = "name: top\nversion: 1.0.0\nextends: [base.yaml]\n"


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE % "heron", "utf-8")
    (tmp_path / "top.yaml").write_text(TOP, "utf-8")
    return tmp_path / "top.yaml"


def blocked(guard, text):
    return not guard.check_input(text).allowed


def test_a_policy_is_read_again_when_a_file_that_it_extends_changes(policy):
    live = LiveGuard((str(policy),), FakeClassifier())
    assert not live.changed()
    before = live.current
    assert blocked(before, "a heron")
    (policy.parent / "base.yaml").write_text(BASE % "a crane", "utf-8")
    assert live.changed()
    live.reload()
    assert not live.changed()
    assert blocked(live.current, "look, a crane")
    assert not blocked(live.current, "look, a heron")
    assert blocked(before, "a heron")


def test_a_policy_that_cannot_be_read_changes_nothing_and_is_not_tried_again_and_again(policy):
    live = LiveGuard((str(policy),), FakeClassifier())
    before = live.current
    (policy.parent / "base.yaml").write_text("name: [", "utf-8")
    assert live.changed()
    with pytest.raises(OctarineError):
        live.reload()
    assert live.current is before
    assert not live.changed()
    policy.unlink()
    assert live.changed()
    with pytest.raises(OctarineError):
        live.reload()
    policy.write_text(TOP, "utf-8")
    (policy.parent / "base.yaml").write_text(BASE % "crane", "utf-8")
    assert live.changed()
    live.reload()
    assert blocked(live.current, "crane")


def test_a_policy_behind_a_link_changes_with_the_link(policy, tmp_path):
    """As Kubernetes changes a ConfigMap."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "base.yaml").write_text(BASE % "crane", "utf-8")
    link = tmp_path / "link.yaml"
    link.symlink_to(policy.parent / "base.yaml")
    live = LiveGuard((str(link),), FakeClassifier())
    new = tmp_path / "new"
    new.symlink_to(other / "base.yaml")
    os.replace(new, link)
    assert live.changed()
    live.reload()
    assert blocked(live.current, "crane")


async def test_a_server_takes_the_new_policy_and_counts_it(policy):
    async def until(asked_):
        for _ in range(200):
            if asked_(await http.post("/v1/guard", json={"input": "a crane"})):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the policy did not change")

    async with asked(application(None, policies=(str(policy),))) as http:
        await until(lambda answer: answer.json()["allowed"])
        (policy.parent / "base.yaml").write_text("name: [", "utf-8")
        for _ in range(200):
            numbers = (await http.get("/metrics")).text
            if 'octarine_policy_reloads_total{result="failed"} 1' in numbers:
                break
            await asyncio.sleep(0.02)
        assert (await http.post("/v1/guard", json={"input": "a heron"})).json()["action"] == "block"
        assert (await http.get("/readyz")).status_code == 200
        (policy.parent / "base.yaml").write_text(BASE % "crane", "utf-8")
        await until(lambda answer: not answer.json()["allowed"])
        numbers = (await http.get("/metrics")).text
    assert 'octarine_policy_reloads_total{result="failed"} 1' in numbers
    assert 'octarine_policy_reloads_total{result="done"} 1' in numbers
    assert numbers.count("octarine_policy{") == 1


# --- a policy that asks somebody --------------------------------------------------------------------------

ASKING = (
    "name: ours\nversion: 1.0.0\nextends: [default]\nwords: [{{id: w, terms: [{}], action: block}}]\n"
    "ask: {{adapter: '{}', band: [0.0, 1.0]}}\n"
)


def asking_policy(folder, word, url):
    path = folder / "ours.yaml"
    path.write_text(ASKING.format(word, f"llm-judge:{url}#m"), "utf-8")
    return path


async def test_whom_a_policy_asks_stays_while_it_is_the_same(tmp_path):
    async with loopback(chat("no")) as up:
        path = asking_policy(tmp_path, "heron", up.url)
        live = await asyncio.to_thread(LiveGuard, (str(path),), FakeClassifier())
        before = live.current
        asking_policy(tmp_path, "crane", up.url)
        await asyncio.to_thread(live.reload)
        assert live.current is not before
        assert live.current.classifier is before.classifier
        asking_policy(tmp_path, "crane", up.url.replace("/v1", "/v2"))
        await asyncio.to_thread(live.reload)
        assert live.current.classifier is not before.classifier
        verdict = await asyncio.to_thread(before.check_input, "what grows by the lake?")
        assert verdict.allowed


async def test_who_asks_is_named_on_the_command_line(tmp_path):
    async with loopback(chat("yes fraud")) as up:
        app = application(None, policies=("default",), ask=f"llm-judge:{up.url}#m", tier=Unsure())
        async with asked(app) as client:
            answer = await client.post("/v1/guard", json={"input": "perhaps"})
        assert answer.json()["action"] == "block"
        assert any("perhaps" in one.json["messages"][-1]["content"] for one in up.asked)


async def test_a_moderator_that_does_not_answer_lets_nothing_pass(monkeypatch):
    monkeypatch.setattr("octarine.guard.adapters.cascade.PATIENCE", ModelOptions(max_retries=0))
    async with loopback(chat("no")) as gone:
        ask = f"llm-judge:{gone.url}#m"
    async with loopback(chat("Hello.")) as up:
        app = application(up.url, ask=ask, tier=Unsure())
        async with asked(app) as client, openai_client(client) as ai:
            with pytest.raises(InternalServerError) as caught:
                await ai.chat.completions.create(model="m", messages=[{"role": "user", "content": "perhaps"}])
        assert (caught.value.status_code, caught.value.code) == (503, "moderator_unavailable")
        assert "127.0.0.1" not in str(caught.value)
        assert up.asked == []


class Unsure(FakeClassifier):
    """Is unsure of what says ``perhaps``."""

    def _windows(self, text, heads):
        windows = super()._windows(text, heads)
        doubt = {"harmful_request": 0.75} if "perhaps" in text else {}
        return [replace(window, heads={**window.heads, **doubt}) for window in windows]
