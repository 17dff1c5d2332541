"""Addresses of our own pages: with what is asked there, and the one that a form was sent from."""

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request


def link(base: str, **told: str | int) -> str:
    """An address with what is not empty of these."""
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{base}?{query}" if query else base


def sent_from(request: Request) -> str:
    """The page of ours that a sent form stands on, in a pane without its prefix; "" where the browser does not say."""
    came = urlsplit(request.headers.get("referer", ""))
    path = came.path.removeprefix(request.scope.get("root_path", ""))
    if request.method == "GET" or came.netloc != request.url.netloc or not path.startswith("/") or path[1:2] == "/":
        return ""
    return path + (f"?{came.query}" if came.query else "")
