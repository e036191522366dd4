"""The command ``octarine``: one lazily imported file per area; errors become exit codes here."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Any

import click

import octarine
from octarine.cli.lazy import LazyGroup
from octarine.core.errors import ExitCode, InternalError, OctarineError

AREAS = {
    "assess": ("octarine.cli.assess:assess", "Measure a model over the eight dimensions: the main job."),
    "evaluate": ("octarine.cli.evaluate:evaluate", "Run benchmarks, show and compare runs."),
    "guard": ("octarine.cli.guard:guard", "Check texts, tune and patch what is let through."),
    "redteam": (
        "octarine.cli.redteam:redteam",
        "Attack a model: techniques, campaigns, findings.",
    ),
    "watermark": ("octarine.cli.watermark:watermark", "Invisible marks in pictures: put in, find."),
    "credentials": (
        "octarine.cli.credentials:credentials",
        "Content credentials (C2PA): sign, verify, recover.",
    ),
    "label": ("octarine.cli.label:label", "Label answers on a local page."),
    "models": ("octarine.cli.models:models", "What can be tested, and the embedded model's weights."),
    "data": ("octarine.cli.data:data", "The samples that ship, and the data of public benchmarks."),
    "completion": ("octarine.cli.completion:completion", "Print the shell's completion script."),
}


@click.group(
    cls=LazyGroup,
    lazy=AREAS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(octarine.__version__, "-V", "--version", prog_name="octarine")
def cli() -> None:
    """Evaluate, red-team, guard, align and mark generative models, on one record of results.

    \b
    Examples:
      octarine assess                              the embedded model, offline, in minutes
      octarine assess http://localhost:11434/v1#llama3.2
      octarine evaluate show latest                the scorecard of the last run again
      octarine COMMAND --help                      what a command does, with examples

    Test only models that you are entitled to test. Nothing leaves this machine unless you name the endpoint.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line; never returns. Exit codes: 0 good, 1 a finding over its threshold, 2 the user's
    mistake, 3 ours, 130 interrupted."""
    sys.exit(int(run(args)))


def run(args: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _accept_any_character()
    stdout = sys.stdout
    try:
        outcome: Any = cli.main(args=args, prog_name="octarine", standalone_mode=False)
    except OctarineError as error:
        _complain(error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USER
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted. What was done is kept: the same command continues.", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as error:
        # Where a pipe is closed, rich ends the command, and click ends it too and takes standard output away.
        # Their exit code 1 would be a finding over its threshold.
        if isinstance(error.__context__, BrokenPipeError) or sys.stdout is not stdout:
            return _nobody_reads()
        _complain(InternalError(f"something ended the program with {error.code!r}", hint=_REPORT))
        return ExitCode.OURS
    except Exception as error:
        _complain(InternalError(f"{type(error).__name__}: {error}", hint=_REPORT))
        if os.environ.get("OCTARINE_DEBUG"):
            traceback.print_exc()
        return ExitCode.OURS
    return outcome if isinstance(outcome, int) else ExitCode.OK


def _accept_any_character() -> None:
    """A terminal or a pipe that knows only ASCII gets ``?`` for ``✓`` and ``≥``, and no error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _nobody_reads() -> ExitCode:
    """The reader of a pipe (head, less) went away: nothing is wrong, and nothing more can be said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return ExitCode.OK


_REPORT = "This is a fault of Octarine's own. Set OCTARINE_DEBUG=1 for the traceback, and please report it."


def _complain(error: OctarineError) -> None:
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(error.message, err=True)
    if error.hint:
        click.echo(error.hint, err=True)
