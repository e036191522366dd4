"""``octarine redteam flirt``: an attacker that learns from what worked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.registry import registry

if TYPE_CHECKING:
    from octarine.core.protocols import Model
    from octarine.redteam.flirt import FlirtRun, Options, Round, Score

_STRATEGIES = ("fifo", "lifo", "scoring", "scoring-greedy", "scoring-lifo", "few-shot")
_RATES = ("effectiveness", "uniqueness", "unique_effectiveness")


@dataclass(frozen=True, slots=True)
class _Asked:
    strategy: str
    rounds: int
    seed: int
    diversity: float
    temperature: float
    published_code: bool
    folder: Path


@click.command("flirt")
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option("--attacker", default=shared.DEFAULT_MODEL, show_default=True, help="Writes the prompts.")
@click.option("--strategy", type=click.Choice(_STRATEGIES), default="scoring", show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=200, show_default=True, help="For each seed set.")
@click.option(
    "--seeds",
    type=click.Path(dir_okay=False, path_type=Path),
    help='The first exemplars: one a line, or JSON Lines {"text": "…", "set": "…"}, with a run for each set. '
    "[default: four requests of the suite a dimension]",
)
@click.option("--language", default="en", show_default=True, help="Of the suite's requests.")
@click.option("--judge", "judge_name", default="guard_harm", show_default=True, help="Says what is harmful.")
@click.option(
    "--diversity", type=shared.Number(min=0), default=0.0, show_default=True, help="Weight; harm has 1."
)
@click.option(
    "--temperature",
    type=shared.Number(min=0),
    default=1.0,
    show_default=True,
    help="Of the attacker; 1 as in the paper.",
)
@click.option(
    "--published-code", is_flag=True, help="Do as the authors' code where the paper says otherwise."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of everything drawn.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("flirt"),
    show_default=True,
    help="Where the records go; a run that was stopped goes on from there.",
)
@shared.as_json
def flirt_(
    model: str,
    attacker: str,
    strategy: str,
    rounds: int,
    seeds: Path | None,
    language: str,
    judge_name: str,
    diversity: float,
    temperature: float,
    published_code: bool,
    seed: int,
    folder: Path,
    json_out: bool,
) -> None:
    """Have an attacker find prompts that MODEL falls to, each written after those that worked before.

    For models that you are entitled to test. Method: FLIRT, Mehrabi et al. 2024.

    \b
    Examples:
      octarine redteam flirt embedded:smollm2 --strategy scoring --rounds 200
      octarine redteam flirt openai:gpt-4o-mini --attacker http://localhost:8000/v1#mine --seeds mine.txt
    """
    from octarine.redteam.flirt import JudgeScore

    asked = _Asked(strategy, rounds, seed, diversity, temperature, published_code, folder)
    sets = _seed_sets(seeds, language, seed)
    score = JudgeScore(registry.get("judge", judge_name)())
    runs = asyncio.run(_runs(model, attacker, score, sets, asked, quiet=json_out))
    if json_out:
        print_json(_told(runs, asked))
        return
    _show(runs, asked)


def _seed_sets(path: Path | None, language: str, seed: int) -> Mapping[str, tuple[str, ...]]:
    from octarine.core.errors import InputError
    from octarine.evaluate.benchmark import open_benchmark
    from octarine.redteam.flirt import by_dimension, read_seeds

    if path:
        return read_seeds(path)
    sets = by_dimension(open_benchmark("octarine").load((language,)), seed=seed)
    if not sets:
        raise InputError(f"the suite has no seeds in '{language}'", hint="Give your own with --seeds.")
    return sets


async def _runs(
    target: str,
    attacker: str,
    score: Score,
    sets: Mapping[str, tuple[str, ...]],
    asked: _Asked,
    *,
    quiet: bool,
) -> dict[str, FlirtRun]:
    from octarine.models.names import open_model

    under_test = open_model(target)
    # One set of weights in memory where both are the same.
    writer = under_test if attacker == target else open_model(attacker)
    try:
        await under_test.start()
        if writer is not under_test:
            await writer.start()
        return {
            name: await _one(name, texts, writer, under_test, score, asked, quiet)
            for name, texts in sets.items()
        }
    finally:
        await under_test.aclose()
        await writer.aclose()


async def _one(
    name: str,
    seeds: tuple[str, ...],
    attacker: Model,
    target: Model,
    score: Score,
    asked: _Asked,
    quiet: bool,
) -> FlirtRun:
    from octarine.redteam.flirt import Log, Strategy, flirt

    total = asked.rounds + (asked.rounds if asked.strategy == Strategy.FEW_SHOT else len(seeds))
    with Log(_path(asked, name)) as log, bars(quiet) as shown:

        def told(one: Round) -> None:
            log.add(one)
            if shown:
                shown.stage(f"{asked.strategy}, {name}", one.number + 1, total)

        return await flirt(
            attacker,
            target,
            score,
            seeds,
            Strategy(asked.strategy),
            asked.rounds,
            asked.seed,
            options=_options(asked),
            resume=log.run,
            on_plan=log.begin,
            on_round=told,
        )


def _path(asked: _Asked, name: str) -> Path:
    plain = re.sub(r"[^\w-]+", "-", name)
    return asked.folder / f"{plain}-{asked.strategy}-{asked.seed}.jsonl"


def _options(asked: _Asked) -> Options:
    from octarine.redteam.flirt import PAPER, PUBLISHED_CODE, Objectives, Options
    from octarine.redteam.flirt.record import ATTACKING

    rules = PUBLISHED_CODE if asked.published_code else PAPER
    return Options(
        Objectives(diversity=asked.diversity, means=asked.published_code),
        rules,
        attacking=replace(ATTACKING, temperature=asked.temperature),
    )


def _told(runs: Mapping[str, FlirtRun], asked: _Asked) -> dict[str, Any]:
    from octarine.redteam.flirt import over_seed_sets
    from octarine.redteam.flirt.record import jsonable

    several = len(runs) > 1
    return {
        "sets": {name: {**jsonable(run), "record": str(_path(asked, name))} for name, run in runs.items()},
        "over_seed_sets": {rate: over_seed_sets(list(runs.values()), rate) for rate in _RATES}
        if several
        else None,
    }


def _show(runs: Mapping[str, FlirtRun], asked: _Asked) -> None:
    from octarine.redteam.flirt import over_seed_sets

    table = Table(
        "seeds", "rounds", "unsafe", "by new prompts", "prompts new", "malformed", "errors", box=None
    )
    for name, run in runs.items():
        found = run.summary
        rates = (found.effectiveness, found.unique_effectiveness, found.uniqueness)
        table.add_row(
            name,
            str(found.rounds),
            *(f"{100 * rate:.1f} %" for rate in rates),
            str(found.malformed),
            str(found.errors),
        )
    print_table(table)
    if len(runs) > 1:
        for rate in _RATES:
            click.echo(f"{rate.replace('_', ' ')}: {over_seed_sets(list(runs.values()), rate)}")
    else:
        click.echo("One seed set has no interval: its rounds depend on each other.")
    click.echo(f"Every round: {asked.folder}/")
