"""What the routes of detection take and give, as JSON Schema."""

from __future__ import annotations

from typing import Any

from octarine.server.detection.asking import LONGEST_WAIT_S, Edits
from octarine.server.detection.jobs import State
from octarine.server.detection.kinds import Kind
from octarine.server.openapi import HTML, JPEG, JSON, PNG, About

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_BINARY: Json = {"type": "string", "format": "binary"}
_FLAG: Json = {"type": ["boolean", "null"]}


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


def _maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


_GEOMETRY = _object(["words"], words=_TEXT, rotation=_NUMBER, mirrored=_FLAG, inverted=_FLAG)
_MARK = _object(
    ["found", "confidence", "score", "p_value", "meaning", "payload", "key", "keys_tried"],
    found={"type": "boolean"},
    confidence={"enum": ["high", "medium", "low", "none"]},
    score={**_NUMBER, "description": "−log₁₀ of the p-value"},
    p_value={**_NUMBER, "description": "A proven bound on the probability of a false alarm"},
    meaning=_TEXT,
    payload={"type": ["string", "null"], "pattern": "^0x[0-9a-f]+$"},
    geometry=_maybe(_GEOMETRY),
    key=_maybe(_object(["name", "fingerprint"], name=_TEXT, fingerprint=_TEXT)),
    keys_tried={"type": "integer", "minimum": 1},
    zero_bit={"type": "boolean", "description": "pictures: a mark without a payload"},
    edited={**_FLAG, "description": "pictures: null where it cannot be told or was not asked"},
    regions={"type": ["array", "null"], "items": {"type": "object"}},
    edit_map=_maybe(_object(["media_type", "base64"], media_type=_TEXT, base64=_TEXT)),
    share={**_NUMBER, "description": "videos: the part that is ours"},
    spans={"type": "array", "items": _object(["start", "end", "payload"])},
    frames={"type": "array", "items": _object(["time", "ours", "strength"])},
    notes={"type": "array", "items": _TEXT},
)
_CREDENTIALS = _object(
    ["state", "ai_generated", "problems", "manifests", "recovered"],
    state={"enum": ["trusted", "valid", "invalid", "none"]},
    ai_generated=_TEXT,
    problems={"type": "array"},
    manifests={"type": "array"},
    recovered={"type": ["array", "null"], "items": _object(["state", "likeness", "vouches_for"])},
)
ANSWER = _object(
    ["kind", "file", "headline", "summary", "watermark", "credentials"],
    kind={"enum": list(Kind)},
    file=_object(["name", "bytes", "sha256"], name=_TEXT, bytes={"type": "integer"}, sha256=_TEXT),
    headline=_TEXT,
    summary={"type": "array", "items": _TEXT},
    watermark=_MARK,
    credentials=_maybe(_CREDENTIALS),
)
JOB = _object(
    ["id", "kind", "state", "progress", "result", "error"],
    id=_TEXT,
    kind={"enum": list(Kind)},
    state={"enum": list(State)},
    progress={"type": "number", "minimum": 0, "maximum": 1},
    result=_maybe(ANSWER),
    error=_maybe({"type": "object"}),
)
_QUERY = (
    {"name": "key", "in": "query", "schema": {"type": "array", "items": _TEXT}, "explode": True,
     "description": "Names of keys that this server has; without it all are tried."},
    {"name": "edits", "in": "query", "schema": {"enum": list(Edits)},
     "description": "Whether and where a picture was edited; 'map' adds a PNG."},
    {"name": "wait", "in": "query", "schema": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S},
     "description": "Seconds that a video is waited for; what takes longer becomes a job."},
)  # fmt: skip
_ID = ({"name": "id", "in": "path", "required": True, "schema": _TEXT},)
_FORM = _object(["file"], file=_BINARY, key=_TEXT, edits={"enum": list(Edits)}, wait=_NUMBER)
_FORM["additionalProperties"] = False
_PAGE: Json = {HTML: {"type": "string"}}
_WAITS = {"202": "A video that takes longer: a job, whose address is in Location."}

DETECT = About(
    "Is this picture or video ours, was it changed, and what do its credentials say?",
    answers={JSON: ANSWER},
    more=_WAITS,
    uploads={"multipart/form-data": _FORM, "application/octet-stream": _BINARY},
    parameters=_QUERY,
)
JOB_SHOWN = About("Where a job stands, and its result.", answers={JSON: JOB}, parameters=_ID)
JOB_ENDED = About("Cancel a job, or forget its result.", answers={JSON: JOB}, parameters=_ID)
PAGE = About("A page on which a person drops a file.", answers=_PAGE)
PAGE_SENT = About("The page's own form; leads on to the result.", answers=_PAGE,
                  more={"303": "To the result."}, uploads={"multipart/form-data": _FORM})  # fmt: skip
PAGE_RESULT = About("The page with a result.", answers=_PAGE, parameters=_ID)
PAGE_CANCEL = About("Cancel what the page waits for.", answers=_PAGE, parameters=_ID,
                    more={"303": "To the page."})  # fmt: skip
PAGE_PICTURE = About("A picture of a result: 'picture', 'map', or a video's 'at-' and milliseconds.",
                     answers={PNG: _BINARY, JPEG: _BINARY},
                     parameters=(*_ID, {**_ID[0], "name": "picture"}))  # fmt: skip
