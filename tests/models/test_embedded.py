"""The embedded model: what is sent to the runtime, and the real thing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool
from octarine.core.errors import (
    BadResponse,
    InputError,
    InternalError,
    MissingExtra,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import InventoriedModel, StreamingModel
from octarine.core.results import Finish, Settings
from octarine.models import ModelOptions, open_model
from octarine.models.embedded import EmbeddedModel
from octarine.models.embedded import runtime as llama_runtime
from octarine.models.embedded.runtime import Call, candidate_threads
from octarine.models.embedded.weights import FetchedWeights

CAPITAL = Conversation.user("What is the capital of France?")
SHORT = Settings(max_tokens=16)


def test_only_one_embedded_model_is_known() -> None:
    with pytest.raises(InputError, match="'llama7'") as caught:
        open_model("embedded:llama7")
    assert "embedded:smollm2" in caught.value.hint


def test_identity_and_capabilities_need_no_start() -> None:
    model = open_model("embedded", ModelOptions(concurrency=3))
    assert model.identity.revision == "b179c9523d0e6a0f-f16-v1"
    assert model.capabilities.concurrency == 3
    assert model.capabilities.local
    assert isinstance(model, StreamingModel)


async def test_asking_before_the_start_is_our_fault() -> None:
    with pytest.raises(InternalError):
        await EmbeddedModel().generate(CAPITAL, SHORT)


_TEXT = (Part.of_text("x"),)


@pytest.mark.parametrize(
    ("conversation", "error"),
    [
        (Conversation(), RequestRejected),
        (Conversation(CAPITAL.messages, (Tool("weather"),)), Unsupported),
        (Conversation((*CAPITAL.messages, Message(Role.TOOL, _TEXT, tool_call_id="1"))), Unsupported),
        (
            Conversation((Message(Role.USER, (Part.of_bytes(Modality.IMAGE, b"x", "image/png"),)),)),
            Unsupported,
        ),
    ],
)
async def test_what_the_model_cannot_take_is_unsupported(
    conversation: Conversation, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await EmbeddedModel().generate(conversation, SHORT)


def test_a_runtime_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtra, match="'embedded'"):
        llama_runtime.runtime()


def test_a_runtime_without_openmp_names_the_system_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "libgomp.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "xllamacpp.py").write_text(f"raise ImportError({text!r})", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with pytest.raises(InputError, match="cannot be loaded: libgomp") as caught:
        llama_runtime.runtime()
    assert "apt-get install libgomp1" in caught.value.hint
    assert "OMP_WAIT_POLICY" not in os.environ


@pytest.mark.parametrize(("cores", "threads"), [(1, [1]), (2, [1, 2]), (4, [1, 2, 4]), (16, [4, 8, 16])])
def test_candidates_for_the_number_of_threads(cores: int, threads: list[int]) -> None:
    assert candidate_threads(cores) == threads


def _answering(*chunks: Any) -> Any:
    """A runtime's handler that hands these chunks to the callback until it is told to stop."""

    def handle(request: Any, callback: Any) -> None:
        for chunk in chunks:
            if callback(chunk):
                return

    return handle


def test_a_runtime_error_becomes_an_error_of_the_model() -> None:
    call = Call({}, lambda chunk: None)
    with pytest.raises(BadResponse, match=r"llama\.cpp failed: broke"):
        call.run(_answering({"error": {"code": 500, "message": "broke"}}))
    with pytest.raises(RequestRejected, match="refused the request: odd"):
        call.run(_answering({"error": {"code": 400, "message": "odd"}}))


def test_an_error_in_reading_a_chunk_leaves_the_callback_and_is_raised() -> None:
    def read(chunk: Any) -> None:
        raise KeyError("content")

    with pytest.raises(KeyError):
        Call({}, read).run(_answering({}))


def test_a_stopped_call_reads_no_more() -> None:
    seen: list[Any] = []
    call = Call({}, lambda chunk: (seen.append(chunk), call.stop()))
    call.run(_answering({"a": 1}, {"b": 2}))
    assert seen == [{"a": 1}]
    call.run(_answering({"c": 3}))
    assert seen == [{"a": 1}]


async def test_it_knows_the_capital_of_france(embedded_model: EmbeddedModel) -> None:
    completion = await embedded_model.generate(CAPITAL, Settings(max_tokens=48))
    assert completion.text == "The capital of France is Paris."
    assert completion.finish is Finish.STOP
    assert completion.usage.input_tokens == 37
    assert completion.usage.output_tokens == 8
    assert 0 < completion.latency_s < 60


async def test_settings_are_honoured(embedded_model: EmbeddedModel) -> None:
    cut = await embedded_model.generate(CAPITAL, Settings(max_tokens=3))
    assert (cut.text, cut.finish) == ("The capital of", Finish.LENGTH)
    stopped = await embedded_model.generate(CAPITAL, Settings(max_tokens=16, stop=(" is",)))
    assert stopped.text == "The capital of France"
    first, same, other = [
        await embedded_model.generate(CAPITAL, Settings(max_tokens=12, temperature=1.5, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert first.text == same.text != other.text
    scored = await embedded_model.generate(CAPITAL, Settings(max_tokens=2, logprobs=3))
    assert [token.token for token in scored.logprobs] == ["The", " capital"]
    assert all(len(token.top) == 3 and token.logprob <= 0 for token in scored.logprobs)


async def test_the_system_message_and_earlier_turns_are_read(embedded_model: EmbeddedModel) -> None:
    said = (Message(Role.ASSISTANT, (Part.of_text("Hello, Zephyrine!"),)),)
    start = Conversation.user("Hi, my name is Zephyrine.", system="You are brief.").messages
    ask = Conversation.user("What is my name?").messages
    completion = await embedded_model.generate(Conversation((*start, *said, *ask)), Settings(max_tokens=24))
    assert "Zephyrine" in completion.text


async def test_a_stream_is_the_answer_in_pieces(embedded_model: EmbeddedModel) -> None:
    deltas = [delta async for delta in embedded_model.stream(CAPITAL, SHORT)]
    assert len(deltas) > 4
    assert deltas[-1].completion is not None
    assert "".join(delta.text for delta in deltas) == deltas[-1].completion.text
    assert deltas[-1].completion.text == "The capital of France is Paris."


async def test_prompts_that_cannot_be_taken(embedded_model: EmbeddedModel) -> None:
    with pytest.raises(RequestRejected, match="takes 2048"):
        await embedded_model.generate(Conversation.user("word " * 3000), SHORT)
    with pytest.raises(RequestRejected, match="cannot be encoded"):
        await embedded_model.generate(Conversation.user("a\ud800b"), SHORT)
    with pytest.raises(RequestRejected, match="takes 2048"):
        async for _ in embedded_model.stream(Conversation.user("word " * 3000), SHORT):
            pass


async def test_more_calls_than_slots_each_get_the_answer_to_their_own_prompt(
    embedded_model: EmbeddedModel,
) -> None:
    asks = ["France", "Italy", "Japan"] * 4
    answers = await asyncio.gather(
        *(
            embedded_model.generate(Conversation.user(f"What is the capital of {country}?"), SHORT)
            for country in asks
        )
    )
    assert len(asks) > embedded_model.capabilities.concurrency
    for country, answer in zip(asks, answers, strict=True):
        assert country in answer.text


async def test_a_cancelled_call_frees_its_slot(embedded_model: EmbeddedModel) -> None:
    long = Settings(max_tokens=1500)
    slots = embedded_model.capabilities.concurrency
    story = Conversation.user("Write a very long story about a lighthouse.")
    tasks = [asyncio.create_task(embedded_model.generate(story, long)) for _ in range(2 * slots)]
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    async for _ in embedded_model.stream(story, long):
        break
    assert (await embedded_model.generate(CAPITAL, SHORT)).text == "The capital of France is Paris."
    # The whole answers would have taken minutes.
    assert time.perf_counter() - began < 20


async def test_its_inventory(embedded_model: EmbeddedModel, weights: FetchedWeights) -> None:
    assert isinstance(embedded_model, InventoriedModel)
    inventory = embedded_model.inventory()
    assert {item.format for item in inventory.artefacts if item.name.endswith(".gguf")} == {"gguf"}
    assert inventory.facts["general.license"] == "apache-2.0"
    assert inventory.facts["weights.sha256"] == weights.source_sha256
    assert inventory.facts["weights.pickle"] == "no"
    assert inventory.facts["tokenizer.chat_template"].startswith("{% for message")


async def test_it_listens_nowhere_that_others_can_reach(embedded_model: EmbeddedModel) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("no /proc")
    opened = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            opened.add(os.readlink(descriptor))
        except FileNotFoundError:
            continue  # the descriptor of this very listing
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    listening = {f"socket:[{line.split()[9]}]" for line in lines if line.split()[3] == "0A"}
    assert not opened & listening


async def test_closing_twice_is_harmless() -> None:
    model = EmbeddedModel()
    await model.aclose()
    await model.aclose()


SCRIPT = """
import asyncio
from octarine.core.content import Conversation
from octarine.core.results import Settings
from octarine.models.embedded import EmbeddedModel

async def main():
    model = EmbeddedModel()
    await model.start()
    ask = model.generate(Conversation.user("Write a very long story."), Settings(max_tokens=1800))
    asyncio.get_running_loop().call_later(1.0, lambda: print("running", flush=True))
    try:
        await asyncio.gather(*[ask])
    finally:
        await model.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_ends_the_process_at_once_and_it_prints_nothing_of_its_own(weights: FetchedWeights) -> None:
    pytest.importorskip("xllamacpp")
    # Its own session, so that the interrupt reaches this process alone.
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OCTARINE_CACHE": str(weights.path.parents[2])},
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
            began = time.perf_counter()
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=30)
        finally:
            process.kill()
    assert time.perf_counter() - began < 10
    assert error.splitlines()[-1] == "KeyboardInterrupt"
    assert error.startswith("Traceback")
