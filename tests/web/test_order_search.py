"""Looking for orders by words, at a shop's desk and by a buyer: a plain form, pages that keep the words, a bound."""

import pytest

from jishi.kernel.catalog import ProductText, ReviseProduct, Text
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.stock import Sku
from jishi.web import desk, order_search, orders
from jishi.web.links import link
from tests.support.faces import open_faces

pytestmark = pytest.mark.anyio


async def sold(faces):
    """A shop with two products, bought by two people: five orders of tea and one of a cup."""
    market = faces.market
    stall, ann, bob = await market.shop(), await market.person("Ann"), await market.person("Bob")
    tea, cup = await market.goods(stall), await market.goods(stall)
    product = (await market.row(Sku, id=cup)).product
    named = Text("zh-Hans", "一只青瓷茶杯", axes=await axes(market, product))
    await market.do(ReviseProduct(stall.shop, product, (named,)), stall.keeper)
    teas = [await market.paid(stall, ann, (tea, 1)) for _ in range(5)]
    cups = [await market.paid(stall, bob, (cup, 1))]
    return stall, ann, bob, teas, cups


async def axes(market, product):
    """How the SKUs of a product differ."""
    return (await market.rows(ProductText, product=product))[0].axes


def hrefs(page, folder):
    found = {one.attributes["href"] for one in page.css("main a") if one.attributes["href"].startswith(f"{folder}/")}
    return {one.removeprefix(f"{folder}/") for one in found}


async def test_a_shop_finds_orders_by_number_product_and_buyer(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, _ann, _bob, teas, cups = await sold(faces)
        browser, base = faces.browser(), f"/desk/{public_owner(stall.shop)}/orders"
        await faces.persona(stall.keeper, "staff", stall.shop)
        await browser.be(stall.keeper)
        page = await browser.get(base)
        assert page.css_first("form[role=search]").attributes["method"] == "get"

        async def look(words, **more):
            return hrefs(await browser.get(link(base, q=words, **more)), base)

        cup, all_teas = {public_id(stall.shop, cups[0])}, {public_id(stall.shop, one) for one in teas}
        assert await look("青瓷") == cup
        assert await look("一件 ann") == all_teas, "each word may stand elsewhere"
        assert await look("bob") == cup and await look("ann 青瓷") == set()
        whole = public_id(stall.shop, teas[0])
        assert await look(whole) == {whole}
        assert await look(f"{whole[:4]}…{whole[-6:]}") == {whole}, "as a list shows it, cut short"
        assert await look("青瓷", state="to_ship") == cup and await look("青瓷", state="shipped") == set()
        assert await look("%") == set() and await look("no such thing") == set()
        assert "No order with these words" in browser.text


async def test_pages_keep_the_words_and_no_more_is_gone_through_than_the_bound(sqlite_url, tmp_path, monkeypatch):
    async with open_faces(sqlite_url, tmp_path) as faces:
        stall, ann, _bob, teas, cups = await sold(faces)
        monkeypatch.setattr(desk, "AT_ONCE", 2)
        monkeypatch.setattr(orders, "AT_ONCE", 2)
        await faces.persona(stall.keeper, "staff", stall.shop)
        await faces.persona(ann)
        for who, base in ((stall.keeper, f"/desk/{public_owner(stall.shop)}/orders"), (ann, "/orders")):
            browser = faces.browser()
            await browser.be(who)
            seen, at = [], f"{base}?q=%E4%B8%80%E4%BB%B6"
            for _ in range(3):
                page = await browser.get(at)
                seen.append(hrefs(page, base))
                older = [one for one in page.css("main a") if "after=" in one.attributes["href"]]
                at = older[0].attributes["href"] if older else ""
                assert not at or "q=%E4%B8%80%E4%BB%B6" in at
            assert at == "" and [len(one) for one in seen] == [2, 2, 1]
            assert set().union(*seen) == {public_id(stall.shop, one) for one in teas}
            await browser.get(f"{base}?q=tea&after=none", 404)

        monkeypatch.setattr(order_search, "LOOKED_MOST", 2)
        browser, base = faces.browser(), f"/desk/{public_owner(stall.shop)}/orders"
        await browser.be(stall.keeper)
        page = await browser.get(f"{base}?q=%E9%9D%92%E7%93%B7")
        assert hrefs(page, base) == {public_id(stall.shop, cups[0])}
        further = page.css_first("main a[href*=after]").attributes["href"]
        page = await browser.get(further)
        assert hrefs(page, base) == set() and "Look further back" in page.text()
