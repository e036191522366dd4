"""The detection page in a real browser: a file chosen or dropped, the verdict, the map; phone, contrast,
no script."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contrast import CONTRAST
from PIL import Image
from served import served
from tests.watermark.pictures import KEY, scene

from octarine.watermark import ImageWatermark, write_key

pytestmark = pytest.mark.heavy
DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], arguments[1]));
document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, a marked picture, and one that was edited after marking."""
    made: Path = tmp_path_factory.mktemp("detection")
    write_key(made / "KEY", KEY)
    marked = ImageWatermark(KEY).embed(scene(600, 800), 0x5EED)
    Image.fromarray(marked).save(made / "marked.png")
    marked[150:420, 200:560] = scene(270, 360, seed=5)
    Image.fromarray(marked).save(made / "edited.png")
    (made / "words.txt").write_text("no picture", "utf-8")
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[str]:
    """The address that the command prints."""
    with served("watermark", "serve", "--key-file", f"shop={folder / 'KEY'}", "--port", "0") as address:
        yield address


def until(holds: Callable[[], Any], what: str) -> Any:
    for _ in range(1_200):
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


def shown(chromium: Any, words: str) -> None:
    text = "return document.getElementById('result')?.innerText ?? ''"
    until(lambda: words in chromium.execute_script(text), words)


def choose(chromium: Any, page: str, file: Path) -> None:
    chromium.get(page)
    chromium.get_log("browser")
    chromium.find_element("id", "file").send_keys(str(file))


def test_the_verdict_the_map_and_a_reload(chromium: Any, page: str, folder: Path) -> None:
    choose(chromium, page, folder / "edited.png")
    shown(chromium, "This picture carries your mark.")
    shown(chromium, "0x5eed")
    shown(chromium, "It was edited after marking")
    width = "return document.querySelector(arguments[0])?.naturalWidth"
    until(lambda: chromium.execute_script(width, ".stack .map") == 800, "the map")
    opacity = "return getComputedStyle(document.querySelector('.stack .map')).opacity"
    until(lambda: chromium.execute_script(opacity) == "1", "the map over the picture")
    chromium.find_element("id", "map-on").click()
    until(lambda: chromium.execute_script(opacity) == "0", "the picture alone")
    assert chromium.execute_script("return document.activeElement.id") in ("map-on", "result")
    chromium.refresh()
    shown(chromium, "This picture carries your mark.")
    assert chromium.get_log("browser") == []


def test_a_file_is_dropped(chromium: Any, page: str, folder: Path) -> None:
    chromium.get(page)
    data = base64.b64encode((folder / "marked.png").read_bytes()).decode()
    chromium.execute_script(DROP, data, "<img src=x onerror='window.bad = 1'>.png")
    shown(chromium, "No edited part was found")
    assert chromium.execute_script("return window.bad") is None


def test_what_is_no_picture_is_told(chromium: Any, page: str, folder: Path) -> None:
    choose(chromium, page, folder / "words.txt")
    shown(chromium, "of no kind that is read here")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways_and_everything_has_a_name(
    chromium: Any, page: str, folder: Path, width: int
) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        choose(chromium, page, folder / "edited.png")
        shown(chromium, "It was edited after marking")
        chromium.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
        unnamed = chromium.execute_script(
            "return [...document.querySelectorAll('input:not([type=hidden]), select, button, progress, img')]"
            ".filter(e => !(e.labels?.length || e.ariaLabel || e.alt || e.textContent.trim()))"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        assert unnamed == []
    finally:
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(chromium: Any, page: str, folder: Path, scheme: str) -> None:
    chromium.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    choose(chromium, page, folder / "edited.png")
    shown(chromium, "It was edited after marking")
    chromium.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert chromium.execute_script(CONTRAST) == []


def test_it_works_without_a_script(chromium: Any, page: str, folder: Path) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.get(page)
        chromium.find_element("id", "file").send_keys(str(folder / "marked.png"))
        chromium.find_element("id", "look").click()
        until(lambda: "This picture carries your mark." in chromium.page_source, "the verdict")
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
