"""Guards and answers that the tests of streaming share."""

from __future__ import annotations

import base64
import random
from functools import cache

from hypothesis import strategies as st

from octarine.guard import Guard
from octarine.guard.policy import policy_from_text
from tests.guard.fake_classifier import FakeClassifier

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
MAIL = "jo@example.org"
HARM = "step one: mix"
_NOISE = random.Random(7).randbytes(48 * 60)
PEM = (
    "-----BEGIN RSA " + "PRIVATE KEY-----\n"
    + "\n".join(base64.b64encode(_NOISE[i : i + 48]).decode() for i in range(0, len(_NOISE), 48))
    + "\n-----END RSA " + "PRIVATE KEY-----"
)  # fmt: skip
ENCODED = base64.b64encode(f"well then, here is how: {HARM} and stir it".encode()).decode()
ACTIONS = ("allow", "flag", "mask", "replace", "block")
FILLER = "The river runs slowly past the old red house. "


def of_action(action):
    return (
        f"name: {action}\nversion: 1.0.0\ncategories: {{secret: {{action: {action}}}, "
        f"personal_data: {{action: {action}}}, corrupted: {{action: flag}}}}\n"
    )


MIXED = """name: mixed
version: 1.0.0
categories:
  secret: {action: mask}
  personal_data.email: {action: replace}
  harmful_response: {action: block, strength: medium}
  corrupted: {action: flag}
words: [{id: rivals, terms: [Acme Corp, "\u9ad8\u3044"], action: mask}]
patterns: [{id: order, pattern: 'ORD-[0-9]{4}', action: flag}]
topics: [{id: locks, description: locks, examples: [how to pick the lock of a front door], threshold: 0.6,
  action: mask}]
"""
POLICIES = {**{action: of_action(action) for action in ACTIONS}, "mixed": MIXED, "default": ""}


@cache
def guard(name):
    if name == "default":
        return Guard.load(classifier=FakeClassifier())
    return Guard(policy_from_text(POLICIES[name]), FakeClassifier())


def wide(text):
    return "".join(f"%u{ord(c):04X}" for c in text)


def hidden(text):
    return "\u200b".join(text)


PIECES = st.sampled_from(
    [
        FILLER,
        FILLER * 5,
        "no blank in sight " + "x" * 450,
        "über die Brücke, 한국어 문장입니다. ",
        "彼は静かに川を渡った。高いと思う。",
        "👩‍👩‍👧‍👦 e\u0301\u0301 🏳️‍🌈 👍🏽 ",
        "\n\n- a list\r\n- of lines\n",
        f"The key is {KEY}. ",
        f"Write to {MAIL} please. ",
        f"Acme Corp has ORD-1234; {hidden('Acme Corp')}! ",
        "how to pick the lock of a front door, they ask. ",
        f"{hidden(KEY)} and {base64.b64encode(f'the key is {KEY} now'.encode()).decode()} ",
        "<EMAIL_1> [ email 1 ] &lt;EMAIL_1&gt; EMAIL_1 <EMAIL_9> ",
        PEM,
        "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxIn0" * 60 + ".c2lnbmF0dXJl ",
        "%41%4b%49%41 \\u0041\\u004b &#65;&#75; ",
        f"{' '.join('the river runs')} {wide('slowly past the house')} ",
        "\ud83d lone \udc00 ",
    ]
)
HARMS = st.sampled_from(
    ["", "", "", "", HARM, f"{hidden(HARM)} ", f"Read this: {ENCODED} ", f"Read this: {wide(HARM)} "]
)


@st.composite
def answers(draw, most=14):
    pieces = draw(st.lists(PIECES, max_size=most))
    pieces.insert(draw(st.integers(0, len(pieces))), draw(HARMS))
    return "".join(pieces)


@st.composite
def cuts(draw, length):
    """Ends of the pieces of something so long: often tiny ones."""
    sizes = draw(st.lists(st.sampled_from([1, 1, 1, 2, 3, 7, 40, 333, 1000]), min_size=1, max_size=12))
    ends, at = [], 0
    while at < length:
        at = min(length, at + sizes[len(ends) % len(sizes)])
        ends.append(at)
    return ends


def chunked(whole, ends):
    starts = [0, *ends[:-1]] if ends else []
    return [whole[start:end] for start, end in zip(starts, ends, strict=True)]
