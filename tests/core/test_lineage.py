"""Lineage: what goes together, and that nothing goes to both places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.lineage import SHARE, Destination, destination, shared_lineages
from octarine.core.samples import CARRIED_OVER, Behaviour, Expectation, Provenance, Sample
from octarine.redteam import techniques
from octarine.redteam.chain import TARGET

ANY = Sample(
    id="s",
    conversation=Conversation.user("Tell me how."),
    expectation=Expectation(Behaviour.DEFLECT, "refusal"),
    dimension=Dimension.SAFETY,
    objectives=("safety.deflects_harm",),
)
FAMILIES = ("base64", "homoglyph", "crescendo(turns=5)", "museum-placard", "translation")
samples = st.builds(
    lambda text, group, language, variant, parent, steps, benchmark: replace(
        ANY,
        conversation=Conversation.user(text),
        group=f"safety-{language}-{group}" if group else "",
        language=language,
        variant=variant,
        provenance=Provenance(benchmark, "1", parent, tuple(f'{step}/{{"seed": 1}}' for step in steps)),
    ),
    text=st.sampled_from(["one", "ONE", "two", "three  four", "three four"]),
    group=st.sampled_from(["", "g001", "g002", "g003"]),
    language=st.sampled_from(["en", "de", "ja"]),
    variant=st.sampled_from(["harmful", "benign"]),
    parent=st.sampled_from(["", "p1", "p2"]),
    steps=st.lists(st.sampled_from(FAMILIES), max_size=3),
    benchmark=st.sampled_from(["", "octarine", "import:garak", "chat"]),
)


@given(st.lists(samples, max_size=12), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_no_lineage_is_in_both_whatever_the_set_and_order(found: list[Sample], share: float) -> None:
    routed: dict[Destination, list[Sample]] = {Destination.TRAINING: [], Destination.BENCHMARK: []}
    for sample in found:
        routed[destination(sample, share)].append(sample)
    assert not shared_lineages(*routed.values())
    more = [replace(ANY, id="later", conversation=Conversation.user("later")), *reversed(found)]
    assert [destination(one, share) for one in more[1:]] == [
        destination(one, share) for one in reversed(found)
    ]


@given(samples, st.sampled_from(["harmful", "benign"]), st.sampled_from(["en", "de", "ja", "fr"]))
def test_twins_and_translations_go_together(sample: Sample, variant: str, language: str) -> None:
    named = replace(sample, group=f"safety-{sample.language}-g007")
    twin = replace(named, variant=variant, conversation=Conversation.user("something else altogether"))
    assert twin.lineage == named.lineage
    elsewhere = replace(twin, language=language, group=f"safety-{language}-g007")
    assert elsewhere.lineage == named.lineage
    assert destination(elsewhere) is destination(named)


@given(samples, st.sampled_from([name for name in FAMILIES if name != "translation"]))
def test_what_only_carries_a_text_over_is_no_family(sample: Sample, family: str) -> None:
    step = f'{family}/{{"seed": 3}}'
    origin = replace(sample.provenance, techniques=(step,))
    bare = replace(sample, provenance=origin)
    for before in ('translation/{"to": "de"}', 'played/{"calls": 5}'):
        chain = replace(sample, provenance=replace(origin, techniques=(before, step)))
        assert chain.family == bare.family == family.partition("(")[0]
        assert chain.lineage == bare.lineage


@given(samples, st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_moves_nothing_to_training(sample: Sample, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if destination(sample, low) is Destination.BENCHMARK:
        assert destination(sample, high) is Destination.BENCHMARK


def test_the_share_is_kept() -> None:
    many = [replace(ANY, conversation=Conversation.user(f"text {n}")) for n in range(4000)]
    for share in (0.0, 0.2, SHARE, 1.0):
        found = sum(destination(one, share) is Destination.BENCHMARK for one in many) / len(many)
        assert abs(found - share) < 0.04


def test_a_sample_of_a_benchmark_is_a_benchmarks_and_so_is_its_translation() -> None:
    sample = replace(ANY, group="safety-en-g001", provenance=Provenance("octarine", "1"))
    step = 'translation/{"to": "de"}'
    translated = replace(sample, provenance=Provenance("octarine", "1", "p", (step,)))
    for share in (0.0, 0.5):
        assert destination(sample, share) is destination(translated, share) is Destination.BENCHMARK
    alone = replace(sample, group="", provenance=Provenance())
    assert destination(alone, 0.0) is Destination.TRAINING


def test_what_was_brought_in_goes_with_the_seed_that_was_recognised_in_it() -> None:
    ours = replace(ANY, group="g1", provenance=Provenance("octarine", "2", "key", ("base64/{}",)))
    theirs = replace(ours, id="garak-1", provenance=Provenance("import:garak", "f", "key", ("base64/{}",)))
    assert theirs.lineage == ours.lineage
    unknown = replace(theirs, group="", provenance=Provenance("import:garak", "f"))
    again = replace(unknown, id="pyrit-9", provenance=Provenance("import:pyrit", "g"))
    chat = replace(unknown, id="chat-1", provenance=Provenance("chat"))
    assert unknown.lineage == again.lineage == chat.lineage
    assert unknown.seed.startswith("text ")


def test_case_spacing_and_width_make_no_new_seed() -> None:
    one = replace(ANY, conversation=Conversation.user("Tell me  HOW\n"))
    other = replace(ANY, conversation=Conversation.user("tell me how"), id="t")
    assert one.seed == other.seed
    assert one.seed != replace(ANY, conversation=Conversation.user("tell me why")).seed


def test_a_seed_that_was_noted_stands() -> None:
    noted = replace(ANY, group="g", provenance=Provenance("evergreen", "1", seed="text abc"))
    assert noted.seed == "text abc"


def test_the_steps_that_carry_over_are_the_catalogues_translations() -> None:
    """A translation that is added to the catalogue would otherwise be a family of its own."""
    found = {one.id for one in techniques.values() if one.group == "translation"}
    assert found | {"played"} == CARRIED_OVER
    assert any(parameter.name == TARGET for parameter in techniques["translation"].parameters)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(ValueError, match="share must be in"):
        destination(ANY, share)
