"""A guardrail of Amazon Bedrock, applied to a text: ``bedrock-guardrail:ID@VERSION`` (``DRAFT`` unless said).

Credentials and region come from where boto3 looks. Source:
docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html, and the service model in
botocore 1.44. A guardrail reports a confidence in words, which is no probability and is not made one. It
masks, too: the masked text is not used, since the guard masks by its own rules; what was masked counts as
found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from octarine.core.content import Conversation
from octarine.core.errors import BadResponse, InputError
from octarine.core.results import ModelIdentity, Usage
from octarine.guard.adapters.adapter import Moderation, judged_text, side_of
from octarine.guard.adapters.labels import Label, tables
from octarine.models.bedrock import BedrockModel
from octarine.models.names import ModelOptions

NAME = "bedrock-guardrail"
DRAFT = "DRAFT"
_LISTS = (
    ("topicPolicy", "topics", "topic"),
    ("wordPolicy", "customWords", "word"),
    ("wordPolicy", "managedWordLists", "word"),
    ("sensitiveInformationPolicy", "piiEntities", "pii"),
    ("sensitiveInformationPolicy", "regexes", "regex"),
    ("contextualGroundingPolicy", "filters", "grounding"),
)
"""Policy, list of findings, label. Those of ``contentPolicy`` name their label themselves, by ``type``."""


def open_bedrock_guardrail(rest: str, options: ModelOptions, *, client: Any = None) -> BedrockGuardrail:
    """``bedrock-guardrail:rest``.

    Raises:
        InputError: there is no identifier.
    """
    identifier, _, version = rest.partition("@")
    if not identifier:
        raise InputError(f"{NAME}: no guardrail is named", hint=f"For example:  {NAME}:abcd1234@2")
    return BedrockGuardrail(identifier, version or DRAFT, options, client=client)


class BedrockGuardrail:
    """A guardrail. Each message is judged by itself.

    Args:
        client: a ``bedrock-runtime`` client to use instead of making one.
    """

    name = NAME

    def __init__(self, identifier: str, version: str, options: ModelOptions, *, client: Any = None) -> None:
        self._identifier = identifier
        self._version = version
        self._table = tables()[NAME]
        self._runtime = _Runtime(identifier, options, client=client)

    @property
    def identity(self) -> ModelIdentity:
        """The guardrail and its version."""
        return ModelIdentity(f"{NAME}:{self._identifier}", self._version)

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """What its content filters look for. Its topics, words and personal data are its own business: they
        are reported, and nothing of the guard is left to them."""
        return self._table.covers

    async def start(self) -> None:
        """Make the client.

        Raises:
            MissingExtra: boto3 is not installed.
            InputError: no region is set.
            AuthenticationError: there are no credentials.
        """
        await self._runtime.start()

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the text of the last message."""
        side = side_of(conversation)
        request = {
            "guardrailIdentifier": self._identifier,
            "guardrailVersion": self._version,
            "source": side.upper(),
            "content": [{"text": {"text": judged_text(conversation, NAME)}}],
        }
        started = time.monotonic()
        answer = await self._runtime.apply(request)
        return Moderation.of(
            self._table, self._labels(answer), side, usage=Usage(), seconds=time.monotonic() - started
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._runtime.aclose()

    def _labels(self, answer: Any) -> list[Label]:
        if not isinstance(answer, dict) or answer.get("action") not in ("NONE", "GUARDRAIL_INTERVENED"):
            raise BadResponse(f"{NAME} ({self._identifier}) answered with no action")
        names = dict.fromkeys(
            name for assessment in answer.get("assessments") or () for name in _found(assessment)
        )
        labels = [Label(name, True) for name in names if name in self._table.label]
        intervened = answer["action"] == "GUARDRAIL_INTERVENED"
        return labels if labels or not intervened else [Label("intervened", True)]


def _found(assessment: Mapping[str, Any]) -> Iterator[str]:
    """The labels of what was blocked or masked; a finding in detect mode has the action ``NONE``, and counts
    as little as the guardrail lets it count."""
    for finding in (assessment.get("contentPolicy") or {}).get("filters") or ():
        if finding.get("action") != "NONE":
            yield str(finding.get("type"))
    for policy, items, label in _LISTS:
        if any(
            finding.get("action") != "NONE" for finding in (assessment.get(policy) or {}).get(items) or ()
        ):
            yield label


class _Runtime(BedrockModel):
    """The client of ``models.bedrock``, its threads and its errors, for another operation."""

    async def apply(self, request: dict[str, Any]) -> Any:
        await self.start()
        return await self._in_thread(self._apply, request)

    def _apply(self, request: dict[str, Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._client.apply_guardrail(**request)
        except (BotoCoreError, ClientError) as error:
            raise self._translated(error) from error
