"""The gallery speaks one language at a time: whatever a component says of itself stands in the reader's words."""

import asyncio
import re

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from jishi.web.app import create_web
from jishi.web.gallery_data import ORDER_ID
from jishi.web.settings import WebSettings
from tests.support.faces import han

PAGES = ("/_ui", "/_ui/buyer", "/_ui/desk")
# What is no word: sizes, sums, identifiers.
NO_WORDS = re.compile(rf"{ORDER_ID}|YQ\d+|[0-9A-Z]{{4}}…[0-9A-Z]{{6}}|\b[A-Z0-9-]{{1,32}}\b|\b\w{{1,2}}\b")
SAID = ("aria-label", "placeholder", "title", "alt", "data-label", "data-copied", "data-copy-failed")


def said(path: str, language: str) -> str:
    """All that a page says: its text, and what is told to who does not see it."""

    async def fetch() -> str:
        app = httpx.ASGITransport(create_web(WebSettings(secret=b"x" * 32, gallery=True, form_bytes_max=2_000), []))
        async with httpx.AsyncClient(transport=app, base_url="http://testserver") as http:
            answer = await http.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200
            return answer.text

    page = HTMLParser(asyncio.run(fetch()))
    assert page.css_first("html").attributes["lang"] == language
    for gone in page.css("footer, script, svg, .wordmark, [data-copy] .mono"):
        gone.decompose()
    main = page.css_first("main")
    told = [one.attributes.get(name) or "" for one in main.css("*") for name in SAID]
    return "\n".join([main.text(separator="\n"), *told])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_no_english_word_stands_in_a_chinese_gallery(path, language):
    words = re.findall(r"[A-Za-z]{3,}", NO_WORDS.sub(" ", said(path, language)))
    assert words == []


@pytest.mark.parametrize("path", PAGES)
def test_no_chinese_word_stands_in_the_english_gallery(path):
    assert han(said(path, "en")) == []


def test_conversations_are_shown_with_all_their_cards():
    text = said("/_ui", "en")
    for state in ("Price changed", "Sold out", "Taken off sale", "Waits to be accepted", "Accepted", "Held back"):
        assert state in text, state
    for folded in ("From a shop you muted", "From somebody you muted", "These words were erased"):
        assert folded in text, folded
