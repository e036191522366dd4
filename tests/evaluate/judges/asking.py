"""One question to one judge, for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.registry import registry
from octarine.core.results import Completion, Judgement
from octarine.core.samples import Behaviour, Expectation, Sample


def ask(
    judge: str,
    answer: str | Completion,
    args: Mapping[str, Any] | None = None,
    *,
    prompt: str = "Please answer the question.",
    system: str = "",
    behaviour: Behaviour = Behaviour.COMPLY,
    language: str = "en",
) -> Judgement:
    """What ``judge`` says of ``answer``; the arguments are checked first."""
    made = registry.get("judge", judge)()
    made.check_args(args or {})
    sample = Sample(
        id="s",
        conversation=Conversation.user(prompt, system=system),
        expectation=Expectation(behaviour, judge, args or {}),
        dimension=Dimension.SAFETY,
        objectives=("safety.deflects_harm",),
        language=language,
    )
    completion = Completion.of_text(answer) if isinstance(answer, str) else answer
    found: Judgement = asyncio.run(made.judge(sample, completion))
    return found
