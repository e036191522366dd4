"""The report of a campaign in a real browser: one click to a transcript, filters, phone, both schemes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign.examples import stored
from contrast import CONTRAST

from octarine.redteam.campaign import read_campaign
from octarine.report.campaign import write
from octarine.store import open_store

pytestmark = pytest.mark.heavy
Open = Callable[..., Any]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("campaign-page")
    with open_store(stored(folder)) as store:
        page = write(read_campaign(store), store)
    path = folder / "campaign.html"
    path.write_text(page, "utf-8")
    return path.as_uri()


@pytest.fixture
def look(chromium: Any, address: str) -> Iterator[Open]:
    """Opens the page at a width, in a scheme; gives the driver."""

    def look(width: int = 1280, scheme: str = "light", hash: str = "") -> Any:
        chromium.get("about:blank")
        chromium.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": scheme}]},
        )
        chromium.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        chromium.get_log("browser")
        chromium.get(address + hash)
        ready = "return document.readyState === 'complete' && document.documentElement.matches('.js')"
        until(lambda: chromium.execute_script(ready))
        return chromium

    yield look
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def until(holds: Callable[[], Any]) -> Any:
    for _ in range(400):
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


_SHOWN = "return [...document.querySelectorAll('details.sample')].filter(s => !s.hidden)"


def test_a_success_is_one_click_from_its_transcript(look: Open) -> None:
    driver = look()
    first = driver.find_element("id", "finding-1")
    first.find_element("css selector", "summary").click()
    assert "octarine redteam replay" in first.text
    assert "<script>window.injected = 1</script>" in first.text
    assert driver.execute_script("return window.injected") is None
    assert driver.get_log("browser") == []


def test_an_attack_leads_to_its_successes(look: Open) -> None:
    driver = look()
    link = driver.find_element("css selector", "#attack-2 a.scripted")
    name = driver.find_element("css selector", "#attack-2 h4 code").text
    wanted = int(link.text.split()[2])
    link.click()
    until(lambda: len(driver.execute_script(_SHOWN)) == wanted)
    assert {one.get_attribute("data-attack") for one in driver.execute_script(_SHOWN)} == {name}
    assert driver.find_element("css selector", "output").text.endswith("successes")


def test_a_command_can_be_copied(look: Open) -> None:
    driver = look(hash="#finding-1")
    button = driver.find_element("css selector", "#finding-1 button.copy")
    button.click()
    until(lambda: button.text in ("Copied", "Selected"))
    if button.text == "Selected":
        command = driver.find_element("css selector", "#finding-1 .command code").text
        assert driver.execute_script("return String(getSelection())").strip() == command


def test_pictures_are_drawn(look: Open) -> None:
    driver = look(hash="#attack=drawing")
    driver.execute_script(_SHOWN)[0].find_element("css selector", "summary").click()
    until(lambda: driver.execute_script("return document.querySelector('details[open] img').naturalWidth"))


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(look: Open, width: int) -> None:
    driver = look(width)
    driver.execute_script(
        "document.querySelectorAll('details.more').forEach(d => d.open = true);"
        "[...document.querySelectorAll('.sample')].slice(0, 30).forEach(d => d.open = true)"
    )
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(look: Open, scheme: str) -> None:
    driver = look(scheme=scheme)
    driver.execute_script(
        "document.querySelectorAll('details.more').forEach(d => d.open = true);"
        "[...document.querySelectorAll('.sample')].slice(0, 3).forEach(d => d.open = true)"
    )
    assert driver.execute_script(CONTRAST) == []
