"""What goes to standard output as JSON."""

from __future__ import annotations

import json
from typing import Any

import click

from octarine.core.codec import encode


def print_json(value: Any) -> None:
    """``value`` as indented JSON. Characters that a terminal's encoding may lack are escaped."""
    click.echo(json.dumps(encode(value), indent=2, ensure_ascii=True))
