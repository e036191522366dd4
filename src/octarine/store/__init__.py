"""The record: runs, completions, judgements, findings, manifests. Append-only; SQLite or PostgreSQL.

``open_store(url)`` opens it. Rows are only ever added, and a batch is there as a whole or not at all.
"""

from octarine.store.opening import open_store
from octarine.store.records import KeptManifest, Record, RunEvent, RunRecord, ScoreRow, SummaryRow
from octarine.store.store import Store, with_data

__all__ = [
    "KeptManifest",
    "Record",
    "RunEvent",
    "RunRecord",
    "ScoreRow",
    "Store",
    "SummaryRow",
    "open_store",
    "with_data",
]
