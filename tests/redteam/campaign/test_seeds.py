from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.dimensions import Dimension
from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam.campaign.phases.seeds import SEARCH_SHARE, drawn, parts, seed_pairs
from octarine.redteam.campaign.planned import Side
from tests.redteam.campaign.world import pair, suite


def test_a_seed_has_its_twin_and_its_side() -> None:
    pairs = seed_pairs(suite(40).load())
    assert [p.seed.variant for p in pairs] == ["harmful"] * 40
    assert all(p.twin and p.twin.group == p.seed.group and p.twin.variant == "benign" for p in pairs)
    share = sum(p.side is Side.SEARCH for p in pairs) / 40
    assert abs(share - SEARCH_SHARE) < 0.25


def test_the_side_of_a_seed_does_not_depend_on_the_others() -> None:
    samples = [s for n in range(40) for s in pair(n)]
    alone = {p.seed.id: p.side for p in seed_pairs(samples)}
    fewer = {p.seed.id: p.side for p in seed_pairs(samples[::-1][:30])}
    assert fewer
    assert all(alone[name] is side for name, side in fewer.items())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40))
def test_neither_a_wording_nor_a_group_is_on_both_sides(places: list[tuple[int, int]]) -> None:
    """Seeds that share a wording (first number) or a group (second), in any pattern, go together."""
    seeds = []
    for number, (wording, group) in enumerate(places):
        seed = pair(wording)[0]
        seeds.append(dataclasses.replace(seed, id=f"s{number}", group=f"g{group}"))
    sides = parts(seeds)
    by_lineage: dict[str, set[Side]] = {}
    by_group: dict[str, set[Side]] = {}
    for seed in seeds:
        by_lineage.setdefault(seed.lineage, set()).add(sides[seed.key])
        by_group.setdefault(seed.group, set()).add(sides[seed.key])
    assert all(len(found) == 1 for found in (*by_lineage.values(), *by_group.values()))


def test_a_draw_takes_of_both_parts_and_every_dimension() -> None:
    dimensions = (Dimension.SAFETY, Dimension.SAFETY, Dimension.SAFETY, Dimension.PRIVACY_SECURITY)
    pairs = seed_pairs(suite(80, dimensions).load())
    few = drawn(pairs, 10, 0, searching=True)
    assert sum(p.side is Side.SEARCH for p in few) == 4
    report = [p.seed.dimension for p in few if p.side is Side.REPORT]
    assert report.count(Dimension.SAFETY) == report.count(Dimension.PRIVACY_SECURITY) == 3
    assert few == drawn(pairs[::-1], 10, 0, searching=True) != drawn(pairs, 10, 1, searching=True)
    assert all(p.side is Side.REPORT for p in drawn(pairs, 10, 0, searching=False))
    assert len(drawn(pairs, 1000, 0, searching=True)) == 80


def test_every_seed_of_the_suite_has_a_twin_that_techniques_apply_to() -> None:
    pairs = seed_pairs(open_benchmark("octarine").load(("en",)))
    assert len(pairs) > 80
    assert all(p.twin for p in pairs)


def test_what_endangers_a_child_is_attacked_by_nobody() -> None:
    samples = open_benchmark("octarine").load(("en",))
    assert any(sample.risk == "child_safety" for sample in samples)
    risks = {pair.seed.risk for pair in seed_pairs(samples)}
    assert "weapons" in risks
    assert "child_safety" not in risks
