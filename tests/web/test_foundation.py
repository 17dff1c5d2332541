"""The web foundation: formats, languages, policy, form tokens, error pages and every component in three languages."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from jishi.web import formats
from jishi.web.app import create_web
from jishi.web.assets import STATIC, asset_url
from jishi.web.environment import TEMPLATES
from jishi.web.form_token import new_token, origin_allowed, token_valid, tokens_match
from jishi.web.languages import catalogue, choose_language
from jishi.web.settings import WebSettings
from jishi.web.sku import sku_axes, sku_data

SECRET = b"a secret of thirty-two bytes, or more"
ORIGIN = {"Origin": "http://testserver"}


async def crash(request):
    raise RuntimeError("the database said: secret detail")


async def denied(request):
    raise HTTPException(403)


async def echo(request):
    async with request.form() as form:
        return PlainTextResponse(form["name"])


class Client:
    """Calls the application in this process, one request at a time; cookies are kept."""

    def __init__(self, app):
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")
        self.cookies = self.http.cookies

    def get(self, path, **options):
        return asyncio.run(self.http.get(path, **options))

    def post(self, path, **options):
        return asyncio.run(self.http.post(path, **options))


@pytest.fixture
def client():
    routes = [Route("/crash", crash), Route("/denied", denied), Route("/echo", echo, methods=["POST"])]
    return Client(create_web(WebSettings(secret=SECRET, gallery=True, form_bytes_max=2_000), routes))


async def chunks():
    for _number in range(5):
        yield b"x" * 1_000


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (0, "CNY", "¥0.00"),
        (5, "CNY", "¥0.05"),
        (123_450, "CNY", "¥1,234.50"),
        (-800, "CNY", "−¥8.00"),
        (1_200, "JPY", "JP¥1,200"),
        (9_007_199_254_740_993, "CNY", "¥90,071,992,547,409.93"),
        (100, "XTS", "XTS 1.00"),
    ],
)
def test_money_is_written_from_integers(amount_minor, currency, text):
    assert formats.money(amount_minor, currency) == text


@pytest.mark.parametrize("wrong", [1.5, True, "100"])
def test_money_refuses_what_is_not_an_integer(wrong):
    with pytest.raises(TypeError):
        formats.money(wrong)


def test_durations_are_said_in_two_units():
    words = catalogue("en")

    def said(left_ms):
        return formats.until(left_ms, 0, words.gettext, words.ngettext)

    assert said(93_784_000) == "1 day 2 h"
    assert said(2 * 86_400_000 + 60_000) == "2 days 1 min"
    assert said(59_000) == "less than a minute"
    assert said(0) == "time is up"
    assert formats.clock_left(93_784_000, 0) == (1, "02:03:04")


def test_moments_shares_and_ids():
    assert formats.when(1_795_312_800_000) == "2026-11-22 10:00"
    assert formats.iso_time(1_795_312_800_000) == "2026-11-22T02:00:00Z"
    assert [formats.percent(share) for share in (15_000, 1_000_000, 250, -50_000)] == ["1.5%", "100%", "0.025%", "−5%"]
    assert formats.short_id("7Q2M8XKD4T9VHB3NC6RW") == "7Q2M…3NC6RW"


@pytest.mark.parametrize(
    ("query", "cookie", "header", "language"),
    [
        (None, None, "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        (None, None, "zh-HK", "zh-Hant"),
        (None, None, "zh-MO", "zh-Hant"),
        (None, None, "zh-Hant-CN", "zh-Hant"),
        (None, None, "zh-CN", "zh-Hans"),
        (None, None, "en-GB;q=0.3, zh-SG;q=0.9", "zh-Hans"),
        (None, None, "fr, en;q=0.5", "en"),
        (None, None, "fr;q=x, en;q=0", "zh-Hans"),
        (None, "en", "zh-TW", "en"),
        ("zh-Hant", "en", "en", "zh-Hant"),
        ("xx", None, None, "zh-Hans"),
    ],
)
def test_the_language_of_a_request(query, cookie, header, language):
    assert choose_language(query, cookie, header) == language


def test_form_tokens_are_signed_and_matched():
    token = new_token(SECRET)
    assert token_valid(SECRET, token) and tokens_match(SECRET, token, token)
    assert not tokens_match(SECRET, token, new_token(SECRET))
    assert not tokens_match(SECRET, "planted", "planted")
    assert not tokens_match(SECRET, "", "")
    assert not token_valid(b"another secret of thirty-two bytes!", token)


def test_only_our_own_origin_may_change_things():
    own = frozenset({"https://market.example"})
    assert origin_allowed("https://market.example", None, own)
    assert origin_allowed(None, "same-origin", own)
    assert not origin_allowed("https://evil.example", "same-origin", own)
    assert not origin_allowed("null", "same-origin", own)
    assert not origin_allowed(None, "cross-site", own)
    assert not origin_allowed(None, None, own)


def test_impossible_options_are_struck_out():
    axes = [
        {"label": "Colour", "options": [{"value": "red", "label": "Red"}, {"value": "ink", "label": "Ink"}]},
        {"label": "Size", "options": [{"value": "a5", "label": "A5"}, {"value": "a6", "label": "A6"}]},
    ]
    skus = [
        {"options": ["red", "a5"], "free": 1},
        {"options": ["ink", "a5"], "free": 3},
        {"options": ["ink", "a6"], "free": 0},
    ]
    colour, size = sku_axes(axes, skus, {"axis_0": "red"})
    assert [option.possible for option in colour.options] == [True, True]
    assert [(option.value, option.possible) for option in size.options] == [("a5", True), ("a6", False)]
    colour, size = sku_axes(axes, skus, {"axis_1": "a6"})
    assert [option.possible for option in colour.options] == [False, False], "what is sold out goes with nothing"
    assert [(option.chosen, option.possible) for option in size.options] == [(False, True), (True, False)]


def test_the_sheets_script_knows_each_price_as_it_is_shown():
    skus = [{"options": ["red"], "free": 1, "price_minor": 123_450}, {"options": ["ink"], "free": 0, "price_minor": 5}]
    assert sku_data(skus, "CNY") == [
        {"options": ["red"], "free": 1, "price": ["¥", "1,234", ".50"]},
        {"options": ["ink"], "free": 0, "price": ["¥", "0", ".05"]},
    ]


@pytest.mark.parametrize("path", ["/_ui", "/_ui/buyer", "/_ui/desk", "/nothing-here"])
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_every_page_renders_in_every_language(client, path, language):
    answer = client.get(path, params={"lang": language})
    assert answer.status_code == (404 if path == "/nothing-here" else 200)
    assert answer.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie", "HX-Request"} <= {part.strip() for part in answer.headers["Vary"].split(",")}
    page = HTMLParser(answer.text)
    assert page.css_first("html").attributes["lang"] == language
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    if language == "en":
        shown = [node.text() for node in page.css("body *") if node.attributes.get("lang", "en") == "en"]
        names = re.sub("简体中文|繁體中文", "", " ".join(shown))
        assert not re.search("[\u4e00-\u9fff]", names)


def test_every_answer_carries_the_policy_and_an_id(client):
    for path in ("/_ui", "/nothing-here", "/denied", "/crash", asset_url("css/app.css")):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert re.fullmatch("[0-9a-f]{16}", headers["X-Request-Id"])


def test_static_files_are_kept_forever_under_their_hash(client):
    answer = client.get(asset_url("js/app.js"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Set-Cookie" not in answer.headers
    assert client.get("/static/000000000000/js/app.js").status_code == 404
    with pytest.raises(FileNotFoundError):
        asset_url("js/missing.js")


def test_a_crash_is_a_page_with_its_id_and_without_its_detail(client):
    answer = client.get("/crash", params={"lang": "en"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "Something went wrong on our side" in answer.text and "secret detail" not in answer.text


def test_errors_answer_in_the_form_that_was_asked_for(client):
    fragment = client.get("/denied", headers={"HX-Request": "true"})
    assert fragment.status_code == 403 and "<html" not in fragment.text and 'role="alert"' in fragment.text
    problem = client.get("/denied", params={"lang": "en"}, headers={"Accept": "application/json"})
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json()["code"] == "forbidden" and problem.json()["title"] == "This page is not open to you"
    assert problem.json()["request_id"] == problem.headers["X-Request-Id"]


def test_a_form_needs_our_origin_and_our_token(client):
    token = HTMLParser(client.get("/_ui").text).css_first("input[name=csrf_token]").attributes["value"]
    sent = {"name": "Lan 岚", "csrf_token": token}
    assert client.post("/echo", data=sent, headers=ORIGIN).text == "Lan 岚"
    assert client.post("/echo", data={"name": "Lan"}, headers={**ORIGIN, "X-CSRF-Token": token}).text == "Lan"
    assert client.post("/echo", files={"file": b"x"}, data=sent, headers=ORIGIN).text == "Lan 岚"
    assert client.post("/echo", data=sent).status_code == 403
    assert client.post("/echo", data=sent, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/echo", data={**sent, "csrf_token": new_token(SECRET)}, headers=ORIGIN).status_code == 403
    assert client.post("/echo", data={"name": "Lan"}, headers=ORIGIN).status_code == 403


def test_a_body_too_large_is_refused_whether_or_not_it_says_so(client):
    assert client.post("/echo", content=b"x" * 3_000, headers=ORIGIN).status_code == 413
    form = {**ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/echo", content=chunks(), headers=form).status_code == 413


def test_a_refused_form_keeps_its_input_and_links_the_error(client):
    token = HTMLParser(client.get("/_ui").text).css_first("input[name=csrf_token]").attributes["value"]
    form = {"csrf_token": token, "name": "Lan", "phone": "<b>no</b>"}
    refused = client.post("/_ui/form", data=form, headers=ORIGIN)
    phone = HTMLParser(refused.text).css_first("#phone")
    assert refused.status_code == 422
    assert phone.attributes["value"] == "<b>no</b>" and phone.attributes["aria-invalid"] == "true"
    assert HTMLParser(refused.text).css_first("#" + phone.attributes["aria-describedby"]).text(strip=True)
    done = client.post("/_ui/form", data={**form, "phone": "138"}, headers=ORIGIN)
    assert done.status_code == 303
    by_htmx = client.post("/_ui/form", data={**form, "phone": "138"}, headers={**ORIGIN, "HX-Request": "true"})
    assert by_htmx.headers["HX-Redirect"] == "/_ui?sent=1#form"


# The policy forbids inline script and style and eval; what it would silently block at run time is found here.
@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_templates_hold_nothing_the_policy_blocks(file: Path):
    text = file.read_text("utf-8")
    assert not re.search(r"""\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|js:|hx-trigger="[^"]*\[""", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "| safe }}" not in text.replace('"</a>" | safe if href else "</button>" | safe }}', "")


def test_the_style_sheet_stays_small_and_icons_exist():
    assert (STATIC / "css/app.css").stat().st_size <= 30_000
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img/icons.svg").read_text("utf-8")))
    templates = "\n".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"""ui\.icon\("([\w-]+)""", templates)) | set(re.findall(r'icon="([\w-]+)"', templates))
    assert used <= drawn
