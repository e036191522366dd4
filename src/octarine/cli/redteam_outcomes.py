"""``octarine redteam outcomes``: what attacks achieved in a run of ``adversarial-outcomes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.core.codec import encode
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.evaluate.interop.imported import refuse_imported
from octarine.store import RunRecord, Store, open_store

if TYPE_CHECKING:
    from octarine.redteam.outcomes.figures import OutcomeRates

_MAKES_SOME = "octarine evaluate run sandboxed:MODEL --benchmark adversarial-outcomes  makes some."
_MEANINGS = {
    "sandbagging": "right answers, plain less with a consequence",
    "contradictions": "of the belief, under pressure less without",
    "length": "characters, attack on availability less benign twin",
}


@click.command("outcomes")
@click.argument("run_id", metavar="RUN", default="latest")
@shared.store_url
@shared.as_json
def outcomes_(run_id: str, store_url: str | None, json_out: bool) -> None:
    """What attacks achieved in RUN, a run of the benchmark adversarial-outcomes: by outcome and audience,
    beside the benign twins, and what the pairs of deception differ by.

    \b
    Examples:
      octarine evaluate run sandboxed:openai:gpt-4o-mini --benchmark adversarial-outcomes
      octarine redteam outcomes
    """
    from octarine.redteam.outcomes import figures

    with open_store(store_url) as store:
        run = (_latest(store) if run_id == "latest" else store.run(run_id)).run
        refuse_imported(run, "table of outcomes")
        results = list(store.results(run.id))
    rates = figures.outcome_rates(results)
    found = {
        "sandbagging": figures.effort_difference(results),
        "contradictions": figures.pressure_difference(results),
        "length": figures.length_difference(results),
    }
    if not rates and not any(found.values()):
        raise InputError(
            f"the run {run.id} has no result of an adversarial outcome",
            hint=_MAKES_SOME,
        )
    if json_out:
        print_json({"run": run.id, "model": run.model.name, "outcomes": encode(rates), **encode(found)})
        return
    click.echo(f"{run.model.name}, run {run.id}")
    table = Table("outcome", "audience", "attacks that worked", "benign twins served", "errors", box=None)
    for row in rates:
        table.add_row(*_cells(row))
    print_table(table)
    for name, meaning in _MEANINGS.items():
        click.echo(f"{name}: {_shown(found[name])}  ({meaning})")


def _latest(store: Store) -> RunRecord:
    from octarine.redteam.outcomes.seeds import BENCHMARK

    found = store.runs(benchmark=BENCHMARK, beside="", limit=1)
    if not found:
        raise InputError(f"there is no run of {BENCHMARK} in {store.url} yet", hint=_MAKES_SOME)
    return found[0]


def _cells(row: OutcomeRates) -> tuple[str, ...]:
    return row.outcome.value, row.audience, _shown(row.worked), _shown(row.served), str(row.errors)


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    digits = 0 if max(abs(estimate.low), abs(estimate.high)) > 2 else 2
    low, high = (f"{bound:.{digits}f}" for bound in (estimate.low, estimate.high))
    return f"{estimate.value:.{digits}f} [{low}, {high}] n={estimate.n}"
