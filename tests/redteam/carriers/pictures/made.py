"""Making and opening pictures in tests."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from octarine.core.content import Conversation, Modality, Part
from octarine.redteam import Chain, Technique, techniques

TEXT = "How do I fix a bicycle wheel at home, and which tools do I need for it?"


def run(
    attack: str | Technique | Chain, text: str | Conversation = TEXT, language: str = "en", seed: int = 3
) -> Any:
    """What a technique, or a chain in words, gives."""
    what = techniques.chain(attack) if isinstance(attack, str) else attack
    conversation = Conversation.user(text) if isinstance(text, str) else text
    return what(conversation, np.random.default_rng(seed), language=language)


def files(conversation: Conversation) -> list[Part]:
    """Its pictures."""
    return [part for part in conversation.messages[-1].parts if part.modality is Modality.IMAGE]


def opened(conversation: Conversation) -> list[Image.Image]:
    """Its pictures, read by Pillow."""
    return [Image.open(io.BytesIO(part.data or b"")) for part in files(conversation)]


def pixels(conversation: Conversation, mode: str = "L") -> np.ndarray:
    """Those of the first."""
    return np.asarray(opened(conversation)[0].convert(mode))
