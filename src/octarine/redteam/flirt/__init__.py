"""FLIRT: feedback-loop in-context red teaming. For models that you are entitled to test.

::

    run = await flirt(attacker, target, JudgeScore(judge), seeds, Strategy.SCORING, rounds=200)
    run.summary.effectiveness, run.summary.uniqueness
"""

from octarine.redteam.flirt.asking import Asking
from octarine.redteam.flirt.embedding import ngrams
from octarine.redteam.flirt.exemplars import Exemplar, Queue
from octarine.redteam.flirt.findings import confirmed, run_id
from octarine.redteam.flirt.loop import flirt
from octarine.redteam.flirt.objectives import Objectives
from octarine.redteam.flirt.record import (
    FlirtRun,
    Log,
    Options,
    Phase,
    Plan,
    Round,
    Summary,
    over_seed_sets,
    read_record,
    write_record,
)
from octarine.redteam.flirt.scorers import JudgeScore, ModeratorScore, ModeratorToxicity, Score
from octarine.redteam.flirt.seeding import by_dimension, read_seeds
from octarine.redteam.flirt.strategies import PAPER, PUBLISHED_CODE, Rules, Strategy

__all__ = [
    "PAPER",
    "PUBLISHED_CODE",
    "Asking",
    "Exemplar",
    "FlirtRun",
    "JudgeScore",
    "Log",
    "ModeratorScore",
    "ModeratorToxicity",
    "Objectives",
    "Options",
    "Phase",
    "Plan",
    "Queue",
    "Round",
    "Rules",
    "Score",
    "Strategy",
    "Summary",
    "by_dimension",
    "confirmed",
    "flirt",
    "ngrams",
    "over_seed_sets",
    "read_record",
    "read_seeds",
    "run_id",
    "write_record",
]
