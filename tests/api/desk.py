"""A desk for API tests: the API of a market's engine, called in this process; tokens and keys for its people.

Its cashier links are signed by the real port, which makes no call for them; its files lie in a folder of their own.
"""

import io
import json
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

from PIL import Image

from jishi.api.app import Api, create_api
from jishi.api.settings import ApiSettings, Rate
from jishi.api.wire import JSON
from jishi.kernel.apps import MakeKey
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import read_id
from jishi.kernel.owners import PLATFORM
from jishi.ports.files import LocalFiles
from jishi.ports.pay_local import LocalPay, LocalPaySettings
from tests.support.calls import HeldCall
from tests.support.market import Market, open_market

NO_LIMIT = Rate(0, 0)
OWN_URL = "http://market.test"
OPEN = ApiSettings(
    party=NO_LIMIT, key=NO_LIMIT, claim=NO_LIMIT, pay=NO_LIMIT, upload=NO_LIMIT,
    return_urls=(OWN_URL, "https://host.test/app"),
)  # fmt: skip
CASHIER = LocalPaySettings(
    base_url="http://provider.test", merchant="jishi", secret="0" * 32, notify_url=f"{OWN_URL}/hooks/pay"
)
SHEET = (
    "product_code,category,freight,title_zh_hans,sku_code,price_minor,stock\n"
    "cup,food.tea.green,freight.1,一件试用的好东西,cup-1,6800,12\n"
)


@cache
def picture(side: int = 200, kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (8, 116, 67)).save(out, kind)
    return out.getvalue()


class Got(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.told.get("code", "")


class Desk:
    """Calls the API as somebody."""

    def __init__(self, market: Market, api: Api):
        self.market, self.api = market, api
        self.done: set[tuple[str, str]] = set()

    async def raw(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Got:
        """One request, byte for byte."""
        path, _, query = path.partition("?")
        told = {name.lower(): value for name, value in (headers or {}).items()}
        reply = await self.api(HeldCall(method, path, query, told, body))
        if reply.status == 200 and told.get("prefer") != "dry-run":
            self.done.add((method, path.removeprefix("/v1/")))
        return Got(reply.status, dict(reply.told), reply.body)

    async def post(self, path: str, body: Any, by: str = "", **headers: str) -> Got:
        """A command, with the key or token of its sender."""
        told = {"content-type": "application/json"} | ({"authorization": f"Bearer {by}"} if by else {})
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.raw("POST", f"/v1/{path}", json.dumps(body).encode(), told)

    async def upload(self, path: str, body: bytes, by: str = "", media: str = "image/png", **more: Any) -> Got:
        """A body that is not JSON, with its fields in the address. dry: whether it is only tried."""
        told = {"content-type": media} | ({"authorization": f"Bearer {by}"} if by else {})
        told |= {"prefer": "dry-run"} if more.pop("dry", False) else {}
        return await self.raw("POST", f"/v1/{path}?{urlencode(more)}", body, told)

    async def send(self, one: Any, body: dict[str, Any], by: str, dry: bool = True) -> Got:
        """Whatever operation it is; without changing anything unless `dry` is taken away."""
        if one.method == "GET":
            return await self.get(one.path, by, **body)
        if one.media != (JSON,):
            sheet = one.path == "goods/import"
            data, media = (SHEET.encode(), "text/csv") if sheet else (picture(), "image/png")
            return await self.upload(one.path, data, by, media, dry=dry, **body)
        return await self.post(one.path, body, by, **({"prefer": "dry-run"} if dry else {}))

    async def get(self, path: str, by: str = "", **params: Any) -> Got:
        """A question."""
        told = {"authorization": f"Bearer {by}"} if by else {}
        return await self.raw("GET", f"/v1/{path}?{urlencode(params)}", headers=told)

    def token(self, who: Principal) -> str:
        """A party's token, as the host's key obtains it."""
        return self.api.sign_in.party_token(who.id, self.host)

    async def key(self, owner: int, *scopes: str) -> str:
        """A key for a program of this owner."""
        told = await self.market.do(MakeKey(owner, "a test's program", scopes), system("job"))
        return self.api.sign_in.key_secret(*read_id(told["key"]))


@asynccontextmanager
async def open_desk(url: str, settings: ApiSettings = OPEN, **options: Any):
    """A market with its API, and the host's key that acts for parties. options: the engine's."""
    pay = LocalPay(CASHIER)
    try:
        with TemporaryDirectory() as folder:
            async with open_market(url, **options) as market:
                desk = Desk(market, create_api(market.engine, settings, None, pay, LocalFiles(Path(folder))))
                desk.host_key = await desk.key(PLATFORM, "act_for")
                desk.host = await desk.api.sign_in.app(desk.host_key)
                yield desk
    finally:
        await pay.close()
