"""Two answers to one conversation, side by side: which does a person prefer?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from octarine.core.errors import InputError
from octarine.core.labels import Choice, Preference
from octarine.core.results import Result, Run
from octarine.evaluate.labelling.queue import Selected
from octarine.store import Store


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers; whether the queue's own run gave the first (``own_first``) is drawn and not shown."""

    place: int
    first: Result
    second: Result
    own_first: bool

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """The conversation and the two answers, in no order."""
        answers = frozenset((self.first.completion_key, self.second.completion_key))
        return self.first.sample.conversation.key, answers


class PairQueue:
    """The samples that two runs share and answered differently, in random order."""

    def __init__(self, store: Store, run: Run, other: Run, selected: Selected) -> None:
        self._store = store
        self.run, self.other, self.selected = run, other, selected
        theirs = {
            (r.sample.conversation.key, r.repeat): r for r in store.results(other.id) if selected.takes(r)
        }
        shared = []
        for result in store.results(run.id):
            answer = theirs.get((result.sample.conversation.key, result.repeat))
            if answer and selected.takes(result) and answer.completion.parts != result.completion.parts:
                shared.append((selected.rank(result), result, answer))
        shared.sort(key=lambda entry: entry[0])
        if not shared:
            raise InputError(
                f"the runs {run.id} and {other.id} share no sample that they answered differently",
                hint="Run both models on the same suite.",
            )
        self.pairs = [
            Pair(place, one, two, True) if int(rank[-1], 16) % 2 else Pair(place, two, one, False)
            for place, (rank, one, two) in enumerate(shared[: selected.limit])
        ]
        self._given: dict[tuple[tuple[str, frozenset[str]], str], Preference] = {}
        for preference in store.preferences():
            self._keep(preference)

    def _keep(self, preference: Preference) -> None:
        key = (preference.conversation, frozenset((preference.first, preference.second)))
        self._given[key, preference.annotator] = preference

    def own(self, pair: Pair, annotator: str) -> Preference | None:
        """What one person said."""
        return self._given.get((pair.key, annotator))

    def next_for(self, annotator: str, *, after: int = -1) -> Pair | None:
        """The next pair that ``annotator`` has not compared, round from ``after``."""
        ordered = (*self.pairs[after + 1 :], *self.pairs[: after + 1])
        return next((pair for pair in ordered if self.own(pair, annotator) is None), None)

    def record(self, pair: Pair, annotator: str, choice: Choice, *, note: str = "") -> Preference:
        """Keep a preference; a later one of the same person takes its place."""
        annotator = annotator.strip()
        if not annotator:
            raise InputError("a preference needs the name of who gives it", hint="A pseudonym will do.")
        preference = Preference(
            conversation=pair.first.sample.conversation.key,
            first=pair.first.completion_key,
            second=pair.second.completion_key,
            choice=choice,
            annotator=annotator,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            dimension=pair.first.sample.dimension.value,
            note=note.strip(),
        )
        self._store.add_preference(preference)
        self._keep(preference)
        return preference

    def given(self) -> list[tuple[Pair, Preference]]:
        """Every preference with its pair."""
        return [
            (pair, preference)
            for pair in self.pairs
            for (key, _), preference in self._given.items()
            if key == pair.key
        ]

    def wins(self) -> tuple[int, int, int]:
        """How often the first run was preferred, the other, and neither."""
        mine = theirs = ties = 0
        for pair, preference in self.given():
            if preference.choice is Choice.TIE:
                ties += 1
                continue
            better = preference.first if preference.choice is Choice.FIRST else preference.second
            own = (better == pair.first.completion_key) is pair.own_first
            mine += own
            theirs += not own
        return mine, theirs, ties
