"""Characters that nobody sees: controls, tags, variation selectors, zero-width and bidirectional characters.

Each function looks at one kind and says what to take out, what of it is odd, and what message it carried.
Sources: Unicode 15.0, chapters 23.2–23.9; UTS #51 (emoji sequences); UTR #36 and "Trojan Source"
(CVE-2021-42574) for bidirectional controls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import permutations

from octarine.guard.normalise.characters.ranges import CONTROLS
from octarine.guard.normalise.decoders.readings import readable
from octarine.guard.normalise.results import Edit


@dataclass(slots=True)
class Step:
    """What one kind of cleaning found: edits in order, odd spans, messages (name, text, start, end)."""

    name: str
    edits: list[Edit] = field(default_factory=list)
    odd: list[tuple[str, int, int]] = field(default_factory=list)
    messages: list[tuple[str, str, int, int]] = field(default_factory=list)


_CONTROL = re.compile(rf"\x1b\[[0-9;]{{0,16}}[A-Za-z]|[\ud800-\udbff][\udc00-\udfff]|[{CONTROLS}]")
_TAGS = re.compile(
    "(?:\U0001f3f4[\U000e0061-\U000e007a][\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,5}\U000e007f)"
    "|[\U000e0000-\U000e007f]+"
)
_RGI_FLAGS = frozenset(("gbeng", "gbsct", "gbwls"))
MOST_FLAGS = 8
"""Flags of other subdivisions that a text may show: each could carry three letters."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_TAKES_SELECTOR = re.compile(
    "[0-9#*©®\u203c\u2049\u2100-\u2bff\u3000-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff\u1000-\u109f]"
)
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ZERO_WIDTH = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2064\u206a-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]+"
)
_EMOJI = re.compile("[\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U000e007f]")
_JOINING = re.compile(
    "[\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefe\u1800-\u18af\ua840-\ua87f\U00010d00-\U00010fff]"
)
_INDIC = re.compile(
    "[\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1700-\u17ff\u1b00-\u1bff\ua8e0-\uabff\U00011000-\U00011fff]"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u3000-\u30ff\u3400-\u9fff]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_SAMPLE = 64
"""Characters from which it is told which of four invisible ones stands for what."""
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_OVERRIDE = re.compile("[\u202d\u202e]([^\u202c\n]*)\u202c?")
_OPENERS, _CLOSERS = re.compile("[\u202a-\u202e\u2066-\u2068]"), re.compile("[\u202c\u2069]")


def controls(text: str) -> Step:
    """Control characters and terminal sequences go; surrogate pairs are joined, lone ones become U+FFFD."""
    step = Step("controls")
    for match in _CONTROL.finditer(text):
        run = match[0]
        if len(run) == 2 and run[0] >= "\ud800":
            joined = run.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
            step.edits.append(Edit(match.start(), match.end(), joined))
            step.odd.append(("surrogate", *match.span()))
        elif run[0] >= "\ud800":
            step.edits.append(Edit(match.start(), match.end(), "\ufffd"))
            step.odd.append(("surrogate", *match.span()))
        else:
            step.edits.append(Edit(match.start(), match.end(), ""))
            if run[0] != "\x1b":
                step.odd.append(("control", *match.span()))
    return step


def tags(text: str) -> Step:
    """Tag characters go and what they spell is a message; flags of subdivisions stay."""
    step = Step("tags")
    spelt = []
    flags = 0
    for match in _TAGS.finditer(text):
        plain = "".join(chr(ord(c) - 0xE0000) if c >= "\U000e0000" else c for c in match[0])
        start = match.start()
        if plain[0] == "\U0001f3f4":
            if plain[1:-1] in _RGI_FLAGS:
                continue
            flags += 1
            if plain[1:3].upper() in regions() and flags <= MOST_FLAGS:
                continue
            start += 1
        step.edits.append(Edit(start, match.end(), ""))
        step.odd.append(("tags", start, match.end()))
        spelt.append("".join(c for c in plain if " " <= c <= "~"))
    if any(spelt):
        first, last = step.edits[0].start, step.edits[-1].end
        step.messages.append(("tags", "".join(spelt), first, last))
        beside = text[first - 1 : first].isalnum() or text[last : last + 1].isalnum()
        if len(spelt) > 1 or beside:
            # Letters that are tags here and there inside a visible text are read where they stand.
            pieces = zip(step.edits, spelt, strict=True)
            made, here = [], first
            for edit, letters in pieces:
                made += [text[here : edit.start], letters]
                here = edit.end
            step.messages.append(("tags", text[:first] + "".join(made) + text[last:], 0, len(text)))
    return step


@cache
def regions() -> frozenset[str]:
    """The codes of regions that have a flag (ISO 3166-1, and those that Unicode adds)."""
    return frozenset((files("octarine.guard.normalise") / "data/regions.txt").read_text("utf-8").split())


def selectors(text: str) -> Step:
    """Variation selectors go where they select nothing, and the bytes that they count out are a message."""
    step = Step("variation_selectors")
    carried = []
    for match in _SELECTORS.finditer(text):
        start, run = match.start(), match[0]
        if len(run) == 1 and start and (text[start - 1] == "\u200d" or _selects(text[start - 1], run)):
            continue
        step.edits.append(Edit(start, match.end(), ""))
        carried.append(run)
        if len(run) > 1 or run not in "\ufe0e\ufe0f":
            step.odd.append(("variation_selectors", *match.span()))
    message = _counted_out("".join(carried))
    if message:
        step.messages.append(("variation_selectors", message, step.edits[0].start, step.edits[-1].end))
    return step


def _selects(base: str, selector: str) -> bool:
    """Whether a selector does there what it was made for; those of the supplement are for ideographs."""
    return (_IDEOGRAPH if selector >= "\U000e0000" else _TAKES_SELECTOR).match(base) is not None


def _counted_out(run: str) -> str:
    values = [ord(c) - 0xFE00 if c < "\U000e0000" else ord(c) - 0xE0100 + 16 for c in run]
    if len(values) >= 8 and max(values) < 16:
        # Half a byte each; a bit each.
        halves = zip(values[::2], values[1::2], strict=False)
        text = readable(bytes(high << 4 | low for high, low in halves))
        return text or (_binary(run) if len(run) >= 24 else "")
    for start in (0, 1):
        if len(values) - start >= 3 and (text := readable(bytes(values[start:]))):
            return text
    # Counted from the supplement's first.
    supplement = values and min(values) >= 16
    return (readable(bytes(value - 16 for value in values)) or "") if supplement else ""


def zero_width(text: str) -> Step:
    """Zero-width and other blank characters go where no script and no emoji needs them."""
    step = Step("invisible")
    runs = list(_ZERO_WIDTH.finditer(text))
    within = sum(_in_emoji(text, *match.span()) for match in runs)
    crowded = (len(runs) - within) * 4 > len(text) - sum(len(match[0]) for match in runs)
    for match in runs:
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        # A non-joiner is often typed twice.
        single = len(match[0]) == 1 or match[0] == "\u200c\u200c"
        if single and _in_emoji(text, start, end):
            continue
        if not crowded and single and _needed(match[0][0], before, after, text[end : end + 2]):
            continue
        if match[0][0] == "\u2800" and _among_cells(match[0], before, after):
            continue
        step.edits.append(Edit(start, end, ""))
        # A number and its unit are kept on one line.
        glued = match[0] == "\u2060" and before.isdigit() and after.isalpha()
        inside = before.isalnum() and after.isalnum() and match[0] != "\u00ad" and not glued
        if inside or len(match[0]) > 2:
            step.odd.append(("invisible", start, end))
    if len(step.odd) == 1 and step.odd[0][2] - step.odd[0][1] == 1 and _INDIC.search(text):
        # A single joiner too many is a slip of the hand.
        step.odd.clear()
    bits = "".join(match[0] for match in runs) if runs else ""
    message = _binary(bits) if len(bits) >= 24 else ""
    if message:
        step.messages.append(("zero_width", message, runs[0].start(), runs[-1].end()))
    return step


def _in_emoji(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` is the joiner of an emoji sequence."""
    joins = text[start:end] == "\u200d" and start > 0 and end < len(text)
    return joins and _EMOJI.match(text[start - 1]) is not None and _EMOJI.match(text[end]) is not None


def _among_cells(run: str, before: str, after: str) -> bool:
    """Whether ``run`` is the blank of Braille, or of pictures made of it."""
    beside = "\u2800" < before <= "\u28ff" or "\u2800" < after <= "\u28ff"
    return beside and run.count("\u2800") == len(run)


def _needed(joiner: str, before: str, after: str, next_two: str) -> bool:
    """Whether a zero-width character does there what it was made for."""
    if not before or not after:
        return False
    if joiner in "\u200c\u200d":
        if _INDIC.match(before):
            # After a virama, or before one (the Bengali ya-phalaa, the eyelash ra).
            return _virama(before) or any(map(_virama, next_two)) or not _INDIC.match(after)
        # Persian puts its endings behind Latin words too.
        behind = joiner == "\u200c" and _JOINING.match(after) is not None
        return behind or _JOINING.match(before) is not None
    if joiner in "\u200b\u2060":
        return _UNSPACED.match(before) is not None or _UNSPACED.match(after) is not None
    return "\u180b" <= joiner <= "\u180f" and _JOINING.match(before) is not None


def _virama(character: str) -> bool:
    indic = "\u0900" <= character <= "\u0dff" and ord(character) & 0x7F in (0x4D, 0x4A)
    return indic or character in ("\u1039", "\u17d2")


def _binary(run: str) -> str:
    """What zero-width characters spell as bits, most significant first, whichever of two stands for 1; or
    as pairs of bits, whatever each of four stands for."""
    common = sorted(set(run), key=run.count, reverse=True)[:4]
    if len(common) < 2:
        return ""
    if len(common) == 4 and run.count(common[3]) * _SAMPLE >= len(run):
        paired = _in_fours(run, common)
        if paired:
            return paired
    for zero, one in (common[:2], common[1::-1]):
        digits = "".join("0" if c == zero else "1" if c == one else "" for c in run)
        data = bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits) - 7, 8))
        if len(data) >= 3 and (text := readable(data)):
            return text
    return ""


def _in_fours(run: str, four: list[str]) -> str:
    digits = [four.index(c) for c in run if c in four]
    groups = list(zip(*(digits[i::4] for i in range(4)), strict=False))

    def meaning(values: tuple[int, ...], most: int | None = None) -> bytes:
        return bytes(
            values[a] << 6 | values[b] << 4 | values[c] << 2 | values[d] for a, b, c, d in groups[:most]
        )

    # With a digit for each other most bytes are printable too: small letters and blanks tell.
    best = max(permutations(range(4)), key=lambda values: _texture(meaning(values, _SAMPLE)))
    return readable(meaning(best)) or ""


def _texture(data: bytes) -> float:
    """How much of ``data`` is small letters, characters beyond Latin and, telling most, blanks, as UTF-8."""
    text = data.decode("utf-8", "replace")
    likely = sum(c.islower() or c > "\u02ff" for c in text) + 2 * text.count(" ")
    return (likely - 5 * text.count("\ufffd")) / max(1, len(text))


def bidi(text: str) -> Step:
    """Direction marks go where no right-to-left text needs them; what an override turns round is read so."""
    step = Step("bidi")
    # A needless mark in right-to-left text shows nothing that was not there.
    honest = _RTL.search(text) is not None and "\u202e" not in text and "\u202d" not in text
    if honest and abs(len(_OPENERS.findall(text)) - len(_CLOSERS.findall(text))) <= 2:
        return step
    for match in _BIDI.finditer(text):
        step.edits.append(Edit(match.start(), match.end(), ""))
        if any(c not in "\u200e\u200f\u061c" for c in match[0]) or (
            text[match.start() - 1 : match.start()].isalpha()
            and text[match.end() : match.end() + 1].isalpha()
        ):
            step.odd.append(("bidi", *match.span()))
    for match in _OVERRIDE.finditer(text):
        shown = _BIDI.sub("", match[1])
        if text[match.start()] == "\u202e" and len(shown) > 2:
            step.messages.append(("bidi", shown[::-1], *match.span(1)))
    return step
