"""Which attacks there are, and what they make of a seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from octarine.core.codec import digest
from octarine.core.content import Conversation
from octarine.core.errors import InputError, ModelError
from octarine.core.protocols import Capabilities, Model, NotApplicable
from octarine.core.results import Completion, Finish, Settings, completion_key
from octarine.core.samples import Sample
from octarine.models.around import AroundModel
from octarine.redteam.applying import NotAvailable
from octarine.redteam.campaign.planned import Attack, Kind, Untried
from octarine.redteam.catalogue import Catalogue
from octarine.redteam.chain import Chain
from octarine.redteam.running.deriving import derived
from octarine.redteam.running.playing import awaited
from octarine.redteam.running.writing import transform
from octarine.redteam.technique import TEXT
from octarine.store import Store

TAG, SEED_TAG = "attack:", "seed:"
"""Before the attack's id, and before the key of the plain sample, among the tags of what was made of it."""
STRATEGY = "strategy"
_FILES = (".toml", ".yaml", ".yml")


class Strategy(Protocol):
    """What a campaign has to know of a strategy over turns."""

    @property
    def calls(self) -> int:
        """The most calls to the target for one answer."""
        ...

    def unfit(self, sample: Sample, target: Capabilities) -> NotApplicable | None:
        """Why it has nothing to say to a seed; None where it has."""
        ...

    def on(self, sample: Sample) -> Sample:
        """The seed, told that the strategy is played on it; its conversation unchanged."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """An attack and what carries it out: a chain, or a strategy."""

    attack: Attack
    chain: Chain | None = None
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sample that an attack made of a seed, and how many calls to the model its answer takes at most."""

    entry: Entry
    seed: Sample
    sample: Sample
    calls: int


def chain_entry(catalogue: Catalogue, text: str) -> Entry:
    """``museum-placard | base64`` as an attack.

    Raises:
        InputError: there is no such technique, or two do not fit.
    """
    chain = catalogue.chain(text)
    steps = tuple(step.strip() for step in text.split("|"))
    categories = tuple(dict.fromkeys(step.category.value for step in chain))
    kind = Kind.TECHNIQUE if len(steps) == 1 else Kind.CHAIN
    return Entry(Attack(" | ".join(steps), kind, steps, categories), chain=chain)


def strategy_entry(strategy: Strategy) -> Entry:
    """A strategy over turns as an attack."""
    name = str(strategy)
    return Entry(Attack(name, Kind.STRATEGY, (name,), (STRATEGY,)), strategy=strategy)


def choose(
    catalogue: Catalogue,
    named: Sequence[str],
    categories: Sequence[str],
    languages: Sequence[str],
    capabilities: Capabilities,
    *,
    writer: bool,
) -> tuple[list[Entry], list[Untried]]:
    """The attacks to try, and those that cannot be tried on this machine or on this model.

    ``named``: ids, chains or files of techniques (YAML, TOML); empty: the whole catalogue. A technique that
    speaks none of ``languages`` is left out of both: nobody asked for it.
    """
    entries = [entry for text in named for entry in _of(catalogue, text)] or [
        chain_entry(catalogue, name) for name in catalogue
    ]
    kept: dict[str, Entry] = {}
    untried: dict[str, Untried] = {}
    for entry in entries:
        chain = entry.chain
        assert chain is not None
        if categories and not set(entry.attack.categories) & set(categories):
            continue
        if not any(all(step.speaks(language) for step in chain) for language in languages):
            continue
        if reason := chain.missing(writer=writer) or _not_taken(chain, capabilities):
            untried[entry.attack.id] = Untried(entry.attack, reason)
        else:
            kept[entry.attack.id] = entry
    return list(kept.values()), list(untried.values())


def _of(catalogue: Catalogue, text: str) -> Iterator[Entry]:
    if not text.endswith(_FILES):
        yield chain_entry(catalogue, text)
        return
    if not Path(text).is_file():
        raise InputError(f"there is no file of techniques '{text}'")
    before = set(catalogue)
    catalogue.add_file(Path(text))
    yield from (chain_entry(catalogue, name) for name in catalogue if name not in before)


def _not_taken(chain: Chain, capabilities: Capabilities) -> str:
    last = next((step.outputs for step in reversed(chain.steps) if step.outputs != TEXT), TEXT)
    others = last - TEXT - capabilities.inputs
    return f"the model takes no {', '.join(sorted(others))}" if others else ""


def drawn_seed(seed: int, attack: str, sample: Sample) -> int:
    """Of the generator of an attack on a sample: the same whenever it is made."""
    return int(digest(["campaign attack", seed, attack, sample.key])[:8], 16) >> 1


async def attempt(
    entry: Entry, sample: Sample, seed: int, capabilities: Capabilities, writer: Model | None
) -> Attempt | NotApplicable:
    """What ``entry`` makes of a plain sample. ``NotAvailable``: for want of something here, or because the
    model does not take it."""
    tags = (*sample.tags, SEED_TAG + sample.key, TAG + entry.attack.id)
    if entry.strategy is not None:
        unfit = entry.strategy.unfit(sample, capabilities)
        if unfit is not None:
            return unfit
        played = dataclasses.replace(entry.strategy.on(sample), tags=tags)
        return Attempt(entry, sample, played, entry.strategy.calls)
    assert entry.chain is not None
    made = await transform(
        entry.chain,
        sample.conversation,
        seed=drawn_seed(seed, entry.attack.id, sample),
        language=sample.language,
        writer=writer,
    )
    attacked = derived(sample, made)
    if isinstance(attacked, NotApplicable):
        return attacked
    if missing := capabilities.missing(attacked.conversation):
        return NotAvailable(f"the model takes no {missing}")
    calls = 1 + len(awaited(attacked.conversation))
    return Attempt(entry, sample, dataclasses.replace(attacked, tags=tags), calls)


def attack_of(sample: Sample) -> str:
    """The id of the attack that made a sample; empty for a plain one."""
    return _tagged(sample, TAG)


def plain_of(sample: Sample) -> str:
    """The key of the plain sample that an attack was put over; its own for a plain one."""
    return _tagged(sample, SEED_TAG) or sample.key


def _tagged(sample: Sample, kind: str) -> str:
    return next((tag.removeprefix(kind) for tag in reversed(sample.tags) if tag.startswith(kind)), "")


class Remembering(AroundModel):
    """A writer whose answers are kept in the store: a campaign that goes on makes the same attacks."""

    def __init__(self, model: Model, store: Store) -> None:
        super().__init__(model)
        self._store = store

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The answer that was given before, or a new one."""
        key = completion_key(conversation, self.identity, settings)
        known = self._store.completions([key]).get(key)
        if known is not None:
            return known
        answer = await self._model.generate(conversation, settings)
        if answer.finish is Finish.ERROR:
            raise ModelError(answer.error)
        self._store.keep_completion(key, answer)
        return answer
