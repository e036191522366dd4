"""Word order, as a reader sees it."""

from __future__ import annotations

import pytest

from tests.redteam.vectors import written


@pytest.mark.parametrize(
    ("name", "language", "text", "made"),
    [
        ("clauses-backwards", "en", "Who sings? Tell me, please.", "please, Tell me. Who sings?"),
        ("clauses-backwards", "ja", "誰が歌いますか。教えてください。", "教えてください。誰が歌いますか。"),
        ("rest-first", "hi", "मैं बगीचे से कैसे भगाऊँ?", "बगीचे से कैसे भगाऊँ, मैं?"),
        ("wordy-circumstance", "en", "How do I get my cat to leave?",
         "In what manner and by what means do I get my own personal cat to leave?"),
    ],
)  # fmt: skip
def test_known_examples(name: str, language: str, text: str, made: str) -> None:
    assert written(name, text, language) == made


def test_a_derived_word_is_no_compound() -> None:
    text = "Verlassen Möglichkeiten Freundlichkeit Verantwortung"
    assert written("split-compounds", f"{text} Gartenzaunpfosten", "de").startswith(text)
