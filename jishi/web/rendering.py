"""Render a page, or the one block of it that an htmx request asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, Template
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jishi.web.form_token import TOKEN_FIELD
from jishi.web.preferences import Preferences, read_preferences

# Own addresses in attributes. Those of files and of other panes are the same for everybody.
_OWN = re.compile(
    r"""(\s(?:href|src|action|formaction|hx-(?:get|post|put|patch|delete|push-url|replace-url|sse:connect))=")"""
    r"""(?=/(?!/|~|static/|files/))"""
)


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    block: str = "content",
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a template; an htmx request gets only `block` of it, unless it fetches a whole page."""
    chosen: Template = environment_of(request).get_template(template)
    values = {**shared_context(request), **(context or {})}
    part = wants_block(request)
    html = render_block(chosen, block, values) if part else inside(values["pane"], chosen.render(values))
    return HTMLResponse(html, status, {"Cache-Control": "private, no-cache", **(headers or {})})


def see_other(request: Request, url: str) -> Response:
    """After a change: 303 for a plain form, HX-Redirect for htmx, so that both work with one handler."""
    if wants_block(request):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def render_block(template: Template, block: str, values: Mapping[str, Any]) -> str:
    """Render one block of a template alone; components are globals, so it needs no import of its own."""
    if block not in template.blocks:
        raise LookupError(f"{template.name} has no block {block}")
    return inside(values.get("pane", ""), "".join(template.blocks[block](template.new_context(dict(values)))))


def inside(pane: str, html: str) -> str:
    """Keep every link of a pane's page in the pane (`panes.py`); `pane` is its prefix, "" outside of panes."""
    return _OWN.sub(rf"\g<1>{pane}", html) if pane else html


def wants_block(request: Request) -> bool:
    """Whether htmx asked for a part; going through history and boosted links fetch whole pages."""
    headers = request.headers
    whole = headers.get("hx-boosted") == "true" or headers.get("hx-history-restore-request") == "true"
    return headers.get("hx-request") == "true" and not whole


def environment_of(request: Request) -> Environment:
    """The environment of the request's language."""
    return request.app.state.environments[preferences_of(request).language]


def preferences_of(request: Request) -> Preferences:
    """The preferences the middleware read, or, for a failure before it ran, read here."""
    if chosen := getattr(request.state, "preferences", None):
        return chosen
    return read_preferences(request.query_params, request.cookies, request.headers.get("accept-language"))


def shared_context(request: Request) -> dict[str, Any]:
    """What every template may use; a middleware adds to it through `request.state.shared`."""
    token = getattr(request.state, "form_token", "")
    return {
        "preferences": preferences_of(request),
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "pane": getattr(request.state, "pane", ""),
        "request_id": request.state.request_id,
        "now_ms": request.app.state.settings.now_ms(),
        "form_token": token,
        "form_field": Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token),
        "person": None,
        "signed_out": False,
        **getattr(request.state, "shared", {}),
    }
