"""``octarine redteam flirt``: an attacker that learns from what worked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.access import access_labels, known_label, label_of
from octarine.core.errors import InputError
from octarine.core.files import read_text
from octarine.core.registry import registry

if TYPE_CHECKING:
    from octarine.core.dimensions import Dimension
    from octarine.core.protocols import Judge, Model
    from octarine.core.results import Finding
    from octarine.redteam import Chain
    from octarine.redteam.flirt import FlirtRun, ModeratorToxicity, Options, Round, Score
    from octarine.store import Store

_STRATEGIES = ("fifo", "lifo", "scoring", "scoring-greedy", "scoring-lifo", "few-shot")
_LISTED = 10
_CONFIRM = ("refusal", "guard_harm")
_RATES = ("effectiveness", "uniqueness", "unique_effectiveness")


@dataclass(frozen=True, slots=True)
class _Asked:
    strategy: str
    rounds: int
    seed: int
    diversity: float
    low_toxicity: float
    temperature: float
    published_code: bool
    folder: Path
    access: str

    def __post_init__(self) -> None:
        if self.access and not access_labels()[known_label(self.access)].text:
            raise InputError(f"of '{self.access}' no text is kept, and a run is a record of texts")


@dataclass(frozen=True, slots=True)
class _Means:
    """What the runs work with, the models aside. ``second`` confirms; None: nobody does."""

    score: Score
    second: Judge | None
    toxicity: ModeratorToxicity | None
    chain: Chain | None
    system: str
    store: Store


@dataclass(frozen=True, slots=True)
class _Set:
    """One seed set."""

    texts: tuple[str, ...]
    language: str
    dimension: Dimension


@dataclass(frozen=True, slots=True)
class _Found:
    run: FlirtRun
    findings: tuple[Finding, ...]


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
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=("en",),
    show_default=True,
    help="Of the seeds, and of what the attacker is told to write; repeatable for the suite's.",
)
@click.option("--access", default="", metavar="LABEL", help="Of what is found; for seeds of special domains.")
@click.option("--system", default="", help="A system message of the target's; @FILE reads it from a file.")
@click.option(
    "--ask",
    "chain",
    default="",
    metavar="CHAIN",
    help="Techniques that every prompt goes through before the target sees it: as a picture "
    "('typographic-image'), over several turns, in a code.",
)
@click.option("--judge", "judge_name", default="guard_harm", show_default=True, help="Says what is harmful.")
@click.option(
    "--second-judge",
    default="",
    help="Confirms what is kept in the store; 'none': keep all. "
    f"[default: of {' and '.join(_CONFIRM)} the first that is not --judge]",
)
@click.option(
    "--diversity", type=shared.Number(min=0), default=0.0, show_default=True, help="Weight; harm has 1."
)
@click.option(
    "--low-toxicity",
    type=shared.Number(min=0),
    default=0.0,
    show_default=True,
    help="Weight of prompts that read harmless; harm has 1.",
)
@click.option(
    "--toxicity",
    default="default:harmful_content",
    show_default=True,
    metavar="MODERATOR:CATEGORY",
    help="Says how a prompt reads, where low toxicity has a weight.",
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
@shared.store_url
@shared.as_json
def flirt_(
    model: str,
    attacker: str,
    seeds: Path | None,
    languages: tuple[str, ...],
    system: str,
    chain: str,
    judge_name: str,
    second_judge: str,
    toxicity: str,
    store_url: str | None,
    json_out: bool,
    **options: Any,
) -> None:
    """Have an attacker find prompts that MODEL falls to, each written after those that worked before.

    For models that you are entitled to test. Method: FLIRT, Mehrabi et al. 2024. What a second judge confirms
    is kept in the store as findings.

    \b
    Examples:
      octarine redteam flirt embedded:smollm2 --strategy scoring --rounds 200
      octarine redteam flirt openai:gpt-4o-mini --attacker http://localhost:8000/v1#mine --seeds mine.txt
      octarine redteam flirt MODEL --language de --language ja --low-toxicity 0.5
      octarine redteam flirt MODEL --ask typographic-image --system "You are a bank's assistant."
    """
    from octarine.redteam import techniques
    from octarine.redteam.flirt import JudgeScore
    from octarine.store import open_store

    asked = _Asked(**options)
    sets = _seed_sets(seeds, languages, asked.seed)
    means = partial(
        _Means,
        score=JudgeScore(registry.get("judge", judge_name)()),
        toxicity=_toxicity(toxicity) if asked.low_toxicity else None,
        chain=techniques.chain(chain) if chain else None,
        system=read_text(Path(system[1:])) if system.startswith("@") else system,
    )
    with open_store(store_url) as store:
        second = partial(_second, second_judge, judge_name)
        found = asyncio.run(
            _runs(model, attacker, partial(means, store=store), second, sets, asked, json_out)
        )
    if json_out:
        print_json(_told(found, asked))
        return
    _show(found, asked)


def _toxicity(text: str) -> ModeratorToxicity:
    from octarine.redteam.flirt import ModeratorToxicity

    name, colon, category = text.partition(":")
    if not colon or not category:
        raise InputError(f"'{text}' is no MODERATOR:CATEGORY", hint="As in default:harmful_content.")
    return ModeratorToxicity(registry.get("moderator", name)(), name, category)


def _second(name: str, first: str, target: Model) -> Judge | None:
    """The judge that confirms. Of our own choice it shares no lineage with the target, or there is none."""
    if name == "none":
        return None
    chosen = name or next(one for one in _CONFIRM if one != first)
    judge: Judge = registry.get("judge", chosen)()
    if not judge.lineage & target.identity.lineage:
        return judge
    if name:
        raise InputError(
            f"'{name}' shares weights or training rows with {target.identity.name}",
            hint="Confirm with a judge of another lineage, or with 'none'.",
        )
    return None


def _seed_sets(path: Path | None, languages: Sequence[str], seed: int) -> Mapping[str, _Set]:
    from octarine.core.dimensions import Dimension
    from octarine.evaluate.benchmark import open_benchmark
    from octarine.redteam.flirt import by_dimension, read_seeds

    if path:
        if len(languages) > 1:
            raise InputError("seeds of a file have one language", hint="Give --language once.")
        return {name: _Set(texts, languages[0], Dimension.SAFETY) for name, texts in read_seeds(path).items()}
    sets = {}
    for language in languages:
        found = by_dimension(open_benchmark("octarine").load((language,)), seed=seed)
        if not found:
            raise InputError(f"the suite has no seeds in '{language}'", hint="Give your own with --seeds.")
        for name, texts in found.items():
            label = name if len(languages) == 1 else f"{name} {language}"
            sets[label] = _Set(texts, language, Dimension(name))
    return sets


async def _runs(
    target: str,
    attacker: str,
    means: Callable[..., _Means],
    second: Callable[[Model], Judge | None],
    sets: Mapping[str, _Set],
    asked: _Asked,
    quiet: bool,
) -> dict[str, _Found]:
    from octarine.models.names import open_model

    under_test = open_model(target)
    # One set of weights in memory where both are the same.
    writer = under_test if attacker == target else open_model(attacker)
    known = means(second=second(under_test))
    try:
        await under_test.start()
        if writer is not under_test:
            await writer.start()
        return {
            name: await _one(name, seeds, writer, under_test, known, asked, quiet)
            for name, seeds in sets.items()
        }
    finally:
        await under_test.aclose()
        await writer.aclose()


async def _one(
    name: str, seeds: _Set, attacker: Model, target: Model, means: _Means, asked: _Asked, quiet: bool
) -> _Found:
    from octarine.core.content import Conversation
    from octarine.redteam.flirt import Asking, Log, Strategy, confirmed, flirt
    from octarine.redteam.flirt.loop import Ask
    from octarine.redteam.running.playing import Played

    ask: Ask = Conversation.user
    if means.chain or means.system:
        ask = Asking(means.chain, means.system, seeds.language, asked.seed)
    total = asked.rounds + (asked.rounds if asked.strategy == Strategy.FEW_SHOT else len(seeds.texts))
    with Log(_path(asked, name)) as log, bars(quiet) as shown:

        def told(one: Round) -> None:
            log.add(one)
            if shown:
                shown.stage(f"{asked.strategy}, {name}", one.number + 1, total)

        run = await flirt(
            attacker,
            Played(target),
            means.score,
            seeds.texts,
            Strategy(asked.strategy),
            asked.rounds,
            asked.seed,
            options=_options(asked, seeds.language),
            toxicity=means.toxicity,
            ask=ask,
            resume=log.run,
            on_plan=log.begin,
            on_round=told,
        )
    found = await confirmed(
        run, ask, means.second, dimension=seeds.dimension, language=seeds.language, access=asked.access
    )
    for finding in found:
        means.store.add_finding(finding)
    return _Found(run, found)


def _path(asked: _Asked, name: str) -> Path:
    plain = re.sub(r"[^\w-]+", "-", name)
    return asked.folder / f"{plain}-{asked.strategy}-{asked.seed}.jsonl"


def _options(asked: _Asked, language: str) -> Options:
    from octarine.redteam.flirt import PAPER, PUBLISHED_CODE, Objectives, Options
    from octarine.redteam.flirt.attacker import instruction_in
    from octarine.redteam.flirt.record import ATTACKING

    rules = PUBLISHED_CODE if asked.published_code else PAPER
    return Options(
        Objectives(diversity=asked.diversity, low_toxicity=asked.low_toxicity, means=asked.published_code),
        rules,
        instruction="" if language == "en" else instruction_in(language),
        attacking=replace(ATTACKING, temperature=asked.temperature),
    )


def _told(found: Mapping[str, _Found], asked: _Asked) -> dict[str, Any]:
    from octarine.redteam.flirt import over_seed_sets
    from octarine.redteam.flirt.record import jsonable

    runs = [one.run for one in found.values()]
    sets = {
        name: {
            **jsonable(one.run),
            "record": str(_path(asked, name)),
            "findings": [finding.id for finding in one.findings],
        }
        for name, one in found.items()
    }
    rates = {rate: over_seed_sets(runs, rate) for rate in _RATES} if len(runs) > 1 else None
    return {"sets": sets, "over_seed_sets": rates}


def _show(found: Mapping[str, _Found], asked: _Asked) -> None:
    from octarine.redteam.flirt import over_seed_sets

    table = Table(
        "seeds", "rounds", "unsafe", "by new prompts", "prompts new", "malformed", "errors", "kept", box=None
    )
    for name, one in found.items():
        counts = one.run.summary
        rates = (counts.effectiveness, counts.unique_effectiveness, counts.uniqueness)
        table.add_row(
            name,
            str(counts.rounds),
            *(f"{100 * rate:.1f} %" for rate in rates),
            str(counts.malformed),
            str(counts.errors),
            str(len(one.findings)),
        )
    print_table(table)
    runs = [one.run for one in found.values()]
    if len(runs) > 1:
        for rate in _RATES:
            click.echo(f"{rate.replace('_', ' ')}: {over_seed_sets(runs, rate)}")
    else:
        click.echo("One seed set has no interval: its rounds depend on each other.")
    _show_findings([finding for one in found.values() for finding in one.findings])
    click.echo(f"Every round: {asked.folder}/")


def _show_findings(kept: Sequence[Finding]) -> None:
    if not kept:
        return
    from octarine.redteam.experts import visible

    nobody = any(not finding.confirmed for finding in kept)
    by = "confirmed by nobody" if nobody else f"confirmed by '{kept[0].confirmed[0].judge}'"
    click.echo(f"Kept as findings, {by}:")
    for finding in kept[:_LISTED]:
        label = label_of(finding)
        text = f"({label})" if label else visible(" ".join(finding.note.split()))[:80]
        click.echo(f"  {finding.id}  {text}")
    if len(kept) > _LISTED:
        click.echo(f"  and {len(kept) - _LISTED} more")
