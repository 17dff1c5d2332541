"""What may be given: the category's rule, the shop's word, the cap; and what a gift costs to send."""

import pytest

from jishi.kernel.catalog import ReviseProduct
from jishi.kernel.freight import Rate
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.stock import Sku
from jishi.modes.gift import DeclineGift, Gift
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio
RATES = (Rate((), 1, 800, 1, 200), Rate(("CN-XZ",), 1, 1_500, 1, 500))


async def ask(market, stall, giver, *wanted, **order):
    lines = tuple(LineAsk(sku, quantity, market.prices[sku]) for sku, quantity in wanted)
    return (await market.refuses(PlaceOrder(stall.shop, lines, mode="gift", **order), giver)).code


async def test_what_may_be_given(database_url):
    async with open_market(database_url) as market:
        stall, giver = await market.shop(), await market.person()
        tea, cup = await market.goods(stall), await market.goods(stall)
        ring = await market.goods(stall, category="jewellery.ring.silver", giftable=0)
        own = await market.goods(stall, giftable=0)
        most = market.engine.world.rulebook.at(market.clock.at).gift_most_minor
        dear, dearest = await market.variants(stall, (most, most + 1))

        assert await ask(market, stall, giver, (ring, 1)) == "not_giftable"
        assert await ask(market, stall, giver, (own, 1)) == "not_giftable"
        assert await ask(market, stall, giver, (dearest, 1)) == "gift_too_dear"
        assert await ask(market, stall, giver, (tea, 1), (cup, 1)) == "gift_one_kind"
        assert await ask(market, stall, giver, (tea, 1), address=await market.address(giver)) == "address_not_yet"
        assert (await market.order(stall, await market.gift(stall, giver, dear))).state == "paid"

        product = (await market.row(Sku, id=own)).product
        await market.do(ReviseProduct(stall.shop, product, giftable=1), stall.keeper)
        assert (await market.order(stall, await market.gift(stall, giver, own))).state == "paid"
        jewel = (await market.row(Sku, id=ring)).product
        revise = ReviseProduct(stall.shop, jewel, giftable=1)
        assert (await market.refuses(revise, stall.keeper)).code == "category_no_gift"


async def test_the_shop_bears_a_dearer_region(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop(rates=RATES, excluded=("CN-HK",))
        giver, friend = await market.person(), await market.person()
        tea = await market.goods(stall, 9_900)
        order = await market.gift(stall, giver, tea, 2)
        assert (await market.order(stall, order)).freight_minor == 1_000, "the default rule, for two pieces"

        there = await market.accepts(stall, order, friend, "CN-HK")
        assert (await market.refuses(there, friend)).facts == {"region": "CN-HK"}
        assert (await market.row(Gift, order=order)).state == "offered", "still open to another address"
        await market.do(await market.accepts(stall, order, friend, "CN-XZ"), friend)
        row = await market.order(stall, order)
        assert (row.state, row.freight_minor, row.total_minor) == ("to_ship", 1_000, 20_800)


async def test_a_shop_that_excludes_dearer_regions_for_gifts(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop(rates=RATES, gift_dearer="excluded")
        giver, friend = await market.person(), await market.person()
        tea = await market.goods(stall, 9_900)
        order = await market.gift(stall, giver, tea)
        far = await market.accepts(stall, order, friend, "CN-XZ")
        assert (await market.refuses(far, friend)).code == "region_excluded"
        await market.do(await market.accepts(stall, order, friend, "CN-GD"), friend)

        own = await market.place(stall, friend, (tea, 1), address=await market.address(friend, "CN-XZ"))
        assert (await market.order(stall, own)).freight_minor == 1_500, "who pays for it himself may live there"


async def test_the_friend_in_an_excluded_region_lets_it_go(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop(excluded=("CN-HK",))
        giver, friend = await market.person(), await market.person()
        order = await market.gift(stall, giver, await market.goods(stall))
        there = await market.accepts(stall, order, friend, "CN-HK")
        assert (await market.refuses(there, friend)).code == "region_excluded"
        await market.do(DeclineGift(stall.shop, order, market.proof(stall, order)), friend)
        await market.refunds_arrive(stall, order)
        await market.pass_time(DAY)
        assert await market.balance(stall.shop, "escrow") == 0
