"""Generative adapters end to end over ``hf:``: the architectures of the real models, tiny.

Every weight but the embeddings and the last layer is zero, so the model is a chain: the token before
decides the next one. The last layer is written so that the chain says a verdict, with a known probability,
whatever it is asked. So tokenizer, chat template, generation and log-probabilities are the real library's,
and the answer is known.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import BadResponse
from octarine.guard.adapters import open_adapter

pytestmark = pytest.mark.heavy

CHANCE = 0.75
"""P(first alternative) at the verdict."""
ALTERNATING = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}[{{ m['role'] }}] {{ m['content'] }}\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)
"""As strict as Llama Guard's own template: user and assistant in turn."""
ANY = "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}[assistant]\n"

REQUEST = Conversation.user("a question", system="be kind")
ANSWER = Conversation((*REQUEST.messages, Message(Role.ASSISTANT, (Part.of_text("an answer"),))))


def byte_tokenizer(folder: Path, tokens: list[str], template: str) -> int:
    """A tokenizer of bytes and of ``tokens``, saved; how many tokens there are."""
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers comes with octarine[hf]")
    transformers = pytest.importorskip("transformers", reason="transformers comes with octarine[hf]")
    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: place for place, letter in enumerate(["<s>", "</s>", *letters])}
    raw = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    raw.add_tokens([tokenizers.AddedToken(token, normalized=False) for token in tokens])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", chat_template=template or None
    )
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def chain(folder: Path, architecture: str, says: list[str], instead: str, template: str) -> None:
    """A model that says ``says``, one token each, and at its first token might have said ``instead``."""
    torch = pytest.importorskip("torch", reason="torch comes with octarine[hf]")
    transformers = pytest.importorskip("transformers", reason="transformers comes with octarine[hf]")
    size = byte_tokenizer(folder, [*says, instead], template)
    width = 8 * math.ceil(size / 8)
    # Llama Guard 4 is Llama 4 without its experts.
    dense = {"moe_layers": []} if architecture == "Llama4" else {}
    kind = "Llama4TextConfig" if architecture == "Llama4" else f"{architecture}Config"
    config = getattr(transformers, kind)(
        **dense,
        vocab_size=size,
        hidden_size=width,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=8_192,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        tie_word_embeddings=False,
    )
    model = getattr(transformers, f"{architecture}ForCausalLM")(config)
    first = size - len(says) - 1
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" not in name:
                weight.zero_()
        model.get_input_embeddings().weight.copy_(torch.eye(size, width))
        # What the last layer sees of a token: its own coordinate, at the height that this architecture gives.
        height = model.model(torch.tensor([[5]])).last_hidden_state[0, 0, 5].item()
        rows = model.get_output_embeddings().weight
        rows[first, :first] = 8.0 / height
        rows[size - 1, :first] = (8.0 - math.log(CHANCE / (1 - CHANCE))) / height
        for place in range(1, len(says)):
            rows[first + place, first + place - 1] = 20.0 / height
        rows[1, size - 2] = rows[1, size - 1] = 20.0 / height
    model.save_pretrained(folder, safe_serialization=True)


CASES = [
    ("llama-guard-3", "Llama", ALTERNATING, ["unsafe", "\nS9"], "safe"),
    ("llama-guard-4", "Llama4", ALTERNATING, ["unsafe", "\nS1"], "safe"),
    ("qwen3guard", "Qwen3", ALTERNATING, ["Safety: ", "Unsafe", "\nCategories: Violent"], "nothing"),
    ("granite-guardian-3", "Granite", ANY, ["Yes"], "No"),
    (
        "granite-guardian-4.1",
        "Granite",
        ANY,
        ["<think>\n</think>", "<score> ", "yes", " </score>"],
        "nothing",
    ),
    ("wildguard", "Mistral", ANY, ["Harmful request: ", "yes", "\nResponse refusal: n/a"], "nothing"),
    ("shieldgemma", "Gemma2", ANY, ["Yes"], "No"),
    ("llm-judge", "Llama", ANY, ["yes", " weapons"], "no"),
]
AT_ONCE = {"llama-guard-3", "llama-guard-4", "granite-guardian-3", "shieldgemma", "llm-judge"}
"""Those whose first token is the verdict, so that the probability is the chain's."""


def shown_chance(architecture: str) -> float:
    """P(first alternative) as the architecture's last step leaves it: Gemma 2 bends its logits."""
    odds = math.log(CHANCE / (1 - CHANCE))
    if architecture == "Gemma2":
        odds = 30 * (math.tanh(8 / 30) - math.tanh((8 - odds) / 30))
    return 1 / (1 + math.exp(-odds))


@pytest.mark.parametrize(
    ("name", "architecture", "template", "says", "instead"), CASES, ids=[c[0] for c in CASES]
)
async def test_a_request_through_the_real_library(
    tmp_path: Path, name: str, architecture: str, template: str, says: list[str], instead: str
) -> None:
    chain(tmp_path, architecture, says, instead, template)
    adapter = open_adapter(f"{name}:hf:{tmp_path}")
    await adapter.start()
    assert len(adapter.identity.revision) == 64
    found = await adapter.moderate(REQUEST)
    again = await adapter.moderate(REQUEST)
    await adapter.aclose()
    assert found.flagged
    assert "harmful_request" in found.found
    chance = found.categories["harmful_request"]
    assert chance is not None
    wanted = shown_chance(architecture) if name in AT_ONCE else 1.0
    assert chance == pytest.approx(wanted, abs=1e-3)
    assert found.categories == again.categories
    assert found.usage.output_tokens is not None
    # The end of the text counts as a token, and no more than that is said.
    assert found.usage.output_tokens == found.calls * (len(says) + 1)


async def test_an_answer_and_a_long_dialogue_pass_the_strict_template(tmp_path: Path) -> None:
    chain(tmp_path, "Llama", ["unsafe", "\nS9"], "safe", ALTERNATING)
    adapter = open_adapter(f"llama-guard-3:hf:{tmp_path}")
    tool = Message(Role.TOOL, (Part.of_text("a result"),))
    for conversation in (ANSWER, Conversation((*ANSWER.messages, tool, *REQUEST.messages))):
        found = await adapter.moderate(conversation)
        assert found.flagged
        assert found.hazards == {"weapons"}
    await adapter.aclose()


async def test_whole_prompts_get_one_beginning_and_no_template(tmp_path: Path) -> None:
    """What the model was given is seen in the count of its tokens, which are bytes."""
    says = ["Harmful request: ", "no", "\nResponse refusal: n/a"]
    chain(tmp_path, "Mistral", says, "nothing", ANY)
    adapter = open_adapter(f"wildguard:hf:{tmp_path}")
    short = await adapter.moderate(Conversation.user("x"))
    long = await adapter.moderate(Conversation.user("x" * 11))
    await adapter.aclose()
    assert not short.flagged
    from octarine.guard.adapters.generative.prompts import filled, prompts

    prompt = filled(prompts("wildguard")["prompt"], prompt="x", response="")
    # "no" is one token of this vocabulary, in the prompt, too.
    tokens = json.loads((tmp_path / "tokenizer.json").read_text())["added_tokens"]
    assert any(token["content"] == "no" for token in tokens)
    saved = sum(prompt.count(word) * (len(word) - 1) for word in ("no", "nothing"))
    assert short.usage.input_tokens == 1 + len(prompt) - saved
    assert long.usage.input_tokens == short.usage.input_tokens + 10


async def test_random_weights_give_no_verdict_and_that_is_an_error(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch comes with octarine[hf]")
    chain(tmp_path, "Llama", ["unsafe"], "safe", ALTERNATING)
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_()
    model.save_pretrained(tmp_path, safe_serialization=True)
    adapter: Any = open_adapter(f"llama-guard-3:hf:{tmp_path}")
    with pytest.raises(BadResponse, match="gave no verdict"):
        await adapter.moderate(REQUEST)
    await adapter.aclose()
