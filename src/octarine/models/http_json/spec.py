"""The file that describes a JSON endpoint. An example with every key::

    url: https://bot.example/api/chat        # ${VARIABLE} reads the environment here and in headers and query
    method: POST
    headers:
      Authorization: Bearer ${BOT_KEY}       # $$ is a plain $
    query: {tenant: "7"}
    request:                                 # the JSON body; see octarine.models.http_json.template
      message: "{{prompt}}"
      session: "{{session_id}}"              # left out until a value was captured
    answer: $.reply.text                     # JSONPath (RFC 9535); several matches are joined by newlines
    error: $.error.message                   # anything but null, false or "" there is the endpoint's error
    usage: {input_tokens: $.usage.in, output_tokens: $.usage.out}
    finish: {path: $.stop_reason, filtered: [blocked], length: [max_tokens]}
    session:
      cookies: true                          # kept within one conversation, never between two
      capture: {session_id: $.session_id}    # out of each answer, for the next request
    multi_turn: server_state                 # messages | server_state | single
    max_concurrency: 4
    timeout_s: 30

Placeholders: ``prompt`` (the user's last message), ``messages`` (``[{"role", "content"}, …]``), ``system``,
``conversation_id`` (new for every conversation), ``max_tokens``, ``temperature``, ``top_p``, ``seed``,
``stop``, and what ``capture`` names.

``multi_turn`` says how earlier turns get there: ``messages`` sends them all each time (the default where the
template has ``{{messages}}``); ``server_state`` replays the user's turns one by one in one session, where the
endpoint's own answers take the place of recorded ones; ``single`` takes one turn only (the default
otherwise).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonpath
import yaml

from octarine.core.codec import Json, canonical, decode, digest
from octarine.core.errors import DataError
from octarine.models.http_json.template import placeholders

BUILT_IN = frozenset(
    {"prompt", "messages", "system", "conversation_id", "max_tokens", "temperature", "top_p", "seed", "stop"}
)
_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_METHODS = ("GET", "POST", "PUT", "PATCH")


class MultiTurn(StrEnum):
    """How earlier turns reach the endpoint."""

    MESSAGES = "messages"
    SERVER_STATE = "server_state"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class UsagePaths:
    """Where the counts of tokens stand."""

    input_tokens: str = ""
    output_tokens: str = ""


@dataclass(frozen=True, slots=True)
class FinishRule:
    """Where the reason for the end stands, and which of its values mean what."""

    path: str
    filtered: tuple[str, ...] = ()
    length: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRule:
    """What is carried from one answer to the next request."""

    cookies: bool = False
    capture: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """The file, read and checked. ``secrets`` are the values that came from the environment."""

    url: str
    answer: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    request: Any = None
    error: str = ""
    usage: UsagePaths = field(default_factory=UsagePaths)
    finish: FinishRule | None = None
    session: SessionRule = field(default_factory=SessionRule)
    multi_turn: MultiTurn | None = None
    max_concurrency: int | None = None
    timeout_s: float | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False, metadata={"transient": True})
    revision: str = field(default="", metadata={"transient": True})

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise ValueError(f"method: '{self.method}' is none of: {', '.join(_METHODS)}")
        if self.max_concurrency is not None and self.max_concurrency < 1:
            raise ValueError("max_concurrency: must be at least 1")
        if self.timeout_s is not None and self.timeout_s <= 0:
            raise ValueError("timeout_s: must be above 0 seconds")

    @property
    def mode(self) -> MultiTurn:
        """``multi_turn``, or what the template implies."""
        if self.multi_turn is not None:
            return self.multi_turn
        return MultiTurn.MESSAGES if "messages" in self.placeholders else MultiTurn.SINGLE

    @property
    def placeholders(self) -> frozenset[str]:
        """Every placeholder in the address, the query and the body."""
        return placeholders([self.url, self.query, self.request])

    @property
    def paths(self) -> dict[str, str]:
        """Key of the file → JSONPath, for those that are given."""
        found = {
            "answer": self.answer,
            "error": self.error,
            "usage.input_tokens": self.usage.input_tokens,
            "usage.output_tokens": self.usage.output_tokens,
            "finish.path": self.finish.path if self.finish else "",
        }
        found |= {f"session.capture.{name}": path for name, path in self.session.capture.items()}
        return {key: path for key, path in found.items() if path}


def read_spec(path: Path) -> EndpointSpec:
    """Read and check the file.

    Raises:
        DataError: naming the file, the line and the key.
    """
    data, lines = _read_yaml(path)
    try:
        spec = replace(decode(EndpointSpec, data, path=str(path)), revision=digest(_json_only(data, path)))
        _check(spec)
        return _expand(spec)
    except DataError as error:
        line = _line_of(error.reason, lines)
        raise DataError(error.reason, path=path, line=line, hint=error.hint) from None


def _check(spec: EndpointSpec) -> None:
    """What the types cannot say. Every message begins with the key that it is about."""
    used, captured = spec.placeholders, frozenset(spec.session.capture)
    if captured & BUILT_IN:
        name = min(captured & BUILT_IN)
        raise DataError(f"session.capture.{name}: the name is taken", hint="Capture it under another name.")
    unknown = used - BUILT_IN - captured
    if unknown:
        known = ", ".join(sorted(BUILT_IN | captured))
        raise DataError(f"request: there is no placeholder '{{{{{min(unknown)}}}}}'", hint=f"Known: {known}")
    if not used & {"prompt", "messages"}:
        raise DataError("request: it says nowhere where the prompt goes", hint='Put "{{prompt}}" there.')
    if spec.mode is MultiTurn.MESSAGES and "messages" not in used:
        raise DataError("multi_turn: 'messages' needs \"{{messages}}\" in the request")
    joined = spec.session.cookies or captured & used or "conversation_id" in used
    if spec.mode is MultiTurn.SERVER_STATE and not ("prompt" in used and joined):
        raise DataError(
            "multi_turn: 'server_state' needs \"{{prompt}}\" and something that joins the turns",
            hint='That is session.cookies, a captured value that the request uses, or "{{conversation_id}}".',
        )
    for key, text in spec.paths.items():
        try:
            jsonpath.compile(text)
        except jsonpath.JSONPathError as error:
            raise DataError(
                f"{key}: '{text}' is no JSONPath: {error.args[0] if error.args else error}",
                hint="A JSONPath looks like  $.choices[0].message.content",
            ) from None


def _expand(spec: EndpointSpec) -> EndpointSpec:
    secrets: list[str] = []

    def expanded(key: str, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] is None:
                return "$"
            secret = os.environ.get(found[1], "").strip()
            if not secret:
                raise DataError(
                    f"{key}: the environment variable {found[1]} is not set",
                    hint=f"Set it:  export {found[1]}=…",
                )
            secrets.append(secret)
            return secret

        return _VARIABLE.sub(value, text)

    url = expanded("url", spec.url)
    if not url.startswith(("http://", "https://")):
        raise DataError("url: it must begin with http:// or https://")
    headers = {name: expanded(f"headers.{name}", text) for name, text in spec.headers.items()}
    for name, text in headers.items():
        if not (text.isascii() and text.isprintable()):
            raise DataError(f"headers.{name}: a header takes printable ASCII characters only")
    query = {name: expanded(f"query.{name}", text) for name, text in spec.query.items()}
    return replace(spec, url=url, headers=headers, query=query, secrets=tuple(secrets))


def _json_only(data: Json, path: Path) -> Json:
    try:
        canonical(data)
    except (TypeError, ValueError):
        raise DataError(
            "request: it holds something that JSON has not (a date, a set, a key that is no string)",
            path=path,
            hint="Put quotation marks around it.",
        ) from None
    return data


def _read_yaml(path: Path) -> tuple[Json, dict[str, int]]:
    """The data, and key (``session.capture``) → line."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError:
        raise DataError("not UTF-8", path=path, hint="Save the file as UTF-8.") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[str, int] = {}
        if node is not None:
            _mark(node, "", lines, path)
        return yaml.safe_load(text), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        hint = 'Put quotation marks around placeholders: "{{prompt}}".' if "{{" in text else ""
        line = mark.line + 1 if mark else None
        raise DataError(f"not YAML: {problem}", path=path, line=line, hint=hint) from None


def _mark(node: yaml.Node, place: str, lines: dict[str, int], path: Path) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        inner = f"{place}.{key.value}" if place else str(key.value)
        if inner in lines:
            line = key.start_mark.line + 1
            raise DataError(f"{inner}: the key stands on line {lines[inner]} too", path=path, line=line)
        lines[inner] = key.start_mark.line + 1
        _mark(value, inner, lines, path)


def _line_of(reason: str, lines: Mapping[str, int]) -> int | None:
    """The line of the key that ``reason`` begins with, or of the nearest one above it."""
    place = reason.partition(": ")[0]
    unknown = re.search(r"unknown key '([^']*)'", reason)
    if unknown:
        place = unknown[1] if reason.startswith("unknown key") else f"{place}.{unknown[1]}"
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return lines.get(place)
