"""Composes all pages on an engine: routes of every noun, sign-in, refusals as pages, pictures."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from jishi.engine.engine import Engine
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.ports.files import Files
from jishi.ports.pay import Pay
from jishi.settings import Settings
from jishi.store.errors import Transient
from jishi.web import (
    addresses,
    auditing,
    book_rows,
    books,
    cart,
    checkout,
    claims,
    clock,
    deals,
    desk,
    desk_goods,
    desk_import,
    desk_money,
    gifts,
    goods,
    health,
    judging,
    live,
    market,
    opening,
    orders,
    payment,
    personas,
    pictures,
    profile,
    promoting,
    reviews,
)
from jishi.web.app import create_web
from jishi.web.asking import SignInNeeded
from jishi.web.form_token import origin_of
from jishi.web.refusals import busy_page, refused_page, sign_in_page
from jishi.web.session import SessionMiddleware
from jishi.web.settings import WebSettings

PAGES = (
    market, personas, deals, live, goods, promoting, cart, checkout, payment, orders, claims, gifts, addresses, profile,
    opening, desk, reviews, clock,
    desk_import, desk_goods, desk_money, judging, books, auditing, book_rows, health, pictures,
)  # fmt: skip


def routes() -> list[BaseRoute]:
    """Every page of every noun."""
    return [route for module in PAGES for route in module.routes]


def create_faces(engine: Engine, pay: Pay | None, files: Files, settings: Settings) -> Starlette:
    """The pages as one ASGI application. `pay` None: no cashier is configured, and the pages say so."""
    web = WebSettings(
        secret=hmac.new(engine.secret, b"forms", hashlib.sha256).digest(),
        secure_cookies=bool(settings.secure_cookies),
        origins=(origin_of(settings.own_url),),
        gallery=engine.demo,
        now_ms=engine.world.clock.now_ms,
    )
    app = create_web(web, routes(), [Middleware(SessionMiddleware, engine=engine, settings=web)])
    app.state.db = settings.db
    app.state.engine, app.state.pay, app.state.files, app.state.own_url = engine, pay, files, settings.own_url
    handlers: dict[type[Exception], Any] = {
        Refused: refused_page,
        Busy: busy_page,
        Transient: busy_page,
        SignInNeeded: sign_in_page,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    live.start_watching(app)
    return app
