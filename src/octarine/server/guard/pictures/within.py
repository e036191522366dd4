"""Pictures within a chat's answer or a response: ``data:`` addresses wherever they stand, and what the tool
``image_generation`` made. Whether they may go out at all is the policy's ``unscannable.picture``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from octarine.guard.dialects.dialect import Json
from octarine.guard.policy.watermark import Addresses, PictureMark
from octarine.server.guard.pictures.marking import mark_pictures
from octarine.server.guard.service import bad_upstream
from octarine.server.refusals import invalid

_BASE64 = ";base64,"
_INLINE = "data:image/"
_TOOL = "image_generation"


def mark_answer(body: Any, mark: PictureMark | None) -> Json:
    """Mark every picture in a whole answer, in its place; what is noted of it, empty where there is none.

    Raises:
        Refusal: as ``mark_pictures``; 502, a picture is given by its address and the policy refuses that.
    """
    if mark is None:
        return {}
    places = list(_places(body))
    addressed = [place for place in places if not _is_inline(*place)]
    if addressed and mark.urls is Addresses.REFUSE:
        raise bad_upstream("it gives pictures by their address, which cannot be marked")
    inline = [place for place in places if _is_inline(*place)]
    if not places:
        return {}
    pictures: list[Json] = []
    heads = []
    for holder, key in inline:
        head, comma, data = holder[key].rpartition(_BASE64)
        heads.append(head + comma)
        pictures.append({"b64_json": data})
    fingerprint = mark_pictures(pictures, mark)
    for (holder, key), head, picture in zip(inline, heads, pictures, strict=True):
        holder[key] = head + picture["b64_json"]
    return {
        "pictures": len(inline),
        "unmarked": len(addressed),
        "key": fingerprint,
        "payload": f"{mark.payload:#x}",
    }


def refuse_streamed(body: Json, mark: PictureMark | None) -> None:
    """Raise where a stream may bring pictures: they go out piece by piece, before they could be marked. What
    chats stream beside texts does not go out in any case.

    Raises:
        Refusal: 400.
    """
    tools = body.get("tools")
    listed = tools if isinstance(tools, list) else []
    if mark is not None and any(isinstance(one, dict) and one.get("type") == _TOOL for one in listed):
        raise invalid(
            "Pictures are not streamed here: unfinished ones cannot be marked. Leave 'stream' out.",
            "stream",
            "unsupported_content",
        )


def _is_inline(holder: Json, key: str) -> bool:
    return key == "result" or holder[key][: len(_INLINE)].lower() == _INLINE


def _places(node: Any) -> Iterator[tuple[Json, str]]:
    """Where pictures stand: the holder and the key."""
    if isinstance(node, list):
        for one in node:
            yield from _places(one)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if isinstance(value, dict | list):
            yield from _places(value)
        elif isinstance(value, str) and _is_picture(node, key, value):
            yield node, key


def _is_picture(holder: Json, key: str, value: str) -> bool:
    if key == "result":
        return holder.get("type") == f"{_TOOL}_call" and bool(value)
    if value[: len(_INLINE)].lower() == _INLINE and _BASE64 in value[:200]:
        return True
    return key in ("url", "image_url") and _of_a_picture(holder, key)


def _of_a_picture(holder: Json, key: str) -> bool:
    """Whether the address is that of a picture, and no link: ``{"type": "image_url", …}`` or what its field
    ``image_url`` holds, which has nothing but ``url`` and ``detail``."""
    return key == "image_url" or set(holder) <= {"url", "detail"}
