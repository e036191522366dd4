"""Content credentials of a file, and those that its mark leads back to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from octarine.core.errors import DataError, MissingExtra
from octarine.credentials import TrustList, recovery, verify
from octarine.credentials.telling import recovered_row, verdict_row
from octarine.store import open_store

if TYPE_CHECKING:
    from octarine.credentials.marks import AnyFound

VOUCHES = "the file as it was signed, not this one"


def credentials_of(path: Path, found: AnyFound, store: str, trust: TrustList | None) -> dict[str, Any] | None:
    """What the credentials of a file say; None where this server cannot read any.

    Args:
        found: its mark.
        store: where manifests are kept; empty for nowhere.
    """
    try:
        told = verdict_row(verify(path, trust))
    except MissingExtra:
        return None
    except DataError as error:
        # Of a kind that carries none, such as Matroska: what it was taken for has been looked at already.
        told = {"state": "none", "ai_generated": "not said", "problems": [], "remote": None, "manifests": []}
        told["note"] = error.reason
    told.pop("path", None)
    told["recovered"] = _recovered(path, found, store, trust) if store else None
    return told


def _recovered(path: Path, found: AnyFound, store: str, trust: TrustList | None) -> Sequence[dict[str, Any]]:
    if found.payload is None:
        return []
    with open_store(store) as opened:
        kept = recovery.recover_by(path, found, opened, trust)
    return [{**recovered_row(one), "vouches_for": VOUCHES} for one in kept.manifests]
