"""The key ``ask`` of a policy file.

::

    ask: llama-guard-3:http://localhost:8000/v1#meta-llama/Llama-Guard-3-8B
    ask: {adapter: …, band: [0.2, 0.9], sides: [input], price: {call: 0.001, million_input_tokens: 0.2}}
    ask: nobody
"""

from __future__ import annotations

from pathlib import Path

from octarine.core.errors import InputError
from octarine.guard.policy.ask import NOBODY, SIDES, Ask, Price
from octarine.guard.policy.file.nodes import Cursor

_LONGEST = 1_000
_DEAREST = 1e6
_PRICES = ("call", "million_input_tokens", "million_output_tokens")


def read_ask(cursor: Cursor, folder: Path) -> Ask:
    """Whom to ask. A folder of weights that begins with ``.`` is looked for beside the policy, in ``folder``.

    Raises:
        DataError: naming the line.
    """
    if cursor.is_text:
        return Ask("" if cursor.text() == NOBODY else _adapter(cursor, folder))
    given = cursor.record(("adapter", "band", "sides", "price"), required=("adapter",))
    sides = given["sides"].distinct(lambda item: item.one_of(SIDES, "side")) if "sides" in given else SIDES
    if not sides:
        raise given["sides"].error("it names no side", "To ask nobody say  ask: nobody")
    return Ask(
        _adapter(given["adapter"], folder),
        _band(given["band"]) if "band" in given else None,
        tuple(side for side in SIDES if side in sides),
        _price(given["price"]) if "price" in given else Price(),
    )


def _adapter(cursor: Cursor, folder: Path) -> str:
    from octarine.guard.adapters.names import split_adapter

    name = cursor.text(longest=_LONGEST).strip()
    try:
        kind, rest = split_adapter(name)
    except InputError as error:
        raise cursor.error(error.message, error.hint) from None
    if rest.startswith("python:"):
        # Whoever lays a policy over another must not get code run by it.
        raise cursor.error(
            "a policy is data and runs no code", f"Name the function on the command line:  --ask {name}"
        )
    scheme, _, path = rest.partition(":")
    if scheme == "hf" and path.startswith("."):
        return f"{kind}:hf:{(folder / path).resolve()}"
    return name


def _band(cursor: Cursor) -> tuple[float, float]:
    ends = [item.number(0, 1) for item in cursor.items()]
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise cursor.error(
            "expected two probabilities that rise", "As in  band: [0.2, 0.9]: unsure from 0.2 up to 0.9."
        )
    return ends[0], ends[1]


def _price(cursor: Cursor) -> Price:
    return Price(**{name: value.number(0, _DEAREST) for name, value in cursor.record(_PRICES).items()})
