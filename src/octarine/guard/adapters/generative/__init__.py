"""Adapters of models that write their verdict: each over any Octarine ``Model``."""
