"""``octarine guard adapters``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape

from octarine.cli import options as shared
from octarine.cli.output import print_json
from octarine.core.codec import encode


@click.command()
@shared.as_json
def adapters(json_out: bool) -> None:
    """List the moderation models and services that --ask and a policy's 'ask' can name.

    What one covers are categories of policies; on nothing else is it asked. The licence is that of the
    weights or the service: whoever fetches or rents them agrees to it.

    \b
    Examples:
      octarine guard adapters --json
      octarine guard check "…" --ask qwen3guard:hf:Qwen/Qwen3Guard-Gen-0.6B
    """
    from octarine.guard.adapters.catalogue import described

    found = described()
    if json_out:
        print_json(
            [{"name": name, **encode(one), "covers": encode(one.covers)} for name, one in found.items()]
        )
        return
    console = Console()
    for name, one in found.items():
        console.print(f"[bold]{name}[/]  {escape(one.title)}", highlight=False, soft_wrap=True)
        for what, told in (
            ("input", ", ".join(one.covers["input"]) or "nothing"),
            ("output", ", ".join(one.covers["output"]) or "nothing"),
            ("licence", one.licence),
            ("asked", one.asked),
            ("example", f"--ask {one.example}"),
        ):
            console.print(f"  [dim]{what:8}[/]{escape(told)}", highlight=False, soft_wrap=True)
