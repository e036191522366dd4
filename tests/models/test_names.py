"""Opening models by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.core.content import Conversation
from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.protocols import InventoriedModel, Model, StreamingModel
from octarine.core.registry import registry
from octarine.core.results import Settings
from octarine.models import ModelOptions, open_model
from octarine.models.names import DEFAULT_MODEL, EXAMPLES, split_name
from octarine.models.scripted import ScriptedModel


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("embedded", ("embedded", "smollm2")),
        (" embedded:smollm2 ", ("embedded", "smollm2")),
        ("openai:ft:gpt-4o:me::1", ("openai", "ft:gpt-4o:me::1")),
        ("http://host:8000/v1#m", ("http", "http://host:8000/v1#m")),
        ("https://host/v1?api-version=2024#m", ("https", "https://host/v1?api-version=2024#m")),
        ("bedrock:amazon.nova-lite-v1:0", ("bedrock", "amazon.nova-lite-v1:0")),
    ],
)
def test_a_name_is_split_at_its_first_colon(name: str, expected: tuple[str, str]) -> None:
    assert split_name(name) == expected


def test_every_scheme_has_an_example_of_its_own_form() -> None:
    assert set(EXAMPLES) <= set(registry.names("model"))
    for scheme, example in EXAMPLES.items():
        assert split_name(example)[0] == scheme


def test_the_default_opens_without_fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTARINE_CACHE", str(tmp_path))
    model = open_model("embedded")
    assert isinstance(model, Model)
    assert model.identity.name == DEFAULT_MODEL
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_scheme_names_the_nearest_and_the_forms() -> None:
    with pytest.raises(UnknownPlugin, match="called 'opnai'") as caught:
        open_model("opnai:gpt-4o")
    assert "Did you mean 'openai:gpt-4o'?" in caught.value.hint
    assert "hf:org/name" in caught.value.hint


def test_a_host_without_http_is_recognised() -> None:
    with pytest.raises(UnknownPlugin) as caught:
        open_model("localhost:8000/v1#m")
    assert "Did you mean 'http://localhost:8000/v1#m'?" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpt-4o", "has no scheme"),
        ("", "is empty"),
        ("openai", "nothing after the scheme"),
        ("openai:", "nothing after the colon"),
        ("http://", "nothing after the colon"),
    ],
)
def test_an_incomplete_name_explains_the_form(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        open_model(name)
    assert "openai:gpt-4o-mini" in caught.value.hint or "http://localhost" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "http://me:hunter2@host/v1#m",
        "https://hunter2@host/v1#m",
        "https://host/v1?api_key=hunter2#m",
        "https://host/v1?access-token=hunter2#m",
    ],
)
def test_a_secret_in_a_name_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(InputError, match="at 'host' carries") as caught:
        open_model(name)
    assert "environment variable" in caught.value.hint
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"timeout_s": 0}, {"max_retries": -1}])
def test_options_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError):
        ModelOptions(**options)  # type: ignore[arg-type]


async def test_a_plug_in_of_ones_own_gets_the_rest_and_the_options() -> None:
    seen = []

    def factory(rest: str, options: ModelOptions) -> Model:
        seen.append((rest, options))
        return ScriptedModel("hello")

    registry.add("model", "mine", factory)
    try:
        model = open_model("mine:a:b", ModelOptions(concurrency=3))
    finally:
        registry.remove("model", "mine")
    assert seen == [("a:b", ModelOptions(concurrency=3))]
    assert (await model.generate(Conversation.user("?"), Settings())).text == "hello"


async def test_a_folder_of_artefacts_gives_any_model_an_inventory(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Card", "utf-8")
    model = open_model("scripted:echo", ModelOptions(artefacts=tmp_path))
    assert isinstance(model, InventoriedModel)
    assert isinstance(model, StreamingModel)
    assert [item.name for item in model.inventory().artefacts] == ["README.md"]
    await model.start()
    assert (await model.generate(Conversation.user("hi"), Settings())).text == "hi"
    assert model.identity.name == "scripted:echo"
    assert model.capabilities.streaming
    pieces = [delta async for delta in model.stream(Conversation.user("a b"), Settings())]
    assert "".join(piece.text for piece in pieces) == "a b"
    await model.aclose()


def test_a_folder_of_artefacts_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        open_model("scripted:echo", ModelOptions(artefacts=tmp_path / "nowhere"))
