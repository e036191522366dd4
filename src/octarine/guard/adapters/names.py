"""From an adapter's name to the adapter: ``ADAPTER:WHERE``, as models are named.

::

    llama-guard-3:MODEL, llama-guard-4:MODEL, qwen3guard:MODEL, qwen3guard-strict:MODEL,
    granite-guardian-3:MODEL, granite-guardian-4.1:MODEL, llm-judge:MODEL
        MODEL is any Octarine model: http://localhost:8000/v1#name, hf:org/name, openai:name …
    shieldgemma:MODEL, wildguard:MODEL
        MODEL is asked with whole prompts: http://host/v1#name (by /completions), hf:org/name
    prompt-guard-2:hf:org/name
        a classifier on this machine
    openai-moderation:omni-moderation-latest, openai-moderation:https://host/v1#model
    bedrock-guardrail:ID@VERSION
    azure-content-safety:https://NAME.cognitiveservices.azure.com
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

from octarine.core.errors import InputError
from octarine.guard.adapters.adapter import Adapter
from octarine.guard.adapters.catalogue import described
from octarine.models.names import ModelOptions

_Open = Callable[[str, ModelOptions], Adapter]


def open_adapter(name: str, options: ModelOptions | None = None) -> Adapter:
    """The adapter called ``name``. Nothing is fetched, loaded or asked before ``start``.

    Raises:
        InputError: there is no such adapter, or nothing behind the colon.
        OctarineError: as the model behind it raises when it is opened.
    """
    kind, rest = split_adapter(name)
    return _openers()[kind](rest, options or ModelOptions())


def split_adapter(name: str) -> tuple[str, str]:
    """Which adapter, and what it is told behind the colon.

    Raises:
        InputError: as ``open_adapter``, as far as the name alone tells.
    """
    kind, _, rest = name.strip().partition(":")
    if kind not in _openers():
        near = difflib.get_close_matches(kind, adapter_names(), n=1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        raise InputError(f"there is no adapter '{kind}'", hint=f"{guess}Known: {', '.join(adapter_names())}")
    if not rest:
        raise InputError(
            f"the adapter '{kind}' is told nothing behind the colon",
            hint=f"For example:  {described()[kind].example}   ('octarine guard adapters' lists all)",
        )
    return kind, rest


def adapter_names() -> list[str]:
    """All of them."""
    return list(_openers())


def _openers() -> dict[str, _Open]:
    chats = ("llama-guard-3", "llama-guard-4", "qwen3guard", "qwen3guard-strict", "granite-guardian-3",
             "granite-guardian-4.1", "llm-judge")  # fmt: skip
    return {
        **{name: _chat(name) for name in chats},
        "shieldgemma": _shieldgemma,
        "wildguard": _wildguard,
        "prompt-guard-2": _prompt_guard,
        "openai-moderation": _openai_moderation,
        "bedrock-guardrail": _bedrock_guardrail,
        "azure-content-safety": _azure_content_safety,
    }


def _chat(name: str) -> _Open:
    def opener(rest: str, options: ModelOptions) -> Adapter:
        from octarine.guard.adapters.generative import granite_guardian, llama_guard, llm_judge, qwen3guard
        from octarine.models.names import open_model

        kinds = (
            llama_guard.LlamaGuard3,
            llama_guard.LlamaGuard4,
            qwen3guard.Qwen3Guard,
            qwen3guard.Qwen3GuardStrict,
            granite_guardian.GraniteGuardian3,
            granite_guardian.GraniteGuardian4,
            llm_judge.LlmJudge,
        )
        made = next(kind for kind in kinds if kind.name == name)
        return made(open_model(rest, options))

    return opener


def _shieldgemma(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.generative.raw_prompt import open_raw
    from octarine.guard.adapters.generative.shieldgemma import ShieldGemma

    return ShieldGemma(open_raw(rest, options))


def _wildguard(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.generative.raw_prompt import open_raw
    from octarine.guard.adapters.generative.wildguard import WildGuard

    return WildGuard(open_raw(rest, options))


def _prompt_guard(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.prompt_guard import open_prompt_guard

    return open_prompt_guard(rest)


def _openai_moderation(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.services.openai_moderation import open_openai_moderation

    return open_openai_moderation(rest, options)


def _bedrock_guardrail(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.services.bedrock_guardrail import open_bedrock_guardrail

    return open_bedrock_guardrail(rest, options)


def _azure_content_safety(rest: str, options: ModelOptions) -> Adapter:
    from octarine.guard.adapters.services.azure_content_safety import open_azure_content_safety

    return open_azure_content_safety(rest, options)
