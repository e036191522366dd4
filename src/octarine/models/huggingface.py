"""``hf:org/name`` or ``hf:folder``: weights run on this machine by transformers.

Only safetensors are read and no code of the repository is run. ``hf:org/name@revision`` pins a branch, a tag
or a commit. A model without a chat template gets the texts of the turns, one after the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from octarine.core.codec import digest
from octarine.core.content import Conversation, Modality, Role
from octarine.core.errors import (
    InputError,
    MissingExtra,
    ModelNotFound,
    ModelUnavailable,
    OctarineError,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import Capabilities, Inventory
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, TokenLogprob, Usage
from octarine.models.inventory import read_inventory
from octarine.models.names import ModelOptions

Turns = list[dict[str, str]]

_COMMIT = re.compile(r"@[0-9a-f]{40}$")


@dataclass(frozen=True, slots=True)
class Generated:
    """What came out: the text, whether the model ended it itself, and the counts of tokens."""

    text: str
    ended: bool
    input_tokens: int
    output_tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()


class Engine(Protocol):
    """Loaded weights, and the folder that they were read from. Called from one thread only."""

    revision: str
    folder: Path | None

    def generate(self, turns: Turns, settings: Settings) -> Generated:
        """The next turn."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where the weights are: a folder, or a repository of the hub at a revision (None: its main branch)."""

    name: str
    revision: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder, where it is one."""
        path = Path(self.name).expanduser()
        return path if path.is_dir() else None


def open_model(rest: str, options: ModelOptions) -> HuggingFaceModel:
    """``hf:rest``."""
    source = source_of(rest)
    return HuggingFaceModel(f"hf:{rest}", options, lambda: load(source))


def source_of(rest: str) -> Source:
    """Take ``rest`` apart.

    Raises:
        InputError: it is neither a folder with safetensors nor a repository's name.
    """
    whole = Source(rest)
    if whole.folder is not None:
        if not list(whole.folder.glob("*.safetensors")):
            raise InputError(
                f"there are no *.safetensors in '{rest}'",
                hint="Other formats of weights can run code when read. Convert them with save_pretrained.",
            )
        return whole
    name, _, revision = rest.partition("@")
    parts = name.split("/")
    if len(parts) > 2 or not all(parts) or rest.startswith((".", "~")):
        raise InputError(
            f"'{rest}' is neither a folder nor a repository's name", hint="For example:  hf:org/name"
        )
    return Source(name, revision or None)


class HuggingFaceModel:
    """Local generation, one call at a time.

    Args:
        load: gives the loaded weights; runs in the model's own thread, once.
    """

    def __init__(self, name: str, options: ModelOptions, load: Callable[[], Engine]) -> None:
        if options.concurrency is not None and options.concurrency > 1:
            raise InputError(
                "hf: generates one answer at a time", hint="Leave the concurrency out, or serve it with vLLM."
            )
        self._name = name
        self._load = load
        self._engine: Engine | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="huggingface")

    @property
    def identity(self) -> ModelIdentity:
        """The name, and after ``start`` the commit, or the hash of the folder's weights, as revision."""
        return ModelIdentity(self._name, self._engine.revision if self._engine else "")

    @property
    def capabilities(self) -> Capabilities:
        """Text only. Tools are not offered, because every model writes its calls in its own way."""
        return Capabilities(concurrency=1, local=True, logprobs=True)

    async def start(self) -> None:
        """Load the weights; a repository's are fetched first.

        Raises:
            MissingExtra: transformers or torch is not installed.
            InputError: the weights are no safetensors, or want code of their own to be run.
            ModelNotFound, ModelUnavailable: there is no such repository, or the hub cannot be reached.
        """
        if self._engine is None:
            self._engine = await self._in_thread(self._load)

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The next message."""
        turns = chat_turns(conversation)
        await self.start()
        assert self._engine is not None
        started = time.monotonic()
        made: Generated = await self._in_thread(self._engine.generate, turns, settings)
        text, stopped = cut_at(made.text, settings.stop)
        return Completion.of_text(
            text,
            finish=Finish.STOP if made.ended or stopped else Finish.LENGTH,
            usage=Usage(made.input_tokens, made.output_tokens),
            latency_s=time.monotonic() - started,
            logprobs=made.logprobs,
        )

    def inventory(self) -> Inventory:
        """The files that were loaded, and what they say of themselves. Empty before ``start``.

        ``weights.pinned`` is ``yes`` where the name holds a whole commit, which cannot be moved.
        """
        folder = self._engine.folder if self._engine else None
        found = read_inventory(folder) if folder else Inventory()
        if not _COMMIT.search(self._name):
            return found
        return replace(found, facts={**found.facts, "weights.pinned": "yes"})

    async def aclose(self) -> None:
        """Let go of the weights."""
        self._engine = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)


def chat_turns(conversation: Conversation) -> Turns:
    """The messages as a chat template takes them.

    Raises:
        Unsupported: for anything but text, and for tools.
    """
    if conversation.modalities - {Modality.TEXT}:
        raise Unsupported(f"hf: takes text only, not {min(conversation.modalities - {Modality.TEXT})}")
    if conversation.tools or any(m.role is Role.TOOL or m.tool_calls for m in conversation.messages):
        raise Unsupported("hf: takes no tools", hint="Serve the model (vLLM, llama.cpp) and name its URL.")
    return [{"role": message.role.value, "content": message.text} for message in conversation.messages]


def without_system(turns: Turns) -> Turns:
    """The same with the system texts put before the first user's, for templates that know no such role."""
    system = [turn["content"] for turn in turns if turn["role"] == "system"]
    rest = [dict(turn) for turn in turns if turn["role"] != "system"]
    for turn in rest:
        if turn["role"] == "user":
            turn["content"] = "\n\n".join([*system, turn["content"]])
            break
    return rest


def cut_at(text: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    """``text`` up to the first of ``stops``, and whether there was one."""
    places = [place for place in (text.find(stop) for stop in stops if stop) if place >= 0]
    return (text[: min(places)], True) if places else (text, False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights and tokenizer, on their device.

    Attributes:
        revision: the commit, or the hash of the folder.
        folder: where the files lie, where that is known.
    """

    model: Any
    tokenizer: Any
    revision: str
    folder: Path | None


def load(source: Source, engine: Callable[[Loaded], Engine] | None = None) -> Engine:
    """A model that generates; see ``load_weights``.

    Args:
        engine: how it is asked; with its chat template where it is left out.
    """
    return (engine or TorchEngine)(load_weights(source))


def load_weights(source: Source, kind: str = "AutoModelForCausalLM") -> Loaded:
    """Read tokenizer and weights onto the best device here: CUDA, then Metal, then the processor.

    Args:
        kind: the class of transformers that reads the weights.

    Raises:
        MissingExtra: transformers or torch is not installed.
        InputError: the weights are no safetensors, or want code of their own to be run.
        ModelNotFound, ModelUnavailable: there is no such repository, or the hub cannot be reached.
    """
    try:
        import torch
        import transformers
    except ImportError:
        raise MissingExtra("hf", f"'hf:{source.name}'") from None
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    where = {"revision": source.revision, "trust_remote_code": False}
    name = str(source.folder or source.name)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, **where)
        model = getattr(transformers, kind).from_pretrained(
            name,
            **where,
            use_safetensors=True,
            # Half precision on a processor is emulated, and slow.
            dtype=torch.float32 if device == "cpu" else "auto",
        )
    except (OSError, ValueError, ImportError) as error:
        raise _load_error(source, error) from error
    folder = source.folder
    revision = folder_revision(folder) if folder else getattr(model.config, "_commit_hash", None) or ""
    if folder is None:
        cached = transformers.utils.cached_file(name, "config.json", revision=source.revision)
        folder = Path(cached).parent if cached else None
    return Loaded(model.to(device).eval(), tokenizer, revision, folder)


def folder_revision(folder: Path) -> str:
    """SHA-256 over the names and contents of the weights, the configuration and the tokenizer."""
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in {".safetensors", ".json", ".jinja", ".model", ".txt"}:
            with path.open("rb") as file:
                hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digest(hashes)


def _load_error(source: Source, error: Exception) -> OctarineError:
    first_line = next(iter(str(error).strip().splitlines()), repr(error))
    told = f"'hf:{source.name}' cannot be loaded: {first_line}"
    words = str(error).lower()
    if "trust_remote_code" in words:
        return InputError(told, hint="It needs code of its own to be run, which Octarine does not do.")
    if "safetensors" in words:
        return InputError(told, hint="Only safetensors are read; other formats of weights can run code.")
    if "connect" in words or "offline" in words:
        return ModelUnavailable(told, hint="Fetch it where there is a network, then name its folder.")
    if isinstance(error, OSError):
        return ModelNotFound(told, hint="Check the name; a private repository needs 'hf auth login'.")
    return InputError(told)


class TorchEngine:
    """Generation behind the model's own chat template."""

    def __init__(self, loaded: Loaded) -> None:
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self.revision = loaded.revision
        self.folder = loaded.folder

    def generate(self, turns: Turns, settings: Settings) -> Generated:
        """What the model says next."""
        import torch

        inputs = self.inputs(turns)
        length = inputs["input_ids"].shape[1]
        self._check_length(length, settings)
        try:
            with torch.inference_mode(), torch.random.fork_rng():
                torch.manual_seed(settings.seed)
                made = self._model.generate(**inputs, **self._arguments(settings))
        except RuntimeError as error:
            raise RequestRejected(f"the model failed on this input: {error}") from error
        tokens = made.sequences[0, length:].tolist()
        return Generated(
            text=self._tokenizer.decode(tokens, skip_special_tokens=True),
            ended=bool(tokens) and tokens[-1] in self._end_tokens(),
            input_tokens=length,
            output_tokens=len(tokens),
            logprobs=self._logprobs(tokens, made.logits, settings.logprobs) if settings.logprobs else (),
        )

    def inputs(self, turns: Turns) -> Any:
        """Tensors that generation begins with, on the model's device."""
        if not self._tokenizer.chat_template:
            text = "\n".join(turn["content"] for turn in turns)
            return self._tokenizer(text, return_tensors="pt").to(self._model.device)
        from jinja2 import TemplateError

        try:
            return self._templated(turns)
        except TemplateError as first:
            try:
                return self._templated(without_system(turns))
            except TemplateError:
                raise RequestRejected(f"the model's chat template refuses these turns: {first}") from first

    def _templated(self, turns: Turns) -> Any:
        given = self._tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        return given.to(self._model.device)

    def _arguments(self, settings: Settings) -> dict[str, Any]:
        sampling = settings.temperature > 0
        arguments: dict[str, Any] = {
            "max_new_tokens": settings.max_tokens,
            "do_sample": sampling,
            # The three are set in both cases, so that the model's own defaults do not creep in.
            "temperature": settings.temperature if sampling else None,
            "top_p": settings.top_p if sampling else None,
            "top_k": 0 if sampling else None,
            "pad_token_id": self._tokenizer.pad_token_id or next(iter(self._end_tokens()), None),
            "return_dict_in_generate": True,
            "output_logits": settings.logprobs > 0,
        }
        if settings.stop:
            arguments |= {"stop_strings": list(settings.stop), "tokenizer": self._tokenizer}
        return arguments

    def _check_length(self, length: int, settings: Settings) -> None:
        longest = getattr(self._model.config, "max_position_embeddings", None)
        if longest and length + settings.max_tokens > longest:
            raise RequestRejected(
                f"{length} tokens of prompt and {settings.max_tokens} of answer are more than "
                f"the model's {longest}",
                hint="Ask for fewer tokens.",
            )

    def _end_tokens(self) -> tuple[int, ...]:
        end = self._model.generation_config.eos_token_id
        if end is None:
            return ()
        return tuple(end) if isinstance(end, list) else (end,)

    def _logprobs(self, tokens: list[int], logits: Any, count: int) -> tuple[TokenLogprob, ...]:
        found = []
        for token, step in zip(tokens, logits, strict=False):
            scores = step[0].float().log_softmax(-1)
            best = scores.topk(min(count, scores.shape[-1]))
            top = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            named = {self._tokenizer.decode([other]): value for other, value in top}
            found.append(TokenLogprob(self._tokenizer.decode([token]), float(scores[token]), named))
        return tuple(found)
