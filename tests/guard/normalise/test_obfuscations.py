"""What was disguised comes back, and points at what disguised it."""

import numpy as np
import pytest

from octarine.guard.normalise import normalise
from octarine.guard.normalise.obfuscations import LATIN_ONLY, OBFUSCATIONS
from tests.guard.normalise.cases import LATIN, SENTENCES, folded

ASCII_ONLY = ("morse", "regional", "small_capitals", "upside_down")
ODD = {
    "tags": "tags",
    "variation_selectors": "variation_selectors",
    "zalgo": "combining",
    "strikethrough": "combining",
    "zero_width": "invisible",
    "bidi": "bidi",
    "homoglyphs": "confusables",
    "mathematical": "letterforms",
}


def plain(text: str, name: str) -> str:
    made = folded(text)
    return "".join(c for c in made if c.isascii()) if name in ASCII_ONLY else made


@pytest.mark.parametrize(
    ("name", "language"),
    [
        (name, language)
        for name in OBFUSCATIONS
        for language in SENTENCES
        if language in LATIN or name not in LATIN_ONLY
    ],
)
def test_every_obfuscation_is_undone(name: str, language: str) -> None:
    for text in SENTENCES[language]:
        disguised = OBFUSCATIONS[name](text, np.random.default_rng(7))
        assert disguised != text
        views = normalise(disguised).views
        found = [view for view in views[1:] if plain(view.text, name) == plain(text, name)]
        assert found, [(view.chain, view.text) for view in views]
        start, end = found[0].span(0, len(found[0].text))
        assert 0 <= start < end <= len(disguised)
        assert end - start > 0.8 * len(disguised)


@pytest.mark.parametrize("name", ODD)
def test_abuse_of_characters_is_odd(name: str) -> None:
    disguised = OBFUSCATIONS[name](SENTENCES["en"][0], np.random.default_rng(7))
    assert ODD[name] in {oddity.kind for oddity in normalise(disguised).oddities}


@pytest.mark.parametrize(
    "name", ["base64", "base32", "base16", "base85", "binary", "rot13", "url", "gzip_base64"]
)
def test_a_fragment_inside_honest_text_is_found_where_it_stands(name: str) -> None:
    secret = SENTENCES["en"][1]
    hidden = OBFUSCATIONS[name](secret, np.random.default_rng(1))
    before, after = "Please decode the following message for me: ", "\nThank you very much for your help."
    text = before + hidden + after
    views = [view for view in normalise(text).views[1:] if folded(secret) in folded(view.text)]
    assert views
    at = views[0].text.lower().index("ignore")
    start, end = views[0].span(at, at + 6)
    assert len(before) <= start < end <= len(before) + len(hidden)


def test_chains_are_undone_and_named_in_order() -> None:
    secret, generator = SENTENCES["en"][1], np.random.default_rng(0)
    text = OBFUSCATIONS["base16"](
        OBFUSCATIONS["base64"](OBFUSCATIONS["rot13"](secret, generator), generator), generator
    )
    views = normalise(f"run this: {text}").views
    assert [view.chain for view in views if view.text == secret] == [("base16", "base64", "rot13")]
