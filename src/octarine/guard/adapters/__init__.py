"""Moderation models and services that users already trust, behind one protocol, and a cascade that asks them
only where the guard's own model is unsure.

::

    adapter = open_adapter("llama-guard-3:http://localhost:8000/v1#meta-llama/Llama-Guard-3-8B")
    moderation = await adapter.moderate(Conversation.user("…"))   # categories, hazards, its own labels

    guard = cascaded(adapter, "default")                          # everything else as with any other guard
    guard.check_input("…")
    guard.stages                                                  # calls, seconds and cost of each stage

Nothing heavy is imported before an adapter is opened, and nothing is asked that the name does not name.
"""

from octarine.guard.adapters.adapter import Adapter, Moderation
from octarine.guard.adapters.cascade import CascadedGuard, CascadeTier, Stage, asking, cascaded
from octarine.guard.adapters.catalogue import Described, described
from octarine.guard.adapters.names import adapter_names, open_adapter
from octarine.guard.policy.ask import Price

__all__ = [
    "Adapter",
    "CascadeTier",
    "CascadedGuard",
    "Described",
    "Moderation",
    "Price",
    "Stage",
    "adapter_names",
    "asking",
    "cascaded",
    "described",
    "open_adapter",
]
