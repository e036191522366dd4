"""What a model said, as Inspect's output and as a completion. Imports Inspect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)

from octarine.core.results import Completion, Finish, Settings, TokenLogprob, Usage
from octarine.models.inspect.messages import content_of, parts_from, tool_calls_from, tool_calls_of

_FINISH = {
    "stop": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "content_filter": Finish.FILTERED,
    "unknown": Finish.STOP,
}
_STOP_REASON = {
    Finish.STOP: "stop",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_calls",
    Finish.FILTERED: "content_filter",
    Finish.ERROR: "unknown",
}


def generate_config(settings: Settings) -> Any:
    """How to generate; the nucleus, stop strings and log-probabilities only where they are asked for."""
    return GenerateConfig(
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p if settings.top_p != 1.0 else None,
        seed=settings.seed,
        stop_seqs=list(settings.stop) or None,
        logprobs=True if settings.logprobs else None,
        top_logprobs=settings.logprobs or None,
    )


def completion_from(output: Any) -> Completion:
    """The first choice of an output. Without one, an error that says so.

    Input tokens count those that a cache served or took, as other endpoints count them.
    """
    if not output.choices:
        error = output.error or "the provider gave no answer"
        return Completion(finish=Finish.ERROR, error=error, usage=_usage(output.usage))
    choice = output.choices[0]
    finish = _FINISH.get(choice.stop_reason, Finish.STOP)
    return Completion(
        parts=parts_from(choice.message.content),
        tool_calls=tool_calls_from(choice.message.tool_calls),
        # Inspect sets the error of an output where a provider's moderation stepped in.
        finish=Finish.FILTERED if output.error else finish,
        usage=_usage(output.usage),
        latency_s=output.time or 0.0,
        logprobs=_logprobs(choice.logprobs),
    )


def output_from(completion: Completion, model: str) -> Any:
    """A completion as Inspect's output; ``model`` is who gave it."""
    message = ChatMessageAssistant(
        content=content_of(completion.parts),
        tool_calls=tool_calls_of(completion.tool_calls),
        model=model,
        source="generate",
    )
    choice = ChatCompletionChoice(
        message=message,
        stop_reason=_STOP_REASON[completion.finish],
        logprobs=_written_logprobs(completion.logprobs),
    )
    return ModelOutput(
        model=model,
        choices=[choice],
        usage=usage_from(completion.usage),
        time=completion.latency_s or None,
        error=completion.error or None,
    )


def usage_from(usage: Usage) -> Any:
    """Tokens as Inspect's; None where the model does not say both, for which Inspect has no word."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    total = usage.input_tokens + usage.output_tokens
    return ModelUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, total_tokens=total)


def _usage(usage: Any) -> Usage:
    if usage is None:
        return Usage()
    cached = (usage.input_tokens_cache_read or 0) + (usage.input_tokens_cache_write or 0)
    return Usage(usage.input_tokens + cached, usage.output_tokens)


def _logprobs(found: Any) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(
            entry.token, entry.logprob, {other.token: other.logprob for other in entry.top_logprobs or ()}
        )
        for entry in (found.content if found else ())
    )


def _written_logprobs(logprobs: Iterable[TokenLogprob]) -> Any:
    content = [
        Logprob(
            token=entry.token,
            logprob=entry.logprob,
            top_logprobs=[TopLogprob(token=token, logprob=value) for token, value in entry.top.items()],
        )
        for entry in logprobs
    ]
    return Logprobs(content=content) if content else None
