"""Which keys lie beside which."""

from __future__ import annotations

from functools import cache

_ROWS = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "arabic": ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"),
    "inscript": ("ौैाीूबहगदजड", "ोे्िुपरकतचट", "ंमनवलसय"),
    "kana": ("たていすかんなにらせ", "ちとしはきくまのりれけむ", "つさそひこみもねるめ"),
}
_LAYOUTS = {"de": "qwertz", "fr": "azerty", "ar": "arabic", "hi": "inscript", "ja": "kana"}


@cache
def neighbours(language: str) -> dict[str, str]:
    """Letter → the letters beside and below it, on the keyboard that is usual for a language."""
    rows = _ROWS[_LAYOUTS.get(language, "qwerty")]
    found = {}
    for number, row in enumerate(rows):
        below = rows[number + 1] if number + 1 < len(rows) else ""
        for place, letter in enumerate(row):
            near = row[max(0, place - 1) : place] + row[place + 1 : place + 2] + below[place : place + 1]
            found[letter] = near
    return found
