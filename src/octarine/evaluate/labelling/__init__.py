"""Labels by people: what is shown to whom, what they agree on, and what comes of it."""

from octarine.evaluate.labelling.agreement import PairAgreement, pair_agreements
from octarine.evaluate.labelling.exports import findings, labelled_lines, preference_lines
from octarine.evaluate.labelling.pairs import Pair, PairQueue
from octarine.evaluate.labelling.queue import Item, LabelQueue, Selected

__all__ = [
    "Item",
    "LabelQueue",
    "Pair",
    "PairAgreement",
    "PairQueue",
    "Selected",
    "findings",
    "labelled_lines",
    "pair_agreements",
    "preference_lines",
]
