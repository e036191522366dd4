"""A policy says whom to ask where the model tier is unsure."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.core.errors import DataError, InputError
from octarine.guard.policy import compare, policy_from_text, read_policy, write_policy
from octarine.guard.policy.ask import Ask, Price

HEAD = "name: ours\nversion: 1.0.0\nextends: [default]\n"
NAME = "llama-guard-3:http://localhost:1/v1#m"


def asked(body: str, path: Path | str = "ours.yaml") -> Ask | None:
    return policy_from_text(HEAD + body, path).ask


def test_nobody_is_asked_unless_it_is_said() -> None:
    assert read_policy("default").ask is None
    assert asked("") is None


def test_a_name_alone_and_all_that_can_be_said() -> None:
    assert asked(f"ask: {NAME}") == Ask(NAME)
    whole = f"ask: {{adapter: '{NAME}', band: [0.2, 0.9], sides: [output], price: {{call: 0.5}}}}"
    assert asked(whole) == Ask(NAME, (0.2, 0.9), ("output",), Price(0.5))
    assert asked(f"ask: {{adapter: '{NAME}', sides: [output, input]}}") == Ask(NAME)


def test_a_later_policy_asks_another_one_or_nobody(tmp_path: Path) -> None:
    base, other, none = (tmp_path / f"{name}.yaml" for name in ("base", "other", "none"))
    base.write_text(f"{HEAD}ask: {{adapter: '{NAME}', band: [0.2, 0.9]}}\n")
    other.write_text("name: other\nversion: 1.0.0\nask: wildguard:http://h/v1#w\n")
    none.write_text("name: none\nversion: 1.0.0\nask: nobody\n")
    assert read_policy(base, "personal-data").ask == Ask(NAME, (0.2, 0.9))
    assert read_policy(base, other).ask == Ask("wildguard:http://h/v1#w")
    assert read_policy(base, none).ask is None
    changes = [str(change) for change in compare(read_policy(base), read_policy(base, none))]
    assert changes == [f"policy ask: {NAME} from 0.2 up to 0.9, input and output → nobody"]


def test_a_folder_of_weights_lies_beside_the_policy(tmp_path: Path) -> None:
    found = asked("ask: prompt-guard-2:hf:./weights", tmp_path / "ours.yaml")
    assert found == Ask(f"prompt-guard-2:hf:{tmp_path / 'weights'}")
    assert asked("ask: prompt-guard-2:hf:org/name") == Ask("prompt-guard-2:hf:org/name")


def test_asking_stands_over_what_the_file_says() -> None:
    policy = policy_from_text(f"{HEAD}ask: {{adapter: '{NAME}', band: [0.2, 0.9]}}\n")
    assert policy.asking("wildguard:hf:o/n").ask == Ask("wildguard:hf:o/n")
    assert policy.asking("nobody").ask is None
    with pytest.raises(InputError, match="Did you mean 'wildguard'"):
        policy.asking("wildgard:hf:o/n")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("lama-guard-3:x", "Did you mean 'llama-guard-3'"),
        ("llama-guard-3", "nothing behind the colon"),
        ("llm-judge:python:os:system", "runs no code"),
        ("{band: [0.1, 0.2]}", "the key 'adapter' is missing"),
        (f"{{adapter: '{NAME}', band: [0.9, 0.2]}}", "two probabilities that rise"),
        (f"{{adapter: '{NAME}', band: [0.5]}}", "two probabilities that rise"),
        (f"{{adapter: '{NAME}', band: [0.5, 2]}}", "not between 0 and 1"),
        (f"{{adapter: '{NAME}', sides: []}}", "names no side"),
        (f"{{adapter: '{NAME}', sides: [inputs]}}", "Did you mean 'input'"),
        (f"{{adapter: '{NAME}', price: {{call: -1}}}}", "not between 0"),
        (f"{{adapter: '{NAME}', price: {{cal: 1}}}}", "Did you mean 'call'"),
        ("[a]", "expected a mapping"),
    ],
)
def test_a_mistake_is_told_with_its_line(value: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as raised:
        asked(f"ask: {value}\n")
    assert raised.value.line == 4


@pytest.mark.parametrize("ask", [Ask(NAME), Ask(""), Ask(NAME, (0.25, 0.5), ("input",), Price(0, 1.5, 2))])
def test_what_is_written_reads_the_same(ask: Ask) -> None:
    from dataclasses import replace

    layer = replace(read_policy("default").layer, ask=ask)
    again = policy_from_text(write_policy(layer)).ask
    assert again == (ask if ask.adapter else None)
