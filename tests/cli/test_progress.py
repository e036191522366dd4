"""Progress: on a terminal only, and never on standard output."""

from __future__ import annotations

import io

import pytest

from octarine.cli import progress as module
from octarine.cli.progress import ProgressBars, bars
from octarine.evaluate.runner import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_a_terminal(monkeypatch):
    """Called in the test and not in a fixture: pytest takes standard error anew in between."""
    for variable, value in {"TERM": "xterm", "COLUMNS": "120"}.items():
        monkeypatch.setenv(variable, value)
    stream = Terminal()
    monkeypatch.setattr(module.sys, "stderr", stream)
    return stream


def drive(shown):
    shown.stage("fetching", 0, 0)
    shown.stage("fetching", 50, 100)
    shown.stage("fetching", 100, 100)
    shown.run(Progress(planned=40, generated=9, recorded=1, errors=2))


def test_it_is_silent_off_a_terminal(capsys):
    with ProgressBars() as shown:
        drive(shown)
    assert capsys.readouterr() == ("", "")


def test_it_is_seen_on_a_terminal_and_not_on_standard_output(capsys, monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with ProgressBars() as shown:
        drive(shown)
    seen = terminal.getvalue()
    assert "fetching" in seen
    assert "10 of 40, 2 failed" in seen
    assert seen.count("answering and judging") >= 1
    assert capsys.readouterr().out == ""


def test_quiet_shows_nothing(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    with bars(quiet=True) as shown:
        assert shown is None
    assert terminal.getvalue() == ""


def test_the_bars_end_where_the_work_fails(monkeypatch):
    terminal = on_a_terminal(monkeypatch)

    def work():
        with bars(quiet=False) as shown:
            drive(shown)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert "fetching" in terminal.getvalue()
    assert "\x1b[?25h" in terminal.getvalue()  # the cursor is shown again
