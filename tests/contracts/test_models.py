"""What every registered model owes, whoever wrote it: before a call, in one, and after the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from octarine.core.content import Conversation, Modality
from octarine.core.errors import InputError, OctarineError
from octarine.core.protocols import InventoriedModel, Inventory, Model, StreamingModel, TimedModel
from octarine.core.registry import registry
from octarine.core.results import Completion, Settings
from octarine.evaluate import Job, Selection, evaluate, open_benchmark
from octarine.models import ModelOptions, open_model
from octarine.store import open_store
from octarine.workflows.assess import write_reports
from tests.models.loopback_server import Answer, Asked, chat, loopback

KEY = "sk-contract-0123456789abcdef"
ENDPOINT = """
url: {url}/ask
headers: {{Authorization: "Bearer ${{CONTRACT_KEY}}"}}
request: {{prompt: "{{{{prompt}}}}"}}
answer: $.choices[0].message.content
"""


@dataclass(frozen=True)
class Case:
    """``name`` makes the model's name out of a folder and the address of a server; ``answers`` says whether
    the model can be asked here."""

    name: Callable[[Path, str], str]
    answers: bool = True


def python_function(folder: Path, url: str) -> str:
    (folder / "contract_bot.py").write_text(
        "def reply(prompt: str) -> str:\n    return prompt[::-1]\n", "utf-8"
    )
    return "python:contract_bot:reply"


def json_endpoint(folder: Path, url: str) -> str:
    path = folder / "endpoint.yaml"
    path.write_text(ENDPOINT.format(url=url), "utf-8")
    return f"http-json:{path}"


CASES = {
    "bedrock": Case(lambda folder, url: "bedrock:amazon.nova-lite-v1:0", answers=False),
    "embedded": Case(lambda folder, url: "embedded:smollm2", answers=False),
    "guarded": Case(lambda folder, url: "guarded:personal-data@scripted:echo"),
    "hf": Case(lambda folder, url: "hf:org/name", answers=False),
    "http": Case(lambda folder, url: f"{url}#contract"),
    "http-json": Case(json_endpoint),
    "https": Case(lambda folder, url: "https://host.invalid/v1#contract", answers=False),
    "inspect": Case(lambda folder, url: "inspect:mockllm/model", answers=False),
    "openai": Case(lambda folder, url: "openai:contract"),
    "python": Case(python_function),
    "sandboxed": Case(lambda folder, url: "sandboxed:scripted:echo"),
    "scripted": Case(lambda folder, url: "scripted:echo"),
}
"""Scheme → how the contract is tried on it. A scheme without an entry here fails the first test."""
SCHEMES = registry.names("model")
ANSWERING = [scheme for scheme in SCHEMES if scheme in CASES and CASES[scheme].answers]
ONE_AT_A_TIME = ["hf"]
OVER_HTTP = ["http", "http-json", "openai"]


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    for variable in ("OPENAI_API_KEY", "OCTARINE_API_KEY", "CONTRACT_KEY"):
        monkeypatch.setenv(variable, KEY)


def opened(scheme: str, folder: Path, url: str = "http://127.0.0.1:9/v1", **options: int) -> Model:
    try:
        return open_model(CASES[scheme].name(folder, url), ModelOptions(**options))
    except OctarineError as error:
        if type(error).__name__ == "MissingExtra":
            pytest.skip(error.message)
        raise


@asynccontextmanager
async def answering(
    scheme: str, folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer | Callable[[Asked], Answer]
) -> AsyncIterator[Model]:
    async with loopback(answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        model = opened(scheme, folder, server.url)
        try:
            yield model
        finally:
            await model.aclose()


def test_every_scheme_is_tried():
    assert set(SCHEMES) == set(CASES)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_opening_it_calls_nobody_and_tells_what_it_is(scheme, tmp_path):
    model = opened(scheme, tmp_path)
    assert isinstance(model, Model)
    assert model.identity == opened(scheme, tmp_path).identity
    assert model.identity.name == model.identity.name.strip() != ""
    assert KEY not in f"{model.identity!r}{model!r}{model.capabilities!r}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_its_capabilities_are_true_to_its_methods(scheme, tmp_path):
    model = opened(scheme, tmp_path)
    found = model.capabilities
    assert found == model.capabilities
    assert Modality.TEXT in found.inputs & found.outputs
    assert found.concurrency >= 1
    assert not found.streaming or isinstance(model, StreamingModel)
    assert opened(scheme, tmp_path, concurrency=1).capabilities.concurrency == 1
    if scheme not in ONE_AT_A_TIME:
        assert opened(scheme, tmp_path, concurrency=3).capabilities.concurrency == 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_it_can_tell_is_there_before_it_starts(scheme, tmp_path):
    model = opened(scheme, tmp_path)
    if isinstance(model, InventoriedModel):
        assert isinstance(model.inventory(), Inventory)
    if isinstance(model, TimedModel):
        assert model.timings == {}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_closing_what_never_started_is_harmless(scheme, tmp_path):
    model = opened(scheme, tmp_path)
    await model.aclose()
    await model.aclose()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("rest", ["", "/", "//"])
def test_a_scheme_alone_is_no_name(scheme, rest):
    with pytest.raises(InputError, match="says nothing"):
        open_model(f"{scheme}:{rest}")


@pytest.mark.parametrize("scheme", ANSWERING)
async def test_it_answers_many_at_once_and_stays_who_it_is(scheme, tmp_path, monkeypatch):
    async with answering(scheme, tmp_path, monkeypatch, chat("A wren.")) as model:
        before = model.identity
        await model.start()
        await model.start()
        assert model.identity == before
        prompts = [Conversation.user(f"Bird {n}?") for n in range(12)]
        found = await asyncio.gather(*(model.generate(prompt, Settings(max_tokens=16)) for prompt in prompts))
        assert all(isinstance(completion, Completion) and completion.text for completion in found)
        assert all(not completion.error and completion.latency_s >= 0.0 for completion in found)
        assert model.identity == before
        await model.aclose()


@pytest.mark.parametrize("scheme", ANSWERING)
async def test_a_folder_of_artefacts_takes_nothing_away(scheme, tmp_path, monkeypatch):
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "LICENSE").write_text("Apache License, Version 2.0", "utf-8")
    async with loopback(chat("A wren.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        plain = opened(scheme, tmp_path, server.url)
        name = CASES[scheme].name(tmp_path, server.url)
        model = open_model(name, ModelOptions(artefacts=tmp_path / "card"))
        assert (model.identity, model.capabilities) == (plain.identity, plain.capabilities)
        assert isinstance(model, InventoriedModel)
        assert [artefact.name for artefact in model.inventory().artefacts] == ["LICENSE"]
        await model.start()
        assert isinstance(model, TimedModel)
        assert all(seconds >= 0.0 for seconds in model.timings.values())
        assert (await model.generate(Conversation.user("Bird?"), Settings())).text
        await model.aclose()
        await plain.aclose()


@pytest.mark.parametrize("scheme", OVER_HTTP)
async def test_a_key_is_sent_and_found_nowhere_afterwards(scheme, tmp_path, monkeypatch, capfd, caplog):
    """Not in the store, a report or a log, although the endpoint repeats it in answers and in errors."""
    sent = []

    def telltale(asked: Asked) -> Answer:
        sent.append(asked.headers.get("authorization"))
        if len(sent) % 5 == 0:
            return Answer.of_json({"error": {"message": f"quota of {KEY} is odd"}}, 400)
        return chat(f"You sent me {sent[-1]}.")

    caplog.set_level("DEBUG")
    path = tmp_path / "results.sqlite"
    job = Job(open_benchmark("octarine"), Selection("quick", limit=40))
    with open_store(str(path)) as store:
        async with answering(scheme, tmp_path, monkeypatch, telltale) as model:
            found = await evaluate(model, job, store)
        reports = write_reports(found.scorecard, store, tmp_path / "out", registry.names("report"))
        results = list(store.results(found.run.id))
    assert set(sent) == {f"Bearer {KEY}"}
    assert any("***" in result.completion.text for result in results)
    assert any(result.completion.error for result in results)
    written = [*reports, *tmp_path.glob("results.sqlite*")]
    assert len(written) > len(reports)
    for file in written:
        assert KEY.encode() not in file.read_bytes(), file.name
    assert KEY not in "".join([*capfd.readouterr(), caplog.text, repr(found), repr(results)])
