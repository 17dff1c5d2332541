"""Puts the provider together: JSON interface, cashier, and the deliverer that runs beside them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from jishi.provider import api, cashier
from jishi.provider.notices import Deliverer, report
from jishi.provider.office import Office
from jishi.provider.refusal import Refusal
from jishi.provider.trades import close_expired
from jishi.provider.transfers import end_due

POLL_S = 0.25


async def work(office: Office, deliverer: Deliverer) -> None:
    """Does what is due, then waits for the bell, at most a quarter of a second: late notices ring no bell.

    Not with `wait_for`: it loses a cancellation that meets the bell, and the provider would never end.
    """
    while True:
        office.bell.clear()
        close_expired(office)
        end_due(office)
        deliverer.start_due()
        try:
            async with asyncio.timeout(POLL_S):
                await office.bell.wait()
        except TimeoutError:
            continue


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    office: Office = app.state.office
    timeout = httpx.Timeout(office.settings.notice_timeout_ms / 1000)
    async with httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False) as client:
        deliverer = Deliverer(office, client)
        worker = asyncio.create_task(work(office, deliverer))
        worker.add_done_callback(report)
        app.state.worker = worker
        yield
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await deliverer.stop()


async def answer_refusal(request: Request, refusal: Exception) -> Response:
    """A page for the buyer at the cashier, a problem document for programs."""
    if not isinstance(refusal, Refusal):
        raise refusal
    if request.url.path.startswith("/cashier"):
        return cashier.refusal_page(request, refusal)
    problem = {"type": "about:blank", "title": refusal.code.replace("_", " "), "status": refusal.status,
               "code": refusal.code, "detail": refusal.detail}  # fmt: skip
    return Response(msgspec.json.encode(problem), refusal.status, media_type="application/problem+json")


async def caller_gone(request: Request, gone: Exception) -> Response:
    """Who left before the request was whole, as a house does that is stopped, asked for nothing: nothing was done, and
    nobody hears the answer.
    """
    log = logging.getLogger("jishi.provider")
    log.warning("caller gone before the request was whole: %s %s", request.method, request.url.path)
    return Response(status_code=400)


def make_app(office: Office) -> Starlette:
    app = Starlette(
        routes=[*api.routes(), *cashier.routes()], lifespan=lifespan,
        exception_handlers={Refusal: answer_refusal, ClientDisconnect: caller_gone},
    )  # fmt: skip
    app.state.office = office
    return app
