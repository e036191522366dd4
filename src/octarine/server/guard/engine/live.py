"""The guard in force, and another one in its place when its policy changes."""

from __future__ import annotations

from pathlib import Path

from octarine.guard import Guard
from octarine.guard.guard import guard_of
from octarine.guard.policy import Policy, read_policy
from octarine.guard.scan.window_cache import Tier

Print = tuple[tuple[str, int, int, int], ...]
"""Of each file: path, time of its last change, size, inode."""


_ANYTHING = "What can be made of birch wood?"


class LiveGuard:
    """Holds one guard; ``reload`` puts a new one in its place in one step. Who took the old one goes on with
    it.

    Args:
        names: of the policies, as ``Guard.load`` takes them.
        tier: the model tier, which stays; None for that of the policy.
        ask: as ``GuardConfig.ask``.

    Raises:
        OctarineError: as ``Guard.load``.
    """

    def __init__(self, names: tuple[str, ...], tier: Tier | None = None, ask: str = "") -> None:
        self._names = names
        self._tier = tier
        self._ask = ask
        self._files = files_of(None, names)
        self.current = self._made(None)

    def changed(self) -> bool:
        """Whether a file of the policy is another than when it was read, or read in vain."""
        return _print(self._files) != self._print

    def reload(self) -> None:
        """Read the policy again. Where that fails the guard in force stays, until a file changes again.

        Raises:
            OctarineError: as ``Guard.load``.
        """
        self.current = self._made(self.current)

    def _made(self, before: Guard | None) -> Guard:
        # Before the reading: what changes meanwhile is then seen as a change.
        self._print = _print(self._files)
        policy = read_policy(*self._names)
        files = files_of(policy, self._names)
        if files != self._files:
            self._files, self._print = files, _print(files)
        if self._ask:
            policy = policy.asking(self._ask)
        guard = guard_of(policy, self._tier if before is None else _kept(before, policy) or self._tier)
        # Tables and automata are read at the first check: the first request should not wait for that.
        guard.check_input(_ANYTHING)
        guard.check_output(_ANYTHING, _ANYTHING)
        return guard


def _kept(before: Guard, policy: Policy) -> Tier | None:
    """The model tier of ``before``, where ``policy`` asks whom that asks: nobody is started anew for a word
    list. None where it does not."""
    old = before.policy
    same = policy.ask is not None and (old.ask, old.weights) == (policy.ask, policy.weights)
    return before.classifier if same else None


def files_of(policy: Policy | None, names: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that a policy was read from, as far as its marks tell, and those that are named."""
    found = {Path(name) for name in names if name.endswith((".yaml", ".yml")) or "/" in name}
    if policy is not None:
        found |= {Path(mark.path) for mark in policy.layer.marks.values() if Path(mark.path).is_file()}
    return tuple(sorted(found))


def _print(files: tuple[Path, ...]) -> Print:
    found = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            found.append((str(path), 0, 0, 0))
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
