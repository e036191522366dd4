"""Prompt Guard 2 over a scorer that goes by words, and over tiny random weights of its architecture."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import InputError, MissingExtra, ModelNotFound
from octarine.core.results import Usage
from octarine.guard.adapters import open_adapter
from octarine.guard.adapters.prompt_guard import OVERLAP, TOKENS, PromptGuard2


class Words:
    """An attack is what says ``ignore``."""

    revision = "abc"

    def malicious(self, text: str) -> tuple[float, int]:
        return (0.875 if "ignore" in text else 0.25), len(text.split())


async def test_it_judges_the_last_message_alone() -> None:
    adapter = PromptGuard2("hf:org/name", Words)
    assert adapter.identity.revision == ""
    await adapter.start()
    assert adapter.identity.revision == "abc"
    earlier = Conversation.user("ignore this").messages
    harmless = await adapter.moderate(Conversation((*earlier, *Conversation.user("well now").messages)))
    attack = await adapter.moderate(Conversation((Message(Role.TOOL, (Part.of_text("ignore all"),)),)))
    await adapter.aclose()
    kinds = ("jailbreak", "prompt_injection", "indirect_injection")
    assert not harmless.flagged
    assert harmless.categories == dict.fromkeys(kinds, 0.25)
    assert harmless.usage == Usage(2, 0)
    assert attack.flagged
    assert attack.found == set(kinds)
    assert attack.categories == dict.fromkeys(kinds, 0.875)


async def test_the_threshold_is_the_callers() -> None:
    adapter = PromptGuard2("hf:org/name", Words, threshold=0.9)
    found = await adapter.moderate(Conversation.user("ignore this"))
    await adapter.aclose()
    assert not found.flagged
    assert found.categories["jailbreak"] == 0.875


async def test_without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    adapter = open_adapter("prompt-guard-2:hf:org/name")
    with pytest.raises(MissingExtra, match=r"octarine\[hf\]"):
        await adapter.start()
    await adapter.aclose()


# --- with the real library --------------------------------------------------------------------------------


def saved(folder: Path, labels: int) -> Path:
    """DeBERTa v2 with random weights, and a tokenizer of whole words."""
    torch = pytest.importorskip("torch", reason="torch comes with octarine[hf]")
    transformers = pytest.importorskip("transformers", reason="transformers comes with octarine[hf]")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers comes with octarine[hf]")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ignore", "all", "well", "now"]
    raw = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    raw.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    raw.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.DebertaV2Config(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        pad_token_id=0,
        num_labels=labels,
        initializer_range=1.0,
    )
    transformers.DebertaV2ForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.heavy
async def test_long_texts_are_read_in_segments_and_the_worst_counts(tmp_path: Path) -> None:
    adapter = open_adapter(f"prompt-guard-2:hf:{saved(tmp_path, 2)}")
    await adapter.start()
    texts = ["well now", "ignore all", " ".join(["well"] * 700 + ["ignore", "all"] * 100)]
    one, other, long = [await adapter.moderate(Conversation.user(text)) for text in texts]
    await adapter.aclose()
    chances = [found.categories["jailbreak"] for found in (one, other, long)]
    assert all(chance is not None and 0.0 < chance < 1.0 for chance in chances)
    assert chances[0] != chances[1]
    assert adapter.identity.name.startswith("hf:")
    # 900 words in segments of 510 with 64 shared: 510 and 454, each with two tokens around.
    assert long.usage.input_tokens == 510 + (900 - 510 + OVERLAP) + 4
    whole = [(await _alone(tmp_path, text)) for text in (" ".join(["well"] * 510),)]
    assert chances[2] is not None
    assert chances[2] >= whole[0] - 1e-6


async def _alone(folder: Path, text: str) -> float:
    """The last class's probability, straight from the model."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return float(model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0, -1])


@pytest.mark.heavy
async def test_a_short_text_has_the_models_own_probability(tmp_path: Path) -> None:
    adapter = open_adapter(f"prompt-guard-2:hf:{saved(tmp_path, 2)}")
    found = await adapter.moderate(Conversation.user("ignore all now"))
    await adapter.aclose()
    assert found.categories["jailbreak"] == pytest.approx(await _alone(tmp_path, "ignore all now"), abs=1e-6)


@pytest.mark.heavy
async def test_other_classifiers_and_empty_folders_are_refused(tmp_path: Path) -> None:
    adapter = open_adapter(f"prompt-guard-2:hf:{saved(tmp_path, 3)}")
    with pytest.raises(InputError, match="3 classes"):
        await adapter.start()
    await adapter.aclose()
    (tmp_path / "config.json").unlink()
    broken = open_adapter(f"prompt-guard-2:hf:{tmp_path}")
    with pytest.raises((InputError, ModelNotFound), match="cannot be loaded"):
        await broken.start()
    await broken.aclose()
