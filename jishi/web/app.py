"""The web application: static files, error pages, policy, and the pages of the modules given to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from jishi.web import gallery
from jishi.web.assets import assets_route
from jishi.web.body_limit import BodyLimitMiddleware
from jishi.web.csrf import FormTokenMiddleware
from jishi.web.environment import create_environments
from jishi.web.errors import http_error
from jishi.web.policy import PolicyMiddleware
from jishi.web.preferences import PreferencesMiddleware
from jishi.web.request_id import RequestIdMiddleware
from jishi.web.settings import WebSettings


def create_web(
    settings: WebSettings,
    routes: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
    lifespan: Callable[[Starlette], Any] | None = None,
    outer: Sequence[Middleware] = (),
) -> Starlette:
    """Make the application; given middleware (sign-in) runs innermost, `outer` (panes) before forms are looked at."""
    app = Starlette(
        routes=[assets_route(), *(gallery.routes if settings.gallery else ()), *routes],
        middleware=[
            Middleware(PolicyMiddleware, stream_origins=settings.stream_origins),
            Middleware(PreferencesMiddleware, secure=settings.secure_cookies),
            Middleware(RequestIdMiddleware),
            *outer,
            Middleware(BodyLimitMiddleware, settings=settings),
            Middleware(FormTokenMiddleware, settings=settings),
            *middleware,
        ],
        exception_handlers={HTTPException: http_error},
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.environments = create_environments(settings.template_folders)
    return app
