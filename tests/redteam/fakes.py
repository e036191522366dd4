"""Small techniques of every kind, to test what holds them together."""

from __future__ import annotations

from octarine.core.content import Modality, Part
from octarine.redteam import Category, Effect, Need, Parameter, Script, Technique, Turns
from octarine.redteam.seed import AWAITED, Seed, assistant, text_and, user

PICTURE = frozenset({Modality.IMAGE})


def technique(name: str, **fields: object) -> Technique:
    """One with everything that is required."""
    given: dict[str, object] = {
        "name": name,
        "category": Category.STRUCTURE,
        "group": "fakes",
        "mechanism": f"What {name} does to a text.",
        "apply": lambda seed: f"<{seed.text}>",
        "reference": "ours",
    }
    return Technique(id=name, **{**given, **fields})  # type: ignore[arg-type]


def _picture(seed: Seed) -> tuple[Part, ...]:
    return text_and("Look.", Part.of_bytes(Modality.IMAGE, seed.text.encode(), "image/x-fake"))


def _grey(seed: Seed) -> tuple[Part, ...]:
    parts = [Part.of_bytes(p.modality, b"grey " + (p.data or b""), p.media_type) for p in seed.others]
    return text_and(seed.text, *parts)


WRAP = technique("wrap", wraps=True)
UPPER = technique("upper", apply=lambda seed: seed.text.upper(), effect=Effect.ALTERS)
CODE = technique(
    "code",
    apply=lambda seed: seed.text.encode().hex(),
    effect=Effect.ENCODES,
    inverse=lambda text, _: bytes.fromhex(text).decode(),
)
DRAWN = technique(
    "drawn",
    apply=lambda seed: f"{seed['key'] or seed.pick('abcdefghij')}{seed.text}",
    parameters=(
        Parameter("key", None, "What stands first."),
        Parameter("times", 1, "How often.", low=1, high=3),
    ),
)
LATIN = technique("latin", scripts=frozenset({Script.LATIN}))
GERMAN = technique("german", languages=frozenset({"de"}))
PICTURED = technique("pictured", apply=_picture, outputs=PICTURE, category=Category.CARRIER)
GREY = technique("grey", apply=_grey, inputs=PICTURE, outputs=PICTURE, category=Category.CARRIER)
MADE_UP = technique(
    "made-up", apply=lambda s: [user("Hi."), assistant("Hello."), user(s.text)], turns=Turns.SEVERAL
)
LIVE = technique("live", apply=lambda s: [user("Hi."), AWAITED, user(s.text)], turns=Turns.LIVE)
REWRITTEN = technique(
    "rewritten", apply=None, instruction="Say it in the past tense.", needs=frozenset({Need.MODEL})
)
EITHER = technique("either", instruction="Say it as a riddle.")
