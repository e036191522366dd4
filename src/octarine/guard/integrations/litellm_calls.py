"""The kinds of calls of LiteLLM's proxy: how each is looked at, or why it is refused.

The names are those of ``litellm.types.utils.CallTypes`` and of the proxy's routes. A kind that is in neither
list, one of a later release, is refused, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Judged
from octarine.guard.chat.refusals import invalid
from octarine.guard.chat.slots import Slot, bounded, field_leaves, leaves
from octarine.guard.conversations.positions import OUTPUT
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import Asked, Dialect, Json, Limits, Unstreamed
from octarine.guard.dialects.embeddings import Embeddings
from octarine.guard.dialects.responses import Responses

CONTENT = (
    "messages", "prompt", "input", "instructions", "system", "suffix", "query", "documents", "tools",
    "functions", "response_format", "prediction", "text", "reasoning", "extra_body", "file", "image", "mask",
    "contents", "systemInstruction", "system_instruction", "config", "generationConfig",
)  # fmt: skip
"""Fields of a request that a model reads; all else in ``data`` is LiteLLM's own."""


def _both(*names: str) -> frozenset[str]:
    """Each name, and that of the same call awaited."""
    return frozenset(kind + name for kind in ("", "a") for name in names)


GUARDED = _both(
    "completion", "text_completion", "responses", "anthropic_messages", "generate_content",
    "generate_content_stream", "embedding", "moderation", "rerank", "search", "vector_store_search",
    "image_generation", "image_edit", "speech", "transcription",
)  # fmt: skip
"""Kinds of calls whose content stands in ``CONTENT``."""
REFUSED: Mapping[str, frozenset[str]] = {
    "it passes on what the client sends as it is, in a form that nobody here knows": _both(
        "pass_through_endpoint", "llm_passthrough_route",
    ),
    "it opens a conversation that goes past the guard": _both(
        "_arealtime", "_aresponses_websocket", "create_realtime_client_secret", "realtime_calls",
        "create_realtime_transcription_session",
    ),
    "what the tool gives back would not come through the guard": _both(
        "call_mcp_tool", "list_mcp_tools", "run_code", "code_interpreter_tool", "create_sandbox",
        "delete_sandbox",
    ),
    "it speaks to an agent that has a history and tools of its own": _both(
        "send_message", "create_interaction", "get_interaction", "delete_interaction", "cancel_interaction",
        "create_skill", "create_agent",
    ),
    "it runs or fetches what is stored, past the guard": _both(
        "get_responses", "delete_responses", "cancel_responses", "compact_responses", "list_input_items",
        "create_batch", "retrieve_batch", "cancel_batch", "create_file", "file_retrieve", "file_delete",
        "file_list", "file_content", "create_fine_tuning_job", "cancel_fine_tuning_job",
        "list_fine_tuning_jobs", "retrieve_fine_tuning_job", "vector_store_create",
        "vector_store_file_create", "vector_store_file_list", "vector_store_file_retrieve",
        "vector_store_file_content", "vector_store_file_update", "vector_store_file_delete", "ingest",
        "query", "create_container", "list_containers", "retrieve_container", "delete_container",
        "list_container_files", "upload_container_file",
    ),
    "assistants keep the conversation, past the guard": frozenset({"a_add_message"}) | _both(
        "get_assistants", "create_assistants", "delete_assistant", "create_thread", "get_thread",
        "add_message", "get_messages", "run_thread", "run_thread_stream",
    ),
    "its content is no text": _both(
        "ocr", "create_video", "video_generation", "video_retrieve", "video_content", "video_remix",
        "video_list", "video_retrieve_job", "video_delete", "video_create_character", "video_get_character",
        "video_edit", "video_extension",
    ),
    "nobody here knows where its content stands": _both("decisions", "systemone"),
}  # fmt: skip
"""Why → kinds of calls that are never passed on."""
_GIVES = {"image_generation": "picture", "image_edit": "picture", "speech": "sound"}
"""Kinds of calls whose answer is no text → the policy's word for what it is."""
_PICTURE = "b64_json"
"""Field of an answer that holds a picture."""
_FILES = ("inlineData", "inline_data", "fileData", "file_data")
"""Parts of ``contents`` that are no text."""


def why_refused(kind: str) -> str:
    """Why calls of a kind are not passed on; empty where they are looked at."""
    if kind in GUARDED:
        return ""
    return next((why for why, kinds in REFUSED.items() if kind in kinds), "nobody here knows this kind")


def dialect_of(data: Json, kind: str) -> Dialect[Any]:
    """How a call's content is written."""
    if isinstance(data.get("messages"), list):
        return Chat()
    if "responses" in kind:
        return Responses()
    if "embedding" in kind:
        return Embeddings()
    return Other(_GIVES.get(kind, "") or _GIVES.get(kind.removeprefix("a"), ""))


class Other(Unstreamed):
    """Requests that are no chat: every text counts.

    Args:
        gives: what its answer is, where that is no text, in the policy's word: the policy says whether that
            may be asked for, since nothing here can look into it.
    """

    path = ""

    def __init__(self, gives: str = "") -> None:
        self._gives = gives

    def read(self, body: Json, limits: Limits) -> Asked:
        """See ``Dialect``."""
        for name in ("prompt", "input"):
            if _holds_tokens(body.get(name)):
                raise invalid(
                    f"'{name}' holds tokens, and nothing here can read them. Send text.",
                    name,
                    "unsupported_content",
                )
        slots = [slot for name in CONTENT if name in body for slot in field_leaves(body, name, "", "user")]
        slots += _files(body.get("contents"), "contents")
        if not slots:
            raise invalid("The guard finds nothing in this request that it could look at.")
        if self._gives:
            slots.append(Slot("user", "answer", None, unscannable=self._gives))
        return Asked(body, bounded(slots, limits.characters), model=str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """See ``Dialect``."""
        said = (slot for slot in leaves(body, "", OUTPUT) if not (self._gives and slot.key == _PICTURE))
        pieces, verdict, _ = check.judge(said)
        return Judged(body, tuple(pieces), verdict)

    def refused(self, name: str, question: Asked, verdict: Verdict) -> None:
        """None: no answer says it."""


def _holds_tokens(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_tokens, value))
    return isinstance(value, int | float)


def _files(node: Any, path: str) -> Iterator[Slot]:
    """What is no text at and below ``node``."""
    if isinstance(node, dict):
        yield from (Slot("user", f"{path}.{n}", None, unscannable="document") for n in _FILES if node.get(n))
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _files(one, path)
