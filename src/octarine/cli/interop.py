"""``octarine evaluate import`` and ``export``: other tools' logs in, Inspect's out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from octarine.cli import options as shared
from octarine.cli.output import print_json
from octarine.core.codec import encode
from octarine.core.dimensions import Dimension
from octarine.core.errors import MissingExtra
from octarine.store import open_store


@click.command("import")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE_OR_FOLDER…",
    type=click.Path(path_type=Path),
)
@click.option(
    "--dimension",
    default=Dimension.VERACITY_ROBUSTNESS.value,
    show_default=True,
    type=click.Choice([dimension.value for dimension in Dimension]),
    help="What the samples are about, which the tools do not say; kept with the run, in no figure.",
)
@shared.store_url
@shared.as_json
def import_(paths: tuple[Path, ...], dimension: str, store_url: str | None, json_out: bool) -> None:
    """Bring in what other tools measured: logs of Inspect (.eval, .json; the extra 'inspect') and results of
    lm-evaluation-harness 0.4 (results_*.json, and the samples_*.jsonl beside it).

    Each task becomes a run 'import:TOOL:TASK' with the tool's own scores and figures, apart from ours. All
    files are read before anything is kept; the same file again adds nothing.

    \b
    Examples:
      octarine evaluate import logs/2026-11-29_gsm8k.eval
      octarine evaluate import lm-eval-output/org__name
      octarine evaluate list --runs
    """
    from octarine.evaluate.interop.imported import keep
    from octarine.evaluate.interop.sources import read_logs

    logs = read_logs(paths)
    with open_store(store_url) as store:
        kept = [keep(store, log, Dimension(dimension)) for log in logs]
    if json_out:
        print_json(encode(kept))
        return
    for one in kept:
        what = (
            f"{one.results} results, {one.reported} reported figures" if one.new else "in the store already"
        )
        click.echo(f"{one.run.id}  {one.run.benchmark}  {one.run.model.name}: {what}")


@click.command("export")
@click.argument("run_id", metavar="RUN", default="latest")
@click.option("--format", "form", type=click.Choice(["eval"]), default="eval", show_default=True)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
@shared.store_url
@shared.as_json
def export(run_id: str, form: str, out: Path, store_url: str | None, json_out: bool) -> None:
    """Write RUN as a log of Inspect, for 'inspect view' and whatever else reads .eval (the extra 'inspect').

    Transcripts with an access label are withheld, and secrets masked.

    \b
    Example:
      octarine evaluate export latest --out run.eval
    """
    if importlib.util.find_spec("inspect_ai") is None:
        raise MissingExtra("inspect", "a log of Inspect")
    if out.suffix != ".eval":
        raise click.BadParameter("Inspect reads files named .eval", param_hint="--out")
    with open_store(store_url) as store:
        record = store.run(run_id)
        from octarine.evaluate.interop.inspect_log import write_log

        samples = write_log(store, record, out)
    if json_out:
        print_json({"file": str(out), "format": form, "run": record.run.id, "samples": samples})
        return
    click.echo(f"{out}: {samples} samples of run {record.run.id}")
