"""What a reader must know before using a campaign's numbers, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from octarine.evaluate.scorecard import Validation
from octarine.redteam.campaign.figures import CampaignReport, Reading
from octarine.redteam.campaign.planned import LEVEL, Kind, Phase


def of(report: CampaignReport, totals: Mapping[str, Any]) -> tuple[str, ...]:
    """Everything that there is to say of a campaign."""
    return (
        *_progress(report),
        *_seeds(report),
        *_repeats(report),
        *_attacks(report),
        *_judges(report, totals),
    )


def _progress(report: CampaignReport) -> Iterator[str]:
    if not report.complete:
        yield "The campaign is not finished: the same command goes on with it."
    failed = sum(one.failed for one in report.calls)
    if failed:
        yield (
            f"{failed} of {report.spent} calls gave no answer or could not be judged: they are in every "
            "denominator, as no success."
        )


def _seeds(report: CampaignReport) -> Iterator[str]:
    seeds = report.seeds
    if seeds.seen and not seeds.eligible:
        yield "The model deflects none of the seeds every time: there is nothing for attacks to break."
    elif seeds.eligible and not seeds.report:
        yield "No seed of the report part is always deflected: screen more (--budget, --seeds)."
    if seeds.answered:
        yield (
            f"{seeds.answered} of {seeds.seen} seeds are answered plainly at least once: a failure of "
            "an evaluation (octarine assess), and no success of an attack."
        )
    if report.attacks and 2.0 ** (1 - seeds.used) * len(report.attacks) > LEVEL:
        yield (
            f"With {seeds.used} seeds and {len(report.attacks)} attacks none can be told from the plain "
            "seeds, whatever it does: ask for fewer attacks or more calls."
        )


def _repeats(report: CampaignReport) -> Iterator[str]:
    if report.plan.settings.temperature == 0:
        yield "At temperature 0 a repeat is the same answer: one sample was taken of each prompt."
    elif report.seeds.varied == 0.0:
        yield (
            "All repeats of a prompt were the same text: the model takes no temperature or seed, and several "
            "samples are one observation. Intervals are by seed and hold; ASR@k says nothing."
        )


def _attacks(report: CampaignReport) -> Iterator[str]:
    lost = [one.attack.id for one in report.attacks if one.reading is Reading.NOT_UNDERSTOOD]
    if lost:
        yield f"Not understood, so nothing is known of robustness: {', '.join(lost)}."
    odd = [one.attack.id for one in report.found if one.comprehension and one.comprehension.low]
    if odd:
        yield (
            f"Found, but their benign twins were not understood: {', '.join(odd)}. Read these answers: "
            "nonsense declines nothing, and a judge of refusals alone takes it for compliance."
        )
    often = [one.attack.id for one in report.found if one.attack.kind is Kind.STRATEGY]
    if often:
        yield (
            f"{', '.join(often)}: an attempt may ask many times where a plain seed is asked once, so part of "
            "what it gains, and of the judge's mistakes in it, is the number of tries. --strategy "
            "'best-of-n(n=10, strength=0)' beside it asks the plain request as often."
        )
    if report.searched:
        calls = next(one.spent for one in report.calls if one.phase is Phase.SEARCH)
        yield (
            f"The search ({calls} calls, {len(report.searched)} attacks) chose what the report measures: its "
            "figures are exploratory, and only those of the report are a result."
        )
    dear = [one.attack.id for one in report.untried if one.attack.kind is Kind.STRATEGY]
    if dear and report.complete and report.seeds.report:
        yield (
            f"Left out though asked for by name, for want of calls: {', '.join(dear)}. Raise --budget, or "
            "give it fewer turns."
        )
    if report.untried:
        yield f"{len(report.untried)} attacks were not tried: none of them counts as robust."


def _judges(report: CampaignReport, totals: Mapping[str, Any]) -> Iterator[str]:
    blind = sorted({n.language for n in report.judges if n.validation is Validation.UNVALIDATED})
    if blind:
        yield f"Judge unvalidated here: {', '.join(blind)}. Rates are the judge's word."
    if any(note.validation is Validation.OTHER_MODEL for note in report.judges):
        yield "The judge's errors are known on other models' answers alone: no rate is corrected with them."
    if reason := totals.get("no_second_judge"):
        yield f"No second judge: {reason}. {_by_sample_alone(report)}"
    for name in report.run.plan.get("shared_lineage") or ():
        yield f"The judge '{name}' shares weights or training rows with the model: it marks its own work."


def _by_sample_alone(report: CampaignReport) -> str:
    if report.plan.settings.temperature == 0:
        return "At temperature 0 a second sample is the same answer: successes of techniques stay open."
    if report.seeds.varied == 0.0:
        return "A second sample alone confirms successes, and of this model it is the same text: read them."
    return "Successes are confirmed by a second sample alone."
