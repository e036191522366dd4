"""Which characters cleaning looks at: the insides of character classes, for ``re`` and for RE2."""

from __future__ import annotations

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What nobody sees, apart from controls and surrogates."""
CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
LETTERFORMS = (
    "\u0250-\u02b8\u1d00-\u1d6a\u2070-\u209c\u2100-\u214f\u2460-\u24ff\ua730\ua731\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
    "\U0001d400-\U0001d7ff\U0001f110-\U0001f189\U0001f1e6-\U0001f1ff"
)
# Greek to Armenian, and beyond kana what UTS #39 maps to Latin: Cherokee, Canadian, Coptic, Lisu, Deseret …
OTHER_ALPHABETS = (
    "\u0370-\u058f\u13a0-\u16ff\u2c80-\u2dff\ua4d0-\ua69f\uab70-\uabbf"
    "\U00010100-\U000107ff\U00011800-\U000118ff"
)
UNUSUAL = f"{HIDDEN}{MARKS}{LETTERFORMS}{OTHER_ALPHABETS}"
"""All of them but controls."""
CROWDED = "[\u064b-\u065f\u0e31-\u0e4e]{4}"
"""More marks of Arabic or Thai than a letter carries: a pattern of its own."""
