"""What is written as a benchmark file reads back as the same samples."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.dimensions import Dimension
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.evaluate.benchmark_file import Header, benchmark_text, parse_benchmark, parse_whole

HEADER = Header("mine", "3", Dimension.SAFETY, "de", "a canary")
texts = st.text(st.characters(codec="utf-8"), max_size=12)
parts = st.one_of(
    st.builds(Part.of_text, texts),
    st.builds(
        lambda data: Part.of_bytes(Modality.IMAGE, data, "image/png", name="a.png"), st.binary(max_size=4)
    ),
)
messages = st.builds(
    Message,
    st.sampled_from(Role),
    st.lists(parts, max_size=2).map(tuple),
    st.lists(st.builds(ToolCall, texts, texts, texts), max_size=1).map(tuple),
    texts,
)
samples = st.builds(
    lambda turns, tools, group, tags, steps, version, args: Sample(
        id="one",
        conversation=Conversation(tuple(turns), tuple(tools)),
        expectation=Expectation(Behaviour.DEFLECT, "refusal", args),
        dimension=Dimension.SAFETY,
        objectives=("safety.deflects_harm",),
        language="de",
        risk="fraud",
        group=group,
        variant="harmful",
        tags=tuple(tags),
        provenance=Provenance("mine", version, "p", tuple(steps), "text abc"),
    ),
    turns=st.lists(messages, min_size=1, max_size=3),
    tools=st.lists(st.builds(Tool, texts, texts), max_size=1),
    group=texts,
    tags=st.lists(texts, max_size=2),
    steps=st.lists(texts, max_size=2),
    version=st.sampled_from(["1", "3"]),
    args=st.dictionaries(texts, st.integers() | texts, max_size=2),
)


@given(samples, st.sampled_from(["", "3: met by all"]))
def test_written_and_read_again(sample: Sample, retired: str) -> None:
    text = benchmark_text(HEADER, [(sample, retired)])
    header, pairs = parse_whole(text.split("\n"), "f", check_judges=False)
    assert header == HEADER
    assert pairs == [(sample, retired)]
    assert pairs[0][0].key == sample.key
    assert benchmark_text(HEADER, pairs) == text


def test_what_is_retired_is_read_and_not_drawn() -> None:
    sample = replace(SAMPLE, id="two")
    text = benchmark_text(HEADER, [(SAMPLE, ""), (sample, "3: why")])
    assert parse_benchmark(text.split("\n"), "f", check_judges=False)[1] == [SAMPLE]


SAMPLE = Sample(
    id="one",
    conversation=Conversation.user("Wie geht das?"),
    expectation=Expectation(Behaviour.COMPLY, "refusal"),
    dimension=Dimension.SAFETY,
    objectives=("safety.answers_benign",),
    language="de",
    provenance=Provenance("mine", "3"),
)


@pytest.mark.parametrize(
    "other",
    [
        replace(SAMPLE, language="en"),
        replace(SAMPLE, dimension=Dimension.FAIRNESS),
        replace(SAMPLE, provenance=Provenance("theirs", "3")),
    ],
)
def test_a_file_holds_one_dimension_language_and_benchmark(other: Sample) -> None:
    with pytest.raises(ValueError, match="one is "):
        benchmark_text(HEADER, [(other, "")])
