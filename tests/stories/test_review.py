"""Where the rules say so, shops and goods are looked over first: nothing is sold before an operator said yes."""

import msgspec
import pytest

from jishi.engine.rulebook import read_rulebook
from jishi.kernel.cart import SetCart
from jishi.kernel.catalog import (
    BlockProduct,
    ListProduct,
    Product,
    ReviseProduct,
    Text,
    UnblockProduct,
    WithdrawProduct,
)
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import Case
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Differences
from jishi.kernel.review import ProductReview, ReviewNote, ShopReview
from jishi.kernel.reviewing import AskShopReview, ReviewProduct, ReviewShop
from jishi.kernel.shops import Named, OpenShop, Shop
from jishi.kernel.stock import Sku
from jishi.store.queries.cart import ShowCart
from jishi.store.queries.goods import ListGoods
from jishi.store.queries.reviews import OwnReviews, ReviewsWaiting, ShopsWaiting
from jishi.store.query import ask
from tests.stories.test_goods import draft
from tests.support.market import HOUR, Market, Stall, open_market

pytestmark = pytest.mark.anyio
REVIEWED = read_rulebook(demo=True)  # reviews since 2026-01-01; stories begin on February 1


async def asked(market: Market, by, query):
    world = market.engine.world
    return await ask(market.engine.database, Case(by, market.clock.at, world.rulebook, world.modes, world.seal), query)


async def opened(market: Market, operator) -> Stall:
    """A shop that a person opened and an operator let in."""
    keeper = await market.person("keeper")
    told = await market.do(OpenShop(3_000_000 + keeper.id, "individual", (Named("zh-Hans", "新店"),)), keeper)
    shop = read_owner(told["shop"])
    await market.do(ReviewShop(shop, 1), operator)
    told = await market.do(SaveFreight(shop, "piece", (Rate((), 1, 800, 1, 0),)), keeper)
    return Stall(shop, keeper, read_id(told["template"])[1])


async def sent_in(market: Market, stall: Stall) -> int:
    """A product that its shop wants to sell."""
    told = await market.do(draft(stall), stall.keeper)
    product = read_id(told["product"])[1]
    await market.do(ListProduct(stall.shop, product), stall.keeper)
    market.prices |= {sku.id: sku.price_minor for sku in await market.rows(Sku, product=product)}
    return product


async def state(market: Market, product: int) -> str:
    return (await market.row(Product, id=product)).state


async def test_a_product_is_unseen_until_it_is_approved(database_url):
    async with open_market(database_url, rulebook=REVIEWED) as market:
        operator, buyer = await market.operator(), await market.person()
        stall = await opened(market, operator)
        product = await sent_in(market, stall)
        sku = min(market.prices)
        assert await state(market, product) == "in_review"
        assert (await asked(market, buyer, ListGoods())).views == []
        await market.do(SetCart(buyer.id, stall.shop, sku, 1), buyer)
        (line,) = (await asked(market, buyer, ShowCart(party=buyer.id))).lines
        assert line.differences == ("goods_gone",)
        place = PlaceOrder(stall.shop, (LineAsk(sku, 1, 5_000),), address=await market.address(buyer))
        refused = await market.refuses(place, buyer)
        assert isinstance(refused, Differences) or refused.code == "goods_gone"

        (waiting,) = (await asked(market, operator, ReviewsWaiting())).views
        assert (waiting.product, waiting.texts, waiting.waits_ms) == (product, 1, market.clock.at)
        approve = ReviewProduct(stall.shop, product, 1, 1)
        told = await market.do(approve, operator, "yes")
        assert await market.do(approve, operator, "yes") == told  # a retry is told the same
        assert (await market.refuses(approve, operator)).code == "state_forbids"
        assert (await asked(market, operator, ReviewsWaiting())).views == []
        assert len((await asked(market, buyer, ListGoods())).views) == 1
        (line,) = (await asked(market, buyer, ShowCart(party=buyer.id))).lines
        assert line.differences == ()
        await market.place(stall, buyer, (sku, 1))


async def test_what_was_rejected_is_corrected_and_sent_again(database_url):
    async with open_market(database_url, rulebook=REVIEWED) as market:
        operator = await market.operator()
        stall = await opened(market, operator)
        product = await sent_in(market, stall)
        no = ReviewProduct(stall.shop, product, 0, 1)
        assert (await market.refuses(no, stall.keeper)).code == "forbidden"
        assert (await market.refuses(no, operator)).code == "note_missing"
        await market.do(msgspec.structs.replace(no, reason="category_wrong", note="这是帽子。"), operator)
        (told,) = (await asked(market, stall.keeper, OwnReviews(shop=stall.shop))).views
        assert (told.state, told.reason, told.note) == ("rejected", "category_wrong", "这是帽子。")

        better = ReviseProduct(stall.shop, product, category="fashion.accessory.hat")
        await market.do(better, stall.keeper)
        await market.pass_time(HOUR)
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        assert (await market.row(ProductReview, product=product)).waits_ms == market.clock.at
        await market.do(ReviewProduct(stall.shop, product, 1, 1), operator)
        assert (await market.row(Product, id=product)).category == "fashion.accessory.hat"
        assert (await market.row(ReviewNote, product=product)).note == ""


async def test_the_shop_takes_it_back_while_the_operator_reads(database_url):
    async with open_market(database_url, rulebook=REVIEWED) as market:
        operator = await market.operator()
        stall = await opened(market, operator)
        product = await sent_in(market, stall)
        back, yes = WithdrawProduct(stall.shop, product), ReviewProduct(stall.shop, product, 1, 1)
        _, late = await market.at_once((back, stall.keeper), (yes, operator))
        assert late.code == "state_forbids" and await state(market, product) == "draft"
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        _, then = await market.at_once((yes, operator), (back, stall.keeper))
        assert isinstance(then, dict) and await state(market, product) == "withdrawn"


async def test_nobody_approves_what_he_has_not_read(database_url):
    async with open_market(database_url, rulebook=REVIEWED) as market:
        operator = await market.operator()
        stall = await opened(market, operator)
        product = await sent_in(market, stall)
        before = draft(stall).texts
        other = tuple(Text(text.language, "另一条围巾 a scarf", axes=text.axes) for text in before)
        revise, yes = ReviseProduct(stall.shop, product, other), ReviewProduct(stall.shop, product, 1, 1)
        _, late = await market.at_once((revise, stall.keeper), (yes, operator))
        assert late.code == "texts_changed" and await state(market, product) == "in_review"
        await market.do(ReviewProduct(stall.shop, product, 1, 2), operator)
        # Off sale and on again asks nothing, but with other texts it does.
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        assert await state(market, product) == "listed"
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)
        await market.do(ReviseProduct(stall.shop, product, before), stall.keeper)
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        assert await state(market, product) == "in_review"


async def test_a_listed_product_is_blocked_with_a_reason_and_freed(database_url):
    async with open_market(database_url) as market:
        operator, stall = await market.operator(), await market.shop()
        sku = await market.row(Sku, id=await market.goods(stall))
        await market.do(BlockProduct(stall.shop, sku.product, "safety", "没有检测报告。"), operator)
        (told,) = (await asked(market, stall.keeper, OwnReviews(shop=stall.shop))).views
        assert (told.state, told.reason, told.note) == ("blocked", "safety", "没有检测报告。")
        await market.do(UnblockProduct(stall.shop, sku.product), operator)
        (told,) = (await asked(market, stall.keeper, OwnReviews(shop=stall.shop))).views
        assert (told.state, told.reason, told.note) == ("withdrawn", "", "")
        await market.do(ListProduct(stall.shop, sku.product), stall.keeper)
        assert await state(market, sku.product) == "listed"  # this shop is older than the rules of review


async def test_a_new_shop_waits_at_the_door(database_url):
    async with open_market(database_url, rulebook=REVIEWED) as market:
        operator, keeper = await market.operator(), await market.person()
        await market.do(OpenShop(3_000_000, "individual", (Named("zh-Hans", "新店"),)), keeper)
        stall = Stall(3_000_000, keeper, 0)
        (waiting,) = (await asked(market, operator, ShopsWaiting())).views
        assert (waiting.shop, waiting.name) == (stall.shop, "新店")
        assert (await market.refuses(draft(stall), keeper)).code == "state_forbids"
        assert (await market.refuses(AskShopReview(stall.shop), keeper)).code == "state_forbids"
        await market.do(ReviewShop(stall.shop, 0, "rights", "请补充授权。"), operator)
        assert (await market.row(Shop, owner=stall.shop)).state == "rejected"
        assert (await market.row(ReviewNote, owner=stall.shop)).note == "请补充授权。"
        await market.do(AskShopReview(stall.shop), keeper)
        await market.do(ReviewShop(stall.shop, 1), operator)
        assert (await market.row(Shop, owner=stall.shop)).state == "open"
        assert (await market.row(ShopReview, owner=stall.shop)).waits_ms == 0
