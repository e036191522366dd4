"""What a chat holds: the turns so far, and the draft of the next one. No web and no model in here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable
from octarine.core.results import Completion, Finish, Judgement
from octarine.redteam import Catalogue, Chain, Technique, Transformed
from octarine.redteam.naming import read_value

MOST_SAMPLES = 8
"""Answers that are asked for at once."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person is about to send: a text, and what is to be done with it.

    Attributes:
        seed: of the generator of the techniques.
        language: of the text; "": recognised.
        made: what became of it, where that was looked at; it belongs to this very draft.
    """

    text: str = ""
    chain: tuple[Technique, ...] = ()
    seed: int = 0
    language: str = ""
    made: Transformed | NotApplicable | None = None

    def changed(
        self,
        *,
        text: str | None = None,
        chain: tuple[Technique, ...] | None = None,
        seed: int | None = None,
        language: str | None = None,
    ) -> Draft:
        """The draft with other content; ``made`` stays where the content does."""
        other = replace(
            self,
            text=self.text if text is None else text,
            chain=self.chain if chain is None else chain,
            seed=self.seed if seed is None else seed,
            language=self.language if language is None else language,
        )
        return other if other.same(self) else replace(other, made=None)

    def looked(self, made: Transformed | NotApplicable | None) -> Draft:
        """The draft with what becomes of it."""
        return replace(self, made=made)

    def same(self, other: Draft) -> bool:
        """Whether both make the same message."""
        return (self.text, self.seed, self.language, _written(self.chain)) == (
            (other.text, other.seed, other.language, _written(other.chain))
        )

    def with_step(self, technique: Technique) -> Draft:
        """The draft with one more technique at the end.

        Raises:
            InputError: it does not fit behind the others.
        """
        return self.changed(chain=Chain((*self.chain, technique)).steps)

    def without_step(self, place: int) -> Draft:
        """The draft without the technique at a place; raises InputError where the rest does not fit."""
        return self.changed(chain=Chain((*self.chain[:place], *self.chain[place + 1 :])).steps)

    def earlier(self, place: int) -> Draft:
        """The draft with a technique and the one before it changed round; raises InputError as above."""
        if not 0 < place < len(self.chain):
            return self
        steps = [*self.chain]
        steps[place - 1 : place + 1] = steps[place], steps[place - 1]
        return self.changed(chain=Chain(tuple(steps)).steps)

    def with_values(self, given: Mapping[tuple[int, str], str], catalogue: Catalogue) -> Draft:
        """The draft with the parameters of its techniques set from what a person wrote: ``(place, name)`` →
        text; an empty one takes the default.

        Raises:
            InputError: a value is none that the technique takes.
        """
        steps = [catalogue[step.id] for step in self.chain]
        for (place, name), text in given.items():
            if place >= len(steps) or not text.strip():
                continue
            known = {parameter.name: parameter for parameter in steps[place].parameters}
            if name in known:
                value = read_value(known[name], text.strip(), steps[place].id)
                if value != known[name].default:
                    steps[place] = steps[place].set(**{name: value})
        return self.changed(chain=tuple(steps))


def _written(chain: tuple[Technique, ...]) -> list[tuple[str, dict[str, object]]]:
    return [(step.id, step.values) for step in chain]


@dataclass(slots=True)
class Answer:
    """One answer to a turn.

    Attributes:
        conversation: everything that was put to the model, turns that it filled itself included.
        played: how many turns it filled before.
        judgement: what the judge says of it; None where there was nothing to judge.
        finding: id of the finding that it was recorded as.
    """

    conversation: Conversation
    completion: Completion
    played: int = 0
    judgement: Judgement | None = None
    finding: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is an error in place of an answer."""
        return bool(self.completion.error) or self.completion.finish is Finish.ERROR


@dataclass(slots=True)
class Turn:
    """One turn: what was sent and what came back.

    Attributes:
        added: what the turn adds to the conversation, turns that the model is to fill left open.
        before: the conversation before it.
        chosen: which answer the conversation goes on from.
        awaited: answers that are still to come.
    """

    draft: Draft
    added: Conversation
    before: Conversation
    answers: list[Answer] = field(default_factory=list)
    chosen: int = 0
    awaited: int = 0
    task: asyncio.Task[None] | None = None

    @property
    def whole(self) -> Conversation:
        """What is put to the model."""
        return joined(self.before, self.added)

    @property
    def after(self) -> Conversation:
        """The conversation with the answer that was chosen."""
        answer = self.answers[self.chosen]
        said = Message(Role.ASSISTANT, answer.completion.parts, answer.completion.tool_calls)
        return joined(answer.conversation, Conversation((said,)))

    @property
    def answered(self) -> bool:
        """Whether there is an answer to go on from."""
        return not all(answer.failed for answer in self.answers)


@dataclass(slots=True)
class Chat:
    """One chat with the model. ``failed`` is the turn that came to nothing, until the next one is sent."""

    id: int
    system: str = ""
    temperature: float = 0.7
    max_tokens: int = 512
    samples: int = 1
    turns: list[Turn] = field(default_factory=list)
    failed: Turn | None = None
    draft: Draft = field(default_factory=Draft)
    notice: str = ""
    """What the next page tells, once."""
    drawn: int = 0
    """How many answers were asked for: each has a seed of its own."""

    @property
    def pending(self) -> Turn | None:
        """The turn that waits for answers."""
        return next((turn for turn in self.turns if turn.awaited), None)

    @property
    def before(self) -> Conversation:
        """The conversation that the next turn goes on from."""
        if self.turns:
            return self.turns[-1].after
        said = (Message(Role.SYSTEM, (Part.of_text(self.system),)),) if self.system.strip() else ()
        return Conversation(said)

    def begin(self, added: Conversation) -> Turn:
        """A new turn of the draft."""
        turn = Turn(self.draft, added, self.before)
        self.turns.append(turn)
        self.failed = None
        return turn

    def settle(self, turn: Turn) -> None:
        """Take note that no more answers come: a turn without any leaves the conversation and the draft
        stays; of one with some, the draft is done with."""
        if turn.answered:
            if turn.answers[turn.chosen].failed:
                turn.chosen = next(n for n, answer in enumerate(turn.answers) if not answer.failed)
            if self.draft.same(turn.draft):
                self.draft = Draft(language=turn.draft.language)
            return
        if self.turns and self.turns[-1] is turn:
            self.turns.pop()
            self.failed = turn if turn.answers else None
            self.draft = turn.draft

    def take_back(self) -> None:
        """Take the last turn out and its draft up again."""
        if self.turns and not self.pending:
            self.draft = self.turns.pop().draft
            self.failed = None

    def part(self, sha256: str) -> Part | None:
        """The file of that hash, from any turn or the draft."""
        return next((part for part in self._parts() if part.sha256 == sha256 and part.data is not None), None)

    def _parts(self) -> Iterator[Part]:
        if isinstance(self.draft.made, Transformed):
            yield from _parts_of(self.draft.made.conversation)
        for turn in (*reversed(self.turns), *([self.failed] if self.failed else ())):
            yield from _parts_of(turn.added)
            for answer in turn.answers:
                yield from _parts_of(answer.conversation)
                yield from answer.completion.parts


def _parts_of(conversation: Conversation) -> Iterator[Part]:
    return (part for message in conversation.messages for part in message.parts)


def joined(first: Conversation, then: Conversation) -> Conversation:
    """Both conversations one after the other, each tool once."""
    tools = {tool.name: tool for tool in (*first.tools, *then.tools)}
    return Conversation((*first.messages, *then.messages), tuple(tools.values()))


def sent(draft: Draft) -> Conversation:
    """What a draft adds to the conversation.

    Raises:
        InputError: there is no text, or the techniques do not apply to it; or, where there are techniques,
            nobody has looked at what they make.
    """
    if not draft.text.strip():
        raise InputError("There is nothing to send.", hint="Write something first.")
    if not draft.chain:
        return Conversation.user(draft.text)
    if draft.made is None:
        raise InputError("This is what would be sent.", hint="Look at it, and press Send again.")
    if isinstance(draft.made, NotApplicable):
        raise InputError("The techniques do not apply.", hint=f"{draft.made.reason}.")
    return draft.made.conversation
