"""What was said behind each success, with its pictures; what has an access label is left out and counted."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from octarine.core.access import access_of, label_of, label_title
from octarine.core.content import Message, Modality, Part
from octarine.core.errors import StoreError
from octarine.core.results import Judgement, Outcome, Result
from octarine.core.risks import risks
from octarine.redteam.campaign.figures import CampaignReport, Hit
from octarine.redteam.seed import AWAITED
from octarine.report import words
from octarine.report.sample_view import answer_turns, attachment, call_text, cut
from octarine.store import Store

MOST_HITS = 1000
"""So many transcripts are in a page; the store holds them all."""
MOST_BYTES = 24_000_000
"""Of pictures, all together."""
DRAWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Pictures in which nothing can run."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a transcript. ``pictures``: data addresses, each with what it is called."""

    role: str
    text: Markup
    pictures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A success as a row of the page.

    Attributes:
        anchor: its id in the page.
        standing: ``confirmed``, ``not confirmed`` or ``not looked at again``.
        judgements: who said what, in order.
    """

    anchor: str
    hit: Hit
    standing: str
    risk: str
    turns: tuple[Said, ...]
    judgements: tuple[tuple[str, Judgement], ...]

    @property
    def mark(self) -> str:
        """``standing`` as one word for a style."""
        return self.standing.replace(" ", "-")

    @property
    def heading(self) -> str:
        """The request in one line."""
        return " ".join((self.hit.request or self.hit.sample_id)[:640].split())[:160]


@dataclass(frozen=True, slots=True)
class Transcripts:
    """The rows, and how many successes are not among them: ``withheld``, by the title of their access label;
    ``more``, for want of room."""

    rows: tuple[Transcript, ...]
    withheld: Mapping[str, int]
    more: int


STANDING = {True: "confirmed", False: "not confirmed", None: "not looked at again"}


def transcripts(store: Store, report: CampaignReport) -> Transcripts:
    """The transcripts of a campaign's successes, in its order."""
    labels = _labels(store, report)
    shown = [hit for hit in report.hits if not labels.get(hit.id)]
    wanted = {hit.id for hit in shown[:MOST_HITS]}
    results = {hit.id: result for hit, result in _results(store, report.hits) if hit.id in wanted}
    pictures = _Pictures(store.blob)
    rows = tuple(
        _row(number, hit, results[hit.id], pictures)
        for number, hit in enumerate(shown[:MOST_HITS], 1)
        if hit.id in results
    )
    withheld = Counter(map(label_title, filter(None, labels.values())))
    return Transcripts(rows, dict(sorted(withheld.items())), len(shown) - len(rows))


def _labels(store: Store, report: CampaignReport) -> dict[str, str]:
    """Hit id → access label: that of its finding, or the one that its risk has."""
    recorded = {one.id: label_of(one) for one in store.findings(model=report.run.model.name)}
    return {
        hit.id: recorded[hit.id] if hit.id in recorded else access_of(result.sample)
        for hit, result in _results(store, report.hits)
    }


def _results(store: Store, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Result]]:
    """Each success with its result; every run is read once."""
    by_run: dict[str, dict[tuple[str, int], Hit]] = defaultdict(dict)
    for hit in hits:
        by_run[hit.run][hit.sample_key, hit.repeat] = hit
    for run, known in by_run.items():
        for result in store.results(run, outcome=Outcome.COMPLIED):
            found = known.get((result.sample.key, result.repeat))
            if found is not None:
                yield found, result


def _row(number: int, hit: Hit, result: Result, pictures: _Pictures) -> Transcript:
    exchange = result.completion.exchange
    messages = exchange.turns if exchange else result.sample.conversation.messages
    turns = [_said(message, pictures) for message in messages]
    turns += [
        Said("tool", escape(f"offered: {tool.name}. {tool.description}"))
        for tool in result.sample.conversation.tools
    ]
    turns += [Said(turn.role, turn.text) for turn in answer_turns(result)]
    if drawn := pictures.of(result.completion.parts):
        turns.append(Said("answer", Markup(""), drawn))
    turns += [Said("guard", escape(look)) for c in result.completion.checks if (look := words.look(c))]
    looks = (
        ("judge", hit.judgement),
        ("second judge", hit.second_judge),
        ("second sample", hit.second_sample),
    )
    return Transcript(
        anchor=f"finding-{number}",
        hit=hit,
        standing=STANDING[hit.confirmed],
        risk=risks()[hit.risk].title if hit.risk in risks() else hit.risk,
        turns=tuple(turns),
        judgements=tuple((who, judged) for who, judged in looks if judged is not None),
    )


def _said(message: Message, pictures: _Pictures) -> Said:
    if message == AWAITED:
        return Said(message.role.value, escape("(a turn that the model fills)"))
    drawn = pictures.of(message.parts)
    others = [attachment(part) for part in message.parts if part.modality is not Modality.TEXT]
    # Where all pictures are drawn, their names stand under them.
    unseen = others if len(others) > len(drawn) else []
    pieces = [message.text, *unseen, *map(call_text, message.tool_calls)]
    return Said(message.role.value, cut("\n".join(filter(None, pieces))), drawn)


class _Pictures:
    """Pictures of transcripts as data addresses, until they take too much room."""

    def __init__(self, blob: Callable[[str], bytes]) -> None:
        self._blob = blob
        self._left = MOST_BYTES

    def of(self, parts: Sequence[Part]) -> tuple[tuple[str, str], ...]:
        """Those of the parts that can be drawn here: address and name."""
        return tuple(
            (f"data:{part.media_type};base64,{base64.b64encode(data).decode()}", part.name or "picture")
            for part in parts
            if part.media_type in DRAWN and part.sha256 and (data := self._data(part)) is not None
        )

    def _data(self, part: Part) -> bytes | None:
        try:
            data = self._blob(part.sha256) if part.data is None else part.data
        except StoreError:
            return None
        if len(data) > self._left:
            return None
        self._left -= len(data)
        return data
