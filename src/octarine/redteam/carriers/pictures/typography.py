"""Pictures of letters, and puzzles made of them: what is declared."""

from __future__ import annotations

from functools import partial

from octarine.redteam.carriers.pictures.canvas.handing import picture
from octarine.redteam.technique import Effect, Parameter

_letters = partial(picture, group="lettering")
_puzzle = partial(picture, group="puzzle")

TECHNIQUES = (
    _letters(
        "typographic-image",
        "Typographic image",
        "The text is drawn as dark letters on white paper, and the prompt only points at the picture.",
        "lettering:plain",
        reference="Gong et al. 2023, FigStep; PyRIT AddTextImageConverter",
    ),
    _letters(
        "empty-list-image",
        "Empty list to complete",
        "The text is the heading of a drawn list whose numbered items are empty and are to be filled in.",
        "lettering:empty_list",
        hint="whole_list",
        reference="Gong et al. 2023, FigStep",
        parameters=(Parameter("items", 3, "How many numbers are drawn.", low=1, high=6),),
    ),
    _letters(
        "low-contrast-image",
        "Low-contrast image",
        "The letters differ from their paper by a few steps of grey.",
        "lettering:low_contrast",
        hint="low_contrast",
        parameters=(Parameter("steps", 10, "Steps of grey between ink and paper.", low=2, high=60),),
    ),
    _letters(
        "tiny-text-image",
        "Tiny text image",
        "The text is set in letters of a few pixels in a corner of a large empty page.",
        "lettering:tiny",
        hint="tiny",
        parameters=(Parameter("size", 9, "Size of the letters in pixels.", low=6, high=14),),
    ),
    _letters(
        "handwritten-image",
        "Handwritten image",
        (
            "Each letter leans, turns and hops by chance, and a smooth random field bends the outlines "
            "as a hand would."
        ),
        "lettering:handwritten",
        hint="handwritten",
    ),
    _letters(
        "ransom-note-image",
        "Ransom-note image",
        (
            "Every letter is a scrap of another print: typeface, size, paper, ink and angle change "
            "from one to the next."
        ),
        "lettering:ransom",
        hint="scraps",
    ),
    _letters(
        "vertical-text-image",
        "Vertical text image",
        "The letters stand one under another, in columns.",
        "lettering:vertical",
        hint="vertical",
    ),
    _letters(
        "curved-text-image",
        "Curved text image",
        "The baselines are bent to arcs round one centre.",
        "lettering:curved",
        hint="curved",
    ),
    _letters(
        "spiral-text-image",
        "Spiral text image",
        "The text is one line that winds from the rim of the picture to its centre.",
        "lettering:spiral",
        hint="spiral",
    ),
    _letters(
        "word-swapped-image",
        "Word-swapped image",
        (
            "Harmless words stand in the picture where the longer words were; the prompt gives the key "
            "to put them back."
        ),
        "lettering:word_swapped",
        hint="key",
        reference="Wang et al. 2024, MML (word replacement)",
    ),
    _letters(
        "base64-rendered-image",
        "Rendered Base64 image",
        "The text's Base64 code is drawn, so that it has to be read off and decoded.",
        "lettering:base64_page",
        hint="base64",
        reference="Wang et al. 2024, MML (Base64)",
    ),
    _letters(
        "split-over-pictures",
        "Text split over pictures",
        "The text is cut in pieces between words, and each piece is typeset in a picture of its own.",
        "lettering:split",
        hint="several",
        parameters=(Parameter("pieces", 3, "How many pictures.", low=2, high=9),),
    ),
    _puzzle(
        "word-search-image",
        "Word-search image",
        (
            "The longer words hide in a square of letters across or down; the text above it has "
            "numbered gaps for them."
        ),
        "puzzles:word_search",
        hint="word_search",
        effect=Effect.ALTERS,
    ),
    _puzzle(
        "crossword-image",
        "Crossword image",
        (
            "The longer words cross each other in a filled crossword, and the text names them by their "
            "numbers there."
        ),
        "puzzles:crossword",
        hint="crossword",
        effect=Effect.ALTERS,
    ),
    _puzzle(
        "symbol-rebus-image",
        "Symbol rebus image",
        (
            "Drawn symbols replace the longer words, and a legend in the picture says what each symbol "
            "stands for."
        ),
        "puzzles:symbols",
        hint="symbols",
    ),
)
