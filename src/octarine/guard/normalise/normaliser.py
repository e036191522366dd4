"""The way in: honest text is done at once, everything else is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from octarine.guard.normalise.results import Budget, Normalised, Oddity, View
from octarine.guard.normalise.trigger import looks_enciphered, unmarked

if TYPE_CHECKING:
    from octarine.guard.normalise.search import Search

DEFAULT = Budget()


def normalise(text: str | bytes, budget: Budget = DEFAULT) -> Normalised:
    """Every reading of ``text`` that can be found: cleaned, decoded, and so on, within ``budget``.

    Bytes are read as UTF-8; spans then count code points of what ``views[0]`` holds. Honest text has the one
    view and no oddities. Never raises, whatever the text.
    """
    if isinstance(text, str):
        if unmarked(text) and not looks_enciphered(text):
            return Normalised((View(text),))
        return _search(text, budget).run()
    from octarine.guard.normalise.malformed import read

    given = read(text)
    search = _search(given.text, budget)
    search.oddities.extend(Oddity("malformed", start, end) for start, end in given.malformed)
    if given.offsets is not None:
        search.add(search.views[0], ("overlong",), given.lenient, (given.offsets,), 1)
    return search.run()


def _search(text: str, budget: Budget) -> Search:
    # Its patterns take tens of milliseconds to compile: only where something is to be undone.
    from octarine.guard.normalise.search import Search

    return Search(text, budget)
