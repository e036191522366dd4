"""What the guard's routes take and give, as JSON Schema: what this server itself insists on, and the fields
that it reads. Other fields go on to the model's server."""

from __future__ import annotations

from typing import Any

from octarine.guard.chat.messages import POSITIONS as ROLES
from octarine.guard.conversations.positions import HEADS, OUTPUT
from octarine.server.openapi import EVENTS, JSON, About

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "array", "items": _TEXT, "minItems": 1}
_STREAM: Json = {"type": ["boolean", "null"]}
_TOOLS: Json = {"type": ["array", "null"], "items": {"type": "object"}}


def _part(*kinds: str) -> Json:
    return {
        "type": "object",
        "required": ["type", "text"],
        "properties": {"type": {"enum": list(kinds)}, "text": _TEXT},
    }


def _message(*kinds: str) -> Json:
    content = {"anyOf": [_TEXT, {"type": "array", "items": _part(*kinds)}]}
    return {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"enum": list(ROLES)}, "content": content},
    }


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


_ITEM: Json = {
    "anyOf": [
        _message("input_text", "output_text"),
        _object(["type", "name", "arguments"], type={"const": "function_call"}, name=_TEXT, arguments=_TEXT),
        _object(["type", "output"], type={"const": "function_call_output"}, output=_TEXT),
        _object(["type", "id"], type={"const": "item_reference"}, id=_TEXT),
    ]
}
_STREAMED: Json = {}

CHAT = About(
    "A chat completion, judged on its way in and out, streamed or not.",
    _object(
        ["messages"],
        model=_TEXT,
        messages={"type": "array", "minItems": 1, "items": _message("text")},
        stream=_STREAM,
        n={"type": ["integer", "null"], "minimum": 1, "maximum": 128},
        tools=_TOOLS,
    ),
    {JSON: _object(["choices"], choices={"type": "array"}), EVENTS: _STREAMED},
)
RESPONSES = About(
    "A response, judged on its way in and out, streamed or not.",
    _object(
        ["input"],
        model=_TEXT,
        input={"anyOf": [_TEXT, {"type": "array", "items": _ITEM}]},
        instructions={"type": ["string", "null"]},
        stream=_STREAM,
        previous_response_id={"type": ["string", "null"]},
        tools=_TOOLS,
    ),
    {JSON: _object(["output", "status"], output={"type": "array"}, status=_TEXT), EVENTS: _STREAMED},
)
EMBEDDINGS = About(
    "Vectors of texts that were looked at.",
    _object(["input"], model=_TEXT, input={"anyOf": [{**_TEXT, "minLength": 1}, _TEXTS]}),
    {JSON: _object(["data"], data={"type": "array"})},
)
IMAGES = About(
    "Pictures of a text that was looked at, marked as the policy says.",
    _object(["prompt"], model=_TEXT, prompt={**_TEXT, "minLength": 1}, stream={"enum": [False, None]}),
    {JSON: _object(["data"], data={"type": "array"})},
)
_PICTURE: Json = {**_TEXT, "format": "binary"}
_PICTURES: Json = {"image": _PICTURE, "image[]": {"type": "array", "minItems": 1, "items": _PICTURE}}
_EDIT: Json = {
    **_object(["prompt"], prompt={**_TEXT, "minLength": 1}, mask=_PICTURE, model=_TEXT, **_PICTURES),
    "anyOf": [{"required": [name]} for name in _PICTURES],
}
_FORM = "multipart/form-data"
IMAGE_EDITS = About(
    "Pictures changed as a text says that was looked at. Those that come in pass where the policy lets "
    "pictures pass; those that go out are marked as it says.",
    uploads={_FORM: _EDIT},
    answers={JSON: _object(["data"], data={"type": "array"})},
)
IMAGE_VARIATIONS = About(
    "Pictures like a picture; as edits, without a text.",
    uploads={_FORM: _object(["image"], image=_PICTURE, model=_TEXT)},
    answers={JSON: _object(["data"], data={"type": "array"})},
)
MODELS = About("The models of the model's server.", None, {JSON: {}})
MODERATIONS = About(
    "Moderation in OpenAI's format; nothing is passed on.",
    _object(
        ["input"],
        model=_TEXT,
        input={"anyOf": [_TEXT, _TEXTS, {"type": "array", "minItems": 1, "items": _part("text")}]},
    ),
    {JSON: _object(["id", "model", "results"], results={"type": "array"})},
)
GUARD = About(
    "Verdicts with their reasons; nothing is passed on. One of 'input', 'output' and 'messages'.",
    {
        "oneOf": [
            _object(["input"], input={"anyOf": [_TEXT, _TEXTS]},
                    position={"enum": [one for one in HEADS if one != OUTPUT]}),
            _object(["output"], output={"anyOf": [_TEXT, _TEXTS]}, prompt=_TEXT,
                    documents={"type": ["array", "null"], "items": _TEXT}),
            _object(["messages"], messages={"type": "array", "minItems": 1, "items": _message("text")}),
        ]
    },
    {JSON: _object(["action", "allowed", "verdicts"], action=_TEXT, allowed={"type": "boolean"},
                   verdicts={"type": "array"})},
)  # fmt: skip
