"""What is said of a file's credentials, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from octarine.core.codec import decode_toml

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""Where IPTC's names of digital sources stand."""
UNPROVEN = ("signingCredential.untrusted", "octarine.selfSigned")
DAMAGED = "octarine.file.damaged"
GENERATED = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


class State(StrEnum):
    """The verdict in a word."""

    TRUSTED = "trusted"
    """Unchanged since it was signed, by somebody whose certificate leads to one that the reader trusts."""
    VALID = "valid"
    """Unchanged since it was signed; by whom is a claim."""
    INVALID = "invalid"
    """Changed, broken, or signed with what may not sign."""
    NONE = "none"
    """No credentials."""


class Ai(StrEnum):
    """What credentials say of generative models."""

    GENERATED = "generated"
    EDITED = "edited"
    """Made by other means, and changed or composed with a model's output."""
    SILENT = "not said"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: ``code`` for machines, the rest for people.

    Attributes:
        means: what it is.
        todo: what to do.
        detail: the library's own words, where there are any.
    """

    code: str
    means: str
    todo: str = ""
    detail: str = ""

    @property
    def mild(self) -> bool:
        """Whether it says only that nobody proves who signed, or when."""
        return self.code in UNPROVEN or self.code.startswith("timeStamp.")


@dataclass(frozen=True, slots=True)
class _ProblemFile:
    problem: tuple[Problem, ...]


@cache
def known_problems() -> dict[str, Problem]:
    """Code → what is said of it, from ``data/problems.toml``, their one home."""
    source = resources.files("octarine.credentials") / "data" / "problems.toml"
    found = decode_toml(_ProblemFile, source.read_text("utf-8"), path=str(source)).problem
    return {problem.code: problem for problem in found}


def explained(code: str, detail: str = "") -> Problem:
    """The problem of that code; ``detail`` is what the library says of it."""
    known = known_problems().get(code)
    if known is None:
        means = f"The library says: {detail}." if detail else "The credentials break a rule of C2PA."
        return Problem(code, means, "Ask for the file as it was signed.", detail)
    return Problem(code, known.means, known.todo, detail)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was done. ``when`` is ISO 8601 as the signer says, ``source`` IPTC's digital source."""

    name: str
    when: str = ""
    source: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed.

    Attributes:
        signer: common name and organisation of the certificate.
        issuer: of whoever issued it.
        expires: ISO 8601.
        time: of the time-stamp, ISO 8601; empty without one.
        trusted: whether the certificate leads to one that the reader trusts.
        time_trusted: whether the time-stamp's does.
    """

    signer: str
    issuer: str = ""
    expires: str = ""
    time: str = ""
    trusted: bool = False
    time_trusted: bool = False
    self_signed: bool = False


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that went in. ``relationship`` is parentOf, componentOf or inputTo; ``label`` is its manifest's,
    empty where it had none."""

    title: str
    relationship: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A watermark that credentials name: the algorithm, and its payload as text."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One set of credentials: what one signer said at one time."""

    label: str
    title: str = ""
    generator: str = ""
    signature: Signature | None = None
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    marks: tuple[Mark, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ai(self) -> Ai:
        """What this one says of generative models."""
        sources = {(action.name, action.source.removeprefix(SOURCES)) for action in self.actions}
        if ("c2pa.created", GENERATED) in sources:
            return Ai.GENERATED
        ours = {source for _, source in sources}
        return Ai.EDITED if ours & {GENERATED, COMPOSITE} else Ai.SILENT


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the credentials of one file say, and whether to believe it.

    Attributes:
        path: the file.
        problems: what is wrong with the newest manifest or the file as a whole. Not being trusted is one;
            what is wrong further back stands at each manifest.
        manifests: the newest first, then those of the files that it was made from.
        remote: the address at which the file says its credentials lie; it was not asked.
    """

    path: str
    state: State
    problems: tuple[Problem, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    remote: str = ""

    @property
    def active(self) -> Manifest | None:
        """The newest manifest: the one that speaks for the file."""
        return self.manifests[0] if self.manifests else None

    def ancestry(self) -> Iterator[Manifest]:
        """The newest manifest, that of its parent, and so on back."""
        by_label = {manifest.label: manifest for manifest in self.manifests}
        current, seen = self.active, set[str]()
        while current is not None and current.label not in seen:
            yield current
            seen.add(current.label)
            parents = [one.label for one in current.ingredients if one.relationship == "parentOf"]
            current = by_label.get(parents[0]) if parents else None

    @property
    def ai(self) -> Ai:
        """What the history says of generative models: generated, if its first picture was; edited, if a model
        took part in any other way."""
        said = [manifest.ai for manifest in self.ancestry()]
        if Ai.GENERATED in said:
            return Ai.GENERATED
        everywhere = {manifest.ai for manifest in self.manifests}
        return Ai.EDITED if everywhere & {Ai.GENERATED, Ai.EDITED} else Ai.SILENT

    @property
    def troubles(self) -> tuple[tuple[Manifest, Problem], ...]:
        """What is wrong with the manifests of files that this one was made from."""
        return tuple((one, problem) for one in self.manifests[1:] for problem in one.problems)
