"""Reading a model's inventory: which file is the card, which are weights, which fact says what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from octarine.core.protocols import Artefact, Inventory

_CARD = re.compile(r"(^|/)(readme|model[-_ ]?card|card)[^/]*\.(md|markdown|txt|rst|html)$|(^|/)readme$", re.I)
_LICENCE = re.compile(r"(^|/)(licen[cs]e|copying|unlicense)[^/]*$", re.I)
_CONFIG = re.compile(r"(^|/)[^/]*config[^/]*\.(json|ya?ml)$", re.I)
_TOKENIZER = re.compile(r"(^|/)(tokenizer[^/]*|vocab[^/]*|merges\.txt|spiece\.model|[^/]*\.tiktoken)$", re.I)
_CHECKSUMS = re.compile(r"(sha(1|256|512)sums?|checksums?|md5sums?)(\.|$)|\.sha(256|512)$|(^|/)RECORD$", re.I)
_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.S)

SAFE_WEIGHTS = (".gguf", ".safetensors", ".onnx", ".tflite", ".npy")
"""Formats that hold numbers and no code."""
PICKLED_WEIGHTS = (
    ".bin",
    ".pt",
    ".pth",
    ".ckpt",
    ".pkl",
    ".pickle",
    ".joblib",
    ".dill",
    ".h5",
    ".keras",
    ".npz",
)
"""Formats that a loader may execute."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found. ``artefact`` names the file or fact that it rests on."""

    passed: bool
    note: str
    artefact: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A declared check: ``statement`` holds when ``run`` passes."""

    name: str
    statement: str
    run: Callable[[Files], Found]


class Files:
    """An inventory with its files told apart by role."""

    def __init__(self, inventory: Inventory) -> None:
        self.artefacts = inventory.artefacts
        self.facts = {key.casefold(): value for key, value in inventory.facts.items()}

    def fact(self, *names: str) -> str:
        """The first of these facts that says something, or an empty string."""
        return next((value for name in names if (value := self.facts.get(name, "").strip())), "")

    def affirmed(self, *names: str) -> bool | None:
        """The first of these facts as a boolean; None where none of them is known."""
        value = self.fact(*names).casefold()
        if not value:
            return None
        return value not in ("false", "no", "0", "none", "unknown", "unverified")

    @cached_property
    def card(self) -> Artefact | None:
        """The model card: the longest readable file that is named like one."""
        cards = [
            item
            for item in self.artefacts
            if item.text and (item.format == "card" or _CARD.search(item.name))
        ]
        return max(cards, key=lambda item: len(item.text), default=None)

    @cached_property
    def card_text(self) -> str:
        """The card without its front matter."""
        return _FRONT_MATTER.sub("", self.card.text, count=1) if self.card else ""

    @cached_property
    def front_matter(self) -> str:
        """The YAML block at the head of the card, as text."""
        found = _FRONT_MATTER.match(self.card.text) if self.card else None
        return found[1] if found else ""

    @cached_property
    def licences(self) -> tuple[Artefact, ...]:
        """Licence files."""
        return tuple(
            item for item in self.artefacts if item.format == "licence" or _LICENCE.search(item.name)
        )

    @cached_property
    def configs(self) -> tuple[Artefact, ...]:
        """Readable configuration files."""
        return tuple(item for item in self.artefacts if item.text and _CONFIG.search(item.name))

    @cached_property
    def tokenizers(self) -> tuple[Artefact, ...]:
        """Files of a tokenizer."""
        return tuple(item for item in self.artefacts if _TOKENIZER.search(item.name))

    @cached_property
    def checksums(self) -> tuple[Artefact, ...]:
        """Files that list hashes."""
        return tuple(item for item in self.artefacts if _CHECKSUMS.search(item.name))

    @cached_property
    def weights(self) -> tuple[Artefact, ...]:
        """Weight files, safe or not."""
        return tuple(item for item in self.artefacts if weights_format(item))

    def named(self, suffixes: Iterable[str]) -> list[str]:
        """Names of the files that end so."""
        endings = tuple(suffixes)
        return [item.name for item in self.artefacts if item.name.casefold().endswith(endings)]


def weights_format(item: Artefact) -> str:
    """The ending that makes a file a weights file (``.gguf``), or an empty string."""
    name = item.name.casefold()
    declared = f".{item.format.casefold().lstrip('.')}"
    for ending in (*SAFE_WEIGHTS, *PICKLED_WEIGHTS):
        if name.endswith(ending) or declared == ending:
            return ending
    return ".bin" if declared in (".pickle", ".pytorch") else ""
