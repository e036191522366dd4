"""The guard between a real OpenAI client and a real model's server: llama.cpp's, out of xllamacpp.

The weights are made here: the token before decides the next, so that what the model says is known and all
around it is real (template, tokenizer, streaming, the server's JSON).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest

MAIL = "jo.doe@example.org"
WORDS = ["Write", "▁to", f"▁{MAIL}", "▁soon", "▁please"]
"""What it says, one token each; ▁ is a blank."""
BEFORE, AFTER = "Write to ", " soon please"
POLICY = """
name: ours
version: 1.0.0
categories: {denied_word: {action: block}, personal_data: {action: mask, positions: [output]}}
words: [{id: heron, terms: [heron]}]
unscannable: block
"""
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }} {{ m['content'] }}\n{% endfor %}"
    "{% if tools %}{{ tools | tojson }}\n{% endif %}<say>"
)
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks a word up",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
SIZE, HIDDEN = 288, 64
"""Numbers a token: more than there are tokens, so that each has one of its own."""


def chain(path: Path) -> None:
    """A model that says ``WORDS`` whatever it is asked."""
    gguf = pytest.importorskip("gguf", reason="gguf comes with octarine[embedded]")
    kinds = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", "<say>", *(f"<0x{byte:02X}>" for byte in range(256)), *WORDS]
    types = [kinds.UNKNOWN, *[kinds.CONTROL] * 3, *[kinds.BYTE] * 256, *[kinds.NORMAL] * len(WORDS)]
    first, end = tokens.index(WORDS[0]), tokens.index("</s>")
    follows = {tokens.index("<say>"): first, len(tokens) - 1: end}
    follows |= {token: token + 1 for token in range(first, len(tokens) - 1)}
    writer = gguf.GGUFWriter(path, arch="llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(SIZE)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(SIZE // 4)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(end)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    known = np.eye(len(tokens), SIZE, dtype=np.float32)
    said = np.zeros_like(known)
    for token, after in follows.items():
        said[after] = known[token]
    tensors = {"token_embd": known, "output": said, "output_norm": np.ones(SIZE, np.float32)}
    shapes = dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (SIZE, SIZE))
    shapes |= {"ffn_gate": (HIDDEN, SIZE), "ffn_up": (HIDDEN, SIZE), "ffn_down": (SIZE, HIDDEN)}
    tensors |= {f"blk.0.{name}": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    tensors |= {f"blk.0.{name}": np.ones(SIZE, np.float32) for name in ("attn_norm", "ffn_norm")}
    for name, tensor in tensors.items():
        writer.add_tensor(f"{name}.weight", tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the model's server, up to ``/v1``."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp comes with octarine[embedded]")
    path = tmp_path_factory.mktemp("weights") / "chain.gguf"
    chain(path)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 1024
    params.n_parallel = 2
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.verbosity = 0
    running = xllamacpp.Server(params)
    yield f"{running.listening_address}/v1"
    del running


@pytest.fixture(scope="module")
def client(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    """A client of the guard that stands before the server."""
    folder = tmp_path_factory.mktemp("guard")
    policy = folder / "ours.yaml"
    policy.write_text(POLICY, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    code = "import sys; from octarine.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "guard", "serve", "--port", str(port), "--upstream", upstream]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([*command, "--policy", str(policy)], stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", running, folder / "log")
            with openai.OpenAI(api_key="k", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0) as client:
                yield client
        finally:
            running.terminate()
            running.wait(30)


def wait_for(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert running.poll() is None, log.read_text("utf-8")
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8"))


def hello(text: str = "hello there") -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def masked(text: str | None) -> bool:
    """Whether it is what the model says, with something in the place of the address."""
    said = (text or "").strip()
    assert said.startswith(BEFORE)
    assert said.endswith(AFTER)
    return MAIL not in said and len(said) > len(BEFORE + AFTER)


def test_chat_with_a_masked_answer(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="m", messages=hello(), max_tokens=16, temperature=0
    )
    answer = raw.parse()
    assert masked(answer.choices[0].message.content)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.completion_tokens >= len(WORDS)
    assert raw.headers["x-octarine-policy"] == "ours@1.0.0"


def test_streamed_chat_is_the_same(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="m", messages=hello(), max_tokens=16, temperature=0, stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert masked(text)
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_a_response_is_the_same_whole_and_streamed(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="m", input="hello there")
    assert masked(whole.output_text)
    told = list(client.responses.create(model="m", input="hello there", stream=True))
    assert told[-1].type == "response.completed"
    assert told[-1].response.output_text == whole.output_text
    assert "".join(one.delta for one in told if one.type == "response.output_text.delta") == whole.output_text


def test_tools_and_what_they_brought_back_are_passed(client: openai.OpenAI) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"word": "a"}'}}
    turns = [*hello(), {"role": "assistant", "content": "", "tool_calls": [call]}]
    turns.append({"role": "tool", "tool_call_id": "c1", "content": "A letter."})
    answers = [
        client.chat.completions.create(
            model="m", messages=given, tools=[TOOL], tool_choice="none", max_tokens=16, temperature=0
        )
        for given in (hello(), turns)
    ]
    assert all(masked(one.choices[0].message.content) for one in answers)
    # The description of the tool stood in what the model read.
    assert answers[0].usage.prompt_tokens > 100


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_is_blocked(client: openai.OpenAI, stream: bool) -> None:
    answer = client.chat.completions.create(
        model="m", messages=hello("where does the heron sleep"), max_tokens=16, stream=stream
    )
    if stream:
        chunks = [one.choices[0] for one in answer]
        text = "".join(one.delta.content or "" for one in chunks)
        reason = chunks[-1].finish_reason
    else:
        text, reason = answer.choices[0].message.content, answer.choices[0].finish_reason
    assert reason == "content_filter"
    assert text
    assert "Write" not in text


def test_a_tool_result_that_is_blocked(client: openai.OpenAI) -> None:
    turns = [*hello(), {"role": "tool", "tool_call_id": "c1", "content": "The heron sleeps."}]
    answer = client.chat.completions.create(model="m", messages=turns, tools=[TOOL], max_tokens=16)
    assert answer.choices[0].finish_reason == "content_filter"


def test_the_upstreams_own_error_is_the_clients(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="m", messages=hello("word " * 2000), max_tokens=16)
    assert "context" in str(caught.value)


def test_its_models_are_listed(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()]
