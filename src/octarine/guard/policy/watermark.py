"""What a policy says of pictures that a model makes: under which key they are marked. The marking itself is
done by who serves them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAYLOADS = 1 << 48
STRENGTHS = (25.0, 60.0)


class Addresses(StrEnum):
    """What becomes of pictures that an answer gives as an address in place of their bytes."""

    REFUSE = "refuse"
    """The answer is an error."""
    ANNOTATE = "annotate"
    """The address goes on, and beside it that the picture is not marked."""
    FETCH = "fetch"
    """The picture is fetched, and goes out marked, as bytes."""


@dataclass(frozen=True, slots=True)
class PictureMark:
    """How pictures are marked.

    Attributes:
        key: where the key is: ``file:PATH`` or ``env:NAME``, never the key itself. Empty: pictures are not
            marked, whatever the layers below say.
        payload: 0 ≤ payload < 2**48.
        psnr: of the marked picture in dB; None for what each picture hides.
        urls: see ``Addresses``.
    """

    key: str
    payload: int = 0
    psnr: float | None = None
    urls: Addresses = Addresses.REFUSE
