"""What a person sent with a form: never trusted, always something of the right kind."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

PARAMETER = "p"
"""Fields of parameters are called ``p.PLACE.NAME``."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form."""

    data: FormData

    def has(self, name: str) -> bool:
        """Whether a field is there and not empty."""
        return bool(self.text(name))

    def text(self, name: str) -> str:
        """A field's text, \"\" where there is none. Browsers send line ends as CR LF."""
        value = self.data.get(name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def number(self, name: str, otherwise: int) -> int:
        """A whole number of at most nine digits."""
        value = self.text(name).strip()
        return int(value) if value.isdecimal() and len(value) < 10 else otherwise

    def real(self, name: str, otherwise: float) -> float:
        """A finite number."""
        try:
            value = float(self.text(name))
        except ValueError:
            return otherwise
        return value if math.isfinite(value) else otherwise

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """A field's text where it is one of ``known``, else \"\"."""
        value = self.text(name)
        return value if value in known else ""

    def parameters(self) -> dict[tuple[int, str], str]:
        """``(place in the chain, name)`` → what was written."""
        found = {}
        for key in self.data:
            kind, _, rest = key.partition(".")
            place, _, name = rest.partition(".")
            if kind == PARAMETER and place.isdecimal() and len(place) < 4:
                found[int(place), name] = self.text(key)
        return found


async def read_form(request: Request) -> Form:
    """The form of a request."""
    return Form(await request.form())
