"""``bedrock:MODEL``: the Converse API of Amazon Bedrock, for text, pictures, documents, video and tools.

``MODEL`` is a model id, an inference profile or an ARN. Credentials and region come from where boto3 looks
(environment, profile, role). Converse takes no seed: ``Settings.seed`` stays with the record only.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from octarine.core.codec import canonical
from octarine.core.content import Conversation, Message, Modality, Part, Role, ToolCall
from octarine.core.errors import (
    AuthenticationError,
    BadResponse,
    InputError,
    MissingExtra,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    OctarineError,
    RateLimited,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import Capabilities
from octarine.core.redact import redact
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, Usage
from octarine.models.content_json import paired_tool_results, part_bytes
from octarine.models.names import ModelOptions

_DEFAULT_CONCURRENCY = 8
_CONNECT_S = 10
_Block = dict[str, Any]

_FINISH = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "guardrail_intervened": Finish.FILTERED,
    "content_filtered": Finish.FILTERED,
    "malformed_model_output": Finish.ERROR,
    "malformed_tool_use": Finish.ERROR,
}
_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException"})
_REFUSED_KEY = frozenset(
    {
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "ExpiredToken",
        "IncompleteSignature",
        "MissingAuthenticationTokenException",
        "InvalidClientTokenId",
    }
)
_FOR_NOW = frozenset(
    {
        "ModelTimeoutException",
        "ModelNotReadyException",
        "ModelErrorException",
        "InternalServerException",
        "ServiceUnavailableException",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_KEY_HELP = (
    "Credentials come from the environment (AWS_ACCESS_KEY_ID …, AWS_BEARER_TOKEN_BEDROCK), a profile "
    "(AWS_PROFILE) or a role; the account needs bedrock:InvokeModel and access to this model in this region."
)
_SUFFIXES = {"jpg": "jpeg", "plain": "txt", "markdown": "md", "quicktime": "mov", "x-matroska": "mkv"}
_OFFICE = {
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def open_model(rest: str, options: ModelOptions) -> BedrockModel:
    """``bedrock:rest``."""
    return BedrockModel(rest, options)


class BedrockModel:
    """A model on Amazon Bedrock. boto3 blocks, so each call runs in one of ``concurrency`` threads.

    Args:
        client: a ``bedrock-runtime`` client to use instead of making one.
    """

    def __init__(self, model_id: str, options: ModelOptions, *, client: Any = None) -> None:
        self._model_id = model_id
        self._options = options
        self._client = client
        concurrency = options.concurrency or _DEFAULT_CONCURRENCY
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="bedrock")
        inputs = {Modality.TEXT, Modality.IMAGE, Modality.DOCUMENT, Modality.VIDEO}
        self._capabilities = Capabilities(inputs=frozenset(inputs), tools=True, concurrency=concurrency)

    @property
    def identity(self) -> ModelIdentity:
        """The model id, which carries its version."""
        return ModelIdentity(f"bedrock:{self._model_id}")

    @property
    def capabilities(self) -> Capabilities:
        """What Converse has; a model that lacks some of it rejects the request."""
        return self._capabilities

    async def start(self) -> None:
        """Make the client.

        Raises:
            MissingExtra: boto3 is not installed.
            InputError: no region is set.
            AuthenticationError: there are no credentials.
        """
        if self._client is None:
            self._client = await self._in_thread(self._make_client)

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """One call of Converse. A guardrail that stepped in is a completion (``Finish.FILTERED``)."""
        if settings.logprobs:
            raise Unsupported(f"{self.identity.name}: Converse returns no log-probabilities")
        await self.start()
        request = converse_request(self._model_id, conversation, settings)
        started = time.monotonic()
        answer = await self._in_thread(self._converse, request)
        return completion_from(answer, time.monotonic() - started)

    async def aclose(self) -> None:
        """Close the connections and end the threads."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, call: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    def _make_client(self) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise MissingExtra("bedrock", f"'{self.identity.name}'") from None
        config = Config(
            # boto3's own retries: exponential with jitter, and a rate limit of its own once it was throttled.
            retries={"mode": "adaptive", "total_max_attempts": self._options.max_retries + 1},
            read_timeout=self._options.timeout_s,
            connect_timeout=min(_CONNECT_S, self._options.timeout_s),
            max_pool_connections=self._capabilities.concurrency,
        )
        try:
            # boto3 reads AWS_DEFAULT_REGION only; the other AWS tools, and Lambda, go by AWS_REGION.
            session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
            if not os.environ.get("AWS_BEARER_TOKEN_BEDROCK") and session.get_credentials() is None:
                raise AuthenticationError("no AWS credentials were found", hint=_KEY_HELP)
            return session.client("bedrock-runtime", config=config)
        except BotoCoreError as error:
            raise self._translated(error) from error

    def _converse(self, request: _Block) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._client.converse(**request)
        except (BotoCoreError, ClientError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> OctarineError:
        from botocore import exceptions as botocore

        told = redact(f"{self.identity.name}: {error}")
        if isinstance(error, botocore.ClientError):
            return _service_error(error.response, told)
        if isinstance(error, botocore.NoRegionError):
            return InputError(
                f"{self.identity.name}: no AWS region is set", hint="Set AWS_REGION or AWS_PROFILE."
            )
        no_key = (
            botocore.NoCredentialsError,
            botocore.PartialCredentialsError,
            botocore.CredentialRetrievalError,
            botocore.TokenRetrievalError,
            botocore.SSOError,
            botocore.ProfileNotFound,
        )
        if isinstance(error, no_key):
            return AuthenticationError(told, hint=_KEY_HELP)
        if isinstance(error, botocore.ParamValidationError):
            return RequestRejected(told)
        if isinstance(error, botocore.HTTPClientError | botocore.ConnectionError):
            return ModelUnavailable(told, hint="Check the region, the network, and the time limit.")
        return InputError(told, hint="boto3 could not be set up or used this way.")


def converse_request(model_id: str, conversation: Conversation, settings: Settings) -> _Block:
    """The arguments of Converse.

    Turns of one role that follow each other become one, because Converse wants them in alternation; system
    messages, wherever they stand, go into ``system``.

    Raises:
        Unsupported: for sound.
        RequestRejected: for a part whose bytes are not loaded.
    """
    inference: _Block = {"maxTokens": settings.max_tokens, "temperature": settings.temperature}
    if settings.top_p != 1.0:
        inference["topP"] = settings.top_p
    if settings.stop:
        inference["stopSequences"] = list(settings.stop)
    conversation = paired_tool_results(conversation)
    system = [message.text for message in conversation.messages if message.role is Role.SYSTEM]
    request: _Block = {
        "modelId": model_id,
        "messages": _messages(conversation),
        "inferenceConfig": inference,
    }
    if any(system):
        request["system"] = [{"text": text} for text in system if text]
    tools = list(_tools(conversation))
    if tools:
        request["toolConfig"] = {"tools": tools}
    return request


def completion_from(answer: Any, latency_s: float) -> Completion:
    """What Converse gave, as a completion.

    Raises:
        BadResponse: where it has no message.
    """
    try:
        blocks = answer["output"]["message"]["content"]
        reason = answer["stopReason"]
    except (KeyError, TypeError):
        raise BadResponse(f"Converse answered without a message: {redact(repr(answer))[:200]}") from None
    calls = tuple(
        ToolCall(use["name"], canonical(use.get("input", {})), use["toolUseId"])
        for use in (block["toolUse"] for block in blocks if "toolUse" in block)
    )
    parts = [Part.of_text(block["text"]) for block in blocks if block.get("text")]
    for picture in (block["image"] for block in blocks if "image" in block):
        kind = f"image/{picture['format']}"
        parts.append(Part.of_bytes(Modality.IMAGE, picture["source"]["bytes"], kind))
    usage = answer.get("usage", {})
    return Completion(
        parts=tuple(parts),
        tool_calls=calls,
        finish=_FINISH.get(reason, Finish.STOP),
        usage=Usage(usage.get("inputTokens"), usage.get("outputTokens")),
        latency_s=latency_s,
    )


def _messages(conversation: Conversation) -> list[_Block]:
    turns: list[_Block] = []
    documents = 0
    for message in conversation.messages:
        if message.role is Role.SYSTEM:
            continue
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        blocks = list(_blocks(message, documents))
        documents += sum("document" in block for block in blocks)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Message, documents: int) -> Iterator[_Block]:
    if message.role is Role.TOOL:
        content = [{"text": message.text or " "}]
        yield {"toolResult": {"toolUseId": message.tool_call_id, "content": content}}
        return
    for number, part in enumerate(message.parts):
        if part.modality is not Modality.TEXT:
            yield _bytes_block(part, documents + number)
        elif part.text:
            yield {"text": part.text}
    for call in message.tool_calls:
        yield {"toolUse": {"toolUseId": call.id, "name": call.name, "input": _arguments(call)}}


def _bytes_block(part: Part, number: int) -> _Block:
    if part.modality is Modality.AUDIO:
        raise Unsupported(
            "Converse takes no sound", hint="Send a transcript, or use a model that takes audio."
        )
    source = {"bytes": part_bytes(part)}
    if part.modality is Modality.DOCUMENT:
        # The service allows few characters in a name, and wants every one to be different.
        name = re.sub(r"[^A-Za-z0-9 ()\[\]-]+", "-", part.name).strip("- ") or "document"
        return {
            "document": {
                "format": _format(part, "txt"),
                "name": f"{name[:180]} {number + 1}",
                "source": source,
            }
        }
    usual = {Modality.IMAGE: "png", Modality.VIDEO: "mp4"}[part.modality]
    return {part.modality.value: {"format": _format(part, usual), "source": source}}


def _format(part: Part, usual: str) -> str:
    if part.media_type in _OFFICE:
        return _OFFICE[part.media_type]
    kind = part.media_type.partition("/")[2].partition(";")[0].lower() or usual
    return _SUFFIXES.get(kind, kind)


def _arguments(call: ToolCall) -> Any:
    """Converse wants an object; what the model wrote otherwise is kept as text in one."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return {"arguments": call.arguments}
    return arguments if isinstance(arguments, dict) else {"arguments": arguments}


def _tools(conversation: Conversation) -> Iterator[_Block]:
    """The tools on offer, and those that only a turn mentions: Converse refuses turns with unknown tools."""
    offered = {tool.name for tool in conversation.tools}
    for tool in conversation.tools:
        schema = dict(tool.parameters) or {"type": "object", "properties": {}}
        spec: _Block = {"name": tool.name, "inputSchema": {"json": schema}}
        if tool.description:
            spec["description"] = tool.description
        yield {"toolSpec": spec}
    called = {call.name for message in conversation.messages for call in message.tool_calls}
    for name in sorted(called - offered):
        yield {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object", "properties": {}}}}}


def _service_error(response: Any, told: str) -> ModelError:
    code = response.get("Error", {}).get("Code", "")
    message = response.get("Error", {}).get("Message", "")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLED or status == 429:
        return RateLimited(told, hint="Lower the concurrency, or ask for a higher quota.")
    if code in _REFUSED_KEY:
        return AuthenticationError(told, hint=_KEY_HELP)
    if code == "ResourceNotFoundException" or "model identifier is invalid" in message:
        return ModelNotFound(told, hint="List the region's models:  aws bedrock list-foundation-models")
    if code in _FOR_NOW or status >= 500:
        return ModelUnavailable(told, hint="Try again later, or raise the time limit.")
    return RequestRejected(told)
