"""What the guard's commands are given: texts, files, findings, ordinary traffic."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from octarine.core.access import label_of
from octarine.core.content import Role
from octarine.core.errors import DataError, InputError
from octarine.core.lineage import Destination, destination
from octarine.core.results import Finding
from octarine.store import open_store

if TYPE_CHECKING:
    from octarine.guard import Guard

STDIN = "-"


def sources_of(texts: Sequence[str], files: Sequence[Path]) -> list[tuple[str, str | bytes]]:
    """Name and content of everything to check; files and standard input as bytes, so that what is no text is
    found.

    Raises:
        InputError: there is nothing, or a file cannot be read.
    """
    found: list[tuple[str, str | bytes]] = []
    for number, text in enumerate(texts, 1):
        if text == STDIN:
            found.append(("standard input", sys.stdin.buffer.read()))
        else:
            found.append((f"text {number}", text))
    found += [(str(path), _bytes(path)) for path in files]
    if not found:
        raise InputError(
            "there is nothing to check", hint="Give a text, --file FILE, or - for standard input."
        )
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None


def findings_of(names: Sequence[str], store_url: str | None) -> list[str]:
    """The attacks: of a file its texts (of labelled rows those with a label that fires), of a finding in the
    store its conversation's, else the text itself.

    Raises:
        InputError: what looks like a file's name or a finding's id is neither.
    """
    from octarine.guard.traffic import read_traffic

    attacks: list[str] = []
    for name in names:
        path = Path(name)
        if name.endswith((".jsonl", ".txt")):
            attacks += [row.text for row in read_traffic(path) if row.attack or not row.labelled]
        elif " " in name.strip() or not name.isascii():
            attacks.append(name)
        else:
            attacks += _of_store(name, store_url)
    return attacks


def _of_store(name: str, store_url: str | None) -> list[str]:
    with open_store(store_url) as store:
        try:
            finding = store.finding(name)
        except InputError as error:
            raise InputError(
                error.message,
                hint=f"{error.hint}\nA text of one word cannot be told from an id: "
                "put it into a file of JSON Lines.",
            ) from None
    texts = _texts(finding)
    if label := label_of(finding):
        click.echo(
            f"The finding {finding.id} is not public ({label}): a signature holds its text. "
            "Keep the policy where only those may read it who may read the finding.",
            err=True,
        )
    if destination(finding.sample) is Destination.BENCHMARK:
        click.echo(
            f"The lineage of the finding {finding.id} is routed to the evergreen benchmark: "
            "do not grade this policy by it.",
            err=True,
        )
    return texts


def _texts(finding: Finding) -> list[str]:
    """What may have carried the attack: what the user said last, and what tools brought back."""
    from octarine.redteam.experts import attack_of

    conversation = attack_of(finding)
    results = [message.text for message in conversation.messages if message.role is Role.TOOL]
    return [text for text in (conversation.prompt, *results) if text.strip()]


def load_guard(policies: Sequence[str], ask: str) -> Guard:
    """The guard of ``policies``, started; ``ask`` stands in place of whom they ask, where it is given.

    Raises:
        OctarineError: as ``Guard.load`` and ``open_adapter``.
    """
    from octarine.guard.guard import guard_of
    from octarine.guard.policy import read_policy

    policy = read_policy(*policies)
    return guard_of(policy.asking(ask) if ask else policy)


def ordinary_texts() -> list[str]:
    """The ordinary requests that ship, in all languages."""
    from octarine.evaluate.suite import ordinary

    return [sample.conversation.prompt for sample in ordinary().load()]


def shipped_or_path(policies: Sequence[str], out: Path | None) -> tuple[str, ...]:
    """Policies as a file at ``out`` names them: paths are relative to it."""
    folder = (out or Path("x")).resolve().parent
    return tuple(
        _relative(name, folder) if name.endswith((".yaml", ".yml")) or "/" in name else name
        for name in policies
    )


def _relative(name: str, folder: Path) -> str:
    relative = os.path.relpath(Path(name).resolve(), folder)
    return relative if "/" in relative else f"./{relative}"
