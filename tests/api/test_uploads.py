"""Pictures and sheets of goods through the API: cleaned, stored, shown; tried first; refused with a sentence."""

import io

import pytest
from PIL import Image

from jishi.api.pictures import refusal
from jishi.api.settings import ApiSettings, Rate
from jishi.kernel.catalog import Product
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.pictures import Picture
from jishi.kernel.stock import Sku
from jishi.ports.pictures import BYTES_MAX, CODES
from tests.api.desk import SHEET, open_desk, picture

pytestmark = pytest.mark.anyio


async def stand(desk) -> tuple[str, str, str]:
    """(shop, product, token of its keeper)."""
    stall = await desk.market.shop()
    sku = await desk.market.goods(stall)
    product = (await desk.market.row(Sku, owner=stall.shop, id=sku)).product
    return public_owner(stall.shop), public_id(stall.shop, product), desk.token(stall.keeper)


async def test_a_picture_is_cleaned_stored_and_shown(database_url):
    async with open_desk(database_url) as desk:
        _, product, keeper = await stand(desk)
        would = await desk.upload("goods/pictures", picture(), keeper, product=product, dry=True)
        assert would.status == 200 and would.told["url"].startswith("/files/")
        assert await desk.market.rows(Picture) == [] and not list(desk.api.files.root.rglob("*.webp"))
        got = await desk.upload("goods/pictures", picture(), keeper, product=product)
        assert (got.status, got.told["url"], got.told["thumb"]) == (200, would.told["url"], would.told["thumb"])
        (shown,) = (await desk.get("goods/show", product=product)).told["pictures"]
        assert (shown["url"], shown["thumb"]) == (got.told["url"], got.told["thumb"])
        stored = desk.api.files.get(shown["url"].removeprefix("/files/"))
        assert Image.open(io.BytesIO(stored)).format == "WEBP" and stored != picture()
        twice = await desk.upload("goods/pictures", picture(), keeper, product=product)
        assert (twice.status, twice.code) == (409, "picture_twice")


async def test_what_is_no_picture_is_refused(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        shop, product, keeper = await stand(desk)
        stranger = desk.token(await desk.market.person())
        moving = io.BytesIO()
        frames = [Image.new("RGB", (200, 200), (shade, 0, 0)) for shade in (0, 255)]
        frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
        tries = [
            (b"", keeper, "image/png", 422, "picture_not_a_picture"),
            (b"<svg/>", keeper, "image/svg+xml", 422, "picture_not_a_picture"),
            (picture()[:60], keeper, "image/png", 422, "picture_not_a_picture"),
            (picture(100), keeper, "image/png", 422, "picture_too_small"),
            (moving.getvalue(), keeper, "image/gif", 422, "picture_animated"),
            (picture(), keeper, "application/json", 415, "content_type_wrong"),
            (b"x" * (BYTES_MAX + 1), keeper, "image/png", 413, "body_too_large"),
            (picture(), stranger, "image/png", 403, "forbidden"),
            (picture(), "", "image/png", 401, "sign_in_needed"),
        ]
        for data, by, media, status, code in tries:
            got = await desk.upload("goods/pictures", data, by, media, product=product)
            assert (got.status, got.code) == (status, code) and got.told["next"], (media, got)
        gone = await desk.upload("goods/pictures", picture(), keeper, shop=shop, product=public_id(1, 1))
        assert (gone.status, gone.code) == (422, "owner_differs")
        assert await desk.market.rows(Picture) == [] and not list(desk.api.files.root.rglob("*.webp"))
        assert {refusal(code).code for code in CODES} == set(CODES)


async def test_a_sheet_is_tried_then_imported_once(database_url):
    async with open_desk(database_url) as desk:
        shop, _, keeper = await stand(desk)
        before = len(await desk.market.rows(Product))

        async def send(dry: bool = False) -> dict:
            return (await desk.upload("goods/import", SHEET.encode(), keeper, "text/csv", shop=shop, dry=dry)).told

        assert await send(True) == {"products": 1, "skus": 1, "drafted": 0, "before": 0, "problems": []}
        assert len(await desk.market.rows(Product)) == before
        assert await send() == {"products": 1, "skus": 1, "drafted": 1, "before": 0, "problems": []}
        assert await send() == {"products": 0, "skus": 0, "drafted": 0, "before": 1, "problems": []}
        assert len(await desk.market.rows(Product)) == before + 1


async def test_every_fault_of_a_sheet_has_its_place_and_a_sentence(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        shop, _, keeper = await stand(desk)
        wrong = SHEET.replace("6800", "-1").replace("food.tea.green", "no.such") + SHEET.splitlines()[1] + "\n"
        headers = {"content-type": "text/csv; charset=utf-8", "authorization": f"Bearer {keeper}"}
        for language, word in (("en", "Write"), ("zh-CN", "请"), ("zh-TW", "請")):
            told = {**headers, "accept-language": language}
            got = await desk.raw("POST", f"/v1/goods/import?shop={shop}", wrong.encode(), told)
            assert got.status == 200 and got.told["drafted"] == 0 and len(got.told["problems"]) >= 2
            assert all(one["line"] and one["code"] and one["detail"] for one in got.told["problems"])
            assert any(word in one["detail"] for one in got.told["problems"]), got.told
        stranger = desk.token(await desk.market.person())
        got = await desk.upload("goods/import", wrong.encode(), stranger, "text/csv", shop=shop)
        assert (got.status, got.code) == (403, "forbidden"), "not even its faults"


async def test_uploads_have_a_limit_of_their_own(sqlite_url):
    async with open_desk(sqlite_url, ApiSettings(upload=Rate(1, 1))) as desk:
        shop, _, keeper = await stand(desk)
        got = [await desk.upload("goods/import", b"", keeper, "text/csv", shop=shop) for _ in range(4)]
        assert got[-1].code == "rate_limited" and got[0].status == 200
