"""``octarine redteam strategies``: what is played over several turns."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.redteam.strategies import Strategy, strategies


@click.command("strategies")
@click.argument("name", required=False)
@shared.as_json
def strategies_(name: str | None, json_out: bool) -> None:
    """List the strategies over turns, or everything about NAME, a strategy with or without parameters.

    \b
    Examples:
      octarine redteam strategies
      octarine redteam strategies "crescendo(turns=8, inside=base64)"
    """
    chosen = [strategies.named(name)] if name else list(strategies.values())
    if json_out:
        print_json([card(strategy) for strategy in chosen])
        return
    if name:
        _show(chosen[0])
        return
    table = Table("id", "mechanism", "calls at most", "uses", "parameters", box=None)
    for strategy in chosen:
        table.add_row(
            strategy.id,
            strategy.mechanism,
            str(strategy.calls),
            ", ".join(sorted(strategy.uses)),
            ", ".join(f"{name}={value}" for name, value in strategy.values.items() if _short(value)),
        )
    print_table(table)
    click.echo('\nA name with parameters is written "crescendo(turns=8, inside=base64)".')


def _short(value: Any) -> bool:
    return value != "" and len(str(value)) <= 20


def _show(strategy: Strategy) -> None:
    click.echo(f"{strategy}: {strategy.name}\n\n{strategy.mechanism}\n")
    click.echo(f"Source: {strategy.reference}")
    if strategy.differs:
        click.echo(f"Differs from it: {strategy.differs}")
    click.echo(f"Uses: {', '.join(sorted(strategy.uses)) or 'nothing but the target'}")
    click.echo(f"Calls to the target, at most: {strategy.calls}\n")
    table = Table("parameter", "value", "meaning", box=None)
    for parameter in strategy.parameters:
        table.add_row(parameter.name, str(strategy.values[parameter.name]), parameter.meaning)
    print_table(table)


def card(strategy: Strategy) -> dict[str, Any]:
    """Everything that a strategy declares, as JSON."""
    return {
        "id": strategy.id,
        "name": strategy.name,
        "mechanism": strategy.mechanism,
        "reference": strategy.reference,
        "differs": strategy.differs,
        "uses": sorted(strategy.uses),
        "calls": strategy.calls,
        "parameters": [
            {
                "name": one.name,
                "value": strategy.values[one.name],
                "default": one.default,
                "meaning": one.meaning,
                "choices": list(one.choices),
                "low": one.low,
                "high": one.high,
            }
            for one in strategy.parameters
        ],
    }
