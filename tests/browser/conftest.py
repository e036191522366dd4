"""A headless Chromium and the pages that it opens. Nothing here reaches a network."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))

from report_examples import empty_run, injected, weak_model

from octarine.report import html

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name → address of a report on disk. ``large`` holds as many samples as a page shows."""
    card, results = weak_model()
    many = [replace(result, repeat=repeat) for repeat in range(13) for result in results]
    runs = {
        "weak": (card, results),
        "empty": empty_run(),
        "injected": injected(),
        "large": (replace(card, samples=len(many)), many),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, run in runs.items():
        (folder / f"{name}.html").write_text(html.write(*run), "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in runs}


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Chromium driven by selenium, one for all the tests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("chromium and chromedriver are not both on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()
