"""Fetches pictures that an answer names by their address: of the upstream itself, or of the public internet.

What an answer names is not trusted: an address of this machine or of the network behind it would be read on a
stranger's behalf. So the name is looked up once, every address must be public, and the connection goes to the
address that was looked at.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket

import httpx

from octarine.guard.dialects.dialect import Json
from octarine.server.guard.service import bad_upstream
from octarine.server.guard.upstream import UpstreamLimits

INLINE = "data:"


def inline(pictures: list[Json]) -> None:
    """Turn ``data:`` addresses, which are the pictures themselves, into bytes, in their place.

    Raises:
        Refusal: 502, such an address is not in base64.
    """
    for picture in pictures:
        url = picture.get("url")
        if isinstance(url, str) and url[:5].lower() == INLINE:
            head, comma, body = url.partition(",")
            if not comma or not head.lower().endswith(";base64"):
                raise bad_upstream("a picture's address holds no base64")
            del picture["url"]
            picture["b64_json"] = body


async def fetch(pictures: list[Json], base: str, limits: UpstreamLimits) -> None:
    """Turn every address into bytes, in its place.

    Args:
        base: the upstream's address, which may be private.

    Raises:
        Refusal: 502, one cannot be fetched, or may not be.
    """
    async with httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(limits.silence_s, connect=limits.connect_s),
    ) as client:
        for picture in pictures:
            if picture.get("url") is not None:
                data = await _fetched(client, picture.pop("url"), httpx.URL(base), limits)
                picture["b64_json"] = base64.b64encode(data).decode("ascii")


async def _fetched(client: httpx.AsyncClient, address: str, base: httpx.URL, limits: UpstreamLimits) -> bytes:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise bad_upstream("a picture's address is none") from None
    own = (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)
    if not own and url.scheme != "https":
        raise bad_upstream("a picture's address is not https")
    request = client.build_request("GET", url if own else url.copy_with(host=await _public(url)))
    if not own:
        request.headers["host"] = url.netloc.decode("ascii").rpartition("@")[2]
        request.extensions["sni_hostname"] = url.host
    try:
        response = await client.send(request, stream=True)
        try:
            if response.status_code != 200:
                raise bad_upstream(f"a picture's address answered {response.status_code}")
            return await _read(response, limits.answer_bytes)
        finally:
            await response.aclose()
    except httpx.HTTPError:
        raise bad_upstream("a picture's address cannot be reached") from None


async def _read(response: httpx.Response, most: int) -> bytes:
    data = b""
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > most:
            raise bad_upstream(f"a picture has more than {most:,} bytes")
    return data


async def _public(url: httpx.URL) -> str:
    """An address of the host, all of which are public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            url.host, url.port or 443, type=socket.SOCK_STREAM
        )
    except OSError:
        raise bad_upstream("a picture's address has a host that is not known") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses):
        raise bad_upstream("a picture's address is not of the public internet")
    return addresses[0]
