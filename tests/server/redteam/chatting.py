"""A browser without a browser, for the page of the red-teaming chat."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from octarine.core.content import Conversation
from octarine.evaluate.judging import JudgePanel
from octarine.models.scripted import Answers, ScriptedModel
from octarine.server.redteam.asking import Asker
from octarine.server.redteam.entry import Entry
from octarine.server.redteam.page import PARTS, ChatPage
from octarine.server.redteam.session import Chat
from octarine.server.serving import Guarded, hosts_of
from octarine.store import Store

HOME = "http://127.0.0.1:8766"
KEY = "a-key-that-nobody-guesses"


class Asked(ScriptedModel):
    """Remembers what was put to it."""

    def __init__(self, answers: Answers, **options: Any) -> None:
        super().__init__(answers, **options)
        self.asked: list[Conversation] = []
        self.seeds: list[int] = []

    async def generate(self, conversation: Any, settings: Any) -> Any:
        self.asked.append(conversation)
        self.seeds.append(settings.seed)
        return await super().generate(conversation, settings)


class Chatting:
    """Sends requests to a page, keeps its cookies, and lets what was begun go on in one event loop."""

    def __init__(self, model: ScriptedModel, store: Store, **options: Any) -> None:
        writer = options.pop("writer", None)
        self.page = ChatPage(Asker(model, JudgePanel(), "refusal", writer), store, **options)
        app = Guarded(Entry(self.page.app(), KEY), hosts_of("127.0.0.1"))
        self.loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=HOME, follow_redirects=True
        )

    def close(self) -> None:
        self.loop.run_until_complete(self._client.aclose())
        self.loop.close()

    def enter(self) -> httpx.Response:
        return self.get(f"/?key={KEY}")

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.loop.run_until_complete(self._client.get(path, **sent))

    def post(self, path: str, *, parts: bool = False, **sent: Any) -> httpx.Response:
        if parts:
            sent["headers"] = {**sent.get("headers", {}), PARTS: "1"}
        return self.loop.run_until_complete(self._client.post(path, **sent))

    @property
    def chat(self) -> Chat:
        return self.page.chats[1]

    def send(self, text: str, **more: str) -> httpx.Response:
        """Write and send; where there are techniques, look first."""
        if self.chat.draft.chain:
            self.post("/chat/1/draft", data={"text": text, "do": "show", **more})
        return self.post("/chat/1/send", data={"text": text, **more})
