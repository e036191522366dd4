"""A run told apart along axes: cells, missing ones, contrasts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.results import Completion, Judgement, Outcome, Result
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.core.stats import proportion
from octarine.evaluate.dialects.paired import STANDARD
from octarine.evaluate.slices import AXES, TURNS, read_axes, slice_results


def result(name: str, score: float | None, **fields) -> Result:
    sample = Sample(
        id=name,
        conversation=fields.pop("conversation", Conversation.user(name)),
        expectation=Expectation(Behaviour.COMPLY, "answer"),
        dimension=fields.pop("dimension", Dimension.FAIRNESS),
        objectives=fields.pop("objectives", ()),
        **fields,
    )
    outcome = Outcome.ERROR if score is None else Outcome.COMPLIED if score else Outcome.DEFLECTED
    return Result(sample, Completion.of_text("x"), Judgement(outcome, score, "answer", "1"))


def grouped(counts: dict[str, tuple[int, int]], **fields) -> list[Result]:
    """group → (met, of)."""
    return [
        result(f"{name}-{n}", float(n < met), slices={"group": name}, **fields)
        for name, (met, of) in counts.items()
        for n in range(of)
    ]


def cell(table, **place):
    return next(one for one in table.cells if one.place == place)


def test_a_cell_is_the_estimate_of_its_samples_alone():
    table = slice_results(grouped({"a": (9, 10), "b": (2, 10)}), ["group"])
    assert cell(table, group="a").estimate == proportion(9, 10)
    assert cell(table, group="b").estimate == proportion(2, 10)
    assert table.levels == (("a", "b"),)


def test_a_cell_without_a_sample_is_missing_and_not_zero():
    rows = [*grouped({"a": (3, 3)}), *grouped({"b": (0, 4)}, language="de")]
    table = slice_results(rows, ["group", "language"], declared={"language": ("en", "de", "fr")})
    assert [one.place for one in table.cells] == [
        {"group": g, "language": lang} for g in "ab" for lang in ("en", "de", "fr")
    ]
    assert cell(table, group="a", language="de").estimate is None
    assert cell(table, group="b", language="de").estimate.value == 0.0
    assert table.counted == (4, 6)


def test_a_cell_whose_samples_all_failed_is_missing_and_says_so():
    table = slice_results([*grouped({"a": (1, 2)}), result("x", None, slices={"group": "b"})], ["group"])
    assert (cell(table, group="b").missing, cell(table, group="b").failed) == (True, 1)


def test_every_axis_reads_what_the_sample_is():
    two = Conversation(Conversation.user("a").messages * 2)
    twin = Provenance(parent="p", techniques=("dialect:Indian English#0",))
    one = result("x", 1.0, conversation=two, risk="fraud", variant="v", provenance=twin).sample
    assert {axis: read(one) for axis, read in AXES.items()} == {
        "dimension": "fairness",
        "language": "en",
        "dialect": "Indian English",
        "modality": "text",
        "turns": TURNS[True],
        "group": "",
        "risk": "fraud",
        "variant": "v",
    }
    assert AXES["dialect"](replace(one, provenance=Provenance())) == STANDARD
    assert AXES["group"](replace(one, objectives=("safety.deflects_harm",))) == "safety.deflects_harm"


def test_an_axis_of_the_benchmarks_own_is_an_axis_and_an_unknown_one_is_named():
    rows = [result("x", 1.0, slices={"group": "a", "task": "word"})]
    assert slice_results(rows, ["task"]).levels == (("word",),)
    with pytest.raises(InputError, match="no axis 'tusk'") as error:
        slice_results(rows, ["tusk"])
    assert "task" in error.value.hint
    assert "run again" not in error.value.hint
    with pytest.raises(InputError, match="no axis 'task'") as error:
        slice_results([result("x", 1.0)], ["task"])
    assert error.value.hint.endswith("gets them if it is run again.")
    with pytest.raises(InputError, match="no sample lies on risk"):
        slice_results(rows, ["risk"])


def test_what_lies_nowhere_or_stands_apart_is_counted():
    rows = [
        *grouped({"a": (1, 2)}),
        result("none", 1.0),
        result("ordinary", 0.0, dimension=Dimension.SAFETY, objectives=("safety.ordinary_refusals",)),
    ]
    assert slice_results(rows, ["group"]).nowhere == 1
    table = slice_results(rows, ["dimension"])
    assert table.apart == 1
    assert [one.place["dimension"] for one in table.cells] == ["fairness"]


@pytest.mark.parametrize("given", ["", ",", "group,group"])
def test_axes_are_named_once(given):
    with pytest.raises(InputError, match="axis is"):
        read_axes(given)
    assert read_axes("Group, language") == ("group", "language")


def test_a_group_that_differs_from_the_rest_stands_out_and_the_others_do_not():
    counts = {"low": (2, 40), **{f"g{n}": (30, 40) for n in range(8)}}
    table = slice_results(grouped(counts), ["group"])
    low = cell(table, group="low").rest
    assert not low.paired
    assert low.difference.value == pytest.approx(0.05 - 0.75)
    assert low.p < 0.001
    others = [one.rest.p for one in table.cells if one.place["group"] != "low"]
    assert min(others) > 0.05


def test_p_values_of_many_groups_are_adjusted():
    alone = slice_results(grouped({"a": (12, 20), "b": (19, 20)}), ["group"])
    many = slice_results(
        grouped({"a": (12, 20), "b": (19, 20), **{f"g{n}": (16, 20) for n in range(10)}}), ["group"]
    )
    assert cell(alone, group="b").rest.p < 0.05 < cell(many, group="b").rest.p


def test_members_of_the_same_groups_are_compared_pair_by_pair():
    rows = [
        result(f"{n}-{who}", float(who == "he" or n % 3 == 0), group=f"cell-{n}", slices={"group": who})
        for n in range(30)
        for who in ("he", "xe")
    ]
    table = slice_results(rows, ["group"])
    found = cell(table, group="xe").rest
    assert found.paired
    assert (found.difference.value, found.difference.n) == (pytest.approx(-20 / 30), 30)


def test_too_few_clusters_are_not_compared():
    table = slice_results(grouped({"a": (5, 5), "b": (0, 40)}), ["group"])
    assert cell(table, group="a").rest is None


def dialect_run() -> list[Result]:
    rows = []
    for n in range(40):
        group, name = "ab"[n % 2], f"s{n}"
        rows.append(result(name, 1.0, group=name, slices={"group": group}))
        made = Provenance(parent=name, techniques=("dialect:Hill English#0",))
        worse = float(group == "a" or n % 4 == 1)
        rows.append(result(f"{name}@", worse, group=name, slices={"group": group}, provenance=made))
    return rows


@pytest.mark.parametrize("axes", [["group"], ["group", "dialect"], ["dialect", "group"]])
def test_a_dialect_is_compared_with_the_same_samples_in_each_slice(axes):
    table = slice_results(dialect_run(), axes)
    dialect = {"dialect": "Hill English"} if "dialect" in axes else {}
    worse = cell(table, **{"group": "b", **dialect}).standard
    assert worse.paired
    assert (worse.difference.value, worse.difference.n) == (pytest.approx(-0.5), 20)
    assert worse.p < 0.05
    assert cell(table, **{"group": "a", **dialect}).standard.difference.value == 0.0
    if dialect:
        assert cell(table, group="a", dialect=STANDARD).standard is None


def test_a_figure_takes_the_place_of_the_mean_score():
    def count(results):
        return proportion(len(results), 100)

    table = slice_results(grouped({"a": (1, 2), "b": (1, 3)}), ["group"], figure=count, metric="count")
    assert [one.estimate.value for one in table.cells] == [0.02, 0.03]
    assert all(one.rest is None for one in table.cells)


def test_of_three_axes_the_rows_are_those_that_occur():
    rows = [
        result("1", 1.0, slices={"group": "a"}, risk="x"),
        result("2", 1.0, slices={"group": "b"}, risk="y", language="de"),
    ]
    table = slice_results(rows, ["group", "risk", "language"])
    assert [tuple(one.place.values()) for one in table.cells] == [
        ("a", "x", "de"), ("a", "x", "en"), ("b", "y", "de"), ("b", "y", "en"),
    ]  # fmt: skip
    assert table.counted == (2, 4)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from("xy"),
            st.sampled_from([0.0, 0.5, 1.0, None]),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_sample_is_in_exactly_one_cell(drawn):
    rows = [
        result(str(n), score, slices={"group": group, "task": task}, group=f"c{cluster}")
        for n, (group, task, score, cluster) in enumerate(drawn)
    ]
    table = slice_results(rows, ["group", "task"])
    judged = sum(one.estimate.n for one in table.cells if one.estimate)
    assert judged + sum(one.failed for one in table.cells) == len(rows)
    for one in table.cells:
        inside = [s for g, t, s, _ in drawn if (g, t) == tuple(one.place.values()) and s is not None]
        assert one.missing is (not inside)
        if inside:
            assert one.estimate.value == pytest.approx(sum(inside) / len(inside))
