"""What makes a tokeniser cut otherwise."""

from __future__ import annotations

import string
from functools import partial

from octarine.redteam.obfuscation.orthography.saying import DATA, EXPLAINED, said
from octarine.redteam.rewriting import each, table
from octarine.redteam.seed import Seed, content_words, words
from octarine.redteam.technique import Category, Effect, Parameter, Technique

_GLITCHES = (
    "SolidGoldMagikarp", "RandomRedditorWithNo", "StreamerBot", "externalActionCode", "guiActiveUn",
    "rawdownloadcloneembedreportprint", "PsyNetMessage", "attRot", "EStreamFrame", "ForgeModLoader",
    "assetsadobe", "quickShip", "unfocusedRange", "strutConnector", "channelAvailability", "wcsstore",
    "oreAndOnline", "InstoreAndOnline", "inventoryQuantity", "ItemThumbnailImage", "catentry", "soType",
)  # fmt: skip
_CONTROLS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<s>", "</s>", "[INST]", "[/INST]",
    "<|assistant|>", "<|user|>", "<<SYS>>", "<end_of_turn>", "<pad>", "[CLS]", "[SEP]",
)  # fmt: skip


def prepended(seed: Seed) -> str:
    """A letter more at the head of each longer word."""
    letters = string.ascii_lowercase if seed.text.isascii() else sorted({c for c in seed.text if c.isalpha()})
    return each(seed.text, content_words(seed.text), lambda word: seed.pick(letters) + word)


def glitched(seed: Seed) -> str:
    """Rare tokens glued to words and between them."""
    pieces = []
    for word in words(seed.text):
        bare = word.rstrip()
        token = seed.pick(_GLITCHES)
        pieces.append(
            f"{bare}{token if seed.chance(0.5) else ' ' + token}{word[len(bare) :]}" if bare else word
        )
    return "".join(pieces)


def padded(seed: Seed) -> str:
    """The longest word, again and again, round the text and between its halves."""
    spans = content_words(seed.text) or [(0, len(seed.text))]
    first, last = max(spans, key=lambda span: span[1] - span[0])
    run = " ".join([seed.text[first:last]] * seed["times"])
    units = words(seed.text)
    middle = len(units) // 2
    halves = ["".join(units[:middle]).strip(), "".join(units[middle:]).strip()]
    return f"\n{run}\n".join(["", *filter(None, halves), ""]).strip("\n")


def controls(seed: Seed) -> str:
    """Tokens of chat templates between the words."""
    found = words(seed.text)
    every = max(1, seed["every"])
    return "".join(
        word + (seed.pick(_CONTROLS) if place % every == 0 else "") for place, word in enumerate(found, 1)
    ) + (seed.pick(_CONTROLS) if len(found) < every else "")


def doubled(seed: Seed) -> str:
    """Each word twice."""
    pieces = []
    for word in words(seed.text):
        bare = word.strip()
        pieces.append(f"{bare} {word}" if bare else word)
    return "".join(pieces)


def byte_letters(seed: Seed) -> str:
    """Letters that are rare in training stand before and behind each word, without blanks."""
    rare = "ꙮꙭꝏꞵꟺꬺꭤꮿ"
    return "".join(
        f"{seed.pick(rare)}{word.rstrip()}{seed.pick(rare)}{word[len(word.rstrip()) :]}"
        if word.strip()
        else word
        for word in words(seed.text)
    )


def looked_up(seed: Seed) -> str:
    """Words in a numbered list among others; numbers in the text."""
    spans = content_words(seed.text)[:24]
    hidden = [seed.text[slice(*span)] for span in spans]
    others = (
        table(DATA, "noise.toml")["words"].get(seed.language)
        or table(__package__, "noise.toml")["words"]["en"]
    )
    entries = seed.shuffled(list(dict.fromkeys([*hidden, *others])))
    numbers = {entry: place for place, entry in enumerate(entries, 1)}
    text = each(seed.text, spans, lambda word: f"[{numbers[word]}]")
    return (
        said("lookup", seed)
        + "\n".join(f"{n}. {entry}" for n, entry in enumerate(entries, 1))
        + f"\n\n{text}"
    )


_tokens = partial(Technique, category=Category.OBFUSCATION, group="tokenisation", effect=Effect.KEEPS)
TECHNIQUES = (
    _tokens(
        id="prepended-letter",
        name="A letter before",
        mechanism="Each longer word gets a wrong letter before its first, so that it is tokenised otherwise.",
        apply=prepended,
        effect=Effect.ALTERS,
        reference="Schulz and Yeung 2025 (TokenBreak)",
    ),
    _tokens(
        id="glitch-tokens",
        name="Glitch tokens",
        mechanism="Tokens that models hardly saw in training are put behind and between the words.",
        apply=glitched,
        reference="Land and Bartolo 2024; garak: glitch",
    ),
    _tokens(
        id="repeated-word-padding",
        name="Padding with one word",
        mechanism="The longest word is repeated many times before, inside and behind the text.",
        apply=padded,
        parameters=(Parameter("times", 40, "How often it is repeated each time.", low=2, high=2000),),
        reference="Nasr et al. 2023; PyRIT: repeat token; garak: divergence",
    ),
    _tokens(
        id="control-token-noise",
        name="Control tokens between words",
        mechanism="Control tokens of chat templates, written as text, stand between the words.",
        apply=controls,
        parameters=(Parameter("every", 3, "Words between two of them.", low=1, high=20),),
        reference="promptfoo: special token injection",
    ),
    _tokens(
        id="doubled-words",
        name="Every word twice",
        mechanism="Each word is written twice, one after the other.",
        apply=doubled,
        reference="ours",
    ),
    _tokens(
        id="rare-letters-round-words",
        name="Rare letters round words",
        mechanism="Letters that no tokeniser knows are glued to both ends of each word.",
        apply=byte_letters,
        reference="ours",
    ),
    _tokens(
        id="list-lookup",
        name="Words from a list",
        mechanism="Longer words are given by their number in a list of them and of unrelated words.",
        apply=looked_up,
        effect=Effect.ALTERS,
        parameters=(EXPLAINED,),
        reference="Dong et al. 2024 (SATA: element lookup by position)",
    ),
)
