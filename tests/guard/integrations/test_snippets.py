"""What the README shows of the integrations runs as it stands there."""

from __future__ import annotations

import importlib
import json
import os
import re
import textwrap
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from octarine.guard import Guard
from octarine.guard.integrations import Blocked
from tests.guard.integrations.endpoint import BOMB, HARM, completion, fake_guard

SECTION = (
    (Path(__file__).parents[3] / "README.md")
    .read_text("utf-8")
    .partition("### Inside your program\n")[2]
    .partition("\n### ")[0]
)
SNIPPETS = [
    textwrap.dedent(one).strip("\n")
    for one in re.findall(r"(?:^(?:    .*)?\n)+", SECTION, re.M)
    if one.strip()
]


def snippet(word):
    (found,) = [one for one in SNIPPETS if word in one]
    return found


@pytest.fixture(autouse=True)
def by_words(monkeypatch):
    """The shipped policies with a model tier that goes by words."""
    monkeypatch.setattr(Guard, "load", staticmethod(lambda name="default", *more, **_: FAKE))


FAKE = fake_guard()


class Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(completion({"role": "assistant", "content": "Birch is light."})).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def test_there_are_four():
    assert len(SNIPPETS) == 4


def test_the_openai_client(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}/v1")
        told = {"name": "m", "messages": [{"role": "user", "content": "What is birch?"}]}
        try:
            exec(snippet("guard_openai"), told)
            with told["client"] as client:
                answer = client.chat.completions.create(model="m", messages=told["messages"])
                assert answer.choices[0].message.content == "Birch is light."
                with pytest.raises(Blocked):
                    client.chat.completions.create(model="m", messages=[{"role": "user", "content": BOMB}])
        finally:
            server.shutdown()
            thread.join()


def test_the_chain():
    core = pytest.importorskip("langchain_core")
    assert core
    from langchain_core.messages import AIMessage
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda

    told = {
        "prompt": ChatPromptTemplate.from_messages([("user", "{question}")]),
        "model": RunnableLambda(lambda _: AIMessage("Birch is light.")),
        "parser": StrOutputParser(),
    }
    exec(snippet("guarded("), told)
    assert told["chain"].invoke({"question": "What is birch?"}) == "Birch is light."
    with pytest.raises(Blocked):
        told["chain"].invoke({"question": BOMB})


async def test_the_application():
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def ask(request):
        question = (await request.json())["question"]
        return JSONResponse({"answer": HARM if question == "harm" else "Birch is light."})

    told = {"app": Starlette(routes=[Route("/ask", ask, methods=["POST"])])}
    exec(snippet("GuardMiddleware"), told)
    transport = httpx.ASGITransport(app=told["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        answer = await http.post("/ask", json={"question": "What is birch?", "pages": [{"text": "fine"}]})
        assert answer.json() == {"answer": "Birch is light."}
        assert (await http.post("/ask", json={"question": BOMB})).status_code == 400
        assert (await http.post("/ask", json={"question": "harm"})).status_code == 400


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_the_proxy_s_configuration():
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("litellm")
        (entry,) = yaml.safe_load(snippet("guardrails:"))["guardrails"]
        params = entry["litellm_params"]
        module, _, name = params.pop("guardrail").rpartition(".")
        kind = getattr(importlib.import_module(module), name)
        # As LiteLLM's guardrail registry makes it.
        mode, default_on = params.pop("mode"), params.pop("default_on")
        rail = kind(guardrail_name=entry["guardrail_name"], event_hook=mode, default_on=default_on, **params)
        from litellm.types.guardrails import GuardrailEventHooks

        for hook in (GuardrailEventHooks.pre_call, GuardrailEventHooks.post_call):
            assert rail.should_run_guardrail(data={}, event_type=hook)
        assert not rail.should_run_guardrail(data={}, event_type=GuardrailEventHooks.during_call)
