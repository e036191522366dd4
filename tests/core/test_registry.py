"""Plug-ins are found by name, and nothing is imported before."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.registry import Registry, plugin, registry


def polite() -> str:
    return "polite"


def test_a_plug_in_of_this_process() -> None:
    own = Registry()
    own.add("transform", "polite", polite)
    assert own.get("transform", "polite") is polite
    assert "polite" in own.names("transform")
    assert "polite" not in own.names("moderator")
    own.remove("transform", "polite")
    with pytest.raises(UnknownPlugin):
        own.get("transform", "polite")
    own.remove("transform", "polite")


def test_the_decorator_returns_what_it_was_given() -> None:
    try:
        assert plugin("transform", "polite-test")(polite) is polite
        assert registry.get("transform", "polite-test") is polite
    finally:
        registry.remove("transform", "polite-test")


def test_a_name_is_taken_once() -> None:
    own = Registry()
    own.add("transform", "polite", polite)
    own.add("transform", "polite", polite)
    with pytest.raises(InputError, match="a transform named 'polite' is registered already"):
        own.add("transform", "polite", lambda: "rude")
    assert own.get("transform", "polite") is polite


def test_a_name_that_a_package_announced_is_taken() -> None:
    with pytest.raises(InputError, match="a model named 'scripted' is registered already"):
        Registry().add("model", "scripted", polite)


def test_an_unknown_kind() -> None:
    with pytest.raises(InputError, match="'modle' is no kind of plug-in") as error:
        Registry().add("modle", "x", polite)  # type: ignore[arg-type]
    assert "model, judge" in error.value.hint


def test_an_unknown_name_gets_the_nearest() -> None:
    own = Registry()
    own.add("transform", "polite", polite)
    with pytest.raises(UnknownPlugin, match="there is no transform named 'polit'") as error:
        own.get("transform", "polit")
    assert error.value.hint.startswith("Did you mean 'polite'? Known: ")
    with pytest.raises(UnknownPlugin) as error:
        own.get("transform", "zzzz")
    assert error.value.hint.startswith("Known: ")


def test_an_announced_plug_in_is_loaded_once_and_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []

    class Announced(EntryPoint):
        def load(self) -> Any:
            loads.append(self.name)
            return polite

    point = Announced("far", "somewhere:polite", "octarine.transforms")

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [point] if group == "octarine.transforms" else []

    monkeypatch.setattr("octarine.core.registry.entry_points", entry_points)
    own = Registry()
    assert own.names("transform") == ["far"]
    assert loads == []
    assert own.get("transform", "far") is polite
    assert own.get("transform", "far") is polite
    assert loads == ["far"]


def test_our_own_plug_ins_are_announced() -> None:
    assert {"embedded", "scripted", "http", "https", "openai"} <= set(registry.names("model"))
    assert "refusal" in registry.names("judge")
    assert "crescendo" in registry.names("strategy")
    assert registry.names("benchmark") == sorted(registry.names("benchmark"))


def test_asking_for_names_imports_no_plug_in() -> None:
    script = (
        "import sys; from octarine.core.registry import registry; registry.names('model');"
        "print([name for name in sys.modules if name.startswith('octarine.models')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
