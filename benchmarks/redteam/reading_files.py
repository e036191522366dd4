"""Readers of documents, clips and sounds, as ``read_back`` takes them: those of ``readers_files`` and
``readers_timed``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from read_back import Absent, Reader, texts

from octarine.core.content import Conversation, Message, Part, Role

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.redteam.readers_files import READERS as DOCUMENTS
from benchmarks.redteam.readers_timed import LISTENERS
from benchmarks.redteam.readers_timed import READERS as TIMED

AMONG = 10
"""Of so many English seeds a listener tells which one is said."""
_TOOLS = {
    "docx": "python-docx, expat", "xlsx": "openpyxl", "pptx": "python-pptx", "pdf": "poppler",
    "html": "html.parser",
    "svg": "expat", "gpx": "expat", "odt": "expat", "epub": "expat", "eml": "email", "zip": "zipfile",
    "video": "ffmpeg, tesseract", "tones": "own decoder", "document": "by its format", "sound": "ffprobe",
}  # fmt: skip
_TOOL = {
    "pdf-layer-off": "pypdf", "pdf-annotation": "pypdf", "pdf-form-field": "pypdf", "pdf-bookmarks": "pypdf",
    "zip-comment": "unzip", "video-subtitles": "ffmpeg", "video-tags": "ffprobe", "video-chapters": "ffprobe",
    "video-attached-file": "ffmpeg", "tones-spectrum-picture": "own spectrogram, tesseract",
    "sound-lowest-bits": "own decoder",
}  # fmt: skip
_NEEDED = {"poppler": "pdftotext", "ffmpeg": "ffmpeg", "ffprobe": "ffprobe", "unzip": "unzip",
           "ffmpeg, tesseract": "tesseract", "own spectrogram, tesseract": "tesseract"}  # fmt: skip
_MODULES = {"pypdf": "pypdf", "openpyxl": "openpyxl", "python-pptx": "pptx", "python-docx, expat": "docx",
            "by its format": "pptx"}  # fmt: skip


def _whole(parts: Sequence[Part]) -> Conversation:
    return Conversation((Message(Role.USER, tuple(parts)),))


def _present(tool: str) -> None:
    if (program := _NEEDED.get(tool)) and not shutil.which(program):
        raise Absent(f"no {program}")
    if (module := _MODULES.get(tool)) and not find_spec(module):
        raise Absent(f"no {module}")


def _reader(name: str, read: Callable[[Conversation], str]) -> Reader:
    tool = _TOOL.get(name) or _TOOLS.get(name.split("-", maxsplit=1)[0], "own reader")

    def checked(parts: Sequence[Part], _: str) -> str:
        _present(tool)
        return read(_whole(parts))

    return Reader(tool, checked)


@cache
def _among() -> tuple[str, ...]:
    return tuple(texts("en", AMONG))


def _listener(listen: Callable[[Conversation, Sequence[str]], str]) -> Reader:
    def checked(parts: Sequence[Part], _: str) -> str:
        if not find_spec("pocketsphinx"):
            raise Absent("no pocketsphinx")
        return listen(_whole(parts), _among())

    return Reader(f"pocketsphinx: which of {AMONG}", checked)


READERS: dict[str, Reader] = {
    **{name: _reader(name, read) for name, read in {**DOCUMENTS, **TIMED}.items()},
    **{name: _listener(listen) for name, listen in LISTENERS.items()},
}
