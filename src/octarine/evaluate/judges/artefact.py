"""Checks of the model's files and metadata: nothing is asked of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from octarine.core.codec import decode
from octarine.core.errors import DataError
from octarine.core.protocols import Basis, Inventory
from octarine.core.results import Completion, Evidence, Finish, Judgement, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.artefacts.checks import CHECKS
from octarine.evaluate.artefacts.inventory import Files
from octarine.evaluate.judges.arguments import parse


@dataclass(frozen=True, slots=True)
class _Args:
    check: str

    def __post_init__(self) -> None:
        if self.check not in CHECKS:
            raise ValueError(f"there is no check '{self.check}' (known: {', '.join(CHECKS)})")


class ArtefactCheck:
    """``{"check": NAME}``: one of ``artefacts.checks.ARTEFACT_CHECKS``.

    The completion's first part with text holds the JSON of a ``core.protocols.Inventory``. A check that
    passes is ``COMPLIED`` with score 1, one that fails ``PARTIAL`` with 0. No inventory is an
    error, not a failure.
    """

    name = "artefact"
    version = "1"
    basis = Basis.EXACT
    lineage: frozenset[str] = frozenset()

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` unless ``check`` names a check."""
        parse(_Args, args)

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """Run the check that the sample names."""
        check = CHECKS[parse(_Args, sample.expectation.args).check]
        if completion.error or completion.finish is Finish.ERROR:
            return self._failed(
                completion.error or "nothing is known of the model's files; pass --artefacts FOLDER"
            )
        text = next((part.text for part in completion.parts if part.text), "")
        try:
            inventory = decode(Inventory, json.loads(text))
        except (ValueError, RecursionError, DataError) as error:
            return self._failed(f"not an inventory of a model's files: {error}")
        found = check.run(Files(inventory))
        outcome = Outcome.COMPLIED if found.passed else Outcome.PARTIAL
        note = f"{check.statement} {'Yes' if found.passed else 'No'}: {found.note}"
        return Judgement(outcome, float(found.passed), self.name, self.version, evidence=(Evidence(note),))

    def _failed(self, reason: str) -> Judgement:
        return Judgement(Outcome.ERROR, None, self.name, self.version, evidence=(Evidence(reason),))
