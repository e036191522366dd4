"""The red-teaming chat in a real browser: techniques, messages, findings, a reload; keys, phone, contrast."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contrast import CONTRAST
from served import served

from octarine.store import open_store

pytestmark = pytest.mark.heavy
TEXT = "What is the capital of France?"
SCRIPT = (
    {"match": "boom", "error": "the endpoint is on fire"},
    {"match": "salam", "answer": "مرحبا بالعالم، هذه إجابة طويلة بعض الشيء"},
    {"default": "Sure. <script>window.bad = 1</script><img src=x onerror='window.bad = 1'> " + "word " * 400},
)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"{tmp_path}/s.sqlite"


@pytest.fixture
def page(store: str, tmp_path: Path) -> Iterator[str]:
    """The address that the command prints."""
    script = tmp_path / "script.jsonl"
    script.write_text("".join(json.dumps(line) + "\n" for line in SCRIPT), "utf-8")
    options = ("--store", store, "--port", "0", "--no-browser")
    with served("redteam", "chat", f"scripted:{script}", *options) as address:
        yield address


def until(chromium: Any, holds: Callable[[], Any], what: str) -> Any:
    for _ in range(400):
        if found := holds():
            return found
        time.sleep(0.05)
    shown = chromium.execute_script("return document.querySelector('main')?.innerText ?? ''")
    raise AssertionError(f"{what} did not come: {shown}")


def wait_for(chromium: Any, selector: str, words: str = "") -> Any:
    script = (
        "return [...document.querySelectorAll(arguments[0])].find(e => e.innerText.includes(arguments[1]))"
    )
    return until(
        chromium, lambda: chromium.execute_script(script, selector, words), f"'{words}' in {selector}"
    )


def gone(chromium: Any, selector: str) -> None:
    until(chromium, lambda: not chromium.find_elements("css selector", selector), f"the end of {selector}")


def enter(chromium: Any, page: str) -> None:
    chromium.get("about:blank")
    chromium.delete_all_cookies()
    chromium.get(page)
    wait_for(chromium, "#composer")
    # On a narrow screen they are folded away.
    chromium.execute_script("document.getElementById('techniques').open = true")
    chromium.get_log("browser")


def write(chromium: Any, text: str) -> None:
    field = chromium.find_element("id", "draft")
    field.clear()
    field.send_keys(text)


def add(chromium: Any, name: str) -> None:
    field = chromium.find_element("id", "search")
    field.clear()
    field.send_keys(name)
    button = chromium.find_element("css selector", f'.technique[value="add:{name}"]')
    until(chromium, lambda: pressed(button), name)
    wait_for(chromium, "#chain", name)


def pressed(button: Any) -> bool:
    """Press a button as soon as the search shows it."""
    from selenium.common.exceptions import ElementNotInteractableException

    try:
        button.click()
    except ElementNotInteractableException:
        return False
    return True


def send(chromium: Any, turn: int) -> None:
    chromium.find_element("id", "send").click()
    wait_for(chromium, f"#turn-{turn} .answer", "Record as a finding")


def test_a_technique_a_message_a_finding_and_a_reload(chromium: Any, page: str, store: str) -> None:
    enter(chromium, page)
    write(chromium, TEXT)
    add(chromium, "base64")
    wait_for(chromium, "#preview", "V2hhdCBpcyB0aGUgY2FwaXRhbCBvZiBGcmFuY2U")
    write(chromium, "Where is Rome?")
    wait_for(chromium, "#preview", "V2hlcmUgaXMgUm9tZT8")
    send(chromium, 0)
    assert "V2hlcmUgaXMgUm9tZT8" in chromium.find_element("id", "turn-0").text
    assert chromium.find_element("id", "draft").get_attribute("value") == ""
    assert chromium.execute_script("return window.bad") is None

    chromium.find_element("css selector", "#find-0-0 summary").click()
    form = chromium.find_element("css selector", "#find-0-0 form")
    form.find_element("name", "annotator").send_keys("fox")
    form.find_element("name", "note").send_keys("it answers")
    chromium.execute_script("arguments[0].elements.severity.value = 'high'", form)
    form.find_element("css selector", "button").click()
    wait_for(chromium, "#turn-0", "Recorded as finding")

    chromium.refresh()
    wait_for(chromium, "#turn-0", "Recorded as finding")
    assert chromium.find_element("id", "who").get_attribute("value") == "fox"
    with open_store(store) as opened:
        (kept,) = opened.findings()
    assert kept.note == "fox: it answers"
    assert kept.severity == "high"
    assert kept.sample.provenance.techniques[0].startswith("base64/")
    assert chromium.get_log("browser") == []


def test_an_error_leaves_the_draft_and_keys_are_enough(chromium: Any, page: str) -> None:
    from selenium.webdriver.common.keys import Keys

    enter(chromium, page)
    write(chromium, "boom")
    chromium.find_element("id", "draft").send_keys(Keys.CONTROL, Keys.ENTER)
    wait_for(chromium, "#failed", "the endpoint is on fire")
    assert chromium.find_element("id", "draft").get_attribute("value") == "boom"
    assert not chromium.find_elements("css selector", "#turns .turn")
    chromium.find_element("id", "draft").send_keys(Keys.ESCAPE, "/")
    chromium.find_element("tag name", "body").send_keys("/")
    search = chromium.switch_to.active_element
    assert search.get_attribute("id") == "search"
    search.send_keys("hexadecimal", Keys.TAB)
    for _ in range(4):
        if chromium.switch_to.active_element.get_attribute("value") == "add:hexadecimal":
            break
        chromium.switch_to.active_element.send_keys(Keys.TAB)
    chromium.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for(chromium, "#chain", "hexadecimal")


def test_answers_from_right_to_left_and_long_ones(chromium: Any, page: str) -> None:
    enter(chromium, page)
    write(chromium, "salam")
    send(chromium, 0)
    text = "#turn-0 .answer .text"
    direction = f"return getComputedStyle(document.querySelector('{text}')).direction"
    assert chromium.execute_script(direction) == "rtl"
    write(chromium, "long")
    send(chromium, 1)
    height = "return document.querySelector('#turn-1 .answer .text').getBoundingClientRect().height"
    assert chromium.execute_script(height) < 500


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways_and_everything_has_a_name(chromium: Any, page: str, width: int) -> None:
    chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    try:
        enter(chromium, page)
        write(chromium, "hello")
        add(chromium, "vigenere")
        send(chromium, 0)
        chromium.execute_script("document.querySelectorAll('main details').forEach(d => d.open = true)")
        assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
        unnamed = chromium.execute_script(
            "return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]"
            ".filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim()))"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        assert unnamed == []
    finally:
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(chromium: Any, page: str, scheme: str) -> None:
    chromium.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"media": "screen", "features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    enter(chromium, page)
    write(chromium, "hello")
    send(chromium, 0)
    write(chromium, "boom")
    chromium.find_element("id", "send").click()
    wait_for(chromium, "#failed", "on fire")
    add(chromium, "vigenere")
    chromium.find_element("css selector", "#find-0-0 summary").click()
    assert chromium.execute_script(CONTRAST) == []


def test_it_works_without_a_script(chromium: Any, page: str) -> None:
    enter(chromium, page)
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.refresh()
        write(chromium, TEXT)
        chromium.find_element("css selector", "aside .group summary").click()
        chromium.find_element("css selector", '.technique[value="add:base64"]').click()
        until(
            chromium,
            lambda: "V2hhdCBpcyB0aGUgY2FwaXRhbCBvZiBGcmFuY2U" in chromium.page_source,
            "what will be sent",
        )
        chromium.find_element("id", "send").click()
        until(chromium, lambda: chromium.find_elements("id", "find-0-0"), "the answer")
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
