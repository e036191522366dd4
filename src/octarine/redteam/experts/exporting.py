"""Findings as lines that others read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from octarine.core.access import keeps_text, label_of, public, without_text
from octarine.core.codec import Json
from octarine.core.errors import InputError
from octarine.core.json_text import dumps
from octarine.core.lineage import Destination, destination
from octarine.core.results import Finding
from octarine.redteam.experts.formats.own import record_of
from octarine.redteam.experts.masking import without_secrets
from octarine.redteam.experts.replaying import attack_of
from octarine.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """``data``: JSON Lines in UTF-8; ``left_out``: access label → how many findings have it; ``measured``:
    how many of ``findings`` have a lineage that is routed to the benchmark: nothing to train or tune on."""

    data: bytes
    findings: int
    left_out: Mapping[str, int]
    measured: int = 0


def export(
    findings: Iterable[Finding], store: Store, name: str = "octarine", *, public_only: bool = False
) -> Exported:
    """Findings as JSON Lines.

    Args:
        name: ``octarine``: whole records, which ``import`` turns into the same findings; ``traffic``: the
            texts of the attacks as the guard's commands read them.
        public_only: leave out what has an access label, and mask what looks like a credential in the rest.

    Raises:
        StoreError: the store does not hold the bytes of a finding.
    """
    if name not in _WRITERS:
        raise InputError(f"findings are not written as '{name}'", hint=f"Formats: {', '.join(_WRITERS)}.")
    lines: list[bytes] = []
    written, measured, left_out = 0, 0, Counter[str]()
    for finding in findings:
        if public_only and not public(finding):
            left_out[label_of(finding)] += 1
            continue
        kept = finding if keeps_text(finding) else without_text(finding)
        records = _WRITERS[name](without_secrets(kept) if public_only else kept, store)
        written += bool(records)
        measured += bool(records) and destination(finding.sample) is Destination.BENCHMARK
        lines += [dumps(record) + b"\n" for record in records]
    return Exported(b"".join(lines), written, dict(left_out), measured)


def _record(finding: Finding, store: Store) -> list[Json]:
    return [record_of(finding, store.blob)]


def _traffic(finding: Finding, store: Store) -> list[Json]:
    if not keeps_text(finding):
        return []
    text = attack_of(finding).prompt
    return [{"text": text, "attack": True}] if text.strip() else []


_WRITERS: dict[str, Callable[[Finding, Store], list[Json]]] = {"octarine": _record, "traffic": _traffic}
FORMATS = tuple(_WRITERS)
