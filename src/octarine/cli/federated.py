"""``octarine evaluate federated``: the benchmark FedMultimodal, which measures training and no chat model."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import click

from octarine.cli import options as shared
from octarine.cli.output import print_json, wide_console
from octarine.cli.progress import bars
from octarine.core.files import make_folder, write_text
from octarine.evaluate.benchmarks.fedmultimodal import SYNTHETIC, load
from octarine.evaluate.benchmarks.fedmultimodal.corruption import Corruption, Draws
from octarine.evaluate.benchmarks.fedmultimodal.engine import Strategy
from octarine.evaluate.benchmarks.fedmultimodal.study import Plan, Study, run_study
from octarine.evaluate.benchmarks.fedmultimodal.training import Settings
from octarine.report.federated import show_study, study_page, study_record

Kind = TypeVar("Kind", bound=StrEnum)


def _several(kind: type[Kind]) -> Callable[[click.Context, click.Parameter, str], tuple[Kind, ...]]:
    def read(context: click.Context, parameter: click.Parameter, given: str) -> tuple[Kind, ...]:
        names = [name.strip() for name in given.split(",") if name.strip()]
        known = [item.value for item in kind]
        for name in names:
            if name not in known:
                raise click.BadParameter(f"'{name}' is not one of {', '.join(known)}.", context, parameter)
        if not names or len(set(names)) < len(names):
            raise click.BadParameter("name each once, and one at least.", context, parameter)
        return tuple(kind(name) for name in names)

    return read


def _rates(context: click.Context, parameter: click.Parameter, given: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in given.split(",") if part.strip())
    except ValueError:
        raise click.BadParameter(f"'{given}' is no list of numbers.", context, parameter) from None
    if not found or not all(0.0 <= rate < 1.0 for rate in found):
        raise click.BadParameter("rates lie from 0 to below 1.", context, parameter)
    return found


@click.command("federated")
@click.option(
    "--data", default=SYNTHETIC, show_default=True,
    help="'synthetic', or the folder of UCI-HAR (train, test and their 'Inertial Signals').",
)  # fmt: skip
@click.option(
    "--strategy", "strategies", default="fedavg,fedopt,local", show_default=True,
    callback=_several(Strategy), help="Several by commas.",
)  # fmt: skip
@click.option(
    "--corruption", "corruptions", default="missing-modality,missing-label,label-noise", show_default=True,
    callback=_several(Corruption), help="Several by commas.",
)  # fmt: skip
@click.option(
    "--rates", default="0.1,0.2,0.3,0.4,0.5", show_default=True, callback=_rates,
    help="Of clients that lack a modality, of labels that are missing or wrong. 0 is always measured.",
)  # fmt: skip
@click.option(
    "--draws", type=click.Choice([item.value for item in Draws]), default="fixed", show_default=True,
    help="'official': the draws of the published code with its defects.",
)  # fmt: skip
@click.option(
    "--alpha", type=shared.Number(0.01), default=5.0, show_default=True,
    help="Of the Dirichlet deal of classes to clients: .1 is uneven, 5 even.",
)  # fmt: skip
@click.option("--rounds", type=click.IntRange(1), default=100, show_default=True, help="The paper has 200.")
@click.option(
    "--repeats", type=click.IntRange(2), default=5, show_default=True, help="Trainings of each cell."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path),
    help="Write federated.json and federated.html here.",
)  # fmt: skip
@shared.as_json
def federated(
    data: str,
    strategies: tuple[Strategy, ...],
    corruptions: tuple[Corruption, ...],
    rates: tuple[float, ...],
    draws: str,
    alpha: float,
    rounds: int,
    repeats: int,
    out: Path | None,
    json_out: bool,
) -> None:
    """Train a small network over many clients, break some of them, and say what that costs (FedMultimodal).

    \b
    Examples:
      octarine evaluate federated
      octarine evaluate federated --data "UCI HAR Dataset" --alpha 0.1 --rounds 200 --draws official
      octarine evaluate federated --strategy fedavg --corruption label-noise --rates 0.2,0.4 --json
    """
    if out:
        make_folder(out, hint="Choose another with --out.")
    settings = Settings(rounds=rounds)
    plan = Plan(strategies, corruptions, rates, repeats, alpha, Draws(draws), settings)
    corpus = load(data)
    with bars(quiet=json_out) as shown:

        def tell(done: int, total: int) -> None:
            if shown:
                shown.stage("training", done, total, f"{done} of {total} cells")

        study = run_study(corpus, plan, tell)
    files = _write(study, out) if out else []
    if json_out:
        print_json(study_record(study) | {"files": [str(file) for file in files]})
        return
    console = wide_console()
    show_study(console, study)
    for file in files:
        console.print(f"wrote {file}", highlight=False, soft_wrap=True)


def _write(study: Study, out: Path) -> list[Path]:
    text = json.dumps(study_record(study), ensure_ascii=True, indent=1) + "\n"
    return [write_text(out / "federated.json", text), write_text(out / "federated.html", study_page(study))]
