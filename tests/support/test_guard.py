"""The guard of the browser tests must catch what it is there for: a watchman who sleeps is worse than none."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from tests.support.guard import Guard

PAGES = {
    "/calm": "<title>calm</title><h1>集市</h1>",
    "/shouts": "<script>console.error('shouted')</script>",
    "/throws": "<script>throw new Error('thrown')</script>",
    "/misses": "<img src='/absent.png'>",
    "/inline": "<p style='color:red'>red</p>",
    "/foreign": "<img src='https://elsewhere.example/pixel.png'>",
}
FAULTS = {
    "/shouts": "console error: shouted",
    "/throws": "uncaught error: thrown",
    "/misses": "HTTP 404: GET ",
    "/inline": "Content Security Policy",
    "/foreign": "request to another host: https://elsewhere.example/pixel.png",
}


class Handler(BaseHTTPRequestHandler):
    """Serves the pages above; `/inline` under the policy that it breaks."""

    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        known = body is not None or self.path == "/favicon.ico"
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if self.path == "/inline":
            self.send_header("Content-Security-Policy", "style-src 'self'")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Callable[..., list[str]]:
    """Return a function that opens one address under a guard of its own and returns what the guard saw."""

    def open_and_list(path: str, *allowed: int) -> list[str]:
        watching = Guard()
        watching.allow(*allowed)
        with browser.new_context() as context:
            watching.watch(context)
            context.new_page().goto(site + path, wait_until="networkidle")
        return watching.failures

    return open_and_list


@pytest.mark.parametrize(("path", "fault"), FAULTS.items())
def test_a_faulty_page_is_reported(visit: Callable[..., list[str]], path: str, fault: str) -> None:
    assert any(fault in failure for failure in visit(path))


def test_a_calm_page_is_not(visit: Callable[..., list[str]]) -> None:
    assert visit("/calm") == []


def test_an_expected_status_is_not(visit: Callable[..., list[str]]) -> None:
    assert visit("/misses", 404) == []


def test_the_fixtures_open_pages_of_both_sizes(page: Page, phone_page: Page, site: str) -> None:
    for opened, width in ((page, 1280), (phone_page, 375)):
        opened.goto(f"{site}/calm")
        assert opened.title() == "calm"
        assert opened.viewport_size["width"] == width


def test_a_failure_fails_the_test() -> None:
    watching = Guard()
    watching.failures.append("console error: shouted")
    with pytest.raises(pytest.fail.Exception, match="shouted"):
        watching.check()
