"""``octarine completion``: the shell's completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from octarine.core.errors import InternalError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    Examples:
      eval "$(octarine completion bash)"           for this session
      octarine completion zsh > ~/.zfunc/_octarine
      octarine completion fish > ~/.config/fish/completions/octarine.fish
    """
    from octarine.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise InternalError(f"click has no completion for {shell}")
    click.echo(found(cli, {}, "octarine", "_OCTARINE_COMPLETE").source())
