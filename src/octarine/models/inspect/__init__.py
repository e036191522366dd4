"""``inspect:provider/name``: the model providers of Inspect (``inspect-ai``, the extra ``inspect``).

Nothing of Inspect is imported before a model is started: its import takes seconds.
"""

from octarine.models.inspect.model import InspectModel, open_model

__all__ = ["InspectModel", "open_model"]
