"""Records to JSON and back, and the errors that a malformed one gets."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from octarine.core.codec import canonical, decode, decode_toml, digest, encode
from octarine.core.errors import DataError


class Colour(StrEnum):
    RED = "red"
    OCTARINE = "octarine"


@dataclass(frozen=True)
class Leaf:
    name: str
    size: float = 0.0


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...] = ()
    colour: Colour = Colour.RED
    tags: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    count: int | None = None
    ripe: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)
    child: Tree | None = None
    loaded: bytes | None = field(default=None, compare=False, metadata={"transient": True})


FULL = Tree(
    leaves=(Leaf("a", 1.5), Leaf("b")),
    colour=Colour.OCTARINE,
    tags=frozenset({"z", "a"}),
    weights={"x": 2.0},
    count=3,
    ripe=True,
    notes={"any": [1, "two", None]},
    child=Tree(count=0),
)


def test_a_record_goes_and_comes_back() -> None:
    encoded = encode(FULL)
    assert encoded == {
        "leaves": [{"name": "a", "size": 1.5}, {"name": "b"}],
        "colour": "octarine",
        "tags": ["a", "z"],
        "weights": {"x": 2.0},
        "count": 3,
        "ripe": True,
        "notes": {"any": [1, "two", None]},
        "child": {"count": 0},
    }
    assert decode(Tree, json.loads(canonical(encoded))) == FULL


def test_defaults_are_left_out() -> None:
    assert encode(Tree()) == {}
    assert decode(Tree, {}) == Tree()


def test_transient_fields_are_neither_written_nor_read() -> None:
    assert encode(Tree(loaded=b"x")) == {}
    with pytest.raises(DataError, match="unknown key 'loaded'"):
        decode(Tree, {"loaded": "x"})


def test_a_number_may_be_written_without_a_fraction() -> None:
    leaf = decode(Leaf, {"name": "a", "size": 2})
    assert leaf == Leaf("a", 2.0)
    assert type(leaf.size) is float


@pytest.mark.parametrize(
    ("number", "text"), [(math.inf, "Infinity"), (-math.inf, "-Infinity"), (math.nan, "NaN")]
)
def test_numbers_that_json_lacks(number: float, text: str) -> None:
    encoded = encode(Leaf("a", number))
    assert encoded == {"name": "a", "size": text}
    assert repr(decode(Leaf, encoded).size) == repr(number)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected an object, found a list"),
        ({"colr": "red"}, "unknown key 'colr' (known: leaves, colour"),
        ({"leaves": [{"size": 1.0}]}, "leaves[0]: the key 'name' is missing"),
        ({"leaves": [{"name": "a"}, {"name": 7}]}, "leaves[1].name: expected a string, found a number"),
        ({"leaves": {"name": "a"}}, "leaves: expected a list, found an object"),
        ({"leaves": [{"name": "a", "size": "1"}]}, "leaves[0].size: expected a number, found a string"),
        ({"leaves": [{"name": "a", "size": 10**400}]}, "leaves[0].size: too large a number"),
        ({"leaves": [{"name": "a", "size": True}]}, "leaves[0].size: expected a number, found a boolean"),
        ({"colour": "blue"}, "colour: 'blue' is none of: red, octarine"),
        ({"colour": ["red"]}, "colour: ['red'] is none of: red, octarine"),
        ({"weights": {"x": None}}, "weights.x: expected a number, found null"),
        ({"weights": []}, "weights: expected an object, found a list"),
        ({"count": True}, "count: expected a whole number, found a boolean"),
        ({"count": 1.5}, "count: expected a whole number, found a number"),
        ({"ripe": 1}, "ripe: expected a boolean, found a number"),
        ({"ripe": None}, "ripe: expected a boolean, found null"),
        ({"child": {"child": {"count": "many"}}}, "child.child.count: expected a whole number"),
    ],
)
def test_an_error_names_the_place(data: Any, message: str) -> None:
    with pytest.raises(DataError) as error:
        decode(Tree, data, path="trees.jsonl", line=4)
    assert error.value.message.startswith(f"trees.jsonl:4: {message}")
    assert (error.value.path, error.value.line) == ("trees.jsonl", 4)


def test_what_a_class_refuses_is_an_error_at_its_place() -> None:
    @dataclass(frozen=True)
    class Positive:
        value: int

        def __post_init__(self) -> None:
            if self.value <= 0:
                raise ValueError("value must be above 0")

    with pytest.raises(DataError, match=r"^a\.b: value must be above 0$"):
        decode(Mapping[str, Mapping[str, Positive]], {"a": {"b": {"value": 0}}})  # type: ignore[type-abstract]


@pytest.mark.parametrize("value", [b"bytes", bytearray(b"x"), object(), {"a": [b"x"]}, 1j])
def test_what_json_has_no_form_for_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be recorded as JSON"):
        encode(value)


def test_sets_have_one_order_whatever_is_in_them() -> None:
    assert encode(frozenset({"b", "a"})) == ["a", "b"]
    assert encode({1, "a", None}) == encode({None, "a", 1})


def test_toml() -> None:
    assert decode_toml(Leaf, 'name = "a"\nsize = 1', path="leaf.toml") == Leaf("a", 1.0)
    with pytest.raises(DataError, match=r"leaf\.toml: not TOML"):
        decode_toml(Leaf, "name = ", path="leaf.toml")
    with pytest.raises(DataError, match=r"leaf\.toml: the key 'name' is missing"):
        decode_toml(Leaf, "", path="leaf.toml")


def test_canonical_text_is_one() -> None:
    assert canonical({"b": [1, 2.0, None, True], "a": "é\0"}) == '{"a":"é\\u0000","b":[1,2.0,null,true]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(math.nan)


def test_a_digest_is_sha256_of_the_canonical_text() -> None:
    assert digest({"b": 1, "a": "é"}) == hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()


def test_lone_surrogates_have_digests_of_their_own() -> None:
    texts = ["\ud800", "\\ud800", "\ud83d\ude00", "😀", "\\ud83d\\ude00", "?", ""]
    assert len({digest(text) for text in texts}) == len(texts)
