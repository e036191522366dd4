"""From a model's URL-like name to the model: ``scheme:rest``, where the scheme names a registered adapter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.protocols import Model
from octarine.core.registry import registry

DEFAULT_MODEL = "embedded:smollm2"

Progress = Callable[[str, int, int], None]
"""Told ``(what, done, total)`` as something slow goes on; ``total`` is 0 where it is not known."""

EXAMPLES = {
    "embedded": DEFAULT_MODEL,
    "openai": "openai:gpt-4o-mini",
    "http": "http://localhost:8000/v1#model-name",
    "https": "https://host.example/v1#model-name",
    "http-json": "http-json:endpoint.yaml",
    "python": "python:my_module:my_function",
    "hf": "hf:org/name",
    "bedrock": "bedrock:amazon.nova-lite-v1:0",
    "inspect": "inspect:provider/name",
    "scripted": "scripted:answers.jsonl",
    "guarded": "guarded:http://localhost:8000/v1#model-name",
    "sandboxed": "sandboxed:http://localhost:8000/v1#model-name",
}
"""Scheme → a name that shows its form. ``guarded:`` stands before any other name, and before it may stand the
policies: ``guarded:strict@openai:gpt-4o-mini``, ``guarded:default+ours.yaml@MODEL``.
``sandboxed:`` gives any of them the tools of the sandbox."""

_SECRET_PARAMETER = re.compile(r"(?i)^(?:.*[-_])?(?:key|apikey|token|secret|password|passwd|sig|signature)$")


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What is set beside a model's name.

    Attributes:
        concurrency: calls in flight; None is the adapter's default.
        timeout_s: how long one call may take, in seconds.
        max_retries: how often a call that may work later is tried again.
        artefacts: a folder with the model's card, licence and weights, for the checks of governance.
        progress: told about anything slow (fetching, converting, measuring).
    """

    concurrency: int | None = None
    timeout_s: float = 60.0
    max_retries: int = 5
    artefacts: Path | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.concurrency is not None and self.concurrency < 1:
            raise InputError(
                f"concurrency must be at least 1, not {self.concurrency}",
                hint="Leave it out for the default.",
            )
        if not self.timeout_s > 0:  # true of what is no number, too
            raise InputError(f"the timeout must be above 0 seconds, not {self.timeout_s}")
        if self.max_retries < 0:
            raise InputError(f"the number of retries must be at least 0, not {self.max_retries}")


def open_model(name: str, options: ModelOptions | None = None) -> Model:
    """The model called ``name``, not started yet. Nothing is fetched or loaded before ``start``.

    With ``options.artefacts`` the model has ``inventory()``, which also tells what is in that folder.

    Args:
        name: ``scheme:rest``; ``embedded`` alone is ``embedded:smollm2``. The factory registered for the
            scheme gets ``rest``, or the whole URL where the scheme is ``http`` or ``https``.

    Raises:
        InputError: no scheme, nothing behind it, or a secret in the name.
        UnknownPlugin: a scheme that nobody registered.
        MissingExtra: the adapter needs a library that is not installed.
    """
    options = options or ModelOptions()
    scheme, rest = split_name(name)
    model: Model = registry.get("model", scheme)(rest, options)
    if options.artefacts is None:
        return model
    from octarine.models.inventory import with_artefacts

    return with_artefacts(model, options.artefacts)


def split_name(name: str) -> tuple[str, str]:
    """``(scheme, rest)`` of a model's name; see ``open_model`` for the errors."""
    name = name.strip()
    if name == "embedded":
        name = DEFAULT_MODEL
    scheme, colon, rest = name.partition(":")
    known = registry.names("model")
    if not colon:
        raise _without_scheme(name, known)
    if scheme not in known:
        raise _unknown_scheme(name, scheme, rest, known)
    if not rest.strip("/"):
        raise InputError(f"the model name '{name}' says nothing after the colon", hint=_form(scheme))
    whole = name if scheme in ("http", "https") else rest
    _refuse_secrets(whole)
    return scheme, whole


def forms(schemes: list[str]) -> str:
    """One line for each scheme, with an example."""
    return "\n".join(f"  {EXAMPLES.get(scheme, scheme + ':…')}" for scheme in schemes)


def _form(scheme: str) -> str:
    return f"For example:  {EXAMPLES.get(scheme, scheme + ':…')}"


def _without_scheme(name: str, known: list[str]) -> InputError:
    if name in known:
        return InputError(f"the model name '{name}' says nothing after the scheme", hint=_form(name))
    said = f"the model name '{name}' has no scheme" if name else "the model's name is empty"
    return InputError(said, hint=f"A model is named scheme:rest, in one of these forms:\n{forms(known)}")


def _unknown_scheme(name: str, scheme: str, rest: str, known: list[str]) -> UnknownPlugin:
    # "localhost:8000/v1#m" is the likeliest slip: a host and a port read as a scheme.
    if re.match(r"\d+(/|#|$)", rest):
        guess = f"Did you mean 'http://{name}'? "
    else:
        near = difflib.get_close_matches(scheme.lower(), known, n=1)
        guess = f"Did you mean '{near[0]}:{rest}'? " if near else ""
    return UnknownPlugin(
        f"there is no kind of model called '{scheme}'", hint=f"{guess}The forms are:\n{forms(known)}"
    )


def _refuse_secrets(rest: str) -> None:
    if "://" not in rest:
        return
    try:
        url = urlsplit(rest)
    except ValueError as error:
        raise InputError(f"the URL '{rest}' cannot be read: {error}") from None
    # The URL is not repeated in the message: the message may end in a log.
    if url.username is not None or url.password is not None:
        raise InputError(
            f"the URL of the model at '{url.hostname}' carries a user name or a password",
            hint="A model's name is recorded with every result. Put the key into an environment variable "
            "instead (OPENAI_API_KEY, or the one that the endpoint's file names).",
        )
    for parameter, _ in parse_qsl(url.query, keep_blank_values=True):
        if _SECRET_PARAMETER.match(parameter):
            raise InputError(
                f"the URL of the model at '{url.hostname}' carries a secret in its parameter '{parameter}'",
                hint="A model's name is recorded with every result. Put the key into an environment variable "
                "instead.",
            )
