"""Progress bars: on standard error, only on a terminal, only for what takes longer than a moment."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from octarine.evaluate.runner import Progress as RunProgress


class ProgressBars:
    """A bar for each stage: fetching, converting, measuring, answering. Silent off a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            # What is printed beside the bars goes above them; in a pipe it goes to the pipe.
            redirect_stdout=sys.stdout.isatty(),
            disable=not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, what: str, done: int, total: int, note: str = "") -> None:
        """Show ``done`` of ``total`` of a stage."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total, note=note)
        self._bars.update(self._tasks[what], completed=done, total=total, note=note)

    def line(self, text: str) -> None:
        """A line above the bars, also off a terminal."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def run(self, progress: RunProgress) -> None:
        """Show a run."""
        self._run("answering and judging", progress)

    def guarded_run(self, progress: RunProgress) -> None:
        """Show the same behind the guard."""
        self._run("behind the guard", progress)

    def _run(self, what: str, progress: RunProgress) -> None:
        note = f"{progress.done} of {progress.planned}"
        if progress.errors:
            note += f", {progress.errors} failed"
        self.stage(what, progress.done, progress.planned, note)


@contextlib.contextmanager
def bars(quiet: bool) -> Iterator[ProgressBars | None]:
    """Bars, or None where nothing may be shown."""
    if quiet:
        yield None
        return
    with ProgressBars() as shown:
        yield shown
