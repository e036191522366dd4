"""Letters: Pillow's built-in font, or the first font of this machine that really has them."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont, features

from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw

Font = ImageFont.FreeTypeFont
_ABSENT = "\U0010fffd"
_JOINED = re.compile(r"[\u0590-\u08FF\u0900-\u0DFF\u0E00-\u0FFF\u1780-\u17FF]")
"""Scripts whose letters change shape or order beside each other."""
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08FF]")
_COMMON = "–—‘’“”„…•€"
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
            "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts")  # fmt: skip
_PREFERRED = (
    "dejavusans", "liberationsans", "notosans", "arial", "helvetica", "notosansdevanagari", "lohitdevanagari",
    "nirmala", "mangal", "kohinoor", "freesans", "notonaskharabic", "amiri", "tahoma", "notosanscjk",
    "ipagothic", "ipag", "takaogothic", "hiragino", "yugothic", "meiryo", "msgothic", "droidsansfallback",
)  # fmt: skip
_SIMPLER = {"\u00a0": " ", "\u202f": " ", "\t": "    ", "\u2011": "-", "\u2010": "-"}


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and which face of it; the built-in font where ``path`` is empty. ``spare``: draws what this
    one lacks (few fonts for Devanagari have Latin letters too)."""

    path: str = ""
    index: int = 0
    spare: Face | None = None

    def at(self, size: int) -> Font:
        """The font at a size in pixels."""
        return _loaded(self, size)

    def has(self, text: str) -> bool:
        """Whether every character has a glyph of its own: what is missing would be drawn as a box."""
        return all(_has(self, c) or (self.spare is not None and _has(self.spare, c)) for c in set(text))

    def runs(self, text: str) -> list[tuple[str, Face]]:
        """``text`` in pieces, each with the face that draws it."""
        if self.spare is None:
            return [(text, self)]
        found: list[tuple[str, Face]] = []
        for character in text:
            face = self if _has(self, character) else self.spare
            if found and (character.isspace() or found[-1][1] == face):
                found[-1] = (found[-1][0] + character, found[-1][1])
            else:
                found.append((character, face))
        return found


BUILT_IN = Face()


@lru_cache(maxsize=256)
def _loaded(face: Face, size: int) -> Font:
    if face.path:
        return ImageFont.truetype(face.path, size, index=face.index)
    font = ImageFont.load_default(size)
    if not isinstance(font, Font):
        raise CannotDraw("needs a Pillow built with FreeType", available=False)
    return font


@lru_cache(maxsize=20_000)
def _has(face: Face, character: str) -> bool:
    if character.isspace() or unicodedata.category(character) == "Cf":
        return True
    font = face.at(24)
    drawn, absent = font.getmask(character, "L"), font.getmask(_ABSENT, "L")
    return (drawn.size, bytes(drawn)) != (absent.size, bytes(absent))


def clean(text: str) -> str:
    """``text`` as it can be drawn: composed (NFC), without control and format characters other than
    joiners."""
    simple = unicodedata.normalize("NFC", "".join(_SIMPLER.get(c, c) for c in text)).replace("\r\n", "\n")
    kept = (
        c for c in simple if c in "\n\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co")
    )
    return "\n".join(line.strip() for line in "".join(kept).split("\n")).strip()


def face_for(text: str, wanted: str | None = None, style: str = "") -> Face:
    """The first face that has every letter of ``text``: ``wanted`` (a file or part of a font's name) or none
    else; else the built-in one, then those of the machine. ``style``: a part of the name to look for first.

    Raises:
        CannotDraw: nothing has all letters, or they need shaping and Pillow has no raqm.
    """
    if _JOINED.search(text) and not features.check("raqm"):
        raise CannotDraw("needs Pillow with raqm and fribidi, which join these letters", available=False)
    if wanted:
        choices = [Face(wanted)] if Path(wanted).is_file() else _named(wanted)
    else:
        choices = [*(_named(style) if style else []), BUILT_IN, *_faces()]
    for face in choices:
        if face.has(text):
            return face
    if not wanted and not _RIGHT_TO_LEFT.search(text) and (two := _two(text, choices)):
        return two
    lacking = next((c for c in text if not any(_has(face, c) for face in choices[:12])), text[:1])
    where = f"the font '{wanted}'" if wanted else "no font of this machine"
    name = unicodedata.name(lacking, f"U+{ord(lacking):04X}").lower()
    raise CannotDraw(f"{where} has all of these letters (such as {name})", available=bool(wanted))


def _two(text: str, choices: list[Face]) -> Face | None:
    """A face with a spare one that have all letters between them."""
    beyond = "".join(c for c in text if ord(c) > 0x24F and not c.isspace() and c not in _COMMON)
    for face in choices:
        if beyond and face.has(beyond):
            rest = "".join(c for c in set(text) if not _has(face, c))
            spare = next((other for other in choices if other.has(rest)), None)
            if spare:
                return Face(face.path, face.index, spare)
    return None


def several(text: str, most: int = 6) -> list[Face]:
    """Faces of different kinds that have all letters, at least one."""
    first = face_for(text)
    kinds = (
        "dejavuserif-bold",
        "dejavusansmono",
        "liberationserif-italic",
        "liberationsans-bold",
        "notoserif",
    )
    others = [face for kind in kinds for face in _named(kind)[:1] if face.has(text)]
    return [first, *others][:most]


def _key(path: str) -> str:
    return re.sub(r"[^a-z0-9-]", "", Path(path).stem.lower())


@cache
def _named(name: str) -> list[Face]:
    wanted = re.sub(r"[^a-z0-9-]", "", name.lower())
    found = [face for face in _installed() if wanted in _key(face.path)]
    return sorted(found, key=lambda face: (len(_key(face.path)), face.path))


@cache
def _faces() -> list[Face]:
    """The installed faces that text is usually set in, the better known first."""

    def rank(face: Face) -> tuple[int, int, str]:
        key = _key(face.path).removesuffix("-regular")
        known = next((i for i, name in enumerate(_PREFERRED) if key == name), None)
        near = next((i for i, name in enumerate(_PREFERRED) if key.startswith(name)), 99)
        return (0 if known is not None else 1, known if known is not None else near, face.path)

    odd = re.compile(r"bold|italic|oblique|light|thin|black|medium|mono|condensed|emoji|symbol|math|nastaliq")
    ranked = sorted(_installed(), key=rank)
    return [face for face in ranked if not odd.search(_key(face.path))][:60]


@cache
def _installed() -> tuple[Face, ...]:
    paths: list[str] = []
    if program := shutil.which("fc-list"):
        command = [program, "--format", "%{file}\n"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        paths = listed.stdout.splitlines()
    if not paths:
        folders = [Path(folder).expanduser() for folder in _FOLDERS]
        paths = [str(file) for folder in folders if folder.is_dir() for file in folder.rglob("*.?t?")]
    kept = sorted({path for path in paths if path.lower().endswith((".ttf", ".otf", ".ttc"))})
    return tuple(Face(path) for path in kept)
