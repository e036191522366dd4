"""The page of ``octarine label``: one answer at a time, a key for each verdict, drawn by the server."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from octarine.core.content import Message, Modality, Part, Role
from octarine.core.errors import InputError, MissingExtra
from octarine.core.labels import Choice
from octarine.core.results import Result
from octarine.evaluate.labelling import Item, LabelQueue, PairQueue, pair_agreements
from octarine.evaluate.pictures.declared import part_data
from octarine.evaluate.rubric.questions import ENGLISH, criteria, rubrics
from octarine.server import pages

try:
    from starlette.applications import Starlette
    from starlette.datastructures import FormData
    from starlette.responses import RedirectResponse
    from starlette.routing import Route
except ImportError:
    raise MissingExtra("server", "the page for labels") from None
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

COOKIE = "octarine_annotator"
CHOICES = (Choice.FIRST, Choice.SECOND, Choice.TIE)


class LabelPage:
    """The handlers. ``pairs`` adds the comparison of two runs."""

    def __init__(self, queue: LabelQueue, pairs: PairQueue | None = None, annotator: str = "") -> None:
        self.queue = queue
        self.pairs = pairs
        self.annotator = annotator

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/", self.home, methods=["GET"]),
                Route("/name", self.name, methods=["POST"]),
                Route("/label", self.label, methods=["GET"]),
                Route("/label/{place:int}", self.label, methods=["GET"]),
                Route("/label/{place:int}", self.save_label, methods=["POST"]),
                Route("/settle", self.settle, methods=["GET"]),
                Route("/settle/{place:int}", self.save_settled, methods=["POST"]),
                Route("/compare", self.compare, methods=["GET"]),
                Route("/compare/{place:int}", self.save_preference, methods=["POST"]),
            ]
        )

    def who(self, request: Request) -> str:
        """Who labels: from the cookie, or the command line."""
        kept = request.cookies.get(COOKIE)
        return (self.annotator if kept is None else unquote(kept)).strip()[:40]

    async def home(self, request: Request) -> Response:
        """Where things stand."""
        queue = self.queue
        labels = [queue.labels(item) for item in queue.items]
        agreements = pair_agreements(labels)
        annotators = sorted({label.annotator for given in labels for label in given})
        counts = {name: sum(queue.own(item, name) is not None for item in queue.items) for name in annotators}
        return self.page(
            "label_home.html",
            request,
            counts=counts,
            agreements=agreements,
            complete=len(queue.complete()),
            waiting=len(queue.disagreements()),
            wins=self.pairs.wins() if self.pairs else None,
            compared=len(self.pairs.given()) if self.pairs else 0,
        )

    async def name(self, request: Request) -> Response:
        """Take the name of who labels."""
        form = await request.form()
        name = _text(form, "annotator").strip()[:40]
        response = RedirectResponse("/label" if name else "/", 303)
        response.set_cookie(COOKIE, quote(name), httponly=True, samesite="strict")
        return response

    async def label(self, request: Request) -> Response:
        """One answer to label."""
        who = self.who(request)
        if not who:
            return RedirectResponse("/", 303)
        place = request.path_params.get("place")
        item = self._item(place) if place is not None else self.queue.next_for(who)
        if item is None:
            return self.page("label_done.html", request, what="label")
        return self._show(request, item, action=f"/label/{item.place}", own=self.queue.own(item, who))

    async def save_label(self, request: Request) -> Response:
        """Keep a label and go on to the next."""
        who, form = self.who(request), await request.form()
        item = self._item(request.path_params["place"])
        if item is None:
            return self.wrong(request, "There is no such answer.")
        if _text(form, "skip"):
            following = self.queue.next_for(who, after=item.place)
            return RedirectResponse(f"/label/{following.place}" if following else "/", 303)
        try:
            self.queue.record(item, who, _number(form, "choice"), note=_text(form, "note"))
        except InputError as error:
            return self.wrong(request, f"{error.message}. {error.hint}")
        following = self.queue.next_for(who, after=item.place)
        if following is None:
            return RedirectResponse("/label", 303)
        return RedirectResponse(f"/label/{following.place}?before={item.place}", 303)

    async def settle(self, request: Request) -> Response:
        """One answer that people do not agree on, with what they said."""
        who = self.who(request)
        if not who:
            return RedirectResponse("/", 303)
        item = self.queue.next_disagreement(who)
        if item is None:
            return self.page("label_done.html", request, what="settle")
        return self._show(request, item, action=f"/settle/{item.place}", said=self.queue.labels(item))

    async def save_settled(self, request: Request) -> Response:
        """Keep an adjudication."""
        who, form = self.who(request), await request.form()
        item = self._item(request.path_params["place"])
        if item is None:
            return self.wrong(request, "There is no such answer.")
        try:
            self.queue.record(item, who, _number(form, "choice"), note=_text(form, "note"), adjudicates=True)
        except InputError as error:
            return self.wrong(request, f"{error.message}. {error.hint}")
        return RedirectResponse("/settle", 303)

    async def compare(self, request: Request) -> Response:
        """Two answers side by side."""
        who = self.who(request)
        if not who or self.pairs is None:
            return RedirectResponse("/", 303)
        pair = self.pairs.next_for(who)
        if pair is None:
            return self.page("label_done.html", request, what="compare")
        return self.page(
            "label_compare.html",
            request,
            pair=pair,
            turns=_turns(pair.first),
            answers=(_answer(pair.first), _answer(pair.second)),
            sample=pair.first.sample,
        )

    async def save_preference(self, request: Request) -> Response:
        """Keep a preference."""
        who, form = self.who(request), await request.form()
        place = request.path_params["place"]
        if self.pairs is None or place >= len(self.pairs.pairs):
            return self.wrong(request, "There is no such pair.")
        choice = _number(form, "choice")
        if not 0 <= choice < len(CHOICES):
            return self.wrong(request, "There is no such choice.")
        try:
            self.pairs.record(self.pairs.pairs[place], who, CHOICES[choice], note=_text(form, "note"))
        except InputError as error:
            return self.wrong(request, f"{error.message}. {error.hint}")
        return RedirectResponse("/compare", 303)

    def _item(self, place: int) -> Item | None:
        return self.queue.items[place] if place < len(self.queue.items) else None

    def _show(self, request: Request, item: Item, **more: Any) -> Response:
        sample = item.result.sample
        wording = rubrics()[ENGLISH]
        before = request.query_params.get("before", "")
        return self.page(
            "label_item.html",
            request,
            item=item,
            sample=sample,
            turns=_turns(item.result),
            answer=_answer(item.result),
            criteria=criteria(sample),
            accepted=[str(value) for value in sample.expectation.args.get("accept", ())][:6],
            choices=[(option.name, getattr(wording, option.name)) for option in item.options],
            before=int(before) if before.isdecimal() else None,
            **{"own": None, "said": (), **more},
        )

    def page(self, name: str, request: Request, *, status: int = 200, **values: Any) -> Response:
        """A page of the template ``name``."""
        shared = {"queue": self.queue, "pairs": self.pairs, "who": self.who(request)}
        return pages.page(
            name, {**shared, **values}, styles=("local.css", "label.css"), script="label.js", status=status
        )

    def wrong(self, request: Request, why: str) -> Response:
        """A request that cannot be carried out; nothing was recorded."""
        return self.page("label_wrong.html", request, status=400, why=why)


def _turns(result: Result) -> list[dict[str, Any]]:
    return [
        {"role": message.role.value, "text": _message(message), "pictures": _pictures(message)}
        for message in result.sample.conversation.messages
    ]


def _message(message: Message) -> str:
    unseen = [f"[{part.modality}: {_unseen(part)}]" for part in message.parts if _unseen(part)]
    calls = [f"{call.name}({call.arguments})" for call in message.tool_calls]
    return "\n".join([message.text, *calls, *unseen]).strip()


def _unseen(part: Part) -> str:
    """Why a part is not shown; empty where it is."""
    if part.modality is Modality.TEXT or _picture(part):
        return ""
    return "to see it, pip install 'octarine[pictures]'" if part.drawing else "cannot be shown here"


def _pictures(message: Message) -> list[str]:
    return [shown for part in message.parts if (shown := _picture(part))]


def _picture(part: Part) -> str:
    """A picture as a data address; empty for what is none, or where nothing can draw it."""
    if part.modality is not Modality.IMAGE:
        return ""
    data = part_data(part)
    return f"data:{part.media_type};base64,{base64.b64encode(data).decode()}" if data else ""


def _answer(result: Result) -> str:
    return _message(Message(Role.ASSISTANT, result.completion.parts, result.completion.tool_calls))


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _number(form: FormData, name: str) -> int:
    """A number from 1 on as a place from 0 on; -1 for what is none."""
    value = _text(form, name)
    return int(value) - 1 if value.isdecimal() and len(value) < 4 else -1
