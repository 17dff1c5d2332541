"""Settlement: everyone has his share to the cent, and gives back, at the same rate, of what goes back later."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jishi.engine.rulebook import read_rulebook
from jishi.kernel.grammar import Principal, system
from jishi.kernel.money import PPM, allot
from jishi.kernel.orders import Line, Share
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ReceiveByTime
from jishi.kernel.parties import CreateParty
from jishi.kernel.payouts import Withdraw
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.settle import Transfer
from jishi.kernel.settling import ShareMove
from jishi.kernel.shares import line_shares
from jishi.store import Waiting
from tests.support.market import DAY, open_market

pytestmark = pytest.mark.anyio
PRICE, FREIGHT = 10_000, 800


async def test_charged_back_after_settlement_and_payout(database_url):
    """R12: paid on 1 February, settled and withdrawn on the 9th; on the 20th the bank takes the money back."""
    async with open_market(database_url) as market:
        stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, PRICE, promoter_ppm=100_000)
        await market.follow_link(stall, tea, promoter, buyer)
        order = await market.settled(stall, buyer, (tea, 1))
        earned, fee = await market.balance(promoter.id, "earnings"), await market.balance(PLATFORM, "fees")
        merchant = await market.balance(stall.shop, "available")
        assert (earned, earned + fee + merchant) == (1_000, PRICE + FREIGHT)
        await market.do(Withdraw(stall.shop, merchant, "bank-1"), stall.keeper)

        await market.pass_time(11 * DAY)
        await market.notice(stall, order, "charged_back")
        await market.engine.settle_down()
        assert await market.balance(stall.shop, "receivable") == merchant
        assert await market.balance(promoter.id, "earnings") == 0
        assert await market.balance(PLATFORM, "fees") == 0

        other = await market.goods(stall, 4_000)
        await market.settled(stall, await market.person(), (other, 1))
        assert await market.balance(stall.shop, "available") == 0
        debt = await market.balance(stall.shop, "receivable")
        assert debt == merchant - (4_800 - await market.balance(PLATFORM, "fees"))
        refused = await market.refuses(Withdraw(stall.shop, 1, "bank-1"), stall.keeper)
        assert (refused.code, refused.facts["debt_minor"]) == ("debt_open", debt)

        await market.settled(stall, await market.person(), (tea, 1))
        assert await market.balance(stall.shop, "receivable") == 0
        left = await market.balance(stall.shop, "available")
        assert left > 0
        await market.do(Withdraw(stall.shop, left, "bank-1"), stall.keeper)
        assert await market.provider_minor() == PRICE + FREIGHT + 4_800


async def test_the_promoter_owes_what_he_withdrew(database_url):
    """R12: a debt stands in the earner's own book, and his next share fills it."""
    async with open_market(database_url) as market:
        stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, PRICE, promoter_ppm=100_000)
        await market.follow_link(stall, tea, promoter, buyer)
        order = await market.settled(stall, buyer, (tea, 1))
        await market.do(Withdraw(promoter.id, 1_000, "bank-2"), promoter)
        await market.notice(stall, order, "charged_back")
        await market.engine.settle_down()
        assert await market.balance(promoter.id, "receivable") == 1_000
        assert (await market.refuses(Withdraw(promoter.id, 1, "bank-2"), promoter)).code == "debt_open"

        await market.settled(stall, buyer, (tea, 2))
        assert await market.balance(promoter.id, "receivable") == 0
        assert await market.balance(promoter.id, "earnings") == 1_000


async def test_a_later_reversal_goes_by_the_rate_of_its_own_line(database_url):
    """R15: two lines, 0 % and 50 % promoter; half of the order is charged back after settlement, then the rest."""
    async with open_market(database_url) as market:
        stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
        plain = await market.goods(stall, 6_000)
        dear = await market.goods(stall, 3_000, promoter_ppm=500_000)
        await market.follow_link(stall, dear, promoter, buyer)
        order = await market.settled(stall, buyer, (plain, 1), (dear, 1))
        assert await market.balance(promoter.id, "earnings") == 1_500

        await market.notice(stall, order, "reversed", amount_minor=4_900)
        await market.engine.settle_down()
        assert await market.balance(promoter.id, "earnings") == 750
        (taken,) = await market.rows(ShareMove, kind="reclaimed", role="promoter")
        assert (taken.line, taken.amount_minor) == (2, 750)

        await market.notice(stall, order, "charged_back", amount_minor=4_900)
        await market.engine.settle_down()
        row = await market.order(stall, order)
        assert row.settled_minor == row.reclaimed_minor == 9_800
        for owner, account in ((promoter.id, "earnings"), (PLATFORM, "fees"), (stall.shop, "available")):
            assert await market.balance(owner, account) == 0
        assert await market.provider_minor() == 0


async def test_an_order_of_one_cent(database_url):
    """R14: shares round down, the merchant has the rest, nobody has less than nothing."""
    async with open_market(database_url) as market:
        stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
        crumb = await market.goods(stall, 1, promoter_ppm=500_000)
        await market.follow_link(stall, crumb, promoter, buyer)
        await market.settled(stall, buyer, (crumb, 1))
        assert await market.balance(stall.shop, "available") == 1 + FREIGHT
        assert not await market.rows(Transfer)


async def test_a_share_for_a_payee_who_is_not_there_yet_waits(database_url):
    """A reaction that is not possible becomes a row; those behind it go on, and it is tried again."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, cup = await market.goods(stall, PRICE, promoter_ppm=100_000), await market.goods(stall, PRICE)
        stranger = Principal("party", 77_000_000)
        await market.follow_link(stall, tea, stranger, buyer)
        order = await market.settled(stall, buyer, (tea, 1))
        (waiting,) = await market.rows(Waiting)
        assert (waiting.owner, waiting.code) == (stall.shop, "not_found")
        await market.settled(stall, buyer, (cup, 1))
        assert len(await market.rows(Transfer, owner=PLATFORM)) == 2

        await market.do(CreateParty(stranger.id, "person", "late comer"), system("demo"))
        await market.pass_time(DAY)
        assert not await market.rows(Waiting)
        assert await market.balance(stranger.id, "earnings") == 1_000
        assert (await market.row(Transfer, owner=stranger.id)).order == order


def line_of(amount_minor: int, freight_minor: int, rates: list[int]) -> Line:
    """A line whose payees have these rates."""
    shares = tuple(Share("promoter", 100 + n, rate, "test") for n, rate in enumerate(rates))
    return Line(1, 2, 1, 3, 4, 1, "food", 1, amount_minor, amount_minor, freight_minor, shares, 0, 0, 0, 0)


AMOUNTS = st.integers(1, 200) | st.integers(1, 10**13)
SPLITS = st.lists(st.integers(0, PPM // 2), min_size=0, max_size=5).filter(lambda rates: sum(rates) <= PPM)


@given(amount=AMOUNTS, freight=st.integers(0, 5_000), rates=SPLITS, cuts=st.lists(st.integers(0, PPM), max_size=6))
def test_shares_conserve_every_cent(amount, freight, rates, cuts):
    """R14: whatever goes back, step by step: shares sum to what is left, none is negative, no payee's grows."""
    line, back, before = line_of(amount, freight, rates), 0, None
    for cut in [0, *cuts, PPM]:
        back += (amount - back) * cut // PPM
        shares = [minor for _, _, minor, _ in line_shares(line, back, 0)]
        assert sum(shares) == amount - back + freight
        assert min(shares) >= 0
        assert all(now <= was for now, was in zip(shares[:-1], (before or shares)[:-1], strict=True))
        before = shares
    assert shares[:-1] == [0] * len(rates)


@given(total=st.integers(0, 10**13), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_parts_conserve_every_cent(total, weights):
    """R14: an amount split by weights is whole again, and no part is more than one cent off its due."""
    parts = allot(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(
            abs(part * sum(weights) - total * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


async def test_shares_beyond_the_price_are_refused_when_ordering(database_url):
    """The platform takes 600,000 ppm and the promoter 500,000: that is found now, not when the order settles."""
    data = files("jishi") / "data"
    rules, categories = [(data / name).read_text("utf8") for name in ("rules.toml", "categories.toml")]
    rulebook = read_rulebook(rules, categories.replace("service_fee_ppm = 30000", "service_fee_ppm = 600000"))
    async with open_market(database_url, rulebook=rulebook) as market:
        stall, buyer, promoter = await market.shop(), await market.person(), await market.person()
        tea = await market.goods(stall, PRICE, promoter_ppm=500_000)
        await market.place(stall, await market.person(), (tea, 1))
        await market.follow_link(stall, tea, promoter, buyer)
        line = LineAsk(tea, 1, PRICE)
        ask = PlaceOrder(stall.shop, (line,), address=await market.address(buyer))
        assert (await market.refuses(ask, buyer)).code == "shares_too_high"


async def test_goods_do_not_count_as_received_before_their_time(database_url):
    """Whoever sends the timer's command early hears so, and nothing moves."""
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        order = await market.shipped(stall, buyer, (await market.goods(stall, PRICE), 1))
        early = ReceiveByTime(stall.shop, order)
        assert (await market.refuses(early, system("timer"))).code == "not_yet"
        await market.pass_time((await market.order(stall, order)).receive_by_ms - market.clock.at)
        assert (await market.order(stall, order)).state == "received"
