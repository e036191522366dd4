"""What a strategy is: a declaration and an async function that plays it over turns.

::

    @plugin("strategy", "ask-twice")
    @strategy("ask-twice", name="Ask twice", mechanism="The request is made, and made again.",
              reference="ours", calls=lambda values: 2)
    async def ask_twice(play: Attempt) -> None:
        first = await play.ask(play.request, asks=True)
        if not play.over:
            await play.ask(play.request, after=first.line, asks=True)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from octarine.core.content import Modality
from octarine.core.errors import InputError
from octarine.core.protocols import Capabilities, Model, NotApplicable
from octarine.core.results import Result, Settings
from octarine.core.samples import Behaviour, Sample
from octarine.redteam.seed import AWAITED
from octarine.redteam.technique import Parameter, Turns

if TYPE_CHECKING:
    from octarine.redteam.chain import Chain
    from octarine.redteam.strategies.attempt import Attempt, JudgeCall

DEFAULT_ATTACKER = "embedded:smollm2"
"""Runs everywhere, and is a poor attacker: what it writes and nothing can be made of is counted, and texts of
ours stand in."""
INSIDE = Parameter(
    "inside", "", "A chain of one-turn techniques, put over every message on its way to the target."
)
Play = Callable[["Attempt"], Awaitable[None]]


class Uses(StrEnum):
    """What a strategy works with."""

    MULTI_TURN = "multi-turn"
    """The target has to take earlier turns."""
    ATTACKER = "attacker"
    """A model writes for it where there is one; texts and rules of ours do where there is none."""
    JUDGE = "judge"
    """What it does next depends on what the judge said, not only when it stops."""


@dataclass(frozen=True)
class Strategy:
    """One strategy. As a plug-in it is its own factory: called, it gives itself with parameters set.

    Attributes:
        id: in kebab-case, unique among strategies.
        mechanism: how it goes, in one sentence.
        reference: paper and section.
        differs: where it is simpler than its source.
        play: asks the target through the ``Attempt`` that it is given, until that is over.
        calls: values of the parameters → the most calls to the target.
    """

    id: str
    name: str
    mechanism: str
    reference: str
    play: Play
    most_calls: Callable[[Mapping[str, Any]], int]
    differs: str = ""
    uses: frozenset[Uses] = frozenset()
    parameters: tuple[Parameter, ...] = (INSIDE,)
    bound: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def values(self) -> dict[str, Any]:
        """Parameters → values: the defaults, and what was set."""
        return {parameter.name: parameter.default for parameter in self.parameters} | dict(self.bound)

    @property
    def calls(self) -> int:
        """The most calls to the target, with these parameters."""
        return self.most_calls(self.values)

    def __str__(self) -> str:
        """As in ``Provenance.techniques``: every parameter that says something."""
        said = ", ".join(f"{name}={value}" for name, value in sorted(self.values.items()) if value != "")
        return f"{self.id}({said})"

    def set(self, **values: Any) -> Strategy:
        """The strategy with parameters set.

        Raises:
            InputError: naming the parameter and what it takes.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values.keys() - known.keys():
            raise InputError(
                f"{self.id}: there is no parameter '{name}'", hint=f"Parameters: {', '.join(known)}"
            )
        checked = {name: known[name].checked(value, self.id) for name, value in values.items()}
        made = dataclasses.replace(self, bound=MappingProxyType({**self.bound, **checked}))
        made.inside()
        return made

    def __call__(self, **values: Any) -> Strategy:
        """See ``set``."""
        return self.set(**values) if values else self

    def inside(self) -> Chain | None:
        """The chain that goes over every message.

        Raises:
            InputError: there is no such technique, or it makes turns of its own.
        """
        from octarine.redteam.catalogue import techniques

        named = self.values.get(INSIDE.name, "")
        if not named:
            return None
        chain = techniques.chain(named)
        if chain.turns is not Turns.ONE:
            raise InputError(
                f"{self.id}: inside={named} makes turns of its own", hint="Take techniques of one turn."
            )
        return chain

    def unfit(self, sample: Sample, target: Capabilities) -> NotApplicable | None:
        """Why it has nothing to say to a sample or a target; None where it has. Costs nothing."""
        messages = sample.conversation.messages
        if sample.expectation.behaviour is Behaviour.CORRECT:
            return NotApplicable("a strategy elicits what is asked; this sample is to be corrected")
        if not sample.conversation.prompt.strip() or AWAITED in messages:
            return NotApplicable("there is no text to ask for, or turns of it are left open")
        if messages[-1].role != "user" or {part.modality for part in messages[-1].parts} != {Modality.TEXT}:
            return NotApplicable("the last message is no text of the user's")
        if Uses.MULTI_TURN in self.uses and not target.multi_turn:
            return NotApplicable(f"{self.id} needs earlier turns, which the target does not take")
        if lacking := target.missing(sample.conversation):
            return NotApplicable(f"the target does not take {lacking}")
        return self._inside_unfit(sample)

    def _inside_unfit(self, sample: Sample) -> NotApplicable | None:
        from octarine.redteam.applying import NotAvailable

        chain = self.inside()
        if chain is None:
            return None
        if reason := chain.missing():
            return NotAvailable(reason)
        deaf = [step.id for step in chain if sample.language and not step.speaks(sample.language)]
        return NotApplicable(f"'{deaf[0]}' has nothing to say to '{sample.language}'") if deaf else None

    def on(self, sample: Sample) -> Sample:
        """``sample`` as the attack that this strategy is: its conversation unchanged, its parent named."""
        parent = sample.provenance.parent or sample.key
        chain = (*sample.provenance.techniques, str(self))
        provenance = dataclasses.replace(sample.provenance, parent=parent, techniques=chain)
        return dataclasses.replace(sample, id=f"{sample.id}+{self.id}", provenance=provenance)

    async def attempt(
        self,
        sample: Sample,
        target: Model,
        *,
        attacker: Model | str | None = DEFAULT_ATTACKER,
        judge: JudgeCall | None = None,
        settings: Settings | None = None,
    ) -> Result | NotApplicable:
        """Play it once against ``target``, which has been started.

        Args:
            attacker: a model that has been started, the name of one that is opened for this attempt alone, or
                None: texts and rules of ours.
            judge: decides whether an answer counts; left out, the one that the sample names.

        Raises:
            ModelError: every further call would fail alike, or nothing that counts was answered.
        """
        from octarine.redteam.strategies.driver import attempt

        return await attempt(self, sample, target, attacker, judge, settings or Settings())


def strategy(
    id: str,
    *,
    name: str,
    mechanism: str,
    reference: str,
    calls: Callable[[Mapping[str, Any]], int],
    differs: str = "",
    uses: tuple[Uses, ...] = (),
    parameters: tuple[Parameter, ...] = (),
) -> Callable[[Play], Strategy]:
    """Decorator: the function as a strategy. See ``Strategy`` for what is declared."""

    def declared(play: Play) -> Strategy:
        return Strategy(
            id=id,
            name=name,
            mechanism=mechanism,
            reference=reference,
            play=play,
            most_calls=calls,
            differs=differs,
            uses=frozenset(uses),
            parameters=(*parameters, INSIDE),
        )

    return declared
