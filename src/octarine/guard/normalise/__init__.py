"""What a text says once everything that hides it is undone, and where in the text it says so.

``normalise`` gives every reading: the text as it is, the text cleaned of invisible and look-alike characters,
and each fragment that decodes to something readable, recursively. See ``results`` for what comes back, and
``judged`` for which of it is judged by its meaning.
"""

from octarine.guard.normalise.judged import judged_views
from octarine.guard.normalise.normaliser import normalise
from octarine.guard.normalise.results import Budget, Normalised, Oddity, View

__all__ = ["Budget", "Normalised", "Oddity", "View", "judged_views", "normalise"]
