"""``octarine redteam chat``: a local page on which a person attacks a model."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from octarine.cli import options as shared
from octarine.core.errors import InputError
from octarine.core.registry import registry
from octarine.store import open_store

PORT = 8766


@click.command("chat")
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option("--judge", "judge_name", default="refusal", show_default=True, help="Gives its opinion.")
@click.option("--writer", help="A model that rewrites, for the techniques that need one.")
@click.option("--system", default="", help="The system message of a new chat.")
@click.option("--temperature", type=shared.Number(min=0, max=5), default=0.7, show_default=True)
@click.option("--max-tokens", type=click.IntRange(1), default=512, show_default=True, help="New, an answer.")
@click.option("--annotator", default="", help="Your name or a pseudonym; else the page asks.")
@click.option(
    "--techniques",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML or TOML file with techniques of your own; repeatable.",
)
@click.option(
    "--timeout", type=shared.Number(0, min_open=True), default=60.0, show_default=True, help="Seconds a call."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@shared.store_url
def chat(
    model: str,
    judge_name: str,
    writer: str | None,
    system: str,
    temperature: float,
    max_tokens: int,
    annotator: str,
    paths: tuple[Path, ...],
    timeout: float,
    host: str,
    port: int,
    no_browser: bool,
    store_url: str | None,
) -> None:
    """Attack MODEL yourself on a local page, with the techniques as buttons.

    A button does something to your message and shows what will be sent before it is sent. Beside each answer
    stands what an automatic judge says of it; what you record goes into the store as a finding. For models
    that you are entitled to test.

    \b
    Examples:
      octarine redteam chat embedded:smollm2
      octarine redteam chat guarded:openai:gpt-4o-mini --annotator fox
    """
    from octarine.evaluate.judging import JudgePanel
    from octarine.models.names import ModelOptions, open_model
    from octarine.redteam import techniques
    from octarine.server.redteam.asking import Asker
    from octarine.server.redteam.entry import NAME, Entry
    from octarine.server.redteam.page import ChatPage
    from octarine.server.serving import free_port, serve

    for path in paths:
        techniques.add_file(path)
    if judge_name not in registry.names("judge"):
        known = ", ".join(registry.names("judge"))
        raise InputError(f"there is no judge '{judge_name}'", hint=f"There are: {known}")
    options = ModelOptions(timeout_s=timeout)
    target = open_model(model, options)
    # One set of weights in memory where both are the same.
    writes = None if not writer else target if writer == model else open_model(writer, options)
    asker = Asker(target, JudgePanel(), judge_name, writes)
    asker.refuse_own_judge()
    port = free_port(host, port)
    with open_store(store_url) as store:
        page = ChatPage(
            asker, store, annotator=annotator, system=system, temperature=temperature, max_tokens=max_tokens
        )
        entry = Entry(page.app())
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/?{NAME}={entry.key}"
        click.echo(f"{model} answers at {address}  (Ctrl-C ends; the address lets in whoever has it)")
        if not no_browser:
            webbrowser.open(address)
        serve(entry, host, port)
