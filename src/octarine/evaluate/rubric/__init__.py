"""Judges that ask a model: a rubric judge, and a panel that takes the majority of several."""

from octarine.evaluate.rubric.judge import RubricJudge, Tally
from octarine.evaluate.rubric.majority import MajorityJudge

__all__ = ["MajorityJudge", "RubricJudge", "Tally"]
