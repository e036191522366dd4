"""A sandbox of tools that record what they are asked and never do anything."""

from octarine.redteam.outcomes.sandbox.policy import Policy, Rule, Violation, violations
from octarine.redteam.outcomes.sandbox.tools import SandboxTool, World, catalogue, offered

__all__ = ["Policy", "Rule", "SandboxTool", "Violation", "World", "catalogue", "offered", "violations"]
