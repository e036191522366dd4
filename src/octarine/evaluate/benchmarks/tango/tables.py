"""From readings to figures: consistency by family, kind of antecedent and antecedent, in every reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy

from octarine.core.stats import holm, mean, paired_difference, paired_p_value
from octarine.evaluate.benchmarks.frame import Figure
from octarine.evaluate.benchmarks.tango.families import FAMILIES
from octarine.evaluate.benchmarks.tango.loading import KINDS, Prompt
from octarine.evaluate.benchmarks.tango.readings import Reading

FIRST, ALL, LIKELY = "consistency_first", "consistency_all", "consistency_probability"
CONSISTENCY = (FIRST, ALL, LIKELY)
EXCLUDED, CONFLICT, REPEATED = "no_pronoun", "readings_conflict", "prompt_repeated"
MINUS_HE = "_minus_he"
NEEDS_LOGPROBS = "needs log-probabilities of the answer's tokens, with alternatives"


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt and what its answer said."""

    prompt: Prompt
    reading: Reading


Value = Callable[[Row], bool | None]
"""What counts as 1 or 0 of a row; None counts neither way."""


def _conflict(row: Row) -> bool | None:
    """Whether generation and probability disagree, where both say something."""
    written, likely = row.reading.first_consistent, row.reading.likely_consistent
    return None if written is None or likely is None else written != likely


METRICS: dict[str, Value] = {
    FIRST: lambda row: row.reading.first_consistent,
    ALL: lambda row: row.reading.all_consistent,
    LIKELY: lambda row: row.reading.likely_consistent,
    CONFLICT: _conflict,
    EXCLUDED: lambda row: not row.reading.first,
    REPEATED: lambda row: row.reading.repeated,
}


def figures(rows: Sequence[Row]) -> list[Figure]:
    """Every figure of a set of answers."""
    slices = _slices(rows)
    found = [
        _figure(metric, name, chosen)
        for metric in METRICS
        for name, chosen in slices.items()
        if metric in CONSISTENCY or not name.startswith("antecedent/")
    ]
    for metric in CONSISTENCY:
        found += _minus_he(metric, rows)
    return found


def _slices(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Everything; families; kinds of antecedents; both; antecedents."""
    found = {"": list(rows)}
    for family in FAMILIES:
        found[f"family/{family}"] = [row for row in rows if row.prompt.family == family]
    for kind in KINDS:
        found[f"kind/{kind}"] = [row for row in rows if row.prompt.kind == kind]
    for row in rows:
        found.setdefault(f"family/{row.prompt.family}/{row.prompt.kind}", []).append(row)
    for row in rows:
        found.setdefault(f"antecedent/{row.prompt.antecedent}", []).append(row)
    return {name: chosen for name, chosen in found.items() if chosen}


def _figure(metric: str, name: str, rows: Sequence[Row]) -> Figure:
    value = METRICS[metric]
    known = [(row, found) for row in rows if (found := value(row)) is not None]
    left = len(rows) - len(known)
    if not known:
        probable = metric in (LIKELY, CONFLICT)
        return Figure(metric, None, name, NEEDS_LOGPROBS if probable else "no answer has a pronoun")
    # Of one antecedent, its templates are the units; otherwise the antecedents are.
    alone = name.startswith("antecedent/")
    clusters = [str(row.prompt.template) if alone else row.prompt.antecedent for row, _ in known]
    values = [float(found) for _, found in known]
    estimate = mean(values, clusters, rng=numpy.random.default_rng(0))
    return Figure(metric, estimate, name, f"{left} of {len(rows)} answers left out" if left else "")


def _minus_he(metric: str, rows: Sequence[Row]) -> Iterator[Figure]:
    """Each family minus ``he`` over cells in which both say something; p-values adjusted together (Holm)."""
    value = METRICS[metric]
    found: dict[str, dict[str, float]] = {family: {} for family in FAMILIES}
    for row in rows:
        if (said := value(row)) is not None:
            found[row.prompt.family][row.prompt.cell] = float(said)
    antecedent = {row.prompt.cell: row.prompt.antecedent for row in rows}
    made: list[Figure] = []
    p_values: list[float] = []
    for family in FAMILIES[1:]:
        both = [cell for cell in found[family] if cell in found["he"]]
        name = f"family/{family}"
        if not both:
            made.append(Figure(metric + MINUS_HE, None, name, "no cell in which both say something"))
            continue
        theirs, his = [found[family][cell] for cell in both], [found["he"][cell] for cell in both]
        clusters = [antecedent[cell] for cell in both]
        rng = numpy.random.default_rng(0)
        made.append(Figure(metric + MINUS_HE, paired_difference(theirs, his, clusters, rng=rng), name))
        p_values.append(paired_p_value(theirs, his, clusters, rng=rng))
    adjusted = iter(holm(p_values))
    for figure in made:
        yield figure if figure.estimate is None else replace(figure, note=_p(next(adjusted), len(p_values)))


def _p(value: float, tests: int) -> str:
    shown = "< 0.001" if value < 0.001 else f"= {value:.3f}"
    return f"p {shown} (sign flips of whole antecedents, Holm over {tests} families)"
