"""``POST /v1/moderations``: the guard's verdicts in OpenAI's format.

What is flagged is what the policy blocks, masks, replaces or flags as ``user`` text. OpenAI tells more kinds
apart than the guard's heads do; those that it does not know stay false and 0: ``harassment/threatening``,
``hate/threatening``, ``self-harm/intent``, ``sexual/minors``, ``violence/graphic``. What the guard finds
beside OpenAI's kinds (jailbreaks, injections, personal data) makes an input flagged, and stands in
``octarine``.
"""

from __future__ import annotations

from typing import Any

from octarine.core.codec import encode
from octarine.core.results import Action, Verdict
from octarine.guard.chat.slots import MEDIA, Slot, bounded, text_slot
from octarine.server.exchange import Exchange
from octarine.server.guard.service import Service
from octarine.server.refusals import invalid

CATEGORIES: dict[str, tuple[str, ...]] = {
    "harassment": ("harmful_content.harassment", "harmful_request.defamation"),
    "harassment/threatening": (),
    "hate": ("harmful_content.hate", "harmful_request.hate"),
    "hate/threatening": (),
    "illicit": (
        "harmful_request.fraud",
        "harmful_request.drugs",
        "harmful_request.cyber",
        "harmful_request.weapons",
        "harmful_request.surveillance",
        "harmful_request.intellectual_property",
    ),
    "illicit/violent": ("harmful_request.weapons",),
    "self-harm": ("harmful_content.self_harm", "harmful_request.self_harm"),
    "self-harm/instructions": ("harmful_request.self_harm",),
    "self-harm/intent": (),
    "sexual": ("harmful_content.sexual", "harmful_request.sexual_crime"),
    "sexual/minors": (),
    "violence": ("harmful_content.violence", "harmful_request.violence"),
    "violence/graphic": (),
}
"""OpenAI's name → the guard's."""


class Moderations:
    """The handler."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        service = self._service
        with service.recording(exchange) as record:
            record.model = str(body.get("model", ""))
            slots = bounded(moderation_slots(body), service.config.characters)
            inspected = await service.inspect(record, slots)
            found = {piece.path: piece.verdict for piece in inspected.pieces}
            policy = inspected.guard.policy.id
            verdicts = [found.get(slot.path) or Verdict(Action.ALLOW, policy=policy) for slot in slots]
            results = [moderation(verdict) for verdict in verdicts]
            model = f"octarine-{inspected.guard.version}"
            await exchange.reply_json({"id": f"modr-{exchange.id}", "model": model, "results": results})


def moderation_slots(body: dict[str, Any]) -> list[Slot]:
    """The texts of a request.

    Raises:
        Refusal: 400, there are none.
    """
    given = body.get("input")
    if isinstance(given, str):
        return [text_slot(body, "input", "input", "user")]
    if not isinstance(given, list) or not given:
        raise invalid("'input' must be a text, or a list of texts or of parts.", "input")
    return [_slot(given, at) for at in range(len(given))]


def moderation(verdict: Verdict) -> dict[str, Any]:
    """One result."""
    fired = {span.category for span in verdict.spans}
    flags = {name: any(_under(one, ours) for one in fired for ours in kinds) for name, kinds in _KINDS}
    scores = {
        name: max(
            (score for one, score in verdict.categories.items() if any(_under(one, ours) for ours in kinds)),
            default=0.0,
        )
        for name, kinds in _KINDS
    }
    return {
        "flagged": verdict.action is not Action.ALLOW,
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {name: ["text"] if kinds else [] for name, kinds in _KINDS},
        "octarine": encode(verdict),
    }


_KINDS = tuple(CATEGORIES.items())


def _slot(given: list[Any], at: int) -> Slot:
    part, path = given[at], f"input[{at}]"
    if isinstance(part, str):
        return text_slot(given, at, path, "user")
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return Slot("user", path, part["text"], 0, part, "text")
    if isinstance(part, dict):
        return Slot("user", path, None, unscannable=MEDIA.get(str(part.get("type")), "document"))
    raise invalid(f"{path} must be a text or a part.", path)


def _under(category: str, name: str) -> bool:
    return f"{category}.".startswith(f"{name}.")
