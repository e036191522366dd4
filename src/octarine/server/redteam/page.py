"""The routes of the chat. A page works without a script; with one, only what changed is drawn anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from octarine.core.access import access_labels
from octarine.core.errors import OctarineError
from octarine.core.protocols import NotApplicable
from octarine.core.risks import risks
from octarine.core.samples import Behaviour
from octarine.evaluate.rubric.questions import ENGLISH
from octarine.redteam import Catalogue, techniques
from octarine.redteam.technique import LANGUAGES
from octarine.server import pages
from octarine.server.redteam import view
from octarine.server.redteam.asking import Asker
from octarine.server.redteam.forms import Form, read_form
from octarine.server.redteam.recording import SEVERITIES, Said, failures, finding
from octarine.server.redteam.session import MOST_SAMPLES, Chat, Turn, sent
from octarine.store import Store

if TYPE_CHECKING:
    from starlette.requests import Request

COOKIE = "octarine_annotator"
PARTS = "octarine-parts"
"""The header by which the page's script asks for the parts that changed."""
PATIENCE_S = 1.0
"""How long a request waits for quick answers before it shows that they are awaited."""


class ChatPage:
    """The handlers.

    Args:
        system, temperature, max_tokens: what a new chat begins with.
    """

    def __init__(
        self,
        asker: Asker,
        store: Store,
        *,
        annotator: str = "",
        system: str = "",
        temperature: float = 0.7,
        max_tokens: int = 512,
        catalogue: Catalogue = techniques,
    ) -> None:
        self.asker = asker
        self.store = store
        self.annotator = annotator
        self.begins_with = {"system": system, "temperature": temperature, "max_tokens": max_tokens}
        self.catalogue = catalogue
        self.groups = view.groups(catalogue, writer=asker.writer is not None)
        self.chats: dict[int, Chat] = {}

    def app(self) -> Starlette:
        """The application."""
        chat = "/chat/{chat:int}"
        routes = [
            Route("/", self.home, methods=["GET"]),
            Route("/new", self.new, methods=["POST"]),
            Route("/name", self.name, methods=["POST"]),
            Route(chat, self.show, methods=["GET"]),
            Route(chat + "/turn/{turn:int}", self.turn, methods=["GET"]),
            Route(chat + "/file/{sha256}", self.file, methods=["GET"]),
            Route(chat + "/draft", self.draft, methods=["POST"]),
            Route(chat + "/send", self.send, methods=["POST"]),
            Route(chat + "/again", self.again, methods=["POST"]),
            Route(chat + "/stop", self.stop, methods=["POST"]),
            Route(chat + "/back", self.back, methods=["POST"]),
            Route(chat + "/choose", self.choose, methods=["POST"]),
            Route(chat + "/settings", self.settings, methods=["POST"]),
            Route(chat + "/find/{turn:int}/{answer:int}", self.record, methods=["POST"]),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        for chat in self.chats.values():
            for turn in chat.turns:
                if turn.task:
                    turn.task.cancel()
        await self.asker.aclose()

    def who(self, request: Request) -> str:
        """Who attacks: from the cookie, or the command line."""
        kept = request.cookies.get(COOKIE)
        return (self.annotator if kept is None else unquote(kept)).strip()[:40]

    async def home(self, request: Request) -> Response:
        """To the last chat."""
        chat = max(self.chats.values(), key=lambda chat: chat.id, default=None) or self._new()
        return RedirectResponse(f"/chat/{chat.id}", 303)

    async def new(self, request: Request) -> Response:
        """Another chat."""
        return RedirectResponse(f"/chat/{self._new().id}", 303)

    def _new(self) -> Chat:
        chat = Chat(id=max(self.chats, default=0) + 1, **self.begins_with)  # type: ignore[arg-type]
        self.chats[chat.id] = chat
        return chat

    async def name(self, request: Request) -> Response:
        """Take the name of who attacks."""
        form = await read_form(request)
        response = RedirectResponse(f"/chat/{form.number('chat', 1)}", 303)
        response.set_cookie(
            COOKIE, quote(form.text("annotator").strip()[:40]), httponly=True, samesite="strict"
        )
        return response

    async def show(self, request: Request) -> Response:
        """The whole page."""
        chat = self._chat(request)
        if chat is None:
            why = "There is no such chat. It ended with the command that served it."
            return self.wrong(request, why, status=404)
        values = {**self._values(request, chat), "groups": self.groups, "chats": list(self.chats)}
        return pages.page(
            "redteam_chat.html",
            values,
            styles=("local.css", "redteam.css"),
            script="redteam.js",
            own=("img-src 'self' data:", "connect-src 'self'"),
        )

    async def turn(self, request: Request) -> Response:
        """One turn, where more answers are there than ``seen``: for the script that waits for them."""
        chat, number = self._chat(request), request.path_params["turn"]
        if chat is None:
            return Response(status_code=404)
        if number >= len(chat.turns):
            return self.parts(request, chat, "failed", "composer", "notice", gone=number)
        turn, seen = chat.turns[number], request.query_params.get("seen", "")
        if turn.awaited and str(len(turn.answers)) == seen:
            return Response(status_code=204)
        done = () if turn.awaited else ("composer", "failed", "notice")
        return self.parts(request, chat, *done, turn=number)

    async def file(self, request: Request) -> Response:
        """A picture to look at, or any other file to download."""
        chat = self._chat(request)
        part = chat.part(request.path_params["sha256"]) if chat else None
        if part is None or part.data is None:
            return PlainTextResponse("There is no such file.", 404)
        shown = part.media_type in view.SHOWN and "download" not in request.query_params
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        if not shown:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(view.file_name(part))}"
        return Response(
            part.data, media_type=part.media_type if shown else "application/octet-stream", headers=headers
        )

    async def draft(self, request: Request) -> Response:
        """Change the draft: its text, its techniques, their parameters; and show what would be sent."""
        chat, form = self._chat(request), await read_form(request)
        if chat is None or chat.pending:
            return self.wrong(request, "There is no such chat, or it waits for an answer.")
        notice = ""
        try:
            await self._take(chat, form)
        except OctarineError as error:
            notice = _sentence(error)
        else:
            notice = await self._look(chat, asked=not form.has("typing")) or _changed(chat, form)
        wanted = ("preview", "notice") if form.has("typing") else ("chain", "preview", "notice")
        return self.parts(request, chat, *wanted, notice=notice)

    async def _take(self, chat: Chat, form: Form) -> None:
        """The form into the draft. What is right in it is kept where something else is wrong."""
        chat.draft = chat.draft.changed(text=form.text("text"), language=form.one_of("language", LANGUAGES))
        chat.samples = min(MOST_SAMPLES, max(1, form.number("samples", chat.samples)))
        what, _, value = form.text("do").partition(":")
        place = int(value) if value.isdecimal() else -1
        if chat.draft.chain and what != "clear":
            # A wrong value must not stand in the way of taking its technique out.
            given = {
                key: text for key, text in form.parameters().items() if what != "remove" or key[0] != place
            }
            chat.draft = chat.draft.with_values(given, self.catalogue)
        if what == "add":
            chat.draft = chat.draft.with_step(self.catalogue[value])
        elif what == "remove" and 0 <= place < len(chat.draft.chain):
            chat.draft = chat.draft.without_step(place)
        elif what == "earlier" and 0 <= place < len(chat.draft.chain):
            chat.draft = chat.draft.earlier(place)
        elif what == "draw":
            chat.draft = chat.draft.changed(seed=chat.draft.seed + 1)
        elif what == "clear":
            chat.draft = chat.draft.changed(chain=())

    async def _look(self, chat: Chat, *, asked: bool = True) -> str:
        """Make what would be sent, and say why where that cannot be done. A writer costs: it is asked only
        when the person asks."""
        draft = chat.draft
        if draft.made is not None or (self.asker.writes(draft) and not asked):
            return ""
        try:
            made = await self.asker.made(draft)
        except OctarineError as error:
            return _sentence(error)
        if chat.draft.same(draft):  # a person may have typed on meanwhile
            chat.draft = draft.looked(made)
        return ""

    async def send(self, request: Request) -> Response:
        """Send what was looked at."""
        chat, form = self._chat(request), await read_form(request)
        if chat is None or chat.pending:
            return self.wrong(request, "There is no such chat, or it waits for an answer.")
        try:
            await self._take(chat, form)
            added = sent(chat.draft)
        except OctarineError as error:
            notice = await self._look(chat) or _sentence(error)
            if isinstance(chat.draft.made, NotApplicable):
                notice = f"Nothing was sent: {chat.draft.made.reason}."
            return self.parts(request, chat, "chain", "preview", "notice", notice=notice)
        turn = chat.begin(added)
        return await self._asked(request, chat, turn, chat.samples)

    async def again(self, request: Request) -> Response:
        """More answers to the last turn."""
        chat, form = self._chat(request), await read_form(request)
        if chat is None or chat.pending or not chat.turns:
            return self.wrong(request, "There is nothing to ask again, or it waits for an answer.")
        samples = min(MOST_SAMPLES, max(1, form.number("samples", 1)))
        return await self._asked(request, chat, chat.turns[-1], samples)

    async def _asked(self, request: Request, chat: Chat, turn: Turn, samples: int) -> Response:
        number = chat.turns.index(turn)
        self.asker.ask(chat, turn, samples)
        if turn.task:
            await asyncio.wait({turn.task}, timeout=PATIENCE_S)
        if turn not in chat.turns:
            return self.parts(request, chat, "failed", "composer", "notice", gone=number)
        return self.parts(request, chat, "failed", "composer", "notice", turn=number)

    async def stop(self, request: Request) -> Response:
        """Wait no longer; the answers that have come stay."""
        chat = self._chat(request)
        if chat and (turn := chat.pending) and turn.task:
            turn.task.cancel()
            await asyncio.wait({turn.task})
        return RedirectResponse(f"/chat/{chat.id}#composer" if chat else "/", 303)

    async def back(self, request: Request) -> Response:
        """Take the last turn back."""
        if chat := self._chat(request):
            chat.take_back()
            await self._look(chat, asked=False)
        return RedirectResponse(f"/chat/{chat.id}#composer" if chat else "/", 303)

    async def choose(self, request: Request) -> Response:
        """Go on from another answer to the last turn."""
        chat, form = self._chat(request), await read_form(request)
        if chat is None or not chat.turns or chat.pending:
            return self.wrong(request, "There is no such chat, or it waits for an answer.")
        turn, place = chat.turns[-1], form.number("answer", -1)
        if not 0 <= place < len(turn.answers) or turn.answers[place].failed:
            return self.wrong(request, "There is no such answer.")
        turn.chosen = place
        return self.parts(request, chat, "notice", turn=len(chat.turns) - 1)

    async def settings(self, request: Request) -> Response:
        """How the model is asked. The system message can be set before the first turn only."""
        chat, form = self._chat(request), await read_form(request)
        if chat is None:
            return self.wrong(request, "There is no such chat.")
        if not chat.turns:
            chat.system = form.text("system")
        chat.temperature = min(5.0, max(0.0, form.real("temperature", chat.temperature)))
        chat.max_tokens = min(100_000, max(1, form.number("max_tokens", chat.max_tokens)))
        return self.parts(request, chat, "settings", "notice", notice="Set for the next answer.")

    async def record(self, request: Request) -> Response:
        """Keep an answer as a finding."""
        chat, form, places = self._chat(request), await read_form(request), request.path_params
        turns = chat.turns if chat else []
        if (
            chat is None
            or places["turn"] >= len(turns)
            or places["answer"] >= len(turns[places["turn"]].answers)
        ):
            return self.wrong(request, "There is no such answer.")
        answer = turns[places["turn"]].answers[places["answer"]]
        notice = "It was recorded before."
        if not answer.finding and not answer.failed:
            try:
                said = Said(
                    annotator=self.who(request) or form.text("annotator").strip()[:40],
                    failed=form.text("failed"),
                    behaviour=Behaviour(form.one_of("behaviour", list(Behaviour)) or Behaviour.DEFLECT),
                    risk=form.text("risk"),
                    severity=form.text("severity"),
                    note=form.text("note").strip(),
                    access=form.text("access"),
                )
                turn = turns[places["turn"]]
                found = finding(
                    turns[: places["turn"] + 1], answer, said, self.asker.model.identity,
                    self.asker.judge, turn.draft.language,
                )  # fmt: skip
                await asyncio.to_thread(self.store.add_finding, found)
            except OctarineError as error:
                return self.parts(request, chat, "notice", notice=f"Not recorded. {_sentence(error)}")
            answer.finding = found.id
            notice = f"Recorded as finding {found.id}."
        response = self.parts(request, chat, "notice", notice=notice, turn=places["turn"])
        if name := form.text("annotator").strip()[:40]:
            response.set_cookie(COOKIE, quote(name), httponly=True, samesite="strict")
        return response

    def _chat(self, request: Request) -> Chat | None:
        return self.chats.get(request.path_params["chat"])

    def parts(
        self,
        request: Request,
        chat: Chat,
        *names: str,
        notice: str = "",
        turn: int | None = None,
        gone: int | None = None,
    ) -> Response:
        """The parts of the page that changed, or the way back to the whole of it for a browser without a
        script."""
        if PARTS not in request.headers:
            chat.notice = notice
            return RedirectResponse(f"/chat/{chat.id}#{'composer' if turn is None else f'turn-{turn}'}", 303)
        values = self._values(request, chat)
        values["notice"] = notice
        text = pages.fragment(
            "redteam_changed.html", {**values, "names": names, "number": turn, "gone": gone}
        )
        return HTMLResponse(text)

    def _values(self, request: Request, chat: Chat) -> dict[str, Any]:
        notice, chat.notice = chat.notice, ""
        return {
            "chat": chat,
            "who": self.who(request),
            "model": self.asker.model.identity,
            "trust": self.asker.trust(chat.draft.language or ENGLISH),
            "asker": self.asker,
            "notice": notice,
            "view": view,
            "languages": LANGUAGES,
            "failures": failures(),
            "risks": risks(),
            "severities": SEVERITIES,
            "labels": access_labels(),
            "behaviours": tuple(Behaviour),
            "most": MOST_SAMPLES,
        }

    def wrong(self, request: Request, why: str, *, status: int = 400) -> Response:
        """A request that cannot be carried out."""
        if PARTS in request.headers:
            return PlainTextResponse(why, status)
        return pages.page(
            "redteam_wrong.html",
            {"why": why},
            styles=("local.css", "redteam.css"),
            script="redteam.js",
            status=status,
        )


def _changed(chat: Chat, form: Form) -> str:
    """What a button did, for those who do not see it."""
    if form.text("do").startswith("add:"):
        return f"Added: {chat.draft.chain[-1].name}."
    return "Removed." if form.text("do").startswith(("remove:", "clear")) else ""


def _sentence(error: OctarineError) -> str:
    return " ".join(filter(None, (error.message, error.hint)))
