"""How long is waited, and the client's limits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_server import Answer, loopback

from octarine.core.errors import BadResponse, ModelUnavailable
from octarine.models.http.client import HttpClient, Limits, Request, is_loopback
from octarine.models.http.errors import Endpoint
from octarine.models.http.retries import Retries, RetryPolicy, rate_limit_reset, retry_after

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": "20"}, 20.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"x-ratelimit-reset": str((int(NOW.timestamp()) + 30) * 1000)}, 30.0),
        ({"x-ratelimit-reset": "1e300"}, None),
        ({"x-ratelimit-reset": "2026-01-01T12:00:40Z"}, 40.0),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "1m30.5s"}, 90.5),
        ({"x-ratelimit-reset-requests": "20ms"}, 0.02),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "9s"}, 9.0),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "9s",
                "x-ratelimit-remaining-tokens": "500",
            },
            1.0,
        ),
        ({"x-ratelimit-reset": "whenever"}, None),
        ({}, None),
    ],
)
def test_rate_limit_reset(headers: dict[str, str], seconds: float | None) -> None:
    assert rate_limit_reset(headers, now=NOW) == pytest.approx(seconds)


def test_pauses_double_at_most_and_end() -> None:
    policy = RetryPolicy(max_retries=6, base_s=1.0, max_pause_s=8.0)
    drawn = []
    for seed in range(200):
        retries = Retries(policy, np.random.default_rng(seed))
        pauses = [retries.pause(None) for _ in range(6)]
        assert retries.pause(None) is None
        drawn.append(pauses)
    pauses = np.array(drawn, dtype=float)
    ceilings = np.array([1, 2, 4, 8, 8, 8])
    assert (pauses <= ceilings).all()
    # Full jitter: uniform from nothing to the ceiling, so half of it on average.
    np.testing.assert_allclose(pauses.mean(axis=0) / ceilings, 0.5, atol=0.08)


def test_an_endpoint_that_never_answered_is_given_up_sooner() -> None:
    retries = Retries(RetryPolicy(max_retries=5, max_retries_silent=2), np.random.default_rng(0))
    assert [retries.pause(None, silent=True) is None for _ in range(3)] == [False, False, True]


def test_a_long_retry_after_ends_it_and_a_long_reset_is_capped() -> None:
    retries = Retries(RetryPolicy(max_pause_s=60), np.random.default_rng(0))
    assert retries.pause({"retry-after": "61"}) is None
    assert retries.pause({"x-ratelimit-reset-tokens": "6m0s"}) == 60


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12), st.floats(0.01, 100), st.floats(0, 200))
def test_no_call_waits_longer_than_its_budget(seed: int, tries: int, asked: float, budget: float) -> None:
    policy = RetryPolicy(max_retries=tries, max_total_s=budget)
    retries = Retries(policy, np.random.default_rng(seed))
    pauses = []
    while (pause := retries.pause({"retry-after": str(asked)})) is not None:
        pauses.append(pause)
        assert asked <= pause <= policy.max_pause_s
    assert sum(pauses) <= budget
    assert len(pauses) <= tries


def client(**limits: object) -> HttpClient:
    retry = RetryPolicy(max_retries=2, base_s=0.001)
    return HttpClient(Endpoint("test"), Limits(retry=retry, **limits))  # type: ignore[arg-type]


async def test_an_answer_without_end_is_cut_off() -> None:
    async with loopback(Answer(200, {}, (b"x" * 1000,) * 50)) as server:
        calls = client(max_bytes=10_000)
        with pytest.raises(BadResponse, match="more than 10,000 bytes"):
            await calls.send(Request(server.url))
        assert len(server.asked) == 1
        async with calls.stream(Request(server.url)) as (head, pieces):
            assert head.status == 200
            with pytest.raises(BadResponse, match="more than 10,000 bytes"):
                _ = [piece async for piece in pieces]
        await calls.aclose()


async def test_a_unit_is_done_again_as_a_whole() -> None:
    answers = [Answer.of_json(n, status) for n, status in [(1, 200), (2, 500), (3, 200), (4, 200)]]
    async with loopback(*answers) as server:
        calls = client()

        async def unit() -> list[bytes]:
            return [(await calls.once(Request(server.url))).body for _ in range(2)]

        assert await calls.whole(unit) == [b"3", b"4"]
        await calls.aclose()


async def test_a_slot_is_given_back_after_a_failure() -> None:
    async with loopback(Answer.of_json({}, 500)) as server:
        calls = client(concurrency=1)
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await asyncio.wait_for(calls.send(Request(server.url)), 2)
        await calls.aclose()


async def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with loopback(Answer.of_json("direct")) as server:
        calls = client()
        assert (await calls.send(Request(server.url))).body == b'"direct"'
        with pytest.raises(ModelUnavailable):
            await calls.send(Request("http://model.invalid/v1"))
        await calls.aclose()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("127.0.0.1.example", False),
    ],
)
def test_loopback_hosts(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
