"""Forms of the desks that move money or files: a withdrawal, a judgement, a picture."""

import io

import pytest
from PIL import Image

from jishi.kernel.aftersale import Claim
from jishi.kernel.claims import AnswerClaim, EscalateClaim, OpenClaim
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.payouts import Payout
from jishi.kernel.pictures import Picture
from jishi.kernel.stock import Sku
from jishi.web import desk
from tests.support.faces import ORIGIN, open_faces, order_path

pytestmark = pytest.mark.anyio


async def test_a_shop_withdraws_what_is_settled(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        await market.settled(stall, buyer, (await market.goods(stall), 1))
        await faces.persona(stall.keeper, "staff", stall.shop)
        keeper, at = faces.browser(), f"/desk/{public_owner(stall.shop)}/money"
        await keeper.be(stall.keeper)
        before = await market.balance(stall.shop, "available")
        await keeper.submit(at, 409, at=at, amount="999999", account="acct-1")
        assert await market.rows(Payout) == []
        await keeper.submit(at, at=at, amount="50.00", account="acct-1")
        assert [row.amount_minor for row in await market.rows(Payout)] == [5_000]
        assert await market.balance(stall.shop, "available") == before - 5_000


async def test_a_picture_is_cleaned_and_shown(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall = await market.shop()
        product = (await market.row(Sku, id=await market.goods(stall))).product
        await faces.persona(stall.keeper, "staff", stall.shop)
        keeper, at = faces.browser(), f"/desk/{public_owner(stall.shop)}/goods/{public_id(stall.shop, product)}"
        await keeper.be(stall.keeper)
        page = await keeper.get(at)
        form = next(form for form in page.css("form") if form.attributes["action"] == f"{at}/picture")
        told = {
            field.attributes["name"]: field.attributes.get("value") or "" for field in form.css("input[type=hidden]")
        }
        data = io.BytesIO()
        Image.new("RGB", (400, 300), "teal").save(data, "PNG")
        for body, status in ((b"no picture", 422), (data.getvalue(), 303)):
            files = {"picture": ("tea.png", body, "image/png")}
            answer = await keeper.http.post(f"{at}/picture", data=told, files=files)
            assert answer.status_code == status
        (picture,) = await market.rows(Picture, product=product)
        assert picture.thumb in (await keeper.get(at)).css_first("main").html
        assert list(tmp_path.rglob("*.webp"))


@pytest.mark.parametrize(
    ("came", "leads"),
    [
        ("{origin}{at}", "{at}"),
        ("", "/goods"),
        ("https://elsewhere.example/x", "/goods"),
        ("{origin}//x.example", "/goods"),
    ],
)
async def test_a_refused_form_leads_back_to_its_page(sqlite_url, tmp_path, came, leads):
    """A shop whose file was no picture was once sent to the market."""
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall = await faces.market.shop()
        product = (await faces.market.row(Sku, id=await faces.market.goods(stall))).product
        await faces.persona(stall.keeper, "staff", stall.shop)
        keeper, at = faces.browser(), f"/desk/{public_owner(stall.shop)}/goods/{public_id(stall.shop, product)}"
        await keeper.be(stall.keeper)
        keeper.http.headers.update({"Referer": came.format(origin=ORIGIN, at=at)} if came else {})
        await keeper.submit(at, 422, at=at, action="revise", title="x" * 5000)
        assert f'href="{leads.format(at=at)}"' in keeper.text.split("told-error")[1]


async def test_an_operator_judges_a_claim(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer, operator = await market.shop(), await market.person(), await market.operator()
        order = await market.shipped(stall, buyer, (await market.goods(stall), 1))
        await market.do(OpenClaim(stall.shop, order, 1, "refund", 1, "damaged"), buyer)
        await market.do(AnswerClaim(stall.shop, order, 1, 0, "no_fault"), stall.keeper)
        await market.do(EscalateClaim(stall.shop, order, 1), buyer)
        await faces.persona(operator, "operator")
        desk = faces.browser()
        await desk.be(operator)
        page = await desk.get("/operator")
        action = page.css_first("main form").attributes["action"]
        assert order_path(stall, order) in action
        name, value = [page.css_first("main form button").attributes[key] for key in ("name", "value")]
        await desk.submit(action, **{name: value})
        assert (await market.row(Claim, order=order)).state in ("refunding", "closed")


async def test_what_is_to_be_shipped_goes_on_over_pages(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr(desk, "AT_ONCE", 2)
    async with open_faces(database_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        await faces.persona(stall.keeper, "staff", stall.shop)
        sku = await market.goods(stall)
        paths = [order_path(stall, await market.paid(stall, buyer, (sku, 1))) for _ in range(5)]
        keeper, address, seen = faces.browser(), f"/desk/{public_owner(stall.shop)}", []
        await keeper.be(stall.keeper)
        while address:
            shown = await keeper.get(address)
            seen.append([path for path in paths if path in keeper.text])
            address = next((a.attributes["href"] for a in shown.css("a") if "after=" in a.attributes["href"]), "")
        assert [len(found) for found in seen] == [2, 2, 1]
        assert sorted([path for found in seen for path in found]) == sorted(paths)
