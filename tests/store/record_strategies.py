"""Arbitrary samples, completions and judgements: what a model may answer is not chosen by us."""

from __future__ import annotations

from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.dimensions import Dimension
from octarine.core.results import Completion, Evidence, Finish, Judgement, Outcome, TokenLogprob, Usage
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample, Subject

ODD = st.sampled_from(
    ["\0", "\\u0000", "\\", "\ud800", "\udfff", "\ud83d\ude00", "😀", "\u2028", "\x7f", "\ufeff", "'", '"']
)
TEXT = st.lists(st.text(st.characters(), max_size=8) | ODD, max_size=4).map("".join)
"""With NUL, lone surrogates and pairs of them that are not one character."""

NUMBER = st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ARGS = st.dictionaries(TEXT, JSON, max_size=3)

PARTS = st.lists(
    st.builds(Part, st.sampled_from(Modality), TEXT, TEXT, st.just("") | st.just("ab" * 32), TEXT), max_size=3
).map(tuple)
TOOL_CALLS = st.lists(st.builds(ToolCall, TEXT, TEXT, TEXT), max_size=2).map(tuple)
TOOLS = st.lists(st.builds(Tool, TEXT, TEXT, ARGS), max_size=2).map(tuple)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(Role), PARTS, TOOL_CALLS, TEXT), max_size=3).map(tuple)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)

SAMPLES = st.builds(
    Sample,
    id=TEXT,
    conversation=st.builds(Conversation, MESSAGES, TOOLS),
    expectation=st.builds(Expectation, st.sampled_from(Behaviour), TEXT, ARGS),
    dimension=st.sampled_from(Dimension),
    objectives=TEXTS,
    language=TEXT,
    risk=TEXT,
    group=TEXT,
    variant=TEXT,
    template=TEXT,
    subject=st.sampled_from(Subject),
    tags=TEXTS,
    provenance=st.builds(Provenance, TEXT, TEXT, TEXT, TEXTS),
)
COUNTS = st.none() | st.integers()
COMPLETIONS = st.builds(
    Completion,
    parts=PARTS,
    tool_calls=TOOL_CALLS,
    finish=st.sampled_from(Finish),
    usage=st.builds(Usage, COUNTS, COUNTS),
    latency_s=NUMBER,
    logprobs=st.lists(
        st.builds(TokenLogprob, TEXT, NUMBER, st.dictionaries(TEXT, NUMBER, max_size=2)), max_size=2
    ).map(tuple),
    error=TEXT,
)
JUDGEMENTS = st.builds(
    Judgement,
    outcome=st.sampled_from(Outcome),
    score=st.none() | NUMBER,
    judge=TEXT,
    version=TEXT,
    probabilities=st.dictionaries(TEXT, NUMBER, max_size=3),
    evidence=st.lists(st.builds(Evidence, TEXT, COUNTS, COUNTS), max_size=2).map(tuple),
)
