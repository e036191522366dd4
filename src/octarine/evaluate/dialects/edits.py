"""Edits of a text: how a feature says what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from octarine.evaluate.dialects.parse import Parse, Token


@dataclass(frozen=True, slots=True)
class Edit:
    """``text`` in place of the characters from ``start`` to ``end``; an insertion where both are equal."""

    start: int
    end: int
    text: str


Site = Edit | tuple[Edit, ...]
"""One place where a feature can be applied: edits that are made together or not at all."""
Rule = Callable[[Parse], Iterator[Site]]
Condition = Callable[[Token], bool]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of eWAVE: its number there, our name, and the rule that finds its sites in a parse."""

    number: int
    name: str
    rule: Rule


def capital(text: str) -> str:
    """``text`` with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def small(token: Token) -> str:
    """The word as it stands inside a sentence."""
    proper = token.tag in {"NNP", "NNPS"} or token.text == "I" or token.text.isupper()
    return token.text if proper or not token.first else token.text[:1].lower() + token.text[1:]


def swap(token: Token, text: str) -> Edit:
    """Another word in its place, capitalised as the old one was; a clitic's is set off by a blank."""
    if token.first and token.text[:1].isupper():
        text = capital(text)
    clitic = token.glued and not token.text[:1].isalpha() and text[:1].isalpha()
    clitic = clitic or (token.glued and token.lower in {"n't", "not", "na"} and text[:1].isalpha())
    return Edit(token.start, token.end, f" {text}" if clitic else text)


def span(first: Token, last: Token, text: str) -> Edit:
    """``text`` in place of all from one token to another."""
    return Edit(first.start, last.end, capital(text) if first.first and first.text[:1].isupper() else text)


def before(token: Token, word: str) -> Edit:
    """A word before it. At the head of a sentence the capital goes to the new word."""
    if token.first and token.text[:1].isupper():
        return Edit(token.start, token.end, f"{capital(word)} {small(token)}")
    return Edit(token.start, token.start, f"{word} ")


def leading(token: Token, word: str) -> Edit:
    """As ``before``, and the word itself is taken: no other feature changes it."""
    word = capital(word) if token.first and token.text[:1].isupper() else word
    return Edit(token.start, token.end, f"{word} {small(token)}")


def after(token: Token, word: str) -> Edit:
    """A word after it."""
    return Edit(token.end, token.end, f" {word}")


def drop(token: Token, last: Token | None = None) -> Edit:
    """Nothing in its place (or from it to ``last``). What follows at a sentence's head gets the capital."""
    last = last or token
    following = last.next
    if token.glued or following is None:
        start = token.prev.end if token.prev is not None else token.start
        return Edit(start, last.end, "")
    if following.start == last.end and token.prev is not None:
        return Edit(token.prev.end, last.end, "")
    if token.first and token.text[:1].isupper():
        return Edit(token.start, following.start + 1, following.text[:1].upper())
    return Edit(token.start, following.start, "")


def words(table: Mapping[str, str], *conditions: Condition) -> Rule:
    """The rule that puts one word for another wherever all conditions hold."""

    def rule(doc: Parse) -> Iterator[Site]:
        for token in doc:
            text = table.get(token.lower)
            if text is not None and all(condition(token) for condition in conditions):
                yield swap(token, text)

    return rule


def each(edit: Callable[[Token], Site | None], *conditions: Condition) -> Rule:
    """The rule that makes ``edit`` of every token for which all conditions hold."""

    def rule(doc: Parse) -> Iterator[Site]:
        for token in doc:
            if all(condition(token) for condition in conditions):
                made = edit(token)
                if made is not None:
                    yield made

    return rule


def tagged(*tags: str) -> Condition:
    """Whether the tag is one of these."""
    return lambda token: token.tag in tags


def related(*deps: str) -> Condition:
    """Whether the label is one of these."""
    return lambda token: token.dep in deps


def saying(table: Iterable[str]) -> Condition:
    """Whether the word, in lower case, is one of these."""
    known = frozenset(table)
    return lambda token: token.lower in known
