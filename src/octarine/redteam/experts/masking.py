"""A finding without secrets: what others may be shown of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from octarine.core.codec import Json, decode, encode
from octarine.core.redact import redact
from octarine.core.results import Finding


def without_secrets(finding: Finding, secrets: Iterable[str] = ()) -> Finding:
    """``finding`` with everything that looks like a credential masked, wherever it stands. Bytes are as they
    were; log-probabilities, which spell the answer in pieces, are left out."""
    bare = replace(finding, completion=replace(finding.completion, logprobs=()))
    return decode(Finding, redacted(encode(bare), tuple(secrets)))


def redacted(value: Json, secrets: tuple[str, ...] = ()) -> Any:
    """A JSON value with every string of it redacted; keys stay."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redacted(one, secrets) for one in value]
    if isinstance(value, dict):
        return {key: redacted(one, secrets) for key, one in value.items()}
    return value
