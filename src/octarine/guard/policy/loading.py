"""Finding policies by name or path, and following ``extends``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from octarine.core.errors import DataError, InputError
from octarine.core.files import read_text
from octarine.guard.policy.file.nodes import Mark, did_you_mean
from octarine.guard.policy.file.reading import read_layer
from octarine.guard.policy.layer import Layer, compose
from octarine.guard.policy.policy import Policy

MOST_FILES = 32
_SUFFIXES = (".yaml", ".yml")
_KINDS = ("categories", "words", "patterns", "topics")


def policy_names() -> tuple[str, ...]:
    """The policies that come with the package."""
    return tuple(sorted(path.stem for path in _shipped().glob("*.yaml")))


def read_policy(*sources: str | Path) -> Policy:
    """A policy by its name or path; of several each is laid over the one before, and the last gives the name.

    A file that several extend is read once, where it is first needed: the changes of one are not undone by
    the base of another.

    Raises:
        InputError: no policy has that name.
        DataError: a file is not a policy; file, line and the way out are named.
    """
    if not sources:
        raise InputError("no policy is named", hint=f"There are: {', '.join(policy_names())}")
    loader = _Loader()
    for source in sources:
        loader.add(_named(source))
    return Policy.of(*loader.layers)


def policy_from_text(text: str, path: Path | str = "policy.yaml") -> Policy:
    """As ``read_policy``, of a text; files that it names are looked for beside ``path``."""
    loader = _Loader()
    loader.add(_Source(str(path), Path(path), text))
    return Policy.of(*loader.layers)


@dataclass(frozen=True, slots=True)
class _Source:
    key: str
    path: Path
    text: str | None = None

    def read(self) -> Layer:
        return read_layer(read_text(self.path) if self.text is None else self.text, self.path)


class _Loader:
    """Layers in the order in which they are laid, the lowest first."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.done: set[str] = set()

    def add(self, source: _Source, above: tuple[str, ...] = (), mark: Mark | None = None) -> None:
        if source.key in above:
            chain = " → ".join((*above[above.index(source.key) :], source.key))
            assert mark
            raise mark.error(f"extends: the policies extend each other: {chain}", "Take one of them out.")
        if source.key in self.done:
            return
        if len(above) == MOST_FILES:
            assert mark
            raise mark.error(f"extends: more than {MOST_FILES} policies on top of each other")
        layer = source.read()
        for name in layer.extends:
            below = layer.marks["extends", name]
            self.add(_extended(name, source, below), (*above, source.key), below)
        _check_removals(layer, self.layers)
        self.done.add(source.key)
        self.layers.append(replace(layer, extends=()))


def _shipped() -> Path:
    return Path(str(resources.files("octarine.guard.policy"))) / "data" / "policies"


def _is_path(name: str) -> bool:
    return name.endswith(_SUFFIXES) or "/" in name or "\\" in name


def _named(source: str | Path) -> _Source:
    if isinstance(source, str) and not _is_path(source):
        if source not in policy_names():
            hint = did_you_mean(source, policy_names(), label="There are")
            raise InputError(
                f"no policy is called '{source}'", hint=f"{hint} A file is named by its path: ./mine.yaml"
            )
        return _Source(source, _shipped() / f"{source}.yaml")
    path = Path(source)
    return _Source(str(path.resolve()), path)


def _extended(name: str, source: _Source, mark: Mark) -> _Source:
    try:
        if not _is_path(name):
            return _named(name)
        path = source.path.parent / name
        if not path.is_file():
            raise DataError(
                f"there is no file {path}", hint="Paths are relative to the policy that names them."
            )
        return _Source(str(path.resolve()), path)
    except InputError as error:
        raise mark.error(f"extends: {error.message}", error.hint) from None
    except (OSError, ValueError) as error:
        raise mark.error(f"extends: {name!r} is no path: {error}") from None


def _check_removals(layer: Layer, below: list[Layer]) -> None:
    """What is removed must be there: a slip of the pen would leave a rule standing, or take none away."""
    inherited = compose(*below).finished() if below else None
    for place, mark in layer.marks.items():
        if place[0] != "remove" or len(place) != 3:
            continue
        _, kind, name = place
        known = getattr(inherited, kind) if inherited else {}
        if name not in known:
            hint = did_you_mean(name, known, label="Inherited") or "The policy inherits none."
            raise mark.error(f"remove.{kind}: '{name}' is not inherited", hint)
