"""The gallery in a real browser: no accessibility rule failed, nothing blocked, and the components do their work."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from jishi.web.app import create_web
from jishi.web.settings import WebSettings
from tests.browser.walking import failed_rules, width_of
from tests.support.browsers import PHONE
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 20
LOOKS = [
    ("/_ui", 375, "zh-Hans", "light", "0"),
    ("/_ui", 320, "en", "light", "0"),
    ("/_ui", 320, "en", "dark", "1"),
    ("/_ui", 375, "zh-Hant", "dark", "0"),
    ("/_ui/buyer", 320, "en", "light", "0"),
    ("/_ui/desk", 1280, "zh-Hans", "light", "0"),
    ("/_ui/desk", 375, "en", "dark", "0"),
]


def make_app():
    """What the server below serves."""
    return create_web(WebSettings(secret=b"a secret for the gallery, 32 bytes at least", gallery=True))


@pytest.fixture(scope="module")
def origin():
    port = free_port()
    target = "tests.web.test_foundation_browser:make_app"
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "--ws",
        "none",
        "--port",
        str(port),
        target,
    ]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        wait_for(f"http://127.0.0.1:{port}/_ui", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_for(url, server):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.URLError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
    pytest.fail(f"the gallery did not answer within {START_SECONDS_MAX} s")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_page_fails_no_rule_and_never_scrolls_sideways(origin, new_page, look):
    path, width, language, theme, care = look
    page = new_page(viewport={"width": width, "height": 812})
    page.goto(f"{origin}{path}?lang={language}&theme={theme}&care={care}")
    assert width_of(page) <= width
    assert failed_rules(page) == []


def test_the_sheet_strikes_out_what_is_impossible_and_shows_the_price(origin, new_page):
    page = new_page(**PHONE)
    page.goto(f"{origin}/_ui/buyer?lang=en")
    page.get_by_role("link", name="Buy now").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("radio", name="Moss").check()
    assert sheet.get_by_role("radio", name="A5 (not available)").count() == 1
    sheet.get_by_role("radio", name="A6").check()
    assert sheet.locator("[data-stock]").inner_text() == "In stock"
    sheet.get_by_role("radio", name="Cinnabar").check()
    assert sheet.locator("[data-stock]").inner_text() == "Only 3 left"
    for _press in range(2):
        sheet.get_by_role("button", name="One more").click()
    assert sheet.get_by_role("spinbutton", name="Quantity").input_value() == "3"
    assert sheet.get_by_role("button", name="One more").is_disabled()
    assert failed_rules(page) == []
    sheet.get_by_role("link", name="Close").click()
    assert page.get_by_role("dialog").count() == 0


def test_the_sheet_opens_without_script(origin, new_page):
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(f"{origin}/_ui/buyer?lang=en")
    page.get_by_role("link", name="Buy now").click()
    assert page.get_by_role("radio", name="Moss").is_visible()


def test_a_form_is_sent_with_its_token_and_the_first_error_has_the_focus(origin, new_page, guard):
    guard.allow(422)
    page = new_page(**PHONE)
    page.goto(f"{origin}/_ui?lang=en")
    page.get_by_label("Recipient").fill("Lan")
    page.get_by_label("Phone").fill("abc")
    page.get_by_label("Region").select_option("east")
    page.get_by_label("Street").fill("8 Bamboo Road")
    page.get_by_role("button", name="Save the address").click()
    page.wait_for_url("**/_ui/form")
    assert page.evaluate("document.activeElement.id") == "phone"
    assert page.get_by_label("Recipient").input_value() == "Lan"


def test_a_countdown_runs(origin, new_page):
    page = new_page(**PHONE)
    page.goto(f"{origin}/_ui?lang=en")
    timer = page.get_by_role("timer").nth(1)
    before = timer.inner_text()
    page.wait_for_function("(element) => element[0].textContent !== element[1]", arg=[timer.element_handle(), before])


def test_an_htmx_request_carries_the_token_and_swaps_a_refusal(origin, new_page, guard):
    guard.allow(422)
    page = new_page(**PHONE)
    page.goto(f"{origin}/_ui/buyer?lang=en")
    page.evaluate(
        """() => {
            const button = document.createElement("button");
            button.id = "send";
            button.setAttribute("hx-post", "/_ui/form");
            button.setAttribute("hx-target", "#content");
            document.querySelector("main").prepend(button);
            window.htmx.process(button);
        }"""
    )
    page.locator("#send").click()
    page.get_by_text("1 thing to correct").wait_for()
    assert page.locator("html").count() == 1 and page.locator(".topbar").count() == 1
