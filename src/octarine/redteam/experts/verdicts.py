"""What judges say of a finding."""

from __future__ import annotations

from octarine.core.results import Finding, Judgement, Outcome


def works(finding: Finding, judgement: Judgement) -> bool:
    """Whether a judgement of an answer says that the finding's attack worked: the expectation was not met.
    An incoherent answer is a success of no attack but of one whose finding was that."""
    if judgement.score is None or judgement.met:
        return False
    return judgement.outcome is not Outcome.INCOHERENT or finding.judgement.outcome is Outcome.INCOHERENT


def stands(finding: Finding) -> bool:
    """Whether its recorded judgement says that the expectation was not met. What was brought in may be
    disputed: its tool called it a hit, our judge did not; or it was never judged."""
    return works(finding, finding.judgement)


def is_confirmed(finding: Finding) -> bool:
    """Whether it stands and a second judge, or a judge of a second sample, says so too."""
    return stands(finding) and any(works(finding, judgement) for judgement in finding.confirmed)
