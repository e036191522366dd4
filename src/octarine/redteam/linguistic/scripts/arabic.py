"""Arabic in other letters, other forms of its letters, and other spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, partial

from octarine.redteam.rewriting import written
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Category, Effect, Parameter, Script, Technique

_CHAT = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآؤئٱ،؟؛",
        ("a", "b", "t", "th", "j", "7", "5", "d", "th", "r", "z", "s", "sh", "9", "d", "6", "z", "3", "gh",
         "f", "8", "k", "l", "m", "n", "h", "w", "y",
         "a", "a", "2", "a", "e", "2a", "2", "2", "a", ",", "?", ";"),
        strict=True,
    )
) | dict(zip("٠١٢٣٤٥٦٧٨٩", "0123456789", strict=True))  # fmt: skip
_VOWELS = {"\u064e": "a", "\u064f": "o", "\u0650": "i", "\u064b": "an", "\u064c": "on", "\u064d": "en"}
_MARKS = "[\u064b-\u0652\u0670]"
_UNDOTTED = dict(zip("بتثيئجخذزشضظغفقةأإآؤ", "ٮٮٮٮٮححدرسصطعڡٯهاااو", strict=True))
_LOOSE = dict(zip("أإآٱةىؤئ", "ااااهيوي", strict=True)) | {"ء": ""}


def chat_letters(seed: Seed) -> str:
    """Latin letters and digits as in chats; an e where consonants would begin a word."""
    return re.sub(r"[\u0620-\u0652\u0670\u0671]+", lambda m: _word(m[0]), seed.text).translate(
        {ord(here): there for here, there in _CHAT.items() if not here.isalpha()}
    )


def _word(word: str) -> str:
    said: list[str] = []
    for place, letter in enumerate(word):
        if letter == "\u0651" and said:
            said.append(said[-1] if len(said[-1]) == 1 else "")
        elif (letter in "وي" and 0 < place < len(word) - 1 and word[place + 1] not in "اةى") or (
            letter in "وي" and place == len(word) - 1 and place > 0
        ):
            said.append("o" if letter == "و" else "i")
        else:
            said.append(_CHAT.get(letter, _VOWELS.get(letter, "")))
    latin = "".join(said)
    latin = re.sub(r"\A(al)(?=[^aeio])", r"el ", latin)
    return re.sub(r"(\A| )([^aeio\d ]+?)(?=[^aeioyw ])(?!h)", r"\1\2e", latin)


@cache
def _forms() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Letter → position → form, and form → letters."""
    letters: dict[str, dict[str, str]] = {}
    back: dict[str, str] = {}
    for code in range(0xFE80, 0xFEFD):
        position, *plain = unicodedata.decomposition(chr(code)).split()
        text = "".join(chr(int(point, 16)) for point in plain)
        letters.setdefault(text, {})[position.strip("<>")] = chr(code)
        back[chr(code)] = text
    return letters, back


def _shaped(text: str) -> str:
    letters, _ = _forms()
    units = re.findall(f"(?:\u0644[\u0622\u0623\u0625\u0627]|(?s:.)){_MARKS}*", text)
    shaped = []
    joined = False
    for place, unit in enumerate(units):
        base = unit.rstrip("".join(chr(code) for code in (*range(0x64B, 0x653), 0x670)))
        forms = letters.get(base, {})
        following = letters.get(units[place + 1][:1], {}) if place + 1 < len(units) else {}
        goes_on = "initial" in forms and "final" in following
        name = ("medial" if goes_on else "final") if joined else ("initial" if goes_on else "isolated")
        shaped.append(forms.get(name, base) + unit[len(base) :])
        joined = goes_on
    return "".join(shaped)


def _plain(text: str) -> str:
    _, back = _forms()
    return written(text, back)


def presented(seed: Seed) -> str:
    """The code points for the shapes of letters in place of those for letters."""
    return _shaped(seed.text)


def visual(seed: Seed) -> str:
    """Shapes from left to right, as old systems stored what they showed; numbers and Latin words stay."""
    lines = (_shaped(line)[::-1] for line in seed.text.split("\n"))
    return "\n".join(re.sub(r"[A-Za-z\d٠-٩.,]+(?<![.,])", lambda m: m[0][::-1], line) for line in lines)


def lengthened(seed: Seed) -> str:
    """Kashidas wherever two letters join."""
    joins = re.compile(r"([بتثجحخسشصضطظعغفقكلمنهيئ])(?=[\u0621-\u064a])(?!ا)")
    return joins.sub(lambda m: m[1] + "\u0640" * (1 + int(seed.rng.integers(seed["length"]))), seed.text)


def _short(text: str) -> str:
    return text.replace("\u0640", "")


def vowelled(seed: Seed) -> str:
    """A vowel sign on each consonant without one, or no signs at all."""
    if seed["signs"] == "dropped":
        return re.sub(_MARKS, "", seed.text)
    return re.sub(
        rf"[بتثجحخدذرزسشصضطظعغفقكلمنه](?!{_MARKS})(?=[\u0621-\u064a])",
        lambda m: m[0] + seed.pick("\u064e\u064f\u0650\u0652"),
        seed.text,
    )


def undotted(seed: Seed) -> str:
    """The bare shapes."""
    bare = re.sub(r"ن(?![\u0621-\u064a])", "ں", re.sub(r"ي(?![\u0621-\u064a])", "ى", seed.text))
    return written(bare.replace("ن", "ٮ"), _UNDOTTED)


def loose(seed: Seed) -> str:
    """Without hamza, with ha for ta marbuta and ya for alif maqsura."""
    return written(re.sub(_MARKS, "", seed.text), _LOOSE)


_arabic = partial(
    Technique,
    category=Category.LINGUISTIC,
    group="script",
    scripts=frozenset({Script.ARABIC}),
    effect=Effect.ALTERS,
    reference="ours",
)
TECHNIQUES = (
    _arabic(
        id="arabizi",
        name="Arabizi",
        mechanism="Arabic is written in Latin letters and digits as in chats: 3 for ayn, 7 for ha.",
        apply=chat_letters,
        reference="PyRIT: Arabizi",
    ),
    _arabic(
        id="arabic-presentation-forms",
        name="Arabic presentation forms",
        mechanism="Arabic letters are replaced by the code points for their shapes in a word.",
        apply=presented,
        effect=Effect.ENCODES,
        inverse=lambda text, _: _plain(text),
        survives=_plain,
        reference="Unicode, Arabic Presentation Forms-B; PyRIT",
    ),
    _arabic(
        id="arabic-visual-order",
        name="Arabic in visual order",
        mechanism="Arabic is stored as shapes from left to right, as old systems did, without controls.",
        apply=visual,
        reference="ISO 8859-6-e and visual order; ours",
    ),
    _arabic(
        id="arabic-kashida",
        name="Kashida",
        mechanism="Arabic words are drawn out with kashidas between letters that join.",
        apply=lengthened,
        effect=Effect.ENCODES,
        parameters=(Parameter("length", 3, "Kashidas in one place, at most.", low=1, high=20),),
        inverse=lambda text, _: _short(text),
        survives=_short,
        reference="PyRIT: tatweel",
    ),
    _arabic(
        id="arabic-vowel-signs",
        name="Arabic vowel signs",
        mechanism="Vowel signs are set on each Arabic consonant without one, or all are dropped.",
        apply=vowelled,
        parameters=(Parameter("signs", "added", "What is done.", choices=("added", "dropped")),),
    ),
    _arabic(
        id="arabic-undotted",
        name="Arabic without dots",
        mechanism="Arabic letters lose their dots, as in old manuscripts and in posts that dodge filters.",
        apply=undotted,
        reference="rasm; ours",
    ),
    _arabic(
        id="arabic-loose-spelling",
        name="Loose Arabic spelling",
        mechanism="Hamza and vowel signs are left out, ta marbuta and alif maqsura written as in posts.",
        apply=loose,
    ),
)
