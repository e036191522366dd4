"""What a text says once everything that hides it is undone, and where in the text it says so.

``normalise`` gives every reading: the text as it is, the text cleaned of invisible and look-alike characters,
and each fragment that decodes to something readable, recursively. See ``results`` for what comes back.
"""

from octarine.guard.normalise.normaliser import normalise
from octarine.guard.normalise.results import Budget, Normalised, Oddity, View

__all__ = ["Budget", "Normalised", "Oddity", "View", "normalise"]
