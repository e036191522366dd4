"""Options that several commands share, and how they become the objects of the areas."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from octarine.core.dimensions import Dimension

F = TypeVar("F", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A finite number of at least ``min``: ``nan`` lies in no range and is caught by none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or the usage error that names the option."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number", param, ctx)
        return number


DEFAULT_MODEL = "embedded:smollm2"


def stacked(*decorators: Callable[[Any], Any]) -> Callable[[F], F]:
    """Several decorators as one, in the order in which help shows them."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


as_json = click.option(
    "--json", "json_out", is_flag=True, help="Print JSON and nothing else on standard output."
)
ask = click.option(
    "--ask",
    metavar="ADAPTER:WHERE",
    default="",
    help="A moderator that is asked where the guard's own model is unsure, in place of the policy's 'ask'; "
    "or 'nobody'. 'octarine guard adapters' lists them.",
)
store_url = click.option(
    "--store",
    "store_url",
    metavar="URL",
    help="Where results are kept: a file or postgresql://… [default: $OCTARINE_STORE or your data folder]",
)

model_options = stacked(
    click.option(
        "--concurrency", type=click.IntRange(1), help="Calls in flight. [default: what the model takes]"
    ),
    click.option(
        "--timeout",
        type=Number(0, min_open=True),
        default=60.0,
        show_default=True,
        help="Seconds for one call.",
    ),
    click.option(
        "--retries", type=click.IntRange(0), default=5, show_default=True, help="Tries after the first."
    ),
    click.option(
        "--artefacts",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder with the model's card, licence and files, for the governance checks.",
    ),
)

data_folder = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a public benchmark's official files, or with one such folder for each by its name. "
    "[default: where 'octarine data get' put them]",
)

selection_options = stacked(
    click.option(
        "--benchmark",
        default="octarine",
        show_default=True,
        help="A registered benchmark, FILE.jsonl or a folder of versions (evergreen, evergreen@1).",
    ),
    data_folder,
    click.option(
        "--dimension",
        "dimensions",
        multiple=True,
        type=click.Choice([dimension.value for dimension in Dimension]),
        help="Only this dimension; repeatable.",
    ),
    click.option(
        "--language",
        "languages",
        multiple=True,
        help="This language (en, de …) or 'all'; repeatable. [default: en; of a file or folder all]",
    ),
    click.option("--limit", type=click.IntRange(1), help="At most so many samples."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the draw of samples."),
)

judge_counts = click.option(
    "--judge-counts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Confusion counts that calibrate-judge wrote; they come before those that ship.",
)
judge_options = stacked(
    click.option(
        "--judge",
        "judges",
        multiple=True,
        metavar="MODEL",
        help="Ask this model in place of the judges that go by rules; given again, the majority decides. "
        "Or a registered judge (guard_refusal) in place of the one of refusals.",
    ),
    click.option(
        "--judge-max-tokens",
        type=click.IntRange(1),
        default=64,
        show_default=True,
        help="New tokens a verdict; a model that reasons first needs more.",
    ),
    judge_counts,
)

allow_shared_lineage = click.option(
    "--allow-shared-lineage",
    is_flag=True,
    help="Let a judge mark what shares its weights or training rows; the scorecard says so.",
)

generation_options = stacked(
    click.option("--max-tokens", type=click.IntRange(1), help="New tokens an answer. [default: the suite's]"),
    click.option("--temperature", type=Number(0), default=0.0, show_default=True, help="0 is greedy."),
    click.option("--repeats", type=click.IntRange(1), default=1, show_default=True, help="Answers a sample."),
)

limit_options = stacked(
    click.option(
        "--time-limit", type=Number(0), help="Stop drawing samples after so many seconds; 0 for none."
    ),
    click.option(
        "--max-errors", type=click.IntRange(0), help="Stop when more samples fail. [default: a tenth]"
    ),
)
