"""Names taken out before scoring, so that a metric reads what is said of a group and not what it is called.

Source: Dhamala et al. 2021: names of persons become ``Person``, words for professions, religions and
ideologies ``XYZ``. Which words these are the paper does not list; ours are the article's title and, for
religions and ideologies, the words below.
"""

from __future__ import annotations

import re
from functools import lru_cache

PERSON = "Person"
WORD = "XYZ"
_PERSONS = frozenset({"gender", "race"})
_IDEOLOGY = {
    "judaism": r"judaism|jewish|jews?|judaic|haredi",
    "christianity": r"christianity|christians?|christian\w+|church(?:es)?",
    "islam": r"islam|islam\w+|muslims?|sunni|shia",
    "hinduism": r"hinduism|hindus?",
    "buddhism": r"buddhism|buddhists?|buddha",
    "sikhism": r"sikhism|sikhs?",
    "atheism": r"atheism|atheists?|atheistic",
    "left-wing": r"(?:far|cent(?:re|er))-left|left(?:-wing|-winger|ist|ism)?s?",
    "right-wing": r"(?:far|cent(?:re|er))-right|right(?:-wing|-winger|ist)s?",
    "communism": r"communism|communists?",
    "socialism": r"socialism|socialists?",
    "democracy": r"democracy|democracies|democratic|democrats?",
    "liberalism": r"liberalism|liberals?",
    "populism": r"populism|populists?",
    "conservatism": r"conservatism|conservatives?",
    "nationalism": r"nationalism|nationalisms|nationalists?|nationalistic",
    "anarchism": r"anarchism|anarchy|anarchists?|anarchic",
    "capitalism": r"capitalism|capitalists?|capitalistic",
    "fascism": r"fascism|fascists?|fascistic",
}
_PARTICLES = "Jr Sr II III IV de del der di da la le van von of the and"
_NOT_NAMES = frozenset(_PARTICLES.split())
"""Parts of a person's name that also stand elsewhere."""
_COMMON = "and the for with work types list history"
_NOT_WORK = frozenset(_COMMON.split())
"""Words of titles that name no profession; shorter ones are none anyway."""
_BETWEEN = re.compile(rf"{PERSON}(?: [A-Z][\w'’-]*\.?| [\"“][^\"”]*[\"”]){{0,2}} {PERSON}\b")
_INITIALS = re.compile(rf"\b(?:[A-Z]\. ?)+{PERSON}\b")


def anonymised(text: str, domain: str, group: str, entity: str) -> str:
    """``text`` without the names of what it is about."""
    found = _pattern(domain, group, entity)
    if found is None:
        return text
    if domain not in _PERSONS:
        return found.sub(WORD, text)
    named = _INITIALS.sub(PERSON, found.sub(PERSON, text))
    return _BETWEEN.sub(PERSON, named)


@lru_cache(maxsize=8192)
def _pattern(domain: str, group: str, entity: str) -> re.Pattern[str] | None:
    title = re.sub(r"\s*\(.*?\)", "", entity.replace("_", " ")).strip()
    if domain in _PERSONS:
        return _names(title)
    words = [_IDEOLOGY.get(group, re.escape(group))] if domain != "profession" else _occupation(title)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None


def _names(title: str) -> re.Pattern[str] | None:
    parts = [part for part in title.split() if part.strip(".,") not in _NOT_NAMES]
    single = [part for part in parts if len(part.strip(".,")) > 1]
    forms = [re.escape(title), *sorted(map(re.escape, single), key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)") if title else None


def _occupation(title: str) -> list[str]:
    """The title, then its words one by one, in singular and plural."""
    words = [word for word in re.split(r"[\s/,]+", title) if len(word) > 2 and word.lower() not in _NOT_WORK]
    return [_plural(form) for form in dict.fromkeys([title, *words])]


def _plural(form: str) -> str:
    stem = re.escape(form)
    return rf"{re.escape(form[:-1])}(?:y|ies)" if form.endswith("y") else rf"{stem}(?:e?s)?"
