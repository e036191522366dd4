"""Modal verbs: eWAVE 121 to 127."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, each, leading, saying, words
from octarine.evaluate.dialects.parse import Token


def _after_subject(token: Token) -> bool:
    who = token.head.subject
    return token.tag == "MD" and who is not None and who.index < token.index


def _finna(token: Token) -> Site | None:
    """``going to`` (or ``about to``) before a verb as ``finna``."""
    to, be = token.next, token.prev
    if to is None or to.lower not in {"to", "na"} or be is None or to.head.tag != "VB":
        return None
    return Edit(token.start, to.end, "finna")


FEATURES = (
    Feature(
        121,
        "double modals",
        each(
            lambda token: leading(token, "might"),
            saying({"can", "could", "should", "would", "will", "must"}),
            _after_subject,
        ),
    ),
    Feature(
        123,
        "present forms of modals for past",
        words({"could": "can", "would": "will", "might": "may"}, _after_subject),
    ),
    Feature(126, "finna", each(_finna, saying({"going", "gon", "about"}))),
)
