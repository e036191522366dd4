"""``octarine redteam run``: a campaign, and what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import click

from octarine.cli import options as shared
from octarine.cli.jobs import JudgeOptions, panel_of_options
from octarine.cli.output import print_json, wide_console
from octarine.cli.progress import ProgressBars, bars
from octarine.core.codec import encode
from octarine.core.errors import ExitCode, InputError
from octarine.core.results import Settings
from octarine.redteam import Category

if TYPE_CHECKING:
    from octarine.core.protocols import Model
    from octarine.core.results import Result
    from octarine.evaluate.judging import JudgePanel
    from octarine.evaluate.runner import Progress
    from octarine.redteam.campaign import Asked, Tools
    from octarine.redteam.campaign.figures import CampaignReport, Hit
    from octarine.redteam.campaign.forecast import Forecast
    from octarine.store import Store


class _Options(JudgeOptions):
    """What the options of ``run`` pass besides the model and where things go."""

    benchmark: str
    seeds: int | None
    techniques: tuple[str, ...]
    categories: tuple[str, ...]
    languages: str
    dimensions: tuple[str, ...]
    combine: int
    strategies: tuple[str, ...]
    attacker: str | None
    writer: str | None
    samples: int
    budget: int
    finalists: int
    seed: int
    max_tokens: int
    temperature: float
    second_judge: str | None
    concurrency: int | None
    per_minute: float | None
    timeout: float
    retries: int


@click.command("run")
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option(
    "--suite", "benchmark", default="octarine", show_default=True, metavar="NAME|FILE.jsonl",
    help="Where the seeds come from: requests that must be deflected.",
)  # fmt: skip
@click.option("--seeds", type=click.IntRange(1), help="Screened at most. [default: what the budget allows]")
@click.option(
    "--techniques", multiple=True, metavar="ID|CHAIN|FILE",
    help="Only these: an id, a chain ('museum-placard | base64'), a YAML or TOML file; repeatable.",
)  # fmt: skip
@click.option(
    "--category", "categories", multiple=True, type=click.Choice([one.value for one in Category]),
    help="Only techniques of this one; repeatable.",
)  # fmt: skip
@click.option("--languages", default="en", show_default=True, help="Of the seeds, with commas: de,ja.")
@click.option("--dimension", "dimensions", multiple=True, help="Only seeds of this dimension; repeatable.")
@click.option(
    "--combine", type=click.IntRange(1, 3), default=1, show_default=True,
    help="Search chains of so many techniques, too.",
)  # fmt: skip
@click.option(
    "--strategy", "strategies", multiple=True, metavar="NAME",
    help="A strategy over several turns (crescendo …), alone unless techniques are named; repeatable.",
)  # fmt: skip
@click.option("--attacker", metavar="MODEL", help="Plays the strategies. [default: embedded:smollm2]")
@click.option("--writer", metavar="MODEL", help="Rewrites, for techniques that need a model.")
@click.option("--samples", type=click.IntRange(3, 100), default=3, show_default=True, help="Of each prompt.")
@click.option(
    "--budget",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Calls to MODEL, over everything.",
)
@click.option(
    "--finalists",
    type=click.IntRange(1),
    default=12,
    show_default=True,
    help="Attacks in the report, at most.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of everything drawn.")
@click.option("--max-tokens", type=click.IntRange(1), default=64, show_default=True, help="An answer.")
@click.option(
    "--temperature", type=shared.Number(0), default=0.7, show_default=True,
    help="0 is greedy: a repeat is then the same answer, and one sample is taken of each prompt.",
)  # fmt: skip
@click.option(
    "--second-judge", metavar="JUDGE",
    help="Looks at every success again, or 'none'. [default: one that shares nothing with the first]",
)  # fmt: skip
@shared.judge_options
@shared.allow_shared_lineage
@click.option("--concurrency", type=click.IntRange(1), help="Calls in flight. [default: what MODEL takes]")
@click.option(
    "--per-minute", type=shared.Number(0, min_open=True), help="Calls to MODEL, at most. [default: no limit]"
)
@click.option(
    "--timeout",
    type=shared.Number(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds for one call.",
)
@click.option(
    "--retries", type=click.IntRange(0), default=5, show_default=True, help="Tries after the first."
)
@click.option("--dry-run", is_flag=True, help="Print seeds, attacks, calls, tokens and rough cost; stop.")
@click.option("--price-in", type=shared.Number(0), help="Price of a million input tokens, for --dry-run.")
@click.option("--price-out", type=shared.Number(0), help="Price of a million output tokens, for --dry-run.")
@click.option(
    "--hits", type=click.Path(dir_okay=False, path_type=Path),
    help="Add every success to this JSON Lines file as soon as it is judged.",
)  # fmt: skip
@shared.store_url
@shared.as_json
def run_(
    model: str,
    dry_run: bool,
    price_in: float | None,
    price_out: float | None,
    hits: Path | None,
    store_url: str | None,
    json_out: bool,
    **options: Unpack[_Options],
) -> int:
    """Attack MODEL on the requests that it deflects, and report what works. For models that you are entitled
    to test.

    Seeds are screened first; attacks are ranked on one part of those that the model always deflects, and
    measured on the other part, beside the plain seeds. The same command goes on with a campaign that was
    stopped.

    \b
    Examples:
      octarine redteam run
      octarine redteam run guarded:embedded:smollm2 --category obfuscation --budget 600
      octarine redteam run http://localhost:8000/v1#m --techniques base64 --techniques acrostic
      octarine redteam run MODEL --languages de,ja --combine 2 --dry-run

    Exit codes: 0 nothing was confirmed, 1 a confirmed success, 2 a mistake in the command, 3 ours.
    """
    from octarine.models.names import ModelOptions, open_model
    from octarine.report.campaign_terminal import show_campaign, show_forecast
    from octarine.store import open_store

    asked = _asked(options)
    opened = ModelOptions(
        concurrency=options["concurrency"], timeout_s=options["timeout"], max_retries=options["retries"]
    )
    target = _paced(open_model(model, opened), options["per_minute"])
    if dry_run:
        with open_store(store_url) as store:
            found = asyncio.run(_forecast(target, asked, options, store, (price_in, price_out)))
        print_json(found) if json_out else show_forecast(wide_console(), found)
        return ExitCode.OK
    with open_store(store_url) as store, bars(quiet=json_out) as shown, _Hits(hits, shown) as told:
        report = asyncio.run(_campaign(target, asked, options, store, told, shown))
        told.complete(report.hits, store)
    print_json(report) if json_out else show_campaign(wide_console(), report)
    return ExitCode.FINDING if report.confirmation.confirmed else ExitCode.OK


def _asked(options: _Options) -> Asked:
    from octarine.redteam.campaign import Asked

    languages = tuple(name.strip() for name in options["languages"].split(",") if name.strip())
    if not languages:
        raise InputError("--languages names none", hint="For example --languages de,ja.")
    return Asked(
        techniques=options["techniques"],
        categories=options["categories"],
        languages=languages,
        dimensions=options["dimensions"],
        combine=options["combine"],
        samples=options["samples"],
        budget=options["budget"],
        seed=options["seed"],
        seeds=options["seeds"],
        finalists=options["finalists"],
        settings=Settings(max_tokens=options["max_tokens"], temperature=options["temperature"]),
    )


async def _forecast(
    target: Model, asked: Asked, options: _Options, store: Store, prices: tuple[float | None, float | None]
) -> Forecast:
    from octarine.evaluate.benchmark import open_benchmark
    from octarine.redteam.campaign import prepare
    from octarine.redteam.campaign.forecast import forecast

    tools = _tools(options, *_others(options, target), panel_of_options(options, store))
    prepared = prepare(target, open_benchmark(options["benchmark"]), asked, tools)
    return await forecast(prepared, target, price_in=prices[0], price_out=prices[1])


async def _campaign(
    target: Model, asked: Asked, options: _Options, store: Store, told: _Hits, shown: ProgressBars | None
) -> CampaignReport:
    from octarine.evaluate.benchmark import open_benchmark
    from octarine.redteam.campaign import run_campaign

    def progress(name: str, found: Progress) -> None:
        if shown:
            # The rounds of a search share a bar.
            note = f"{found.done} of {found.planned}"
            shown.stage(name.rstrip(" 0123456789"), found.done, found.planned, note)

    writer, attacker = _others(options, target)
    panel = panel_of_options(options, store)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(panel.aclose)
        for one in {id(m): m for m in (target, writer, attacker) if m is not None}.values():
            stack.push_async_callback(one.aclose)
            await one.start()
        return await run_campaign(
            target,
            open_benchmark(options["benchmark"]),
            asked,
            store,
            _tools(options, writer, attacker, panel),
            on_hit=told.add,
            on_progress=progress,
        )


def _others(options: _Options, target: Model) -> tuple[Model | None, Model | None]:
    """Writer and attacker, not started; one set of weights in memory where names are the same."""
    from octarine.models.names import open_model

    known = {target.identity.name: target}
    playing = shared.DEFAULT_MODEL if options["strategies"] else None
    names = (options["writer"], options["attacker"] or playing)
    for name in names:
        if name and name not in known:
            known[name] = open_model(name)
    writer, attacker = (known[name] if name else None for name in names)
    return writer, attacker


def _paced(model: Model, per_minute: float | None) -> Model:
    from octarine.models.pacing import PacedModel

    return model if per_minute is None else PacedModel(model, per_minute)


def _tools(options: _Options, writer: Model | None, attacker: Model | None, panel: JudgePanel) -> Tools:
    from octarine.redteam.campaign import Tools

    tools = Tools(panel=panel, writer=writer, attacker=attacker, concurrency=options["concurrency"])
    if options["combine"] > 1:
        tools = replace(tools, combining=_combining)
    if options["strategies"]:
        tools = replace(tools, **_strategies(options["strategies"], panel))
    name = options["second_judge"]
    return tools if name is None else replace(tools, second=_second(name))


def _second(name: str) -> Any:
    from octarine.core.registry import registry

    return None if name == "none" else registry.get("judge", name)()


def _combining(entries: Sequence[Any], longest: int, most: int) -> Any:
    from octarine.redteam.combining import ChainBandit

    usable = {entry.attack.id: entry.chain.steps[0] for entry in entries}
    return ChainBandit(usable, lengths=tuple(range(2, longest + 1)), most=most)


def _strategies(names: Sequence[str], panel: JudgePanel) -> dict[str, Any]:
    from octarine.redteam.strategies import driver, strategies

    return {"strategies": [strategies.named(name) for name in names], "driving": driver}


def _ids_in(path: Path) -> set[str]:
    """The ids of the hits in a file. A last line that a kill cut short is taken out of it: what is added
    would stand behind it, on the same line."""
    text = path.read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]
    found = {json.loads(line)["id"] for line in whole.split("\n") if line}
    if whole != text:
        path.write_text(whole, "utf-8")
    return found


class _Hits:
    """Tells successes as they come: a line each on standard error, and in a file where one was named. A line
    that is in the file is not added again, so that a campaign that goes on goes on there."""

    def __init__(self, path: Path | None, shown: ProgressBars | None) -> None:
        self._path = path
        self._shown = shown
        self._file: Any = None
        self._known: set[str] = set()

    def __enter__(self) -> _Hits:
        if self._path is not None:
            try:
                if self._path.exists():
                    self._known = _ids_in(self._path)
                self._file = self._path.open("a", encoding="utf-8", errors="backslashreplace")
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{self._path} cannot be added to: {error}", hint="Name another file with --hits."
                ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, hit: Hit, result: Result) -> None:
        """A success that has just been judged."""
        from octarine.report.campaign_terminal import hit_line

        if hit.id in self._known:
            return
        if self._shown is not None:
            self._shown.line(hit_line(hit))
        self._write(hit, result)

    def complete(self, hits: Sequence[Hit], store: Store) -> None:
        """Those that the file lacks: of a campaign that began without it, or whose last line was lost."""
        from octarine.core.results import Outcome

        missing = {(hit.run, hit.sample_key, hit.repeat): hit for hit in hits if hit.id not in self._known}
        for run in dict.fromkeys(run for run, *_ in missing) if self._file is not None else ():
            for result in store.results(run, outcome=Outcome.COMPLIED):
                hit = missing.get((run, result.sample.key, result.repeat))
                if hit is not None:
                    self._write(hit, result)

    def _write(self, hit: Hit, result: Result) -> None:
        from octarine.core.access import access_labels, access_of

        self._known.add(hit.id)
        if self._file is None:
            return
        label = access_of(result.sample)
        said = {"conversation": encode(result.sample.conversation), "answer": result.completion.text}
        if label and not access_labels()[label].text:
            # As in the store: of what endangers a child no text is kept.
            hit, said = _without_text(hit), {}
        line = {**encode(hit), "access": label, **said}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


def _without_text(hit: Hit) -> Hit:
    return replace(hit, request="", judgement=replace(hit.judgement, evidence=()))
