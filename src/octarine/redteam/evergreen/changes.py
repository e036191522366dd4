"""The changelog of a version: what came in, what is drawn no more, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from octarine.core.samples import Sample
from octarine.redteam.evergreen.candidates import TWIN, category_of

BENIGN = "benign twin"
"""What stands in place of a category for the samples beside attacks."""


@dataclass(frozen=True, slots=True)
class Added:
    """A sample that came in. ``twin`` is the id of what stands beside it, ``twin_kind`` how near that is;
    ``played`` whether a driver played its conversation and it is static now."""

    id: str
    finding: str
    category: str
    family: str = ""
    twin: str = ""
    twin_kind: str = ""
    played: bool = False


@dataclass(frozen=True, slots=True)
class Retired:
    """A sample that is drawn no more."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A confirmed finding that did not come in. ``like`` and ``cosine`` name what it is the same as."""

    finding: str
    why: str
    like: str = ""
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Samples of a dimension, language and category: drawn in this version, new in it, retired by it."""

    dimension: str
    language: str
    category: str
    drawn: int
    added: int = 0
    retired: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """The changelog of one version.

    Attributes:
        rule: name → number, of all that decided who came in.
        not_considered: why → how many findings; only counted, since the list would say nothing.
        dropped: how many samples of the version before an access label kept out of this public one.
    """

    benchmark: str
    version: int
    rule: Mapping[str, float | str]
    parent: str = ""
    parent_version: int = 0
    public: bool = False
    added: tuple[Added, ...] = ()
    retired: tuple[Retired, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    not_considered: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    counts: tuple[Count, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the version would be the one before again."""
        return not (self.added or self.retired or self.dropped)


def counted(
    pairs: Iterable[tuple[Sample, str]], added: Iterable[str], retired: Iterable[str]
) -> tuple[Count, ...]:
    """Dimension × language × category, in that order."""
    new, gone = set(added), set(retired)
    drawn: Counter[tuple[str, str, str]] = Counter()
    came, went = Counter(drawn), Counter(drawn)
    for sample, why in pairs:
        category = BENIGN if TWIN in sample.tags else category_of(sample)
        cell = (sample.dimension.value, sample.language, category)
        drawn[cell] += not why
        came[cell] += sample.id in new
        went[cell] += sample.id in gone
    return tuple(Count(*cell, drawn[cell], came[cell], went[cell]) for cell in sorted(drawn))


def markdown(changes: Changes) -> str:
    """The changelog for people."""
    origin = (
        f"Goes on from version {changes.parent_version} (`{changes.parent}`)."
        if changes.parent
        else "The first version."
    )
    twins = Counter(one.twin_kind or "none" for one in changes.added)
    lines = [
        f"# {changes.benchmark}, version {changes.version}",
        "",
        origin + (" Public: findings with an access label are not in it." if changes.public else ""),
        "",
        f"{sum(one.drawn for one in changes.counts)} samples are drawn; {len(changes.added)} findings came "
        f"in, {len(changes.retired)} samples are retired, {len(changes.left_out)} confirmed findings were "
        "left out.",
        *(
            [f"{changes.dropped} samples are not carried on: they have an access label."]
            * bool(changes.dropped)
        ),
        *(["", f"Beside the new ones: {_listed(twins)}."] if changes.added else []),
        "",
        "| dimension | language | category | drawn | new | retired |",
        "|---|---|---|--:|--:|--:|",
        *(
            f"| {one.dimension} | {one.language} | {one.category} | {one.drawn} | {one.added} "
            f"| {one.retired} |"
            for one in changes.counts
        ),
        "",
        f"Rule: {', '.join(f'{name} {value}' for name, value in sorted(changes.rule.items()))}.",
        "",
        *_section("Came in", (_added(one) for one in changes.added)),
        *_section("Retired", (f"`{one.id}`: {one.why}" for one in changes.retired)),
        *_section("Left out", (_left_out(one) for one in changes.left_out)),
        *_section("Not considered", (f"{why}: {n}" for why, n in sorted(changes.not_considered.items()))),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))


def _section(title: str, lines: Iterable[str]) -> list[str]:
    items = [f"- {line}" for line in lines]
    return [f"## {title}", "", *items, ""] if items else []


def _added(one: Added) -> str:
    how = f"{one.category}, {one.family}" if one.family else one.category
    played = "; a played conversation, static from now on" if one.played else ""
    twin = f"; beside it `{one.twin}` ({one.twin_kind})" if one.twin else "; nothing beside it"
    return f"`{one.id}`: finding `{one.finding}` ({how}){played}{twin}"


def _left_out(one: LeftOut) -> str:
    like = f" `{one.like}` ({one.cosine:.2f})" if one.like and one.cosine is not None else ""
    return f"finding `{one.finding}`: {one.why}{like}"
