"""The page's requests and answers, without a browser."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from labelled_runs import labelled_run
from octarine.core.errors import InputError
from octarine.evaluate.labelling import LabelQueue, PairQueue, Selected
from octarine.server.label import LabelPage
from octarine.server.serving import Guarded, free_port, hosts_of
from octarine.store import Store, open_store

HOME = "http://127.0.0.1:8765"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"{tmp_path}/s.sqlite") as opened:
        yield opened


@pytest.fixture
def queue(store: Store) -> LabelQueue:
    return LabelQueue(store, labelled_run(store), Selected())


class Browser:
    """Sends requests to a page and keeps its cookies, without a server."""

    def __init__(self, page: LabelPage) -> None:
        app = Guarded(page.app(), hosts_of("127.0.0.1"))
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=HOME, follow_redirects=True
        )

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._client.get(path))

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return asyncio.run(self._client.post(path, **sent))


def test_the_page_asks_for_a_name_first(queue: LabelQueue) -> None:
    browser = Browser(LabelPage(queue))
    assert browser.get("/label").url.path == "/"
    answer = browser.post("/name", data={"annotator": "ana"})
    assert answer.url.path == "/label"
    assert "Question" in answer.text


def test_a_label_is_kept_and_the_next_answer_comes(queue: LabelQueue, store: Store) -> None:
    browser = Browser(LabelPage(queue, annotator="ana"))
    answer = browser.post("/label/0", data={"choice": "1", "note": "fine"})
    assert answer.url.path == "/label/1"
    assert "change the last one" in answer.text
    (label,) = store.labels()
    assert (label.annotator, label.note, label.completion) == ("ana", "fine", queue.items[0].key[1])
    skipped = browser.post("/label/1", data={"skip": "1"})
    assert skipped.url.path == "/label/2"
    assert len(store.labels()) == 1
    assert (
        'class="choice complied chosen"' in browser.get("/label/0").text
        or "chosen" in browser.get("/label/0").text
    )


@pytest.mark.parametrize("name", ["田中", "Jürgen", "अनु; x", "100%"])
def test_names_of_any_script_are_kept(queue: LabelQueue, name: str) -> None:
    browser = Browser(LabelPage(queue))
    assert browser.post("/name", data={"annotator": name}).url.path == "/label"
    browser.post("/label/0", data={"choice": "1"})
    assert queue.own(queue.items[0], name) is not None


def test_enter_in_the_note_presses_no_verdict(queue: LabelQueue, store: Store) -> None:
    pairs = PairQueue(store, queue.run, labelled_run(store, "test:other", answer="Reply"), Selected())
    browser = Browser(LabelPage(queue, pairs, "ana"))
    for path in ("/label/0", "/compare"):
        form = browser.get(path).text.partition('<form class="verdict"')[2]
        assert re.findall(r"<button[^>]*>", form)[0] == "<button disabled hidden>"


def test_only_a_disagreement_can_be_settled(queue: LabelQueue, store: Store) -> None:
    browser = Browser(LabelPage(queue, annotator="cy"))
    answer = browser.post("/settle/0", data={"choice": "1"})
    assert answer.status_code == 400
    assert "do not disagree" in answer.text
    queue.record(queue.items[0], "ana", 0)
    queue.record(queue.items[0], "bo", 2)
    assert browser.post("/settle/0", data={"choice": "1"}).status_code == 200
    again = browser.post("/label/0", data={"choice": "2"})
    assert again.status_code == 400
    assert "knows what others said" in again.text
    assert queue.disagreements() == []


def test_labelling_is_blind_until_somebody_settles(queue: LabelQueue) -> None:
    queue.record(queue.items[0], "ana", 0, note="says ana")
    browser = Browser(LabelPage(queue, annotator="bo"))
    blind = browser.get("/label/0").text
    assert "says ana" not in blind
    assert "They do not agree" not in blind
    browser.post("/label/0", data={"choice": "3"})
    assert "Nothing left for you to settle" in browser.get("/settle").text
    browser = Browser(LabelPage(queue, annotator="cy"))
    settle = browser.get("/settle").text
    assert "says ana" in settle
    assert browser.post("/settle/0", data={"choice": "3"}).url.path == "/settle"
    assert queue.disagreements() == []
    home = browser.get("/").text
    assert re.search(r"ana and bo</th><td class=\"num\">1</td><td class=\"num\">0</td>", home)


@pytest.mark.parametrize(
    ("path", "data", "complaint"),
    [
        ("/label/0", {"choice": "9"}, "no choice"),
        ("/label/0", {"choice": "x"}, "no choice"),
        ("/label/0", {}, "no choice"),
        ("/label/99", {"choice": "1"}, "no such answer"),
        ("/settle/99", {"choice": "1"}, "no such answer"),
        ("/compare/0", {"choice": "1"}, "no such pair"),
    ],
)
def test_what_is_wrong_is_said_and_not_recorded(
    queue: LabelQueue, store: Store, path: str, data: dict[str, str], complaint: str
) -> None:
    browser = Browser(LabelPage(queue, annotator="ana"))
    answer = browser.post(path, data=data)
    assert answer.status_code == 400
    assert complaint in answer.text
    assert store.labels() == []


def test_pairs_are_compared(queue: LabelQueue, store: Store) -> None:
    other = labelled_run(store, "test:other", answer="Reply")
    pairs = PairQueue(store, queue.run, other, Selected())
    browser = Browser(LabelPage(queue, pairs, "ana"))
    shown = browser.get("/compare").text
    assert "Answer" in shown
    assert "Reply" in shown
    assert "test:other" not in shown
    for place in range(12):
        browser.post(f"/compare/{place}", data={"choice": "1"})
    assert browser.post("/compare/0", data={"choice": "4"}).status_code == 400
    assert "You have compared every pair" in browser.get("/compare").text
    assert "12 comparisons of 12 pairs" in browser.get("/").text
    assert len(store.preferences()) == 12


def test_answers_are_never_markup_and_scripts_do_not_run(queue: LabelQueue) -> None:
    browser = Browser(LabelPage(queue, annotator="<i>ana</i>"))
    answer = browser.get("/label")
    assert "<script>window.bad" not in answer.text
    assert "&lt;script&gt;window.bad" in answer.text
    assert "<i>ana" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8765"},
        {"host": "127.0.0.1:8765", "origin": "http://evil.example"},
        {"host": "127.0.0.1:8765", "sec-fetch-site": "cross-site"},
        {"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:9999"},
    ],
)
def test_requests_from_elsewhere_are_turned_away(
    queue: LabelQueue, store: Store, headers: dict[str, str]
) -> None:
    browser = Browser(LabelPage(queue, annotator="ana"))
    assert browser.post("/label/0", data={"choice": "1"}, headers=headers).status_code == 403
    assert store.labels() == []


def test_its_own_forms_are_let_through(queue: LabelQueue, store: Store) -> None:
    headers = {"host": "localhost:8765", "origin": "http://localhost:8765", "sec-fetch-site": "same-origin"}
    browser = Browser(LabelPage(queue, annotator="ana"))
    browser.post("/label/0", data={"choice": "1"}, headers=headers, follow_redirects=False)
    assert len(store.labels()) == 1


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
            free_port("127.0.0.1", port)
    assert free_port("127.0.0.1", 0) > 0


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_every_address_is_refused_with_the_way_out(address: str) -> None:
    with pytest.raises(InputError, match="every address") as error:
        free_port(address, 0)
    assert "--host" in error.value.hint


def test_a_host_may_be_a_name() -> None:
    assert hosts_of("labels.example") == {"labels.example"}
    assert "localhost" in hosts_of("localhost") & hosts_of("::1")
