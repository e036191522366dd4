"""Checks that a match must pass, by the name that a rule gives. Each takes the folded text of the match."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from octarine.core.errors import InputError

Validator = Callable[[str], bool]


@cache
def validators() -> dict[str, Validator]:
    """Every check by its name: the function's own."""
    from octarine.guard.rules.validators import (
        americas,
        asia,
        contact,
        europe,
        finance,
        secrets,
        southern_europe,
    )

    modules = (americas, asia, contact, europe, finance, secrets, southern_europe)
    return {name: getattr(module, name) for module in modules for name in module.VALIDATORS}


def validator(name: str, rule: str) -> Validator:
    """The check called ``name``, for the rule with the id ``rule``. It takes any text: one of another shape
    fails it.

    Raises:
        InputError: there is none.
    """
    try:
        check = validators()[name]
    except KeyError:
        known = ", ".join(sorted(validators()))
        raise InputError(
            f"rule {rule!r}: no validator is called {name!r}", hint=f"There are: {known}"
        ) from None

    def accepts(text: str) -> bool:
        # A pattern of the user's own may find what is too short, or has letters where the number has none.
        try:
            return check(text)
        except (ValueError, LookupError):
            return False

    return accepts
