"""The evergreen benchmark: what worked against models becomes the next version of what they are measured by.

::

    plan = Plan("evergreen", seeds)
    draft = next_version(store.findings(), plan, 2, parent=read_version(Path("evergreen"), 1))
    write_version(Path("evergreen"), draft, store.blob)

Findings whose lineage is routed to training (``core.lineage``) are in no version; ``training_set`` gives them
as rows. ``regress`` asks every confirmed finding again.
"""

from octarine.redteam.evergreen.balance import Caps
from octarine.redteam.evergreen.building import Draft, Plan, next_version
from octarine.redteam.evergreen.likeness import Likeness
from octarine.redteam.evergreen.regress import Asked, Check, Regression, State, regress
from octarine.redteam.evergreen.retiring import Retiring, records
from octarine.redteam.evergreen.training import TrainingSet, training_set
from octarine.redteam.evergreen.writing import next_number, write_version

__all__ = [
    "Asked",
    "Caps",
    "Check",
    "Draft",
    "Likeness",
    "Plan",
    "Regression",
    "Retiring",
    "State",
    "TrainingSet",
    "next_number",
    "next_version",
    "records",
    "regress",
    "training_set",
    "write_version",
]
