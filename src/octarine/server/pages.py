"""Pages that people use on this machine: one template, one style, one script, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from octarine.core.errors import MissingExtra
from octarine.report import words

try:
    from starlette.responses import HTMLResponse
except ImportError:
    raise MissingExtra("server", "a local page") from None


def page(
    template: str,
    values: Mapping[str, Any],
    *,
    styles: Sequence[str],
    script: str,
    status: int = 200,
    own: Sequence[str] = (),
) -> HTMLResponse:
    """A page with its style and script in it, and a policy under which nothing else is loaded or run.

    Args:
        styles, script: files of ``server/static``.
        own: what the page may load from its own server beside that: directives of the policy.
    """
    style, code = "".join(map(static, styles)), static(script)
    # Ships with the package.
    text = fragment(template, {**values, "style": Markup(style), "script": Markup(code)})  # noqa: S704
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(code)}'",
            *(own or ("img-src data:",)),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy})


def fragment(template: str, values: Mapping[str, Any]) -> str:
    """A template of ``server/templates`` with what no page may hold replaced."""
    return words.printable(_environment().get_template(template).render(**values))


@cache
def static(name: str) -> str:
    """A file of ``server/static``."""
    return (resources.files("octarine.server") / "static" / name).read_text("utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("octarine.server", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(words=words)
    return environment
