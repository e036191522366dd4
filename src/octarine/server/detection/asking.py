"""What a request asks for: in the query, or in fields beside the file. Nothing else is taken, so that no key
comes in by mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from octarine.server.refusals import invalid

LONGEST_WAIT_S = 60.0
NAMES = ("key", "edits", "wait")


class Edits(StrEnum):
    """What is asked of a picture's edits."""

    NO = "no"
    REGIONS = "regions"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's wishes.

    Attributes:
        keys: names of keys; empty for all.
        wait: seconds that a video is waited for before the answer is a job.
    """

    keys: tuple[str, ...] = ()
    edits: Edits = Edits.REGIONS
    wait: float = 5.0


def read_asked(query: bytes, fields: Iterable[tuple[str, str]], known: Mapping[str, object]) -> Asked:
    """The wishes of a request.

    Args:
        known: names of keys.

    Raises:
        Refusal: 400. What was given is not repeated: it could be a secret.
    """
    try:
        given = [*parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=32), *fields]
    except (UnicodeDecodeError, ValueError):
        raise invalid("The query cannot be read.", code="invalid_query") from None
    if any(name not in NAMES for name, _ in given):
        raise invalid(
            f"Only {', '.join(NAMES)} can be asked for. Keys are given by the names that they have on this "
            "server, never themselves.",
            code="unknown_parameter",
        )
    keys = tuple(dict.fromkeys(value for name, value in given if name == "key" and value))
    if any(key not in known for key in keys):
        raise invalid(f"No key has that name here. There are: {', '.join(known)}.", "key", "unknown_key")
    edits = _last(given, "edits", Edits.REGIONS.value)
    if edits not in list(Edits):
        raise invalid(f"'edits' is one of {', '.join(Edits)}.", "edits", "invalid_edits")
    return Asked(keys, Edits(edits), _wait(_last(given, "wait", "5")))


def _last(given: Iterable[tuple[str, str]], name: str, default: str) -> str:
    return {key: value for key, value in given if value}.get(name, default)


def _wait(text: str) -> float:
    try:
        wait = float(text)
    except ValueError:
        wait = -1.0
    if not 0 <= wait <= LONGEST_WAIT_S:
        raise invalid(f"'wait' is seconds, from 0 to {LONGEST_WAIT_S:g}.", "wait", "invalid_wait")
    return wait
