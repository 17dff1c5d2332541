"""Composes all pages on an engine: routes of every noun, sign-in, refusals as pages, pictures."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from jishi.engine import letters
from jishi.engine.accounts import Accounts
from jishi.engine.engine import Engine
from jishi.engine.host_tokens import HostTokens, read_host
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.ports.files import Files
from jishi.ports.pay import Pay
from jishi.ports.post import Letter, LocalPost, MailPost, NoPost, Post
from jishi.ports.social_local import LocalSocial
from jishi.settings import BadSetting, Settings
from jishi.store.errors import Transient
from jishi.web import (
    account,
    addresses,
    again,
    auditing,
    book_rows,
    book_unknown,
    books,
    cart,
    chat_live,
    chat_sending,
    chats,
    checkout,
    claims,
    clock,
    deals,
    desk,
    desk_chats,
    desk_goods,
    desk_import,
    desk_money,
    friends,
    gifts,
    goods,
    health,
    inbox,
    judging,
    latest,
    live,
    market,
    mutes,
    opening,
    orders,
    payment,
    personas,
    pictures,
    preferring,
    profile,
    promoting,
    reviews,
    rules,
    shops,
    sign_in,
    stage,
    team,
)
from jishi.web.app import create_web
from jishi.web.asking import SignInNeeded
from jishi.web.form_token import origin_of
from jishi.web.panes import PaneMiddleware
from jishi.web.refusals import busy_page, refused_page, sign_in_page
from jishi.web.session import SessionMiddleware
from jishi.web.settings import WebSettings

PAGES = (
    stage, latest,
    market, personas, deals, live, goods, promoting, cart, checkout, payment, orders, claims, gifts, addresses, profile,
    opening, desk, reviews, clock,
    chats, chat_sending, friends, mutes, desk_chats,
    desk_import, desk_goods, desk_money, judging, books, auditing, book_rows, book_unknown, health, pictures,
    shops, again, inbox, preferring, rules,
    sign_in, account, team,
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
    app = create_web(
        web, routes(), [Middleware(SessionMiddleware, engine=engine, settings=web)],
        outer=[Middleware(PaneMiddleware, engine=engine)],
    )  # fmt: skip
    app.state.db = settings.db
    app.state.engine, app.state.pay, app.state.files, app.state.own_url = engine, pay, files, settings.own_url
    app.state.social, app.state.rooms_seen = LocalSocial(engine), chat_live.Shared()
    put_accounts(app, engine, settings)
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


def post_of(engine: Engine, settings: Settings) -> Post:
    """The configured mail server; else in a demo the local post, whose letters stay here, and elsewhere none."""
    if settings.smtp_url:
        try:
            return MailPost(settings.smtp_url, settings.mail_from)
        except ValueError as error:
            raise BadSetting(str(error)) from error
    if not engine.demo:
        return NoPost()

    async def keep(letter: Letter) -> None:
        await letters.keep(engine, *letter)

    return LocalPost(keep)


def put_accounts(app: Starlette, engine: Engine, settings: Settings) -> None:
    """What signing in needs: accounts, the post, and the host app whose tokens are taken, if there is one."""
    accounts, host = Accounts(engine), read_host(settings.sso_key_file, settings.sso_issuer, settings.own_url)
    app.state.accounts, app.state.post, app.state.proxies = accounts, post_of(engine, settings), settings.proxies
    app.state.host_tokens = HostTokens(accounts, host) if host else None
