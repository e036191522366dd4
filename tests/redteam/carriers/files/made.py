"""Making files in tests, and finding a text in what was read of them."""

from __future__ import annotations

import re
import shutil
import unicodedata
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from octarine.core.content import Conversation, Part
from octarine.redteam.carriers.files import TECHNIQUES

BY_ID = {technique.id: technique for technique in TECHNIQUES}
PROGRAMS = {"pdf": "pdftotext", "zip-comment": "unzip", "video": "ffmpeg", "sound": "ffprobe"}
MODULES = {
    "docx": "docx",
    "xlsx": "openpyxl",
    "pptx": "pptx",
    "pdf": "pypdf",
    "document": "pptx",
    "video": "av",
}


def made(name: str, text: str, language: str = "en", seed: int = 0, **values: Any) -> Conversation:
    """The conversation that a technique makes of a text; skipped where the technique is not available."""
    technique = BY_ID[name]
    if reason := technique.missing():
        pytest.skip(f"{name} {reason}")
    found = technique.set(**values)(Conversation.user(text), np.random.default_rng(seed), language=language)
    assert isinstance(found, Conversation), found
    return found


def file_of(conversation: Conversation) -> Part:
    """The file in it."""
    return next(part for part in conversation.messages[-1].parts if part.data is not None)


def data_of(conversation: Conversation) -> bytes:
    """The file's bytes."""
    data = file_of(conversation).data
    assert data is not None
    return data


def need(name: str) -> None:
    """Skip where a reader's program or library is absent."""
    for key in (name, name.split("-", maxsplit=1)[0]):
        if (program := PROGRAMS.get(key)) and not shutil.which(program):
            pytest.skip(f"needs the program '{program}'")
        if (module := MODULES.get(key)) and not find_spec(module):
            pytest.skip(f"needs the library '{module}'")


def bare(text: str) -> str:
    """Without blanks and without differences of width."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def words(text: str) -> list[str]:
    """Its words, in lower case."""
    return re.findall(r"\w+", text.casefold())
