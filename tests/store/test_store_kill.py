"""A writer that is killed loses what it had not committed, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from killed_writer import BATCH

ROUNDS = 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_writer.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(ROUNDS), "20250101"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    rounds = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(rounds) == ROUNDS

    for found in rounds:
        assert found["sound"] == "ok"
        assert found["begun"] or not found["said_begun"]
        # Whole batches, without gaps: all that was acknowledged and at most the one in flight.
        batches, rest = divmod(len(found["positions"]), BATCH)
        assert rest == 0
        assert found["positions"] == list(range(batches * BATCH))
        assert found["said_kept"] <= batches <= found["said_kept"] + 1
        assert found["whole"] == len(found["positions"])
    # The test means something only if kills fell on both sides of the first batch.
    assert sum(found["said_kept"] > 0 for found in rounds) >= ROUNDS // 5
    assert any(not found["said_begun"] for found in rounds)
