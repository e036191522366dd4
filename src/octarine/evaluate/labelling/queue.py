"""Which answers of a run people label, and who has still to look at which."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.labels import Label
from octarine.core.results import Finish, Result, Run
from octarine.core.samples import Subject
from octarine.evaluate.labelling.verdicts import verdict
from octarine.evaluate.rubric.questions import Option, options
from octarine.store import Store


@dataclass(frozen=True, slots=True)
class Selected:
    """Which answers of a run are labelled.

    Attributes:
        dimensions, languages, judges: keep these only; empty keeps all.
        limit: at most so many, drawn at random by ``seed``: estimates from labels rest on that.
        wanted: how many people look at each answer.
    """

    dimensions: tuple[Dimension, ...] = ()
    languages: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    limit: int | None = None
    wanted: int = 2
    seed: int = 0

    def rank(self, result: Result) -> str:
        """Where a result stands in the random order."""
        text = f"{self.seed}:{result.sample.key}:{result.repeat}"
        return hashlib.sha256(text.encode()).hexdigest()

    def takes(self, result: Result) -> bool:
        """Whether a result is one that people can label and that was asked for."""
        sample = result.sample
        return (
            sample.subject is Subject.ANSWER
            and result.completion.finish is not Finish.ERROR
            and (not self.dimensions or sample.dimension in self.dimensions)
            and (not self.languages or sample.language in self.languages)
            and (not self.judges or sample.expectation.judge in self.judges)
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One answer to be labelled. ``place`` is its number in the queue, from 0."""

    place: int
    result: Result

    @property
    def key(self) -> tuple[str, str]:
        """Sample and completion: what a label names."""
        return self.result.sample.key, self.result.completion_key

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be said of the answer, in the order of the keys 1 to 4."""
        return options(self.result.sample)


class LabelQueue:
    """The answers of one run in their random order, and the labels that they have.

    Nobody is shown what others said, nor what the judge said, before they have said it themselves. An answer
    on which ``wanted`` people do not agree waits for an adjudication by somebody else than they.
    """

    def __init__(self, store: Store, run: Run, selected: Selected) -> None:
        self._store = store
        self.run = run
        self.selected = selected
        drawn = sorted(filter(selected.takes, store.results(run.id)), key=selected.rank)[: selected.limit]
        if not drawn:
            raise InputError(
                f"the run {run.id} has no answer to label", hint="Ask for other languages or dimensions."
            )
        self.items = [Item(place, result) for place, result in enumerate(drawn)]
        self._by_key = {item.key: item for item in self.items}
        self._labels: dict[tuple[str, str], dict[str, Label]] = {}
        for label in store.labels():
            self._keep(label)

    def _keep(self, label: Label) -> None:
        key = (label.sample, label.completion)
        if key in self._by_key:
            self._labels.setdefault(key, {})[label.annotator] = label

    def labels(self, item: Item) -> Sequence[Label]:
        """What people said of an item."""
        return tuple(self._labels.get(item.key, {}).values())

    def own(self, item: Item, annotator: str) -> Label | None:
        """What one of them said."""
        return self._labels.get(item.key, {}).get(annotator)

    def next_for(self, annotator: str, *, after: int = -1) -> Item | None:
        """The next item with too few labels and none of ``annotator``, round from ``after``."""
        for item in (*self.items[after + 1 :], *self.items[: after + 1]):
            given = self._labels.get(item.key, {})
            if annotator not in given and len(given) < self.selected.wanted:
                return item
        return None

    def next_disagreement(self, annotator: str) -> Item | None:
        """The next item that waits for somebody like ``annotator`` to settle it."""
        return next((item for item in self.disagreements() if self.own(item, annotator) is None), None)

    def disagreements(self) -> list[Item]:
        """Items on which people do not agree and that nobody has settled."""
        return [
            item for item in self.items if len(self.labels(item)) > 1 and verdict(self.labels(item)) is None
        ]

    def complete(self) -> list[Item]:
        """Items with as many labels as wanted, or settled."""
        return [
            item
            for item in self.items
            if len(self.labels(item)) >= self.selected.wanted
            or any(label.adjudicates for label in self.labels(item))
        ]

    def record(
        self, item: Item, annotator: str, choice: int, *, note: str = "", adjudicates: bool = False
    ) -> Label:
        """Keep a label, at once and for good; a later one of the same person takes its place.

        Raises:
            InputError: there is no such choice; the name is blank; who adjudicates has labelled it before, or
                there is nothing to settle; who labels has settled it, and knows what others said.
        """
        annotator = annotator.strip()
        if not annotator:
            raise InputError("a label needs the name of who gives it", hint="A pseudonym will do.")
        if not 0 <= choice < len(item.options):
            raise InputError(f"there is no choice {choice + 1}", hint=f"From 1 to {len(item.options)}.")
        before = self.own(item, annotator)
        if adjudicates and before is not None and not before.adjudicates:
            raise InputError(
                f"{annotator} has labelled this answer and cannot settle it", hint="Somebody else has to."
            )
        if not adjudicates and before is not None and before.adjudicates:
            raise InputError(
                f"{annotator} has settled this answer and knows what others said", hint="Settle it anew."
            )
        blind = [label for label in self.labels(item) if not label.adjudicates]
        if adjudicates and (not blind or verdict(blind) is not None):
            raise InputError("people do not disagree on this answer", hint="Label it: /label")
        option = item.options[choice]
        sample, completion = item.key
        now = datetime.now(UTC).isoformat(timespec="seconds")
        label = Label(
            sample, completion, annotator, option.outcome, option.score, now, note.strip(), adjudicates
        )
        self._store.add_label(label)
        self._keep(label)
        return label

    def settled(self) -> list[tuple[Item, Label]]:
        """Items whose label stands, with it."""
        found = [(item, verdict(self.labels(item))) for item in self.items if self.labels(item)]
        return [(item, label) for item, label in found if label is not None]
