"""Covering what was found for as long as a conversation lasts, and putting it back in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from octarine.guard.rules.masking import Located, label, merged

# ``<EMAIL_1>``, and what models make of it: other brackets, case, spaces, a dash, Markdown's escape, HTML's
# entities; without brackets only in capitals, so that a variable called ``email_1`` stays one.
_SEPARATOR = r"(?:\\?_|[ \t-])"
_NAME = rf"[A-Za-z]{{1,32}}(?:{_SEPARATOR}[A-Za-z]{{1,32}}){{0,7}}{_SEPARATOR}"
_PLACEHOLDER = re.compile(
    rf"(?:<|&lt;|＜|\[|\{{|《)[ \t]{{0,3}}(?P<inside>{_NAME}[0-9]{{1,9}})[ \t]{{0,3}}(?:>|&gt;|＞|\]|\}}|》)"
    r"|(?<![A-Za-z0-9_<\\])(?P<bare>[A-Z]{1,32}(?:\\?_[A-Z]{1,32}){0,7}\\?_[0-9]{1,9})(?![A-Za-z0-9_\\])"
)
_LITERAL = "TEXT"


class Placeholders:
    """What stands for what, through one conversation.

    A value always has the same placeholder, and no two have one. Text that happens to look like a placeholder
    that was given out is covered by one itself, so that ``restore(replace(text, …)) == text`` for any text.
    Not safe to share between conversations: what one said would be put back for another. Values are neither
    printed nor compared.
    """

    def __init__(self, values: Mapping[str, str] | None = None, *, behind: int = 0) -> None:
        """Start empty, or from what ``values()`` gave; numbers come behind ``behind``."""
        self._behind = behind
        self._values: dict[str, str] = {}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}
        for placeholder, value in (values or {}).items():
            name = placeholder.strip("<>")
            self._values[name] = value
            self._placeholders[name.rpartition("_")[0], value] = placeholder
            self._taken.add(name)

    def __repr__(self) -> str:
        return f"Placeholders({len(self)} values)"

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> dict[str, str]:
        """Placeholder → what it stands for. Keep it as safe as the text itself."""
        return {f"<{name}>": value for name, value in self._values.items()}

    def replace(self, text: str, found: Iterable[Located]) -> str:
        """``text`` with a placeholder in place of every part in ``found``; parts that overlap become one."""
        issued = frozenset(self._values)
        covered = list(merged(found))
        bounds = [0, *(bound for start, end, _ in covered for bound in (start, end)), len(text)]
        gaps = [text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]
        for gap in gaps:
            self._taken.update(_name(likeness) for likeness in _PLACEHOLDER.finditer(gap))
        parts = [self._escaped(gaps[0], issued)]
        for (start, end, category), gap in zip(covered, gaps[1:], strict=True):
            parts += [self._placeholder(label(category), text[start:end]), self._escaped(gap, issued)]
        return "".join(parts)

    def restore(self, answer: str) -> str:
        """``answer`` with the values put back, also where the model changed how a placeholder is written.
        A placeholder that was never given out stays as it is."""
        return _PLACEHOLDER.sub(lambda found: self._values.get(_name(found), found[0]), answer)

    def _placeholder(self, kind: str, value: str) -> str:
        known = self._placeholders.get((kind, value))
        if known is not None:
            return known
        number = self._last.get(kind, self._behind) + 1
        while f"{kind}_{number}" in self._taken:
            number += 1
        name = f"{kind}_{number}"
        self._last[kind] = number
        self._values[name] = value
        self._placeholders[kind, value] = f"<{name}>"
        return f"<{name}>"

    def _escaped(self, part: str, issued: frozenset[str]) -> str:
        """``part`` with what looks like a placeholder of an earlier text covered by one of its own."""

        def cover(likeness: re.Match[str]) -> str:
            return self._placeholder(_LITERAL, likeness[0]) if _name(likeness) in issued else likeness[0]

        return _PLACEHOLDER.sub(cover, part)


def _name(found: re.Match[str]) -> str:
    """A placeholder's one name, however it is written."""
    written = found["inside"] or found["bare"]
    kind, number = re.fullmatch(r"(.*?)[\\_ \t-]+([0-9]+)", written, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{re.sub(r'[^A-Za-z]+', '_', kind).upper()}_{int(number)}"
