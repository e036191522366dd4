"""What the application serves, as OpenAPI 3.1 describes it; built from its routes, so that the two agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
JSON, EVENTS, TEXT = "application/json", "text/event-stream", "text/plain"
HTML, PNG, JPEG = "text/html", "image/png", "image/jpeg"
TITLE = "Octarine"
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
ERRORS = {
    "400": "The request is not as the protocol says, holds what cannot be looked at, or is blocked.",
    "401": "There is no key, or it is not accepted.",
    "403": "Asked for under another host's name.",
    "404": "Nothing is served here.",
    "405": "Another method.",
    "408": "The body did not come in time.",
    "413": "Too large.",
    "415": "Of another kind than this path takes.",
    "422": "The model's server could not use the request.",
    "429": "Too many requests at a time with this key.",
    "500": "An error of this server's own.",
    "502": "The model's server failed.",
    "503": "Too much to do; Retry-After says when to ask again.",
    "504": "Out of time.",
}


@dataclass(frozen=True, slots=True)
class About:
    """What there is to say of a route.

    Attributes:
        summary: one line.
        request: JSON Schema of the body; None where there is none.
        uploads: kind of content → schema, of a body that is no JSON.
        parameters: of path and query, as OpenAPI has them.
        answers: kind of content → schema of the answer with status 200.
        more: other statuses that it answers with → when; in JSON, where it leads elsewhere in HTML.
    """

    summary: str
    request: Schema | None = None
    answers: Mapping[str, Schema] | None = None
    more: Mapping[str, str] | None = None
    uploads: Mapping[str, Schema] | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()


def describe(routes: Iterable[tuple[str, str, bool, About]], version: str) -> dict[str, Any]:
    """The document.

    Args:
        routes: method, path, whether a key may be asked for, and what there is to say.
    """
    paths: dict[str, dict[str, Any]] = {}
    routes = list(routes)
    methods = Counter(path for _, path, *_ in routes)
    for method, path, keyed, about in routes:
        told = _operation(method, path, keyed, about, several=methods[path] > 1)
        paths.setdefault(path, {})[method.lower()] = told
    keys = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {"key": keys},
        },
    }


def _operation(method: str, path: str, keyed: bool, about: About, *, several: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": about.summary,
        "operationId": _name(method, path, several),
        "responses": {
            "200": {"description": "The answer.", "content": _content(about.answers or {JSON: {}})},
            **{status: {"description": why, "content": _content({HTML if status[0] == "3" else JSON: {}})}
               for status, why in (about.more or {}).items()},
            **{status: _refused(why, about) for status, why in ERRORS.items()
               if status not in (about.more or {})},
        },
    }  # fmt: skip
    if keyed:
        # Without keys of its own a server takes any.
        told["security"] = [{"key": []}, {}]
    if about.request is not None:
        told["requestBody"] = {"required": True, "content": _content({JSON: about.request})}
    if about.uploads is not None:
        told["requestBody"] = {"required": True, "content": _content(about.uploads)}
    if about.parameters:
        told["parameters"] = [dict(one) for one in about.parameters]
    return told


def _name(method: str, path: str, several: bool) -> str:
    """Of an operation: the path's, and the method's where the path has several."""
    name = path.strip("/").translate(str.maketrans("/.", "__", "{}"))
    return f"{method.lower()}_{name}" if several else name


def _content(kinds: Mapping[str, Schema]) -> dict[str, Any]:
    return {kind: {"schema": dict(schema)} for kind, schema in kinds.items()}


def _refused(why: str, about: About) -> dict[str, Any]:
    """A page tells a person what was wrong as a page; what does not reach it is refused as anywhere."""
    page: Mapping[str, Schema] = {HTML: {}} if HTML in (about.answers or {}) else {}
    return {"description": why, "content": _content({JSON: {"$ref": "#/components/schemas/Error"}, **page})}
