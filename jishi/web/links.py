"""Addresses of our own pages: with what is asked there, one given from outside, the one a form was sent from."""

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request


def link(base: str, **told: str | int) -> str:
    """An address with what is not empty of these."""
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{base}?{query}" if query else base


def own_path(text: str) -> str:
    """An address of ours to go to next; anything else becomes none."""
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text else ""


def sent_from(request: Request) -> str:
    """The page of ours that a sent form stands on, in a pane without its prefix; "" where the browser does not say."""
    came = urlsplit(request.headers.get("referer", ""))
    if request.method == "GET" or came.netloc != request.url.netloc:
        return ""
    path = own_path(came.path.removeprefix(request.scope.get("root_path", "")))
    return f"{path}?{came.query}" if path and came.query else path
