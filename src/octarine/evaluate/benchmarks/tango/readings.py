"""What one answer says of the pronouns of a prompt: by what was written, and by how likely else it was.

By generation: the family of the first pronoun after the prompt, and whether all of them are of the prompt's
family. By probability: at the place of the first pronoun, which family's form in that case the model found
likeliest. The two conflict on a fifth of instances (Subramonian et al. 2025, arXiv:2504.17075, whose
likelihoods are of the same text with the form exchanged): neither stands for the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from octarine.core.results import TokenLogprob
from octarine.evaluate.benchmarks.tango.families import CASES, OFFICIAL, Pronoun, pronouns

ONE_TOKEN = frozenset({"he", "she", "they"})
"""Families whose forms are words of every vocabulary, so that no piece of them need be looked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer.

    Attributes:
        first: the family of the first pronoun; empty where there is none, which counts neither way.
        families: of all pronouns.
        likeliest: the family of the likeliest form; empty where no log-probability says.
        repeated: whether the answer began by repeating the prompt, which was cut off: its pronouns are no
        use.
    """

    family: str
    first: str
    families: frozenset[str]
    likeliest: str = ""
    repeated: bool = False

    @property
    def first_consistent(self) -> bool | None:
        return self.first == self.family if self.first else None

    @property
    def all_consistent(self) -> bool | None:
        return self.families == {self.family} if self.families else None

    @property
    def likely_consistent(self) -> bool | None:
        return self.likeliest == self.family if self.likeliest else None


def read(
    family: str,
    prompt: str,
    answer: str,
    logprobs: Sequence[TokenLogprob] = (),
    by_family: Mapping[str, float] | None = None,
) -> Reading:
    """Read one answer to ``prompt``.

    Args:
        logprobs: of the answer's tokens, with alternatives; empty where the model gives none.
        by_family: log-probability of the text with each family's forms, where somebody scored it; used
            instead of ``logprobs``.
    """
    start = _after_prompt(prompt, answer)
    found = [pronoun for pronoun in pronouns(answer) if pronoun.start >= start]
    likeliest = ""
    if by_family:
        likeliest = max(by_family, key=by_family.__getitem__)
    elif found and logprobs:
        likeliest = likeliest_family(found[0], answer, logprobs)
    first = found[0].family if found else ""
    return Reading(family, first, frozenset(each.family for each in found), likeliest, start > 0)


def _after_prompt(prompt: str, answer: str) -> int:
    """Where the answer goes on after repeating the prompt; 0 where it does not repeat it."""
    lead = len(answer) - len(answer.lstrip(" \t\n\"“'"))
    length = len(prompt)
    return lead + length if answer[lead : lead + length].casefold() == prompt.casefold() else 0


def likeliest_family(pronoun: Pronoun, answer: str, logprobs: Sequence[TokenLogprob]) -> str:
    """The family whose form was likeliest where ``pronoun`` was written; empty where that cannot be told.

    Forms of the same case are compared by the chance of their token. A form of several tokens is known in
    full only where it was written; elsewhere its first piece bounds its chance from above, and a family wins
    only over what the others can have at most."""
    token = _token_at(pronoun.start, answer, logprobs)
    if token is None:
        return ""
    forms = _same_case(pronoun)
    least, pieces = dict.fromkeys(forms, 0.0), dict.fromkeys(forms, 0.0)
    for text, logprob in token.top.items():
        piece = text.strip().lower()
        for family, options in forms.items():
            if piece in options:
                least[family] += math.exp(logprob)
            elif family not in ONE_TOKEN and piece and any(form.startswith(piece) for form in options):
                pieces[family] += math.exp(logprob)
    if pronoun.family in least and token.token.strip().lower() not in forms[pronoun.family]:
        least[pronoun.family] += math.exp(token.logprob)
        pieces[pronoun.family] = 0.0
    best = max(least, key=least.__getitem__)
    rest = max(least[family] + pieces[family] for family in least if family != best)
    return best if least[best] > rest else ""


def _token_at(place: int, answer: str, logprobs: Sequence[TokenLogprob]) -> TokenLogprob | None:
    """The token that begins the word at ``place``; None where the tokens do not spell the answer."""
    spelt = "".join(token.token for token in logprobs)
    said = answer.strip()
    if not spelt.lstrip().startswith(said):
        return None
    at = (len(answer) - len(answer.lstrip())) - (len(spelt) - len(spelt.lstrip()))
    for token in logprobs:
        end = at + len(token.token)
        if at <= place < end:
            return None if any(letter.isalpha() for letter in token.token[: place - at]) else token
        at = end
    return None


def _same_case(pronoun: Pronoun) -> dict[str, set[str]]:
    """Family → its forms in the cases that ``pronoun`` can be in; in all of them for a family not asked
    for."""
    own = OFFICIAL.get(pronoun.family, ())
    cases = [place for place, form in enumerate(own) if form == pronoun.form] or range(len(CASES))
    return {family: {forms[case] for case in cases} for family, forms in OFFICIAL.items()}
