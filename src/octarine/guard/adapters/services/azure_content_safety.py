"""Azure AI Content Safety: harm in four categories, and Prompt Shields for attacks.

``azure-content-safety:https://NAME.cognitiveservices.azure.com``, with the key in AZURE_CONTENT_SAFETY_KEY.
Sources: learn.microsoft.com/azure/ai-services/content-safety, ``quickstart-text`` (``text:analyze``: at
most 10,000 characters a call, severities 0, 2, 4, 6) and ``quickstart-jailbreak`` (``text:shieldPrompt``),
both of version 2024-09-01. A severity is no probability and is not made one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from octarine.core.content import Conversation, Role
from octarine.core.errors import AuthenticationError, BadResponse, InputError
from octarine.core.results import ModelIdentity, Usage
from octarine.guard.adapters.adapter import Moderation, judged_text, last_message, side_of
from octarine.guard.adapters.labels import Label, tables
from octarine.models.http.client import HttpClient, Limits, Request
from octarine.models.http.errors import Endpoint, status_error
from octarine.models.http.retries import RetryPolicy
from octarine.models.names import ModelOptions

NAME = "azure-content-safety"
KEY = "AZURE_CONTENT_SAFETY_KEY"
VERSION = "2024-09-01"
LONGEST = 10_000
"""Code points that one call takes."""
OVERLAP = 500
THRESHOLD = 4
"""Severities from here on are flagged: ``medium``, which is Azure's own default."""
CATEGORIES = ("Hate", "SelfHarm", "Sexual", "Violence")
_CONCURRENCY = 4
_EXAMPLE = f"For example:  {NAME}:https://my-resource.cognitiveservices.azure.com"


def open_azure_content_safety(rest: str, options: ModelOptions) -> AzureContentSafety:
    """``azure-content-safety:rest``.

    Raises:
        InputError: ``rest`` is no https address (http is taken on this machine only).
    """
    parts = urlsplit(rest)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or "@" in parts.netloc or not (parts.scheme == "https" or local):
        raise InputError(f"{NAME}: the resource's address is missing or no https URL", hint=_EXAMPLE)
    return AzureContentSafety(f"{parts.scheme}://{parts.netloc}", os.environ.get(KEY, "").strip(), options)


class AzureContentSafety:
    """A Content Safety resource. Each message is judged by itself; long ones piece by piece.

    Args:
        key: of the resource. It goes into a header and nowhere else.
        threshold: the severity from which a category is flagged.
    """

    name = NAME

    def __init__(self, base: str, key: str, options: ModelOptions, *, threshold: int = THRESHOLD) -> None:
        self._base = base
        self._key = key
        self._threshold = threshold
        self._table = tables()[NAME]
        self._endpoint = Endpoint(base, f"The key is read from {KEY}.", (key,) if key else ())
        retry = replace(RetryPolicy(), max_retries=options.max_retries)
        limits = Limits(options.concurrency or _CONCURRENCY, options.timeout_s, retry=retry)
        self._client = HttpClient(self._endpoint, limits)

    @property
    def identity(self) -> ModelIdentity:
        """The resource, and the version of the interface and the threshold."""
        return ModelIdentity(f"{NAME}:{self._base}", f"{VERSION}+{self._threshold}")

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """Harmful content, and attacks on the way in."""
        return self._table.covers

    async def start(self) -> None:
        """See whether there is a key."""
        if not self._key:
            raise AuthenticationError(f"{NAME} needs a key, and {KEY} is not set", hint=f"export {KEY}=…")

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the text of the last message. What a tool brought back is looked at as a document."""
        text, side = judged_text(conversation, NAME), side_of(conversation)
        document = last_message(conversation).role is Role.TOOL
        calls = [self._analysed(piece) for piece in pieces(text)]
        if side == "input":
            calls += [self._shielded(piece, document=document) for piece in pieces(text)]
        started = time.monotonic()
        labels = [label for found in await asyncio.gather(*calls) for label in found]
        return Moderation.of(
            self._table, labels, side, calls=len(calls), usage=Usage(), seconds=time.monotonic() - started
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _analysed(self, text: str) -> list[Label]:
        body = {"text": text, "categories": list(CATEGORIES), "outputType": "FourSeverityLevels"}
        data = await self._post("text:analyze", body)
        try:
            found = {
                str(one["category"]): int(one.get("severity") or 0) for one in data["categoriesAnalysis"]
            }
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._malformed(error) from None
        if not found.keys() >= set(CATEGORIES):
            raise self._malformed(f"only {', '.join(sorted(found)) or 'nothing'} was analysed")
        return [Label(name, found[name] >= self._threshold) for name in CATEGORIES]

    async def _shielded(self, text: str, *, document: bool) -> list[Label]:
        body = {"userPrompt": "" if document else text, "documents": [text] if document else []}
        data = await self._post("text:shieldPrompt", body)
        try:
            found = data["documentsAnalysis"][0] if document else data["userPromptAnalysis"]
            attack = bool(found["attackDetected"])
        except (KeyError, TypeError, IndexError) as error:
            raise self._malformed(error) from None
        return [Label("document" if document else "userPrompt", attack)]

    async def _post(self, operation: str, body: dict[str, Any]) -> Any:
        url = f"{self._base}/contentsafety/{operation}?api-version={VERSION}"
        headers = {"Ocp-Apim-Subscription-Key": self._key}
        reply = await self._client.send(Request(url, headers=headers, json=body))
        if reply.status != 200:
            raise status_error(self._endpoint, reply)
        return reply.json(self._endpoint)

    def _malformed(self, why: object) -> BadResponse:
        return BadResponse(
            f"{self._base} answered with no analysis ({why!r})",
            hint="Check that the address is that of a Content Safety resource.",
        )


def pieces(text: str) -> list[str]:
    """``text`` in pieces of at most ``LONGEST`` code points, each beginning ``OVERLAP`` before the end of the
    one before it."""
    step = LONGEST - OVERLAP
    return [text[start : start + LONGEST] for start in range(0, max(1, len(text) - OVERLAP), step)]
