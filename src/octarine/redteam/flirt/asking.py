"""What is made of a prompt before the target sees it: under a system message, through techniques."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable
from octarine.redteam.chain import Chain
from octarine.redteam.technique import Turns


@dataclass(frozen=True)
class Asking:
    """A prompt as a conversation; equal prompts give equal ones.

    Attributes:
        chain: techniques that the prompt goes through (as a picture, a document, over several turns, in a
            code); None: as it is. Turns that they leave open the target has to be played for
            (``running.playing.Played``).
        system: a system message that stands before all; "": none.
        language: of the prompts.
        seed: of what the techniques draw.

    Raises:
        InputError: a technique needs something that is not on this machine.
    """

    chain: Chain | None = None
    system: str = ""
    language: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.chain and (reason := self.chain.missing()):
            raise InputError(f"'{self.chain.id}' cannot be asked: {reason}")

    @property
    def name(self) -> str:
        """All that decides what is asked, for the plan of a run."""
        chain = " | ".join(_written(step.id, dict(step.bound)) for step in self.chain) if self.chain else ""
        return f"chain={chain}; language={self.language}; seed={self.seed}; system={self.system}"

    @property
    def techniques(self) -> tuple[str, ...]:
        """The ids, in order."""
        return tuple(step.id for step in self.chain) if self.chain else ()

    @property
    def played(self) -> bool:
        """Whether turns are left open."""
        return self.chain is not None and self.chain.turns is Turns.LIVE

    def __call__(self, prompt: str) -> Conversation | NotApplicable:
        """The conversation, or why there is none."""
        asked = Conversation.user(prompt)
        if self.chain:
            rng = np.random.default_rng([self.seed, zlib.crc32(prompt.encode("utf-8", "replace"))])
            made = self.chain(asked, rng, language=self.language)
            if isinstance(made, NotApplicable):
                return made
            asked = made
        if not self.system:
            return asked
        first = Message(Role.SYSTEM, (Part.of_text(self.system),))
        return Conversation((first, *asked.messages), asked.tools)


def _written(name: str, values: dict[str, object]) -> str:
    return (
        f"{name}({', '.join(f'{key}={value}' for key, value in sorted(values.items()))})" if values else name
    )
