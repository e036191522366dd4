"""Where an OpenAI-compatible model is, what it is called there, and which key is sent.

::

    openai:NAME            https://api.openai.com/v1, or OPENAI_BASE_URL; the key is OPENAI_API_KEY
    https://host/v1#NAME   any other; the key is OCTARINE_API_KEY_<HOST> (``api.groq.com`` reads
                           OCTARINE_API_KEY_API_GROQ_COM) or else OCTARINE_API_KEY; none is fine

``OPENAI_API_KEY`` goes to api.openai.com and OPENAI_BASE_URL alone. Without ``#NAME`` the endpoint must offer
exactly one model, and that one is taken.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from octarine.core.errors import InputError

_OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was taken apart.

    Attributes:
        base: URL up to and with ``/v1``, without a query.
        query: what every call carries after ``?`` (Azure's ``api-version``).
        model: the model's name there; empty to take the only one.
        key, key_variables: the key, and the environment variables that it may come from.
        name: the recorded name, without ``#`` and what follows it.
    """

    base: str
    model: str
    name: str
    query: str = ""
    key: str = field(default="", repr=False)
    key_variables: tuple[str, ...] = ()
    needs_key: bool = False

    def url(self, path: str) -> str:
        """The address of ``path`` below the base."""
        return f"{self.base}/{path}{'?' + self.query if self.query else ''}"


def openai_target(model: str) -> Target:
    """``openai:model``."""
    base = os.environ.get("OPENAI_BASE_URL", "").strip() or _OPENAI_URL
    parts = _split(base)
    own = base.rstrip("/") == _OPENAI_URL
    return Target(
        base=_base(parts),
        query=parts.query,
        model=model,
        # Another server behind the same name is another model: its address is what is recorded.
        name="openai:" if own else _base(parts),
        key=_key("OPENAI_API_KEY"),
        key_variables=("OPENAI_API_KEY",),
        needs_key=own,
    )


def url_target(scheme: str, url: str) -> Target:
    """``http://host/v1#model``, with or without its scheme."""
    if not url.startswith(("http://", "https://")):
        url = f"{scheme}://{url.removeprefix('//')}"
    parts = _split(url)
    host = parts.hostname or ""
    variables = (f"OCTARINE_API_KEY_{re.sub(r'[^A-Z0-9]', '_', host.upper())}", "OCTARINE_API_KEY")
    if parts.scheme == "https" and host == "api.openai.com":
        variables = (variables[0], "OPENAI_API_KEY")
    key = next((found for found in map(_key, variables) if found), "")
    base = _base(parts)
    return Target(base, parts.fragment, base, parts.query, key=key, key_variables=variables)


def _split(url: str) -> SplitResult:
    example = "A URL looks like  https://host.example/v1#model-name"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise InputError(f"the URL '{url}' cannot be read: {error}", hint=example) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"'{url}' is no http URL with a host", hint=example)
    if "@" in parts.netloc:
        raise InputError(
            f"the URL of '{parts.hostname}' carries a user name or a password",
            hint="A model's name is recorded with every result. Put the key into OCTARINE_API_KEY.",
        )
    return parts


def _base(parts: SplitResult) -> str:
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key.isascii() or not key.isprintable():
        raise InputError(
            f"the environment variable {variable} holds characters that no key has",
            hint="Set it again, without line breaks and quotation marks.",
        )
    return key
