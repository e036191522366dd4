"""A missed attack becomes a signature: caught from now on, and what that costs in false positives.

Each attack is one topic of a policy that is laid over another: what comes near enough to it is blocked. How
near is chosen on one half of ordinary traffic so that it stops next to nothing there, and measured on the
other half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Action
from octarine.core.stats import proportion
from octarine.guard.policy.layer import Layer, Topic
from octarine.guard.scan.topics import Signature
from octarine.guard.scan.unicode_text import readable

LOOSEST = 0.55
"""No threshold is lower, however far away ordinary traffic is: half of the n-grams have to be there."""
TIGHTEST = 0.98
"""An attack to which ordinary texts come nearer than this cannot be told from them."""
MARGIN = 0.01
"""Between the nearest ordinary text that may not be stopped and the threshold."""
LONGEST = 4_000
"""Code points of an attack that are kept."""
_SHORTEST_FRAGMENT = 20
_NAME = 48


@dataclass(frozen=True, slots=True)
class Signed:
    """One attack and its signature.

    Attributes:
        topic: as the policy holds it.
        nearest: how near the nearest ordinary text comes, on the half that chose the threshold.
        nearest_text: which one that is.
        false_positives: share of the other half that it stops.
    """

    topic: Topic
    nearest: float
    nearest_text: str
    false_positives: Estimate


@dataclass(frozen=True, slots=True)
class Patch:
    """Signatures of one or more attacks; ``false_positives`` is what all of them stop together."""

    signed: tuple[Signed, ...]
    false_positives: Estimate

    def layer(
        self, name: str = "patch", version: str = "1.0.0", extends: Sequence[str] = ("default",)
    ) -> Layer:
        """The policy that holds them and leaves everything else to those that it extends."""
        topics = {item.topic.id: item.topic for item in self.signed}
        return Layer(name=name, version=version, extends=tuple(extends), topics=topics)


def make_patch(
    attacks: Sequence[str],
    ordinary: Sequence[str],
    *,
    max_fpr: float = 0.001,
    on_progress: Callable[[int, int], None] | None = None,
) -> Patch:
    """Signatures of ``attacks`` that together stop at most ``max_fpr`` of one half of ``ordinary``.

    The texts that a signature may stop are shared out evenly. The half is chosen by a hash of the text.

    Raises:
        InputError: fewer than 20 ordinary texts, an attack without a letter, or one that ordinary texts
        equal.
    """
    chosen, held_out = _halves(ordinary)
    if len(chosen) < 10 or len(held_out) < 10:
        raise InputError(
            f"{len(ordinary)} ordinary texts are too few to say what a patch costs",
            hint="Give more with --traffic: texts that must pass.",
        )
    unique = list(dict.fromkeys(text.strip() for text in attacks))
    allowed = int(max_fpr * len(chosen)) // max(1, len(unique))
    signed: list[Signed] = []
    stopped: set[int] = set()
    for number, attack in enumerate(unique, 1):
        one, fired = _signed(attack, chosen, held_out, allowed)
        signed.append(one)
        stopped |= fired
        if on_progress:
            on_progress(number, len(unique))
    return Patch(tuple(signed), proportion(len(stopped), len(held_out)))


def _signed(
    attack: str, chosen: Sequence[str], held_out: Sequence[str], allowed: int
) -> tuple[Signed, set[int]]:
    examples = _examples(attack)
    if not any(char.isalnum() for text in examples for char in text):
        raise InputError(f"there is nothing to recognise in {attack[:40]!r}")
    signature = Signature(examples)
    near = sorted(((signature.nearest(text).score, text) for text in chosen), reverse=True)
    threshold = max(LOOSEST, near[allowed][0] + MARGIN)
    if threshold > TIGHTEST:
        raise InputError(
            f"the attack {attack[:60]!r} cannot be told from ordinary traffic: {near[allowed][1][:60]!r}",
            hint="A word list, a pattern or 'octarine guard train' may tell them apart; or take that text "
            "out of --traffic if it is an attack itself.",
        )
    threshold = round(threshold, 3)
    fired = {index for index, text in enumerate(held_out) if signature.nearest(text).score >= threshold}
    digest = hashlib.sha256(attack.encode("utf-8", "backslashreplace")).hexdigest()[:10]
    topic = Topic(
        id=f"patch-{digest}",
        description=f"An attack that was missed: {_shortened(examples[0])}",
        category=f"topic.patch-{digest}",
        examples=examples,
        action=Action.BLOCK,
        threshold=threshold,
    )
    cost = proportion(len(fired), len(held_out))
    return Signed(topic, near[0][0], near[0][1], cost), fired


def _examples(attack: str) -> tuple[str, ...]:
    """The attack without its disguise, and what is encoded in it: other disguises of the same are caught
    too."""
    from octarine.guard.normalise import Budget, judged_views, normalise

    first, *fragments = judged_views(normalise(attack), Budget(), around=False)
    texts = [first.text, *(view.text for view in fragments if len(view.text) >= _SHORTEST_FRAGMENT)]
    kept = (_printable(readable(text))[:LONGEST].strip() for text in texts)
    return tuple(dict.fromkeys(text for text in kept if text)) or (attack[:LONGEST],)


def _printable(text: str) -> str:
    """Without what YAML allows in no text."""
    return "".join(char if char in "\n\t" or char.isprintable() or char.isspace() else " " for char in text)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _NAME else line[: _NAME - 1] + "…"


def _halves(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    halves: tuple[list[str], list[str]] = ([], [])
    for text in dict.fromkeys(texts):
        hashed = hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
        halves[hashed[0] % 2].append(text)
    return halves
