"""From files of other tools and of people to findings in the store: read, judged, traced, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from octarine.core.access import keeps_text, without_text
from octarine.core.errors import DataError, InputError
from octarine.core.results import Evidence, Finding, Judgement, ModelIdentity, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.rubric import RubricJudge
from octarine.redteam.experts.formats import AUTO, Source, read_source
from octarine.redteam.experts.rows import Row
from octarine.redteam.experts.sampling import Options, Sampler, content_key, unmapped_names
from octarine.store import Store

AT_ONCE = 8
"""Answers that are judged at the same time."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one file.

    Attributes:
        new: findings that the store did not hold.
        duplicates: rows whose conversation, answer and model are those of a finding that is there already.
        unmapped: names that nothing is known of → in how many rows they stand.
    """

    source: Source
    new: tuple[Finding, ...]
    duplicates: int
    unmapped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges what is brought in.

    Attributes:
        panel: the judges of the samples.
        second: another panel, whose word goes into ``Finding.confirmed``.
        again: whether ``panel`` also judges whole records, which carry a judgement.
    """

    panel: JudgePanel
    second: JudgePanel | None = None
    again: bool = False


def read_all(paths: Sequence[Path], name: str = AUTO, *, skip_bad: bool = False) -> list[Source]:
    """Read files of findings.

    Raises:
        DataError: naming the first line that cannot be read and how many there are, unless ``skip_bad``.
    """
    sources = [read_source(path, name) for path in paths]
    bad = [error for source in sources for error in source.bad]
    if bad and not skip_bad:
        more = (
            f"{len(bad)} lines cannot be read; nothing was kept. " if len(bad) > 1 else "Nothing was kept. "
        )
        hint = f"{bad[0].hint}\n" if bad[0].hint else ""
        raise DataError(
            bad[0].reason,
            path=bad[0].path,
            line=bad[0].line,
            hint=f"{hint}{more}--skip-bad leaves such lines out.",
        )
    return sources


async def import_findings(
    sources: Iterable[Source],
    store: Store,
    judges: Judges,
    options: Options | None = None,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Imported]:
    """Judge what was read and keep what is new, in one transaction.

    Raises:
        DataError: a row does not say which model answered, or names a technique that there is not.
        InputError: a judge shares a lineage with a model whose answers it would judge.
    """
    sampler = Sampler(options or Options())
    known = _Known(store)
    found = [_found(source, sampler, known) for source in sources]
    fresh = [one for _, pending, _ in found for one in pending]
    _refuse(fresh, judges)
    judged = await _judged(fresh, judges, sampler.options, on_progress)
    done, start = [], 0
    for source, pending, duplicates in found:
        new = tuple(judged[start : start + len(pending)])
        start += len(pending)
        rows = [one for one in source.found if isinstance(one, Row)]
        done.append(Imported(source, new, duplicates, unmapped_names(sampler, source.format, rows)))
    if not dry_run:
        store.add_findings(judged)
    return done


@dataclass(frozen=True, slots=True)
class _Pending:
    """A finding before it is judged. ``whole``: it came with a judgement of ours."""

    finding: Finding
    tool: str
    version: str
    whole: bool = False


class _Known:
    """Ids and contents of the findings that are there, or on their way."""

    def __init__(self, store: Store) -> None:
        held = list(map(_marks, store.findings()))
        self._ids = {name for name, _ in held}
        self._stored = {content for _, content in held} - {""}
        self._contents = set(self._stored)

    def add(self, finding: Finding, *, whole: bool) -> bool:
        """Whether it was not known. Whole records of one file are told apart by their ids alone: what a store
        held twice comes back twice."""
        name, content = _marks(finding)
        if name in self._ids or content in (self._stored if whole else self._contents):
            return False
        self._ids.add(name)
        self._contents |= {content} - {""}
        return True


def _marks(finding: Finding) -> tuple[str, str]:
    """The id and the content of a finding; of what is kept without its text, all contents are alike, and the
    second is empty."""
    if not keeps_text(finding):
        return finding.id, ""
    return finding.id, content_key(finding.sample.conversation, finding.completion, finding.model.name)


def _found(source: Source, sampler: Sampler, known: _Known) -> tuple[Source, list[_Pending], int]:
    pending, duplicates = [], 0
    for one in source.found:
        if isinstance(one, DataError):
            continue
        made = _of_row(one, source, sampler) if isinstance(one, Row) else _of_record(one, sampler.options)
        if known.add(made.finding, whole=made.whole):
            pending.append(made)
        else:
            duplicates += 1
    return source, pending, duplicates


def _of_record(finding: Finding, options: Options) -> _Pending:
    return _Pending(replace(finding, access=finding.access or options.access), "", "", whole=True)


def _of_row(row: Row, source: Source, sampler: Sampler) -> _Pending:
    options = sampler.options
    model = options.model or row.model
    if not model:
        raise DataError(
            "it does not say which model answered",
            path=source.path,
            line=row.line,
            hint="Name it with --model.",
        )
    sample = sampler.sample(row, source, model)
    category, _ = sampler.category(source.format, row)
    finding = Finding(
        id=content_key(row.conversation, row.answer, model)[:16],
        sample=sample,
        completion=row.answer,
        judgement=_unjudged(sample, "not judged yet"),
        model=ModelIdentity(model),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        note=_note(row, source),
        severity=row.severity,
        origin=f"import:{source.format}",
        access=row.access or options.access or category.access,
    )
    return _Pending(finding, source.format, source.sha256[:12])


def _note(row: Row, source: Source) -> str:
    """Where it stands, what its tool said, what the finder wrote."""
    where = f"{Path(source.path).name}, line {row.line}, SHA-256 {source.sha256}"
    said = f"{source.format} said: {row.verdict}" if row.verdict else ""
    return "\n".join(filter(None, (where, said, row.note)))


def _refuse(pending: Iterable[_Pending], judges: Judges) -> None:
    """No judge marks its own work."""
    by_model: dict[str, tuple[ModelIdentity, list[Sample]]] = {}
    for one in pending:
        if keeps_text(one.finding) and (not one.whole or judges.again):
            model = one.finding.model
            by_model.setdefault(model.name, (model, []))[1].append(one.finding.sample)
    for panel in filter(None, (judges.panel, judges.second)):
        for model, samples in by_model.values():
            panel.refuse_shared_lineage([one for one in samples if _can(panel, one)], model)


def _can(panel: JudgePanel, sample: Sample) -> bool:
    """Whether the sample's judge is there: one that asks a model needs one."""
    judge = panel[sample.expectation.judge]
    if isinstance(judge, RubricJudge):
        try:
            judge.require_model()
        except InputError:
            return False
    return True


async def _judged(
    pending: Sequence[_Pending],
    judges: Judges,
    options: Options,
    on_progress: Callable[[int, int], None] | None,
) -> list[Finding]:
    slots, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(item: _Pending) -> Finding:
        nonlocal done
        async with slots:
            found = await _judge(item, judges, options)
        done += 1
        if on_progress:
            on_progress(done, len(pending))
        return found

    return await asyncio.gather(*(one(item) for item in pending))


async def _judge(item: _Pending, judges: Judges, options: Options) -> Finding:
    finding = item.finding
    if not keeps_text(finding):
        return without_text(finding)
    if item.whole:
        if not judges.again:
            return finding
        return replace(finding, confirmed=(*finding.confirmed, await _word(judges.panel, finding)))
    if options.trust:
        opinion = Evidence(f"the opinion of {item.tool}: no judge of ours was asked")
        trusted = Judgement(Outcome.COMPLIED, None, item.tool, item.version, evidence=(opinion,))
        return replace(finding, judgement=trusted)
    first = await _word(judges.panel, finding)
    confirmed: tuple[Judgement, ...] = ()
    if judges.second is not None:
        second = await _word(judges.second, finding)
        if (second.judge, second.version) != (first.judge, first.version):
            confirmed = (second,)
    return replace(finding, judgement=first, confirmed=confirmed)


async def _word(panel: JudgePanel, finding: Finding) -> Judgement:
    sample = finding.sample
    if not _can(panel, sample):
        return _unjudged(sample, "only a model can judge this: name one with --judge")
    return await panel.judge(sample, finding.completion)


def _unjudged(sample: Sample, why: str) -> Judgement:
    return Judgement(Outcome.ERROR, None, sample.expectation.judge, "", evidence=(Evidence(why),))
