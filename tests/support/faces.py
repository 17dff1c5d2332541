"""The pages on a small market, in this process: signed in with one click, forms filled from what the page shows."""

import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id, public_owner
from jishi.ports.files import LocalFiles
from jishi.settings import Settings
from jishi.store import Persona
from jishi.web.faces import create_faces
from tests.support.market import Market, open_market

ORIGIN = "http://testserver"
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


class LinkPay:
    """Only signs links, as the port's cashier does before the buyer comes; nothing is ever called."""

    def cashier_url(self, ask) -> str:
        return f"http://127.0.0.1:1/cashier/{ask.trade_no}"


class Browser:
    """One person's browser: cookies, pages as parsed HTML, and forms by their action."""

    def __init__(self, app, language: str = "en"):
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=ORIGIN,
            headers={"Accept-Language": language, "Origin": ORIGIN},
        )

    async def get(self, path: str, status: int = 200) -> HTMLParser:
        """A page; redirects are followed."""
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-900:])
        self.path, self.text = str(answer.url.raw_path, "ascii"), answer.text
        return HTMLParser(answer.text)

    async def submit(self, form_at: str, /, status: int = 200, at: str = "", **values: str) -> HTMLParser:
        """Fill the form with this action on the page shown, or at an address, and follow where it leads."""
        page = HTMLParser(self.text) if not at else await self.get(at)
        forms = [form for form in page.css("form[method=post]") if form.attributes["action"] == form_at]
        assert forms, (form_at, [form.attributes["action"] for form in page.css("form[method=post]")])
        told = {
            field.attributes["name"]: field.attributes.get("value") or ""
            for field in forms[0].css("input[name]")
            if sends(field)
        }
        answer = await self.http.post(form_at, data=told | values, follow_redirects=True)
        assert answer.status_code == status, (form_at, answer.status_code, answer.text[-900:])
        self.path, self.text = str(answer.url.raw_path, "ascii"), answer.text
        return HTMLParser(answer.text)

    async def be(self, who: Principal) -> None:
        """Sign in."""
        await self.submit(f"/personas/{public_owner(who.id)}", at="/personas")


def sends(field) -> bool:
    """Whether a browser would send the field as it stands."""
    return field.attributes.get("type") not in ("radio", "checkbox") or "checked" in field.attributes


class Faces:
    """A market with its pages."""

    def __init__(self, market: Market, app):
        self.market, self.app = market, app

    def browser(self, language: str = "en") -> Browser:
        return Browser(self.app, language)

    async def persona(self, who: Principal, role: str = "giver", shop: int = 0) -> None:
        """Make a party someone whom a visitor may be."""
        row = Persona(who.id, f"p{who.id}", role, shop, "en", "林晓", "林曉", "Lin Xiao")
        await self.market.engine.lane.chore(lambda session: session.upsert(Persona, [row]))


@asynccontextmanager
async def open_faces(url: str, folder: Path):
    """A market on a fresh demo database, and its pages."""
    async with open_market(url) as market:
        market.engine.demo = True
        app = create_faces(market.engine, LinkPay(), LocalFiles(folder), Settings(public_url=ORIGIN, db=url))
        yield Faces(market, app)


def order_path(stall, order: int) -> str:
    """The public id of an order of a stall."""
    return public_id(stall.shop, order)


def han(text: str) -> list[str]:
    """Chinese words in the text of a page."""
    return re.findall(r"[一-鿿]+", text)
