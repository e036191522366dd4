"""What a technique is: a declaration and a small pure function.

A technique takes the text of the last user message (a ``Seed``) and gives back what stands in its place: a
text, parts (a picture beside a text, a document), or messages (several turns, a system message, a tool's
result). The rest of a conversation stays. Everything else about it is declared, so that it can be listed,
checked, composed and counted without being run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from octarine.core.content import Conversation, Message, Modality, Part
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable

if TYPE_CHECKING:
    from octarine.redteam.chain import Chain
    from octarine.redteam.seed import Seed


class Category(StrEnum):
    """The seven. Our own taxonomy: by what a technique works on, not by who published it."""

    OBFUSCATION = "obfuscation"
    """How it is spelt: encodings, ciphers, orthography, characters."""
    LINGUISTIC = "linguistic"
    """In which language, script, dialect, register, grammar it is said."""
    FRAMING = "framing"
    """Who asks and answers, in which story, to what purpose."""
    PERSUASION = "persuasion"
    """Why it should be answered."""
    STRUCTURE = "structure"
    """Where in the prompt it stands: instructions, formal containers, pieces, injected documents."""
    DIALOGUE = "dialogue"
    """Over several turns."""
    CARRIER = "carrier"
    """In which file it comes: pictures, documents, video, sound."""


class Effect(StrEnum):
    """What becomes of the text."""

    KEEPS = "keeps"
    """It stands in the result as it was, or in pieces: it can be read without undoing anything."""
    ENCODES = "encodes"
    """It can be got back exactly, by undoing something."""
    ALTERS = "alters"
    """It is said or written otherwise: a reader understands it, nothing gets it back exactly."""


class Turns(StrEnum):
    """How many turns the result has."""

    ONE = "one"
    SEVERAL = "several"
    """Earlier turns are made up, or the request stands in a message of another role or in a tool on offer:
    what changes the last user message afterwards would miss it."""
    LIVE = "live"
    """The model answers in between: its turns are left open (``AWAITED``)."""


class Need(StrEnum):
    """What has to be there. What is not is "not available", never a fake."""

    MODEL = "model"
    """A language model that rewrites; any ``Model`` is one."""
    TRANSLATOR = "translator"
    """A language model that translates."""
    PICTURES = "pictures"
    """Pillow: the extra ``pictures``."""
    CODES = "codes"
    """zxing-cpp, which writes QR and other codes: the extra ``carriers``."""
    VIDEO = "video"
    """PyAV: the extra ``carriers``."""
    SPEECH = "speech"
    """The program espeak-ng."""


class Script(StrEnum):
    """Writing systems that a technique may be limited to."""

    LATIN = "latin"
    ARABIC = "arabic"
    DEVANAGARI = "devanagari"
    JAPANESE = "japanese"
    """Kana and kanji."""


LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ja", "hi", "ar")
"""The nine, by ISO 639-1."""
_WRITTEN_IN = {"ja": Script.JAPANESE, "hi": Script.DEVANAGARI, "ar": Script.ARABIC}
"""Languages of ours that are not written in Latin letters."""
TEXT = frozenset({Modality.TEXT})
LATIN = frozenset({Script.LATIN})


@dataclass(frozen=True, slots=True)
class Parameter:
    """What can be set. ``default`` None: drawn by the generator. Its type is that of ``default``, or that of
    ``choices``, or ``kind`` where there is neither."""

    name: str
    default: Any
    meaning: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    kind: type = str

    @property
    def value_type(self) -> type:
        """The type of its values."""
        known = self.default if self.default is not None else self.choices[0] if self.choices else None
        return self.kind if known is None else type(known)

    def checked(self, value: Any, technique: str) -> Any:
        """``value``, or InputError that names the technique, the parameter and what it takes."""
        kind: Any = self.value_type
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        where = f"{technique}: {self.name}={value!r}"
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InputError(f"{where} is no {kind.__name__}", hint=self.meaning)
        if self.choices and value not in self.choices:
            raise InputError(f"{where} is not known", hint=f"One of: {', '.join(map(str, self.choices))}")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise InputError(f"{where} is out of range", hint=self._range())
        return value

    def _range(self) -> str:
        if self.high is None:
            return f"From {self.low}."
        return f"Up to {self.high}." if self.low is None else f"From {self.low} to {self.high}."


Made = str | Sequence[Part] | Sequence[Message] | Conversation | NotApplicable
"""What a function gives back: a text or parts in place of the seed's text, or messages in place of the last
message; a conversation: its messages likewise, and its tools beside those on offer."""
Apply = Callable[["Seed"], Made]
Inverse = Callable[[str, Mapping[str, Any]], str]


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Technique:
    """One technique; a ``core`` ``Transform``.

    Attributes:
        id: in kebab-case, unique in the catalogue.
        name: a few words, as in a table.
        mechanism: the transformation rule in one sentence; two techniques with one rule are one technique.
        apply: a pure function of its seed. None where only a model can do it (``instruction``).
        inputs: what it works on. With a modality other than text it works on those parts of the message.
        outputs: what its message may hold.
        languages: those that it can be said in; empty: any. ``scripts``: writing systems that it works on;
            empty: any. Elsewhere it is not applicable, which is never "robust".
        wraps: whether the seed stands unchanged, its lines broken anew at most, in a text of which it changes
            nothing else.
        inverse: gives the text back from the bare result (parameter ``explained`` false, where there is
            one), with the parameters that it was made with. ``survives`` maps a text to what comes back of it
            (no case in Morse); left out: all.
        instruction: what a writer model is told to do with the text; "" where no model is needed.
        parent: the technique that this one was grown from.
    """

    id: str
    name: str
    category: Category
    group: str
    mechanism: str
    apply: Apply | None
    effect: Effect = Effect.KEEPS
    inputs: frozenset[Modality] = TEXT
    outputs: frozenset[Modality] = TEXT
    turns: Turns = Turns.ONE
    languages: frozenset[str] = frozenset()
    scripts: frozenset[Script] = frozenset()
    needs: frozenset[Need] = frozenset()
    parameters: tuple[Parameter, ...] = ()
    wraps: bool = False
    inverse: Inverse | None = None
    survives: Callable[[str], str] = _same
    reference: str = ""
    instruction: str = ""
    parent: str = ""
    bound: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def reversible(self) -> bool:
        """Whether ``decode`` can be called."""
        return self.inverse is not None

    @property
    def values(self) -> dict[str, Any]:
        """Parameters → values: the defaults, and what was set."""
        return {parameter.name: parameter.default for parameter in self.parameters} | dict(self.bound)

    def speaks(self, language: str) -> bool:
        """Whether it can be said in a language, and works on the script of it."""
        script = _WRITTEN_IN.get(language, Script.LATIN)
        return (not self.languages or language in self.languages) and (
            not self.scripts or script in self.scripts
        )

    def set(self, **values: Any) -> Technique:
        """The technique with parameters set.

        Raises:
            InputError: naming the parameter and what there is.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values.keys() - known.keys():
            has = f"Parameters: {', '.join(known)}" if known else "It has no parameters."
            raise InputError(f"{self.id}: there is no parameter '{name}'", hint=has)
        checked = {name: known[name].checked(value, self.id) for name, value in values.items()}
        return dataclasses.replace(self, bound=MappingProxyType({**self.bound, **checked}))

    def decode(self, text: str) -> str:
        """What the bare result ``text`` stands for.

        Raises:
            InputError: it is not reversible, or ``text`` is nothing that it makes.
        """
        if self.inverse is None:
            raise InputError(f"{self.id} cannot be undone", hint="'reversible' tells which can.")
        try:
            return self.inverse(text, self.values)
        except (ValueError, LookupError) as error:
            raise InputError(f"this is no text in {self.name}: {error}") from None

    def missing(self, *, writer: bool = False) -> str:
        """Why it is not available on this machine; "" where it is. ``writer``: a model is at hand."""
        from octarine.redteam.needs import missing

        return missing(self, writer=writer)

    def __or__(self, other: Technique | Chain) -> Chain:
        """First this, then the other. Raises InputError where the two do not fit."""
        from octarine.redteam.chain import Chain

        return Chain((self,)) | other

    def __call__(
        self, conversation: Conversation, rng: Any, *, language: str = ""
    ) -> Conversation | NotApplicable:
        """The conversation with its last user message transformed. ``language``: of that message; left out:
        recognised. Equal arguments give equal results."""
        from octarine.redteam.applying import applied

        return applied(self, conversation, rng, language)
