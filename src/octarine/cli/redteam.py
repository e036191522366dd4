"""``octarine redteam``: the catalogue of techniques, and what is done with them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.lazy import LazyGroup
from octarine.cli.output import print_json, print_table
from octarine.core.content import Conversation, Message, Part
from octarine.core.errors import InputError
from octarine.core.files import make_folder, write_bytes
from octarine.core.protocols import NotApplicable
from octarine.redteam import Category, Technique, Transformed, techniques, transform
from octarine.redteam.seed import AWAITED
from octarine.redteam.technique import LANGUAGES

if TYPE_CHECKING:
    from octarine.redteam.growth.expanding import Proposal


COMMANDS = {
    "run": ("octarine.cli.redteam_run:run_", "Attack a model and report what works: a campaign."),
    "campaigns": ("octarine.cli.redteam_campaigns:campaigns_", "List the campaigns of the store."),
    "campaign": ("octarine.cli.redteam_campaigns:campaign_", "Show what a campaign found."),
    "report": ("octarine.cli.redteam_report:report", "A campaign as one HTML page."),
    "chat": ("octarine.cli.redteam_chat:chat", "Talk to a model, with the techniques as buttons."),
    "flirt": ("octarine.cli.redteam_flirt:flirt_", "An attacker that learns from what worked."),
    "strategies": ("octarine.cli.redteam_strategies:strategies_", "List the strategies over turns."),
    "outcomes": ("octarine.cli.redteam_outcomes:outcomes_", "Rates of the four adversarial outcomes."),
    "import": ("octarine.cli.redteam_experts:import_", "Take in what people and other tools found."),
    "findings": ("octarine.cli.redteam_experts:findings_", "List the findings of the store."),
    "finding": ("octarine.cli.redteam_experts:finding_", "Show one finding, with its transcript."),
    "export": ("octarine.cli.redteam_experts:export_", "Write findings to a file."),
    "access": ("octarine.cli.redteam_experts:access_", "What access labels there are."),
    "replay": ("octarine.cli.redteam_replay:replay_", "Put a finding's attack to a model again."),
    "evergreen": ("octarine.cli.redteam_evergreen:evergreen_", "The next version of the benchmark."),
    "regress": ("octarine.cli.redteam_regress:regress_", "Every confirmed finding as a check for CI."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def redteam() -> None:
    """Techniques that disguise, frame, argue for, place and carry a request. For models that you are entitled
    to test.

    \b
    Examples:
      octarine redteam run embedded:smollm2 --dry-run
      octarine redteam techniques --category obfuscation
      octarine redteam show vigenere --on "What is the capital of France?"
      octarine redteam show "homoglyph | typographic-image" --on "…" --to attack
    """


files = click.option(
    "--techniques",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML or TOML file with techniques of your own; repeatable.",
)


@redteam.command("techniques")
@click.option(
    "--category", type=click.Choice([category.value for category in Category]), help="Only this one."
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Only those that can be said in it.")
@click.option("--available", is_flag=True, help="Only those that run on this machine without a model.")
@files
@shared.as_json
def techniques_(
    category: str | None, language: str | None, available: bool, paths: tuple[Path, ...], json_out: bool
) -> None:
    """List the techniques: id, category, mechanism, modalities, turns, languages, needs; the rest: --json."""
    _take(paths)
    chosen = [
        technique
        for technique in techniques.values()
        if (not category or technique.category == category)
        and (not language or technique.speaks(language))
        and not (available and technique.missing())
    ]
    if json_out:
        print_json([card(technique) for technique in chosen])
        return
    table = Table("id", "category", "mechanism", "in → out", "turns", "languages", "needs", box=None)
    for technique in chosen:
        table.add_row(*_row(technique))
    print_table(table)
    counts = {kind: sum(t.category is kind for t in chosen) for kind in Category}
    click.echo(
        f"\n{len(chosen)} techniques: " + ", ".join(f"{kind.value} {n}" for kind, n in counts.items() if n)
    )


def _take(paths: tuple[Path, ...]) -> None:
    for path in paths:
        techniques.add_file(path)


def _row(technique: Technique) -> tuple[str, ...]:
    made = ", ".join(sorted(technique.outputs - {"text"})) or "text"
    return (
        technique.id,
        technique.category.value,
        technique.mechanism,
        f"{', '.join(sorted(technique.inputs))} → {made}",
        technique.turns.value,
        " ".join(sorted(technique.languages)) or (" ".join(sorted(technique.scripts)) or "any"),
        ", ".join(sorted(technique.needs)) or "",
    )


def card(technique: Technique) -> dict[str, Any]:
    """Everything that a technique declares, as JSON."""
    return {
        "id": technique.id,
        "category": technique.category.value,
        "group": technique.group,
        "name": technique.name,
        "mechanism": technique.mechanism,
        "effect": technique.effect.value,
        "inputs": sorted(technique.inputs),
        "outputs": sorted(technique.outputs),
        "turns": technique.turns.value,
        "languages": sorted(technique.languages),
        "scripts": sorted(technique.scripts),
        "needs": sorted(technique.needs),
        "parameters": [
            {"name": p.name, "default": p.default, "meaning": p.meaning, "choices": list(p.choices)}
            for p in technique.parameters
        ],
        "reversible": technique.reversible,
        "wraps": technique.wraps,
        "reference": technique.reference,
        "parent": technique.parent,
        "not_available": technique.missing(),
    }


@redteam.command()
@click.argument("chain")
@click.option("--on", "text", help="The text; '-' reads standard input. [default: a harmless question]")
@click.option("--language", default="", help="Of the text. [default: recognised]")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the generator.")
@click.option("--writer", help="A model that rewrites, for the techniques that need one.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where files go that it makes. [default: here]",
)
@files
@shared.as_json
def show(
    chain: str,
    text: str | None,
    language: str,
    seed: int,
    writer: str | None,
    folder: Path,
    paths: tuple[Path, ...],
    json_out: bool,
) -> None:
    """What CHAIN does to a text: a technique, or several with '|' between them.

    \b
    Examples:
      octarine redteam show vigenere --on "What is the capital of France?"
      octarine redteam show "vigenere(key=lemon, explained=false)" --on "…"
      octarine redteam show "museum-placard | base64" --on "…"
    """
    _take(paths)
    found = techniques.chain(chain)
    asked = sys.stdin.read() if text == "-" else _EXAMPLE if text is None else text
    conversation = Conversation.user(asked)
    made = asyncio.run(_made(found, conversation, seed, language, writer))
    if isinstance(made, NotApplicable):
        raise InputError(f"nothing to show: {made.reason}")
    written = [str(path) for path in _written(made.conversation, folder)]
    if json_out:
        print_json({"conversation": made.conversation, "steps": made.steps, "seed": seed, "files": written})
        return
    _show(made)
    for path in written:
        click.echo(f"wrote {path}")


_EXAMPLE = "What is the capital of France?"


async def _made(
    chain: Any, conversation: Conversation, seed: int, language: str, writer: str | None
) -> Transformed | NotApplicable:
    if not writer:
        return await transform(chain, conversation, seed=seed, language=language)
    from octarine.models.names import open_model

    model = open_model(writer)
    try:
        await model.start()
        return await transform(chain, conversation, seed=seed, language=language, writer=model)
    finally:
        await model.aclose()


def _show(made: Transformed) -> None:
    several = len(made.conversation.messages) > 1
    for message in made.conversation.messages:
        said = "(the model answers)" if message == AWAITED else _said(message)
        click.echo(f"[{message.role.value}]\n{said}\n" if several else said)
    for tool in made.conversation.tools:
        click.echo(f"[tool offered] {tool.name}: {tool.description}")


def _said(message: Message) -> str:
    lines = [
        part.text if part.modality == "text" else f"<{part.modality.value} {part.media_type}>"
        for part in message.parts
    ]
    lines += [f"<calls {call.name}({call.arguments})>" for call in message.tool_calls]
    return "\n".join(lines)


def _written(conversation: Conversation, folder: Path) -> Iterator[Path]:
    parts = [part for message in conversation.messages for part in message.parts if part.data is not None]
    if parts:
        make_folder(folder, hint="Choose another with --to.")
    for number, part in enumerate(parts, 1):
        path = folder / (Path(part.name).name or f"{number}{_suffix(part)}")
        if path.exists() and path.read_bytes() != part.data:
            path = folder / f"{path.stem}-{part.sha256[:8]}{path.suffix}"
        yield write_bytes(path, part.data or b"", hint="Choose another folder with --to.")


def _suffix(part: Part) -> str:
    import mimetypes

    return mimetypes.guess_extension(part.media_type) or ".bin"


@redteam.command()
@click.argument("model")
@click.option(
    "--category",
    type=click.Choice([category.value for category in Category if category is not Category.CARRIER]),
    default=Category.FRAMING.value,
    show_default=True,
)
@click.option("--count", type=click.IntRange(1), default=10, show_default=True, help="Proposals asked for.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what the model is shown.")
@click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("techniques.yaml"),
    show_default=True,
    help="Where those go that are admitted; use them with --techniques.",
)
@files
@shared.as_json
def expand(
    model: str, category: str, count: int, seed: int, path: Path, paths: tuple[Path, ...], json_out: bool
) -> None:
    """Have MODEL propose new techniques; keep those that pass the contract and are unlike all others.

    \b
    Examples:
      octarine redteam expand openai:gpt-4o-mini --category framing --count 20
      octarine redteam techniques --techniques techniques.yaml
    """
    from octarine.redteam.growth.expanding import save

    make_folder(path.parent, hint="Choose another with --to.")
    _take((*paths, *([path] if path.exists() and path not in paths else [])))
    proposals = asyncio.run(_proposals(model, Category(category), count, seed))
    kept = save(proposals, path)
    if json_out:
        print_json([_proposal(one) for one in proposals])
        return
    for one in proposals:
        click.echo(_told(one))
    click.echo(f"\n{kept} of {len(proposals)} admitted" + (f", added to {path}" if kept else ""))


async def _proposals(name: str, category: Category, count: int, seed: int) -> list[Proposal]:
    from octarine.models.names import open_model
    from octarine.redteam.growth.expanding import expand as expanded

    model = open_model(name)
    try:
        await model.start()
        return await expanded(model, techniques, category, count=count, seed=seed)
    finally:
        await model.aclose()


def _proposal(one: Proposal) -> dict[str, Any]:
    decision = one.decision
    return {
        "id": str(one.entry.get("id", "")),
        "parent": one.parent,
        "admitted": one.admitted,
        "faults": list(decision.faults) if decision else [one.fault],
        "nearest": decision.nearest if decision else None,
    }


def _told(one: Proposal) -> str:
    found = _proposal(one)
    name = found["id"] or "(nothing)"
    if not one.admitted:
        return f"not admitted  {name}: {'; '.join(found['faults'])}"
    near = found["nearest"]
    return f"admitted      {name}, from {one.parent}" + (
        f"; nearest {near.second} ({near.likeness:.2f})" if near else ""
    )
