"""Which key the model's server sees."""

from __future__ import annotations

import openai
import pytest

from octarine.server.access import read_keys
from tests.models.loopback_server import Answer
from tests.server.guard.running import KEY
from tests.server.guard.test_chat import HELLO, proxied, says


async def test_the_clients_key_goes_on_where_none_is_asked_for():
    async with proxied() as (up, client, _):
        await client.chat.completions.create(model="m", messages=HELLO)
    assert up.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_the_clients_key_stays_here_where_one_is_asked_for(monkeypatch):
    monkeypatch.setenv("OCTARINE_API_KEY", "sk-upstream-0123456789")
    keys = read_keys(None, {"OCTARINE_SERVE_KEYS": f"ana: {KEY}"})
    refused = Answer.of_json({"error": {"message": "no: sk-upstream-0123456789"}}, 401)
    async with proxied(says({"content": "Hi."}), refused, keys=keys) as (up, client, _):
        await client.chat.completions.create(model="m", messages=HELLO)
        with pytest.raises(openai.InternalServerError) as caught:
            await client.chat.completions.create(model="m", messages=HELLO)
    assert [one.headers["authorization"] for one in up.asked] == ["Bearer sk-upstream-0123456789"] * 2
    assert caught.value.code == "upstream_refused_key"
    assert "sk-upstream" not in str(caught.value.body)


async def test_no_key_goes_on_where_there_is_none_for_the_upstream():
    keys = read_keys(None, {"OCTARINE_SERVE_KEYS": f"ana: {KEY}"})
    async with proxied(keys=keys, pass_key=False) as (up, client, _):
        await client.chat.completions.create(model="m", messages=HELLO)
    assert "authorization" not in up.asked[0].headers
