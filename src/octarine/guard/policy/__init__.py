"""What the guard does about what it finds: policies in YAML, and the decision."""

from octarine.guard.policy.decision import Cover, Unscanned, decide
from octarine.guard.policy.difference import Change, compare
from octarine.guard.policy.file.reading import read_layer
from octarine.guard.policy.file.writing import write_policy
from octarine.guard.policy.layer import (
    CategoryRule,
    Layer,
    Pattern,
    Position,
    Strength,
    Topic,
    Unscannable,
    WordList,
    compose,
)
from octarine.guard.policy.loading import policy_from_text, policy_names, read_policy
from octarine.guard.policy.policy import Policy, Rule
from octarine.guard.policy.thresholds import Thresholds, check_thresholds
from octarine.guard.policy.tuning import Tuning, tune

__all__ = [
    "CategoryRule",
    "Change",
    "Cover",
    "Layer",
    "Pattern",
    "Policy",
    "Position",
    "Rule",
    "Strength",
    "Thresholds",
    "Topic",
    "Tuning",
    "Unscannable",
    "Unscanned",
    "WordList",
    "check_thresholds",
    "compare",
    "compose",
    "decide",
    "policy_from_text",
    "policy_names",
    "read_layer",
    "read_policy",
    "tune",
    "write_policy",
]
