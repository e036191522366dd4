"""The label page in a real browser, end to end: two label with keys, a third settles, all is exported."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import OCTARINE, served

from labelled_runs import labelled_run
from octarine.evaluate.calibration import read_labelled
from octarine.store import open_store

pytestmark = pytest.mark.heavy
ANSWERS = 6
NAMES = """return [...document.querySelectorAll("button, input")]
    .map(e => e.textContent.trim() || e.closest("label")?.textContent)"""


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"{tmp_path}/s.sqlite"
    with open_store(url) as opened:
        labelled_run(opened, n=ANSWERS)
        labelled_run(opened, "test:other", n=ANSWERS, answer="Reply")
    return url


@pytest.fixture
def page(store: str) -> Iterator[str]:
    """The address of a page that the command serves."""
    runs = ("test:model-run", "--against", "test:other-run")
    with served("label", *runs, "--store", store, "--port", "0", "--no-browser") as address:
        yield address


def press(chromium: Any, key: str) -> None:
    chromium.find_element("tag name", "body").send_keys(key)


def text(chromium: Any) -> str:
    found: str = chromium.execute_script("return document.querySelector('main')?.innerText ?? ''")
    return found


def wait_for(chromium: Any, words: str) -> str:
    for _ in range(100):
        if words in (shown := text(chromium)):
            return shown
        time.sleep(0.05)
    raise AssertionError(f"'{words}' did not come: {text(chromium)}")


def begin(chromium: Any, page: str, name: str) -> None:
    chromium.get(page)
    field = chromium.find_element("id", "annotator")
    field.clear()
    field.send_keys(name)
    field.submit()
    wait_for(chromium, "of 6")


def test_two_people_label_a_third_settles_and_all_is_exported(
    chromium: Any, page: str, store: str, tmp_path: Path
) -> None:
    chromium.delete_all_cookies()
    begin(chromium, page, "ana")
    for place in range(ANSWERS):
        shown = wait_for(chromium, f"Answer {place + 1} of {ANSWERS}")
        assert "They do not agree" not in shown
        press(chromium, "1")
    wait_for(chromium, "Nothing left for you to label")

    begin(chromium, page, "bo")
    wait_for(chromium, f"Answer 1 of {ANSWERS}")
    press(chromium, "n")
    chromium.switch_to.active_element.send_keys("not so", "\ue00c")  # Escape leaves the field
    press(chromium, "3")
    wait_for(chromium, f"Answer 2 of {ANSWERS}")
    press(chromium, "2")
    wait_for(chromium, f"Answer 3 of {ANSWERS}")
    press(chromium, "u")
    wait_for(chromium, f"Answer 2 of {ANSWERS}")
    assert chromium.find_elements("css selector", ".choice.chosen")
    press(chromium, "1")
    for place in range(2, ANSWERS):
        wait_for(chromium, f"Answer {place + 1} of {ANSWERS}")
        press(chromium, "1")
    wait_for(chromium, "Nothing left for you to label")

    begin_at = page + "settle"
    chromium.get(begin_at)
    assert "Nothing left for you to settle" in text(chromium)
    name_only(chromium, page, "cy")
    chromium.get(begin_at)
    shown = wait_for(chromium, "They do not agree")
    assert "ana" in shown
    assert "not so" in shown
    press(chromium, "3")
    wait_for(chromium, "Nothing left for you to settle")

    chromium.get(page)
    shown = wait_for(chromium, "How far people agree")
    assert re.search(r"ana and bo\s+6\s+5\s+(?:0\.\d\d|–)", shown), shown
    with open_store(store) as opened:
        labels = opened.labels()
    assert len(labels) == 2 * ANSWERS + 1
    out = tmp_path / "labelled.jsonl"
    command = [sys.executable, "-c", OCTARINE, "label", "test:model-run", "--store", store]
    subprocess.run([*command, "--export", str(out)], check=True, capture_output=True)
    assert len(read_labelled(out)) == ANSWERS


def name_only(chromium: Any, page: str, name: str) -> None:
    """Change the name where no answer is left to label."""
    chromium.get(page)
    field = chromium.find_element("id", "annotator")
    field.clear()
    field.send_keys(name)
    field.submit()
    wait_for(chromium, "Nothing left for you to label")


def test_pairs_are_compared_with_keys_and_answers_do_not_run(chromium: Any, page: str, store: str) -> None:
    chromium.delete_all_cookies()
    begin(chromium, page, "ana")
    chromium.get(page + "compare")
    for place in range(ANSWERS):
        shown = wait_for(chromium, f"Pair {place + 1} of {ANSWERS}")
        assert "Reply" in shown
        assert "<script>" in shown
        press(chromium, str(1 + place % 3))
    wait_for(chromium, "You have compared every pair")
    assert chromium.execute_script("return window.bad") is None
    with open_store(store) as opened:
        assert len(opened.preferences()) == ANSWERS


def test_everything_can_be_reached_without_a_mouse_and_fits_a_phone(chromium: Any, page: str) -> None:
    chromium.delete_all_cookies()
    chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    try:
        begin(chromium, page, "ana")
        wide = chromium.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 390
        names = chromium.execute_script(NAMES)
        assert all(names)
        assert chromium.execute_script("return document.querySelectorAll('fieldset legend').length") == 1
    finally:
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_enter_in_the_note_records_nothing(chromium: Any, page: str, store: str) -> None:
    chromium.delete_all_cookies()
    begin(chromium, page, "ana")
    wait_for(chromium, f"Answer 1 of {ANSWERS}")
    assert "No verdict" not in text(chromium)
    press(chromium, "n")
    chromium.switch_to.active_element.send_keys("a note\n")
    time.sleep(0.5)
    assert "Answer 1 of" in text(chromium)
    with open_store(store) as opened:
        assert opened.labels() == []
