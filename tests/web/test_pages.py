"""Every page in three languages on a small market: it renders, in its own words only, and its forms do their work."""

import re

import pytest
from msgspec.structs import replace

from jishi.kernel.accounts import ClaimLogin
from jishi.kernel.aftersale import Claim
from jishi.kernel.cart import CartLine
from jishi.kernel.catalog import PriceSku, Product
from jishi.kernel.claims import OpenClaim
from jishi.kernel.grammar import system
from jishi.kernel.ids import public_id, public_owner
from jishi.kernel.invitations import InviteStaff
from jishi.kernel.orders import Order
from jishi.kernel.owners import Timer
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.parties import Address
from jishi.kernel.payments import Leg
from jishi.kernel.stock import Sku
from jishi.kernel.touch import Touch
from jishi.modes.gift import Gift
from jishi.store import Waiting
from tests.support.faces import LANGUAGES, han, open_faces, order_path
from tests.support.market import DAY

DATA = (
    "简体中文",
    "繁體中文",
    "试用小店",
    "一件试用的好东西",
    "第",
    "款式",
    "款",
    "林晓",
)  # what people wrote, and names of languages
pytestmark = pytest.mark.anyio


class World:
    """A market in which something of everything has happened, and who is in it."""

    async def make(self, faces):
        market = faces.market
        self.faces, self.market = faces, market
        self.stall, self.buyer, self.friend = await market.shop(), await market.person(), await market.person()
        self.operator = await market.operator()
        self.sku = await market.goods(self.stall, promoter_ppm=100_000)
        self.product = (await market.row(Sku, id=self.sku)).product
        await market.address(self.friend)
        await faces.persona(self.buyer)
        await faces.persona(self.friend, "friend")
        await faces.persona(self.stall.keeper, "staff", self.stall.shop)
        await faces.persona(self.operator, "operator")
        self.orders = [await market.paid(self.stall, self.buyer, (self.sku, 2)) for _ in range(3)]
        for order in self.orders[1:]:
            await market.do(ShipParcel(self.stall.shop, order, "SF", "SF1"), self.stall.keeper)
        await market.do(ConfirmReceipt(self.stall.shop, self.orders[2]), self.buyer)
        await market.do(OpenClaim(self.stall.shop, self.orders[1], 1, "refund", 1, "damaged"), self.buyer)
        await market.pass_time(8 * DAY)
        self.gift = await market.paid(self.stall, self.buyer, (self.sku, 1), mode="gift")
        await market.do(ClaimLogin(self.buyer.id, "email", "lin@example.com"), system("job"))
        asked = InviteStaff(self.stall.shop, ("orders",), "lin@example.com")
        self.invitation = (await market.do(asked, self.stall.keeper))["invitation"]
        await market.do(InviteStaff(self.stall.shop, ("goods",)), self.stall.keeper)
        self.unpaid = await market.place(self.stall, self.buyer, (self.sku, 1))
        return self

    def id(self, number: int) -> str:
        return public_id(self.stall.shop, number)

    def operator_pages(self) -> list[str]:
        """What an operator with every duty opens."""
        return [
            "/operator",
            "/operator/books",
            "/operator/health",
            "/operator/clock",
            "/operator/books/transit",
            "/operator/books/accounts/escrow",
            "/operator/books/accounts/provider?kind=shop",
            f"/operator/books/owners/{public_owner(self.stall.shop)}",
            "/operator/reviews",
            "/operator/reviews?tab=listed",
            "/operator/reviews?tab=blocked",
            f"/operator/reviews/{self.id(self.product)}",
        ]

    def pages(self) -> dict:
        """Who -> the addresses he opens."""
        return {
            self.buyer: [*self.of_account(), *self.of_buyer()],
            self.stall.keeper: self.of_shop(),
            self.friend: ["/inbox", "/shops", "/gifts?tab=got"],
            self.operator: ["/inbox", *self.operator_pages()],
        }

    def of_account(self) -> list[str]:
        """The first page, and what tells who one is."""
        return [
            "/",
            "/?tour=off",
            "/deals",
            "/deals/latest",
            "/personas",
            "/sign-in",
            "/register",
            "/recover",
            "/guest",
            "/outbox",
            "/me/account",
            "/me/sessions",
            "/me/invitations",
            f"/invitations/{self.invitation}",
        ]

    def of_buyer(self) -> list[str]:
        """The market, and a buyer's own."""
        deals = [*self.orders, self.gift, self.unpaid]
        tables = ("orders", "captures", "share_moves", "log", "claims", "refunds", "entries", "parcels")
        return [
            "/goods",
            "/goods?q=zzz",
            "/goods?category=food.tea",
            "/goods?category=jewellery",
            "/shops",
            f"/shops/{public_owner(self.stall.shop)}",
            "/inbox",
            "/me/settings",
            f"/cart?again={self.id(self.orders[2])}",
            f"/goods/{self.id(self.product)}",
            f"/goods/{self.id(self.product)}/share",
            "/cart",
            "/orders",
            "/orders?tab=pay",
            *[f"/orders/{self.id(order)}" for order in deals],
            "/gifts",
            "/gifts?tab=got",
            f"/gifts/{self.id(self.gift)}",
            f"/gifts/new?sku={self.id(self.sku)}",
            "/me",
            "/me/addresses",
            "/me/earnings",
            f"/checkout?sku={self.id(self.sku)}",
            f"/pay/orders/{self.id(self.unpaid)}",
            f"/pay/orders/{self.id(self.orders[0])}/return",
            f"/orders/{self.id(self.orders[1])}/lines/1/claim",
            *[f"/deals/{self.id(order)}" for order in deals],
            *[f"/deals/{self.id(self.orders[2])}/rows/{table}" for table in tables],
        ]

    def of_shop(self) -> list[str]:
        """The desk of a shop."""
        desk = f"/desk/{public_owner(self.stall.shop)}"
        return [
            "/inbox",
            "/desk",
            desk,
            f"{desk}/orders",
            f"{desk}/orders/{self.id(self.orders[1])}",
            f"{desk}/claims",
            f"{desk}/goods",
            f"{desk}/goods/new",
            f"{desk}/goods/import",
            f"{desk}/goods/{self.id(self.product)}",
            f"{desk}/money",
            f"{desk}/team",
            f"{desk}/orders?state=to_ship",
            f"{desk}/goods?state=listed",
            f"{desk}/goods?state=rejected",
            "/desk/new",
        ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_in_its_own_words(sqlite_url, tmp_path, language):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world = await World().make(faces)
        for who, addresses in world.pages().items():
            browser = faces.browser(language)
            await browser.be(who)
            for address in addresses:
                page = await browser.get(address)
                assert page.css_first("html").attributes["lang"] == language
                assert page.css_first("h1") is not None, address
                if language == "en":
                    for gone in page.css(
                        "footer, .persona, .picture, .shop-mark, [lang='zh-Hans'], [lang='zh-Hant'], script"
                    ):
                        gone.decompose()
                    said = re.sub("|".join(DATA), "", page.css_first("main").text())
                    assert han(said) == [], address


async def test_nobody_sees_what_is_not_his(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world = await World().make(faces)
        stranger = faces.browser()
        await stranger.be(world.friend)
        desk = f"/desk/{public_owner(world.stall.shop)}"
        for order in (*world.orders, world.gift):
            await stranger.get(f"/orders/{world.id(order)}", 404)
        for address in (desk, f"{desk}/money", f"{desk}/goods", "/operator", "/operator/books", "/operator/health"):
            await stranger.get(address, 403)
        await stranger.get(f"/pay/orders/{world.id(world.unpaid)}", 404)
        keeper = faces.browser()
        await keeper.be(world.stall.keeper)
        await keeper.get(f"{desk}/orders/{world.id(world.gift)}", 404)  # the shop sees a gift once it is accepted
        faces.market.engine.demo = False
        guest = faces.browser()
        await guest.get("/personas", 404)
        await guest.get(f"/deals/{world.id(world.gift)}", 404)
        await guest.get("/orders")
        assert guest.path == "/sign-in?next=%2Forders"


async def test_a_double_tap_orders_once(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world = await World().make(faces)
        browser = faces.browser()
        await browser.be(world.buyer)
        count = len(await faces.market.rows(Order))
        at = f"/checkout?sku={world.id(world.sku)}&quantity=1"
        page = await browser.get(at)
        form = next(form for form in page.css("form[method=post]") if form.css_first("[name=lines]"))
        told = {field.attributes["name"]: field.attributes["value"] or "" for field in form.css("input[name]")}
        for _ in range(2):
            answer = await browser.http.post(form.attributes["action"], data=told)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/pay/orders/")
        rows = await faces.market.rows(Order)
        assert len(rows) == count + 1
        assert (await faces.market.row(Leg, order=max(row.id for row in rows))).state == "unknown"


async def test_a_changed_price_is_a_difference_to_accept(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world = await World().make(faces)
        browser = faces.browser()
        await browser.be(world.buyer)
        at = f"/checkout?sku={world.id(world.sku)}&quantity=1"
        await browser.get(at)
        await faces.market.do(PriceSku(world.stall.shop, world.sku, 12_300), world.stall.keeper)
        action = at
        page = await browser.submit(action, 409)
        assert "¥123.00" in page.css_first("[role=alert]").text()
        await browser.submit(action)
        assert browser.path.startswith("/pay/orders/")


async def test_the_cart_goes_through_one_checkout(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        other = await market.shop()
        cup = await market.goods(other, 5_000)
        browser = faces.browser()
        await browser.be(world.buyer)
        for shop, sku in ((world.stall.shop, world.sku), (other.shop, cup)):
            product = (await market.row(Sku, id=sku)).product
            at = f"/goods/{public_id(shop, product)}"
            await browser.submit(at, at=at, axis_0="0", quantity="1", action="cart")
        await browser.submit("/checkout", at="/checkout")
        assert browser.path.startswith("/pay/checkouts/")
        assert await market.rows(CartLine, owner=world.buyer.id) == []
        assert "2" in (await browser.get(browser.path)).css_first("main").text()


async def test_a_gift_goes_from_hand_to_hand(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        giver, friend = faces.browser(), faces.browser()
        await giver.be(world.buyer)
        page = await giver.get(f"/gifts/{world.id(world.gift)}")
        link = page.css_first(".link-box [data-copy]").attributes["data-copy"].removeprefix("http://testserver")
        await friend.get(link)  # a guest may look
        await friend.get(link[:-1] + ("0" if link[-1] != "0" else "1"), 403)
        assert "¥" not in (await friend.get(f"{link}?open=1")).css_first("main").text()
        await friend.be(world.friend)
        address = public_id(world.friend.id, (await market.row(Address, owner=world.friend.id)).id)
        await friend.submit(link, at=f"{link}?open=1", address=address, action="accept")
        assert friend.path == f"/orders/{world.id(world.gift)}"
        assert (await market.row(Gift, order=world.gift)).state == "accepted"
        assert "Market Road" not in (await giver.get(f"/orders/{world.id(world.gift)}")).text()
        assert "Market Road" in (await friend.get(friend.path)).text()


async def test_a_shop_ships_in_two_parcels_and_answers_a_claim(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        keeper, desk = faces.browser(), f"/desk/{public_owner(world.stall.shop)}"
        await keeper.be(world.stall.keeper)
        order = await market.paid(world.stall, world.buyer, (world.sku, 2))
        at = f"{desk}/orders/{world.id(order)}"
        for number, state in (("SF1", "partly_shipped"), ("SF2", "shipped")):
            await keeper.submit(f"{at}/ship", at=at, carrier="SF", number=number, line_1="1")
            assert (await market.order(world.stall, order)).state == state
        await market.do(OpenClaim(world.stall.shop, order, 1, "return", 1, "damaged"), world.buyer)
        for language, name in (("zh-Hans", "顺丰速运"), ("zh-Hant", "順豐速運"), ("en", "SF Express")):
            assert name in (await keeper.get(f"{at}?lang={language}")).css_first("main").text()
        await keeper.submit(f"{desk}/claims/{world.id(order)}/1", at=f"{desk}/claims", action="agree")
        assert (await market.row(Claim, order=order)).state == "awaiting_return"
        buyer = faces.browser()
        await buyer.be(world.buyer)
        page = await buyer.get(f"/orders/{world.id(order)}?lang=zh-Hans")
        assert [one.text() for one in page.css("select[name=carrier] option")] == [
            "顺丰速运", "中通快递", "圆通速递", "邮政 EMS",
        ]  # fmt: skip


async def test_a_promoter_s_link_brings_a_buyer(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        promoter, visitor = faces.browser(), faces.browser()
        await promoter.be(world.buyer)
        page = await promoter.get(f"/goods/{world.id(world.product)}/share?scene=video")
        assert "10%" in page.css_first("main").text() and "¥9.90" in page.css_first("main").text()
        link = page.css_first(".link-box [data-copy]").attributes["data-copy"].removeprefix("http://testserver")
        await visitor.be(world.friend)
        await visitor.get(link.replace("video", "chat"), 404)
        assert await market.row(Touch, owner=world.friend.id) is None, "a link that was changed counts for nothing"
        await visitor.get(link)
        assert visitor.path == f"/goods/{world.id(world.product)}"
        touch = await market.row(Touch, owner=world.friend.id)
        assert (touch.promoter, touch.scene, touch.medium) == (world.buyer.id, "video", "link")
        await market.settled(world.stall, world.friend, (world.sku, 1))
        await promoter.be(world.buyer)  # a session ends after a week
        assert "¥9.90" in (await promoter.get("/me/earnings")).css_first("main").text()
        plain = await market.row(Sku, id=await market.goods(world.stall))
        await promoter.get(f"/goods/{world.id(plain.product)}/share", 404)


async def test_an_operator_sees_what_could_not_run(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        browser = faces.browser()
        await browser.be(world.operator)
        assert "Nothing is stuck" in (await browser.get("/operator/health")).css_first("main").text()
        (timer,) = await market.rows(Timer, kind="close_unpaid", subject=world.unpaid)
        stuck = [replace(timer, attempts=3, code="not_yet")]
        waiting = [Waiting(world.stall.shop, 1, 0, market.clock.at + DAY, 5, "not_found")]
        await market.engine.lane.chore(lambda session: session.upsert(Timer, stuck))
        await market.engine.lane.chore(lambda session: session.upsert(Waiting, waiting))
        page = await browser.get("/operator/health")
        first, second = [[cell.text(strip=True) for cell in row.css("td")] for row in page.css("tbody tr")]
        assert (first[0], first[2:4]) == ("Close if not paid", ["3", "not_yet"])
        assert second[2:4] == ["5", "not_found"]
        await market.engine.lane.chore(lambda session: session.delete(Waiting, [(world.stall.shop, 1, 0)]))


SHEET = """product_code,category,freight,title_zh_hans,sku_code,price_minor,stock
tea,food.tea.green,{freight},一件试用的好东西,tea.{n},{price},5
"""


async def test_goods_are_looked_through_and_then_imported(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        keeper, at = faces.browser(), f"/desk/{public_owner(world.stall.shop)}/goods/import"
        await keeper.be(world.stall.keeper)
        told = {"freight": public_id(world.stall.shop, world.stall.freight), "n": 1}
        wrong, right = (SHEET.format(price=price, **told) for price in ("12.50", "1250"))
        count = len(await market.rows(Product))
        page = await keeper.submit(at, 422, at=at, sheet=wrong, action="check")
        (row,) = page.css("main tbody tr")
        assert [cell.text(strip=True) for cell in row.css("td")][:2] == ["2", "price_minor"]
        await keeper.submit(at, 422, sheet=wrong, action="run")
        page = await keeper.submit(at, sheet=right, action="check")
        assert len(await market.rows(Product)) == count, "looking changes nothing"
        for _ in range(2):
            await keeper.submit(at, at=at, sheet=page.css_first("textarea").text(), action="run")
        (made,) = (await market.rows(Product))[count:] or [None]
        assert made and (made.state, (await market.row(Sku, product=made.id)).price_minor) == ("draft", 1_250)


async def test_the_example_of_an_import_is_right_for_the_shop(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world = await World().make(faces)
        keeper, at = faces.browser(), f"/desk/{public_owner(world.stall.shop)}/goods/import"
        await keeper.be(world.stall.keeper)
        page = await keeper.get(at)
        answer = await keeper.http.get(page.css_first("a[download]").attributes["href"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        page = await keeper.submit(at, at=at, sheet=answer.content.decode("utf-8"), action="check")
        assert page.css_first("[role=status]") is not None
        assert page.css_first("button[value=run]") is not None


async def test_this_deals_next_timer_runs_now(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        world, market = await World().make(faces), faces.market
        browser, address = faces.browser(), f"/deals/{order_path(world.stall, world.unpaid)}"
        await browser.submit(f"{address}/next", at=address)
        assert (await market.order(world.stall, world.unpaid)).reason == "unpaid"
        assert (await market.row(Gift, order=world.gift)).state == "offered"
        market.engine.demo = False
        answer = await browser.http.post(f"{address}/next", data={})
        assert answer.status_code in (403, 404)
