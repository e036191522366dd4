"""What the drawn carriers say, show and keep."""

from __future__ import annotations

import io
import re
import tomllib
from importlib.resources import files as resources

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.protocols import NotApplicable
from octarine.evaluate.pictures import picture_part
from octarine.redteam import Effect, techniques
from octarine.redteam.carriers import pictures
from octarine.redteam.carriers.pictures.canvas.handing import LANGUAGES, Carrier
from octarine.redteam.seed import content_words
from tests.redteam.carriers.pictures.made import TEXT, files, opened, pixels, run
from tests.redteam.probes import seeds

ALL = pictures.TECHNIQUES
ON_PICTURES = [technique for technique in ALL if Modality.IMAGE in technique.inputs]
TEXTS = {
    language: tomllib.loads(
        (resources(pictures.__name__) / "data" / f"{language}.toml").read_text(encoding="utf-8")
    )
    for language in LANGUAGES
}


def test_every_language_says_everything() -> None:
    for language, texts in TEXTS.items():
        assert texts.keys() == TEXTS["en"].keys(), language
        for key, english in TEXTS["en"].items():
            slots = {frozenset(re.findall(r"\{\w+\}", text)) for text in _variants(english)}
            assert {frozenset(re.findall(r"\{\w+\}", text)) for text in _variants(texts[key])} == slots, (
                language,
                key,
            )
            assert len({text.count(" | ") for text in _variants(texts[key]) + _variants(english)}) == 1


def _variants(found: str | list[str]) -> list[str]:
    return [found] if isinstance(found, str) else list(found)


def test_every_hint_is_there_and_every_text_is_used() -> None:
    hints = {carrier.hint for technique in ALL if isinstance(carrier := technique.apply, Carrier)} - {""}
    drawn = {
        "opening",
        "harmless_words",
        "small_talk",
        "names",
        "dialog",
        "character",
        "mislabelled",
        "describe",
    }
    assert hints | drawn == TEXTS["en"].keys()


@pytest.mark.parametrize("technique", ALL, ids=lambda t: t.id)
def test_pictures_are_small_and_prompts_short(technique) -> None:  # type: ignore[no-untyped-def]
    made = run(technique)
    assert files(made)
    for image in opened(made):
        assert max(image.size) <= 1400
        image.load()
    assert "{" not in made.prompt
    assert len(made.prompt) < 500
    shown_in_prompt = {"half-prompt-half-picture", "labelled-parcels", "word-swapped-image"}
    assert technique.id in shown_in_prompt or TEXT[:30] not in made.prompt


@pytest.mark.parametrize("technique", ON_PICTURES, ids=lambda t: t.id)
def test_changes_take_the_pictures_of_the_message(technique) -> None:  # type: ignore[no-untyped-def]
    square = Image.fromarray(np.kron([[0, 255, 90], [255, 30, 0]], np.ones((60, 80))).astype(np.uint8))
    out = io.BytesIO()
    square.save(out, "PNG")
    part = Part.of_bytes(Modality.IMAGE, out.getvalue(), "image/png")
    asked = Conversation((Message(Role.USER, (part, Part.of_text("What is this?"))),))
    made = run(technique, asked)
    assert made.prompt.startswith("What is this?")
    assert part not in made.messages[-1].parts
    assert {image.size for image in opened(made)} != {image.size for image in opened(run(technique))}


def test_a_declared_picture_is_drawn_and_changed() -> None:
    scene = {"kind": "sign", "text": "OPEN", "colour": "red"}
    try:
        part = picture_part(scene)
    except ValueError:
        part = picture_part({"kind": "page", "lines": ["OPEN"]})
    asked = Conversation((Message(Role.USER, (part, Part.of_text("What does it say?"))),))
    assert opened(run("mirrored-picture", asked))[0].size == (640, 480)


def test_other_parts_stay() -> None:
    held = Part.of_bytes(Modality.DOCUMENT, b"%PDF-", "application/pdf")
    seen = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    asked = Conversation((Message(Role.USER, (held, seen, Part.of_text(TEXT))),))
    parts = run("typographic-image", asked).messages[-1].parts
    assert parts[:2] == (held, seen)
    gone = run(
        "blurred-picture",
        Conversation((Message(Role.USER, (Part(Modality.IMAGE, sha256="a" * 64), Part.of_text("x"))),)),
    )
    assert isinstance(gone, NotApplicable)
    assert "not at hand" in gone.reason


def test_exact_changes() -> None:
    plain = opened(run("typographic-image"))[0]
    assert pixels(run("mirrored-picture")).tolist() == np.asarray(ImageOps.mirror(plain)).tolist()
    assert pixels(run("negative-picture")).tolist() == np.asarray(ImageOps.invert(plain)).tolist()
    turned = run(techniques["rotated-picture"].set(degrees=180))
    assert np.abs(pixels(turned).astype(int) - np.asarray(plain)[::-1, ::-1].astype(int)).mean() < 1
    assert "180 degrees" in turned.prompt


def test_a_change_alone_is_the_change_of_the_plain_picture() -> None:
    chained = run("typographic-image | mirrored-picture")
    assert files(chained)[0].sha256 == files(run("mirrored-picture"))[0].sha256
    assert chained.prompt.endswith("The picture is mirrored.")


@pytest.mark.parametrize(
    "first", ["png-text-chunk", "exif-comment", "icc-description", "picture-file-name", "alpha-layer-picture",
              "palette-bytes-picture", "words-over-frames"],
)  # fmt: skip
def test_what_a_change_would_lose_is_refused(first: str) -> None:
    made = run(f"{first} | mirrored-picture")
    assert isinstance(made, NotApplicable)
    assert "lose" in made.reason or "moves" in made.reason


def test_tiles_and_combs_are_whole_together() -> None:
    plain = np.asarray(opened(run("typographic-image"))[0])
    a, b, c, d = (np.asarray(image) for image in opened(run("cut-into-tiles")))
    assert np.block([[a, b], [c, d]]).tolist() == plain.tolist()
    one, two = opened(run("combed-pictures"))
    assert np.asarray(ImageChops.darker(one, two)).tolist() == plain.tolist()
    assert np.asarray(one).tolist() != plain.tolist()


def test_reduction_reveals() -> None:
    made = opened(run("scaling-revealed-picture"))[0]
    small = np.asarray(made.resize((made.width // 3, made.height // 3), Image.Resampling.NEAREST))
    plain = opened(run("typographic-image"))[0]
    plain.thumbnail((420, 420))
    assert small.tolist() == np.asarray(plain.convert("RGB")).tolist()


def test_low_contrast_is_low() -> None:
    grey = pixels(run(techniques["low-contrast-image"].set(steps=6)))
    assert np.ptp(grey) == 6


def test_swapped_words_come_back_with_the_key() -> None:
    prompt = run("word-swapped-image").prompt
    key = dict(pair.split(" = ") for pair in prompt.split(": ", 1)[1].rstrip(".").split("; "))
    assert list(key.values()) == list(dict.fromkeys(TEXT[a:b] for a, b in content_words(TEXT)))


def test_halves_are_in_two_places() -> None:
    made = run("half-prompt-half-picture")
    assert "How do I fix a bicycle" in made.prompt
    assert "tools" not in made.prompt


def test_parcels_stand_for_words() -> None:
    made = run("labelled-parcels")
    assert "[1]" in made.prompt
    assert "bicycle" not in made.prompt


@pytest.mark.parametrize("language", ["ja", "ar", "hi", "de"])
def test_prompts_are_in_the_language_of_the_seed(language: str) -> None:
    letters = {
        "ja": r"[\u3040-\u30ff]",
        "ar": r"[\u0620-\u064a]",
        "hi": r"[\u0904-\u0939]",
        "de": r"Bitte|bitte|Bild",
    }
    made = run("qr-code" if language != "de" else "mirrored-picture", seeds(language)[0], language)
    if isinstance(made, NotApplicable):
        pytest.skip(made.reason)
    assert re.search(letters[language], made.prompt)


def test_what_hides_encodes_and_what_spoils_alters() -> None:
    for technique in ALL:
        if technique.group in ("metadata", "machine-readable code"):
            assert technique.effect is Effect.ENCODES
        if technique.group == "picture quality":
            assert technique.effect is Effect.ALTERS
        assert not technique.wraps
