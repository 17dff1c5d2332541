"""Promoters: the last card within thirty days earns, at the rate and rules of the day, of money that stays."""

import pytest
from msgspec.structs import replace

from jishi.engine.rulebook import read_rulebook
from jishi.kernel.catalog import ReviseProduct
from jishi.kernel.orders import Line
from jishi.kernel.owners import PLATFORM
from jishi.kernel.rules import Rulebook
from jishi.kernel.stock import Sku
from jishi.kernel.touch import RecordTouch
from tests.support.market import DAY, FEB_1, MINUTE, open_market

pytestmark = pytest.mark.anyio
PRICE, SHARE = 10_000, 1_000


async def promoted(market) -> tuple:
    """A shop, a buyer, a promoter and a product that pays 10 % to who brings the buyer."""
    stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
    return stall, buyer, promoter, await market.goods(stall, PRICE, promoter_ppm=100_000)


async def test_the_last_card_earns(database_url):
    async with open_market(database_url) as market:
        stall, buyer, first, tea = await promoted(market)
        last = await market.person()
        await market.follow_link(stall, tea, first, buyer)
        await market.pass_time(DAY)
        await market.follow_link(stall, tea, last, buyer)
        await market.settled(stall, buyer, (tea, 1))
        assert await market.balance(first.id, "earnings") == 0
        assert await market.balance(last.id, "earnings") == SHARE


@pytest.mark.parametrize(("late_ms", "earned"), [(0, SHARE), (1, 0)])
async def test_thirty_days(database_url, late_ms, earned):
    """A card of 1 February 10:00 earns until 3 March 10:00, and not a moment longer."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        await market.pass_time(30 * DAY + late_ms)
        await market.settled(stall, buyer, (tea, 1))
        assert await market.balance(promoter.id, "earnings") == earned


async def test_who_buys_by_his_own_card_earns_nothing(database_url):
    """R18: and his card takes the place of who brought him before, as every last card does."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        await market.follow_link(stall, tea, buyer, buyer)
        await market.settled(stall, buyer, (tea, 1))
        assert await market.balance(buyer.id, "earnings") == 0
        assert await market.balance(promoter.id, "earnings") == 0


async def test_a_forged_card_is_refused(database_url):
    """Another promoter's name under the same signature earns nothing."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        thief = await market.person()
        product = (await market.row(Sku, id=tea)).product
        proof = market.engine.world.seal("touch", str(stall.shop), str(product), str(promoter.id))
        forged = RecordTouch(buyer.id, stall.shop, product, thief.id, "chat", "card", FEB_1, proof)
        assert (await market.refuses(forged, buyer)).code == "proof_wrong"


async def test_the_rate_is_frozen_when_the_order_is_placed(database_url):
    """The shop lowers its rate on 2 February; what was ordered before keeps the old one."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        before = await market.paid(stall, buyer, (tea, 1))
        await market.pass_time(DAY)
        product = (await market.row(Sku, id=tea)).product
        await market.do(ReviseProduct(stall.shop, product, promoter_ppm=10_000), stall.keeper)
        after = await market.paid(stall, buyer, (tea, 1))
        for order in (before, after):
            await market.received(stall, buyer, order)
        await market.pass_time(8 * DAY)
        assert await market.balance(promoter.id, "earnings") == SHARE + 100


async def test_the_rules_are_those_of_the_day_it_was_placed(database_url):
    """On 3 February the fee rises to 9 % and the window falls to a day; orders of the 1st know nothing of it."""
    now = read_rulebook().at(FEB_1)
    dearer = {code: replace(rule, fee_ppm=90_000) for code, rule in now.categories.items()}
    later = replace(now, id=20260203, from_ms=FEB_1 + 2 * DAY, touch_window_ms=DAY, categories=dearer)
    async with open_market(database_url, rulebook=Rulebook([now, later])) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        before = await market.paid(stall, buyer, (tea, 1))
        await market.pass_time(2 * DAY)
        after = await market.paid(stall, buyer, (tea, 1))
        shares = {order: (await market.row(Line, order=order)).shares for order in (before, after)}
        assert [share.role for share in shares[before]] == ["platform", "promoter"]
        assert [(share.role, share.share_ppm, share.rule) for share in shares[after]] == [
            ("platform", 90_000, "fee.20260203")
        ]
        assert [(await market.order(stall, order)).rules for order in (before, after)] == [now.id, later.id]
        for order in (before, after):
            await market.received(stall, buyer, order)
        await market.pass_time(8 * DAY)
        old_fee = PRICE * now.category("food.tea.green").fee_ppm // 1_000_000
        assert await market.balance(PLATFORM, "fees") == old_fee + 900
        assert await market.balance(promoter.id, "earnings") == SHARE


@pytest.mark.parametrize("how", ["refunded", "reversed", "abandoned", "late"])
async def test_no_commission_on_money_that_did_not_stay(database_url, how):
    """R17: given back after receipt, reversed after settlement, never paid, or paid too late."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        if how == "refunded":
            order = await market.paid(stall, buyer, (tea, 1))
            await market.received(stall, buyer, order)
            await market.claim(stall, buyer, order)
            await market.refunds_arrive(stall, order)
        elif how == "reversed":
            order = await market.settled(stall, buyer, (tea, 1))
            assert await market.balance(promoter.id, "earnings") == SHARE
            await market.notice(stall, order, "reversed")
        else:
            order = await market.place(stall, buyer, (tea, 10))
            await market.pass_time(31 * MINUTE)
            if how == "late":
                await market.paid(stall, await market.person(), (tea, 1))
                await market.notice(stall, order)
                await market.refunds_arrive(stall, order)
        await market.pass_time(40 * DAY)
        assert await market.balance(promoter.id, "earnings") == 0
        assert await market.balance(promoter.id, "receivable") == 0


async def test_commission_on_what_is_left(database_url):
    """R17: two of five pieces go back before settlement."""
    async with open_market(database_url) as market:
        stall, buyer, promoter, tea = await promoted(market)
        await market.follow_link(stall, tea, promoter, buyer)
        order = await market.paid(stall, buyer, (tea, 5))
        await market.received(stall, buyer, order)
        for _ in range(2):
            await market.claim(stall, buyer, order)
            await market.refunds_arrive(stall, order)
        await market.pass_time(8 * DAY)
        assert await market.balance(promoter.id, "earnings") == 3 * SHARE
