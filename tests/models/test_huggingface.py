"""transformers on this machine. The real part builds a tiny model with random weights; no hub is asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool
from octarine.core.errors import InputError, MissingExtra, RequestRejected, Unsupported
from octarine.core.protocols import InventoriedModel, Model
from octarine.core.results import Finish, Settings, TokenLogprob, Usage
from octarine.models.huggingface import (
    Generated,
    HuggingFaceModel,
    Source,
    Turns,
    chat_turns,
    cut_at,
    folder_revision,
    open_model,
    source_of,
    without_system,
)
from octarine.models.names import ModelOptions

TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{{ m.role }} : {{ m.content }} {% endfor %}{% if add_generation_prompt %}assistant :{% endif %}"
)


class FakeEngine:
    """Says what it was asked, and remembers the settings."""

    revision = "abc"
    folder = None

    def __init__(self, ended: bool = True) -> None:
        self.ended = ended
        self.seen: list[Settings] = []

    def generate(self, turns: Turns, settings: Settings) -> Generated:
        self.seen.append(settings)
        return Generated(json.dumps(turns), self.ended, 5, 6, (TokenLogprob("x", -1.0),))


async def generate(engine: Any, conversation: Conversation, settings: Settings | None = None) -> Any:
    model = HuggingFaceModel("hf:org/name", ModelOptions(), lambda: engine)
    assert isinstance(model, Model)
    assert model.identity.revision == ""
    await model.start()
    assert model.identity.revision == "abc"
    try:
        return await model.generate(conversation, settings or Settings())
    finally:
        await model.aclose()
        await model.aclose()


async def test_the_turns_go_in_and_the_answer_comes_out() -> None:
    completion = await generate(FakeEngine(), Conversation.user("Hi", system="Be kind"))
    assert json.loads(completion.text) == [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": "Hi"},
    ]
    assert completion.usage == Usage(5, 6)
    assert completion.finish is Finish.STOP
    assert completion.logprobs[0].token == "x"


async def test_finish_is_length_unless_the_model_ended_or_a_stop_string_came() -> None:
    asked = Conversation.user("Hi")
    assert (await generate(FakeEngine(ended=False), asked)).finish is Finish.LENGTH
    stopped = await generate(FakeEngine(ended=False), asked, Settings(stop=("content",)))
    assert stopped.finish is Finish.STOP
    assert stopped.text == '[{"role": "user", "'


def test_what_it_cannot_take() -> None:
    picture = Message(Role.USER, (Part.of_bytes(Modality.IMAGE, b"x", "image/png"),))
    with pytest.raises(Unsupported, match="not image"):
        chat_turns(Conversation((picture,)))
    with pytest.raises(Unsupported, match="no tools"):
        chat_turns(Conversation(Conversation.user("x").messages, (Tool("t"),)))
    with pytest.raises(InputError, match="one answer at a time"):
        HuggingFaceModel("hf:a/b", ModelOptions(concurrency=2), FakeEngine)


def test_the_system_text_moves_before_the_first_user() -> None:
    turns = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U"},
        {"role": "user", "content": "V"},
    ]
    assert [turn["content"] for turn in without_system(turns)] == ["S\n\nU", "V"]
    assert turns[1]["content"] == "U"


def test_stop_strings() -> None:
    assert cut_at("a END b", ("b", "END", "")) == ("a ", True)
    assert cut_at("abc", ("x",)) == ("abc", False)


def test_names(tmp_path: Path) -> None:
    assert source_of("org/name") == Source("org/name")
    assert source_of("org/name@v1") == Source("org/name", "v1")
    for bad in ("a/b/c", "/nowhere/at/all", "org/", "./missing"):
        with pytest.raises(InputError, match="neither a folder nor"):
            source_of(bad)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(InputError, match=r"no \*\.safetensors"):
        source_of(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"x")
    assert source_of(str(tmp_path)).folder == tmp_path


def test_a_commit_in_the_name_pins_the_weights() -> None:
    pinned = HuggingFaceModel(f"hf:org/name@{'0a' * 20}", ModelOptions(), FakeEngine)
    floating = HuggingFaceModel("hf:org/name@main", ModelOptions(), FakeEngine)
    assert pinned.inventory().facts == {"weights.pinned": "yes"}
    assert floating.inventory().facts == {}


def test_the_revision_of_a_folder_follows_its_contents(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    (tmp_path / "README.md").write_text("card")
    first = folder_revision(tmp_path)
    (tmp_path / "README.md").write_text("another card")
    assert folder_revision(tmp_path) == first
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert folder_revision(tmp_path) != first


async def test_without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    model = open_model("org/name", ModelOptions())
    with pytest.raises(MissingExtra, match=r"octarine\[hf\]"):
        await model.start()
    await model.aclose()


# --- with the real library --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of a few thousand random weights, and a tokenizer of whole words."""
    torch = pytest.importorskip("torch", reason="torch comes with octarine[hf]")
    transformers = pytest.importorskip("transformers", reason="transformers comes with octarine[hf]")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers comes with octarine[hf]")
    folder = tmp_path_factory.mktemp("tiny")
    words = ["<unk>", "</s>", "user", "assistant", "system", ":", "Hi", "Be", "kind", "one", "two", "three"]
    vocabulary = {word: number for number, word in enumerate(words)}
    raw = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="<unk>", eos_token="</s>", chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=None,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.mark.heavy
async def test_real_weights_generate_the_same_again(tiny: Path) -> None:
    model = open_model(str(tiny), ModelOptions())
    await model.start()
    greedy = Settings(max_tokens=6, logprobs=2)
    first = await model.generate(Conversation.user("Hi", system="Be kind"), greedy)
    second = await model.generate(Conversation.user("Hi", system="Be kind"), greedy)
    sampled = Settings(max_tokens=12, temperature=1.5, seed=3)
    one, two = [await model.generate(Conversation.user("Hi"), sampled) for _ in range(2)]
    assert first.text == second.text
    assert one.text == two.text
    assert first.usage.input_tokens == len(["user", ":", "Be", "kind", "Hi", "assistant", ":"])
    assert len(first.logprobs) == first.usage.output_tokens
    for entry in first.logprobs:
        assert entry.logprob == max(entry.top.values())
        assert entry.logprob < 0
    assert model.identity.revision == folder_revision(tiny)
    assert isinstance(model, InventoriedModel)
    assert model.inventory().facts["weights.format"] == "safetensors"
    with pytest.raises(RequestRejected, match="more than the model's 64"):
        await model.generate(Conversation.user("Hi"), Settings(max_tokens=64))
    await model.aclose()


@pytest.mark.heavy
async def test_weights_that_cannot_be_read(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    model = open_model(str(tmp_path), ModelOptions())
    with pytest.raises((InputError, RequestRejected)) as caught:
        await model.start()
    await model.aclose()
    assert "cannot be loaded" in str(caught.value)
