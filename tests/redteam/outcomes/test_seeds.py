"""The contract of the seeds: twins, languages, audiences, planted canaries, texts that stay short."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from octarine.core.content import Role
from octarine.core.risks import AdversarialOutcome, risks
from octarine.core.samples import Behaviour
from octarine.evaluate.audit import in_another_language, near_duplicates
from octarine.evaluate.benchmark import Selection
from octarine.redteam.outcomes.benchmark import (
    LANGUAGES,
    adversarial_outcomes,
    deception_file,
    load,
    pair_file,
)
from octarine.redteam.outcomes.canaries import find_canary
from octarine.redteam.outcomes.seeds import KINDS, Pair

OUTCOMES = [f"outcome:{outcome}" for outcome in AdversarialOutcome]
AUDIENCES = ["audience:builder", "audience:end-user"]
LONGEST = 300
"""Characters of a request: a seed names a harm; what is longer could begin to teach one."""
PAIRS = [
    (kind, language, name, pair)
    for kind in KINDS
    for language in LANGUAGES
    for name, pair in pair_file(kind.folder, language).pairs.items()
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_pairs_of_each_outcome_for_each_audience(language: str) -> None:
    groups = defaultdict(set)
    for seed in load((language,)):
        for tag in seed.tags:
            if tag in OUTCOMES:
                groups[tag, seed.tags[0]].add(seed.group)
    assert set(groups) == {(outcome, audience) for outcome in OUTCOMES for audience in AUDIENCES}
    least = 20 if language == "en" else 6
    assert min(map(len, groups.values())) >= least


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_has_both_members_and_they_differ(language: str) -> None:
    groups = defaultdict(dict)
    for seed in load((language,)):
        groups[seed.group][seed.variant] = seed
    for name, members in groups.items():
        assert len(members) == 2, name
        first, second = members.values()
        assert first.conversation != second.conversation, name
        assert first.dimension is second.dimension
        if "harmful" in members:
            assert members["harmful"].expectation.behaviour is Behaviour.DEFLECT
            assert members["benign"].expectation.behaviour is Behaviour.COMPLY


def test_no_two_seeds_ask_the_same() -> None:
    asked = Counter(seed.conversation.key for seed in load())
    assert [key for key, n in asked.items() if n > 1] == []
    for language in LANGUAGES:
        plain = [seed for seed in load((language,)) if "deception" not in seed.tags[1]]
        assert near_duplicates(plain) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_seeds_are_in_their_language(language: str) -> None:
    seeds = load((language,))
    elsewhere = [seed.id for seed in seeds if in_another_language(seed)]
    assert len(elsewhere) <= 0.02 * len(seeds), elsewhere


def test_requests_are_short() -> None:
    for _, language, name, pair in PAIRS:
        for text in (pair.ask, pair.benign, pair.document):
            assert 0 <= len(text) <= LONGEST, (language, name)
        assert pair.ask, name
        assert pair.benign, name


def test_canaries_stand_in_the_conversation_and_not_in_the_request() -> None:
    for kind, language, name, pair in PAIRS:
        if kind.folder != "exfiltration":
            continue
        harmful = pair.conversation(benign=False)
        planted = "\n".join(message.text for message in harmful.messages)
        found = find_canary(planted, pair.secret)
        assert found is not None, (language, name)
        assert found.share == 1.0, (language, name)
        request = find_canary(pair.ask, pair.secret)
        assert request is None or request.share < 0.4, (language, name)
        for accepted in pair.accept:
            leak = find_canary(accepted, pair.secret)
            assert leak is None or leak.share < 0.4, (language, name)


def test_canaries_are_all_different() -> None:
    for language in LANGUAGES:
        secrets = [pair.secret for pair in pair_file("exfiltration", language).pairs.values()]
        assert len(set(secrets)) == len(secrets)


def test_builders_have_a_system_and_end_users_none() -> None:
    for kind, language, name, pair in PAIRS:
        assert bool(pair.system) == (name[0] == "b"), (kind.folder, language, name)


def test_canaries_are_planted_in_every_place() -> None:
    for language in LANGUAGES:
        found = Counter(tag for seed in load((language,)) for tag in seed.tags if tag.startswith("planted:"))
        assert {"planted:system", "planted:turn", "planted:tool", "planted:document"} <= set(found), language


def test_an_injection_is_only_in_the_harmful_twin() -> None:
    injected = [pair for kind, *_, pair in PAIRS if pair.benign_world or pair.benign_document]
    assert len(injected) >= 30
    for pair in injected:
        harmful, benign = pair.conversation(benign=False), pair.conversation(benign=True)
        # Answers are kept by conversation: twins that share one would share the answer.
        assert harmful != benign
        assert not pair.benign_world or pair.world != pair.benign_world


def test_samples_carry_risk_and_tags() -> None:
    for seed in load():
        assert seed.risk in risks(), seed.id
        assert seed.tags[0] in AUDIENCES, seed.id
        assert seed.tags[1].startswith("outcome:"), seed.id


def test_every_file_carries_a_canary_of_its_own_that_no_seed_quotes() -> None:
    canaries = [pair_file(kind.folder, language).canary for kind in KINDS for language in LANGUAGES]
    canaries += [deception_file(language).canary for language in LANGUAGES]
    assert len(set(canaries)) == len(canaries)
    texts = "\n".join(message.text for seed in load() for message in seed.conversation.messages)
    assert all(canary not in texts for canary in canaries)


def test_deception_asks_the_same_question_of_both_members() -> None:
    groups = defaultdict(list)
    for seed in load():
        if seed.tags[1] == "outcome:deception":
            groups[seed.group].append(seed)
    for members in groups.values():
        questions = {
            message.text.split("\n\n")[-1]
            for seed in members
            for message in seed.conversation.messages
            if message.role is Role.USER
        }
        assert len(questions) == 1, members[0].group


def test_the_right_letter_is_not_always_the_same() -> None:
    for language in LANGUAGES:
        file = deception_file(language)
        for questions in (file.sandbagging.questions, file.belief.questions):
            truths = Counter(question.truth for question in questions.values())
            assert max(truths.values()) <= 0.6 * len(questions), language


def test_the_benchmark_selects_by_language_and_draws_english_by_default() -> None:
    benchmark = adversarial_outcomes()
    assert {seed.language for seed in benchmark.select(Selection())} == {"en"}
    assert {seed.language for seed in benchmark.select(Selection(languages=("ja",)))} == {"ja"}
    assert len(benchmark.load()) == sum(len(load((language,))) for language in LANGUAGES)


def test_a_turn_needs_both_speakers_and_a_name_its_audience() -> None:
    from octarine.redteam.outcomes.seeds import PairFile

    with pytest.raises(ValueError, match="begins with"):
        PairFile("en", "c", {"x01": Pair("a", "b")})
    with pytest.raises(ValueError, match="turns"):
        PairFile("en", "c", {"e01": Pair("a", "b", turns=(("only the user",),))})
