"""Tools that the model's server runs itself: refused in requests of both kinds by one rule."""

from __future__ import annotations

import pytest

from octarine.guard.chat.refusals import Refusal
from octarine.guard.chat.request import read_chat
from octarine.guard.responses.request import read_response

FUNCTION = {"name": "f", "parameters": {}}
SEEN = [[{"type": "function", "function": FUNCTION}], [{"type": "custom", "custom": {"name": "f"}}], [], None]
RUN = [
    ({"tools": [{"type": "web_search_preview"}]}, "tools[0]", "web_search"),
    ({"tools": [*SEEN[0], {"type": "mcp", "server_label": "x"}]}, "tools[1]", "mcp"),
    ({"tools": [{"type": "code_interpreter"}]}, "tools[0]", "code_interpreter"),
    ({"tools": [{"type": "namespace", "tools": [{"type": "mcp"}]}]}, "tools[0].tools[0]", "mcp"),
]
IN_CHATS = [
    ({"web_search_options": {}}, "web_search_options", "web_search"),
    ({"mcp_servers": [{"url": "https://a.example"}]}, "mcp_servers", "mcp_servers"),
    ({"data_sources": [{"type": "azure_search"}]}, "data_sources", "data_sources"),
    ({"tools": [{"google_search": {}}]}, "tools[0]", "google_search"),
]


def chat(more, allowed=frozenset()):
    return read_chat({"messages": [{"role": "user", "content": "hi"}], **more}, 10**6, allowed)


def response(more, allowed=frozenset()):
    return read_response({"input": "hi", **more}, 10**6, allowed)


CASES = [(chat, *case) for case in (*RUN, *IN_CHATS)] + [(response, *case) for case in RUN]


@pytest.mark.parametrize(("read", "more", "at", "kind"), CASES)
def test_what_the_upstream_runs_is_refused_unless_it_is_allowed(read, more, at, kind):
    for allowed in (frozenset(), frozenset({"browser"})):
        with pytest.raises(Refusal) as caught:
            read(more, allowed)
        assert (caught.value.status, caught.value.code) == (400, "unsupported_content")
        assert caught.value.param == at
        assert "--allow-tool" in caught.value.message
    for allowed in (frozenset({kind}), None):
        read(more, allowed)


@pytest.mark.parametrize("read", [chat, response])
@pytest.mark.parametrize("tools", SEEN)
def test_what_the_client_runs_is_not(read, tools):
    read({"tools": tools})


def test_a_function_of_a_chat_need_not_say_its_type():
    slots = chat({"tools": [{"function": FUNCTION}], "web_search_options": None}).slots
    assert [slot.position for slot in slots] == ["user", "tool_descriptions"]


@pytest.mark.parametrize("read", [chat, response])
@pytest.mark.parametrize("tools", [{}, "web_search", ["web_search"], [3], [{}], [{"type": 3}]])
def test_what_is_no_tool_is_told(read, tools):
    with pytest.raises(Refusal) as caught:
        read({"tools": tools})
    assert (caught.value.status, caught.value.code) == (400, None)
    assert caught.value.param.startswith("tools")
