"""The books' pages: a balance per currency, and rows behind every figure."""

import pytest
from msgspec.structs import replace

from jishi.kernel.grammar import system
from jishi.kernel.ids import public_id
from jishi.kernel.ledger import Balance
from jishi.kernel.payments import RecordUnpaid, StartPayment
from jishi.kernel.settling import ShareMove
from jishi.web.books import balanced, trial
from jishi.web.formats import iso_time
from tests.support.faces import open_faces
from tests.support.market import MINUTE

pytestmark = pytest.mark.anyio


class Sum:
    """A row of the trial balance as the database gives it."""

    def __init__(self, kind: str, account: str, currency: str, balance_minor: int):
        self.kind, self.account, self.currency, self.balance_minor = kind, account, currency, balance_minor


async def desk_of(faces):
    """An operator's browser."""
    operator = await faces.market.operator()
    await faces.persona(operator, "operator")
    browser = faces.browser()
    await browser.be(operator)
    return browser


def test_what_one_currency_lacks_another_does_not_make_good():
    rows = [Sum("shop", "provider", "CNY", 500), Sum("shop", "escrow", "HKD", -500)]
    assert not balanced(rows)
    assert [row["sum"] for row in trial(rows, "CNY", str)] == [500, 500]
    assert [row["sum"] for row in trial(rows, "HKD", str)] == [-500, -500]


async def test_each_currency_has_a_trial_balance(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        await market.paid(stall, buyer, (await market.goods(stall), 1))
        browser = await desk_of(faces)
        assert len((await browser.get("/operator/books")).css("caption")) == 1
        dollars = [
            replace(row, currency="HKD", balance_minor=row.balance_minor * 2)
            for row in await market.rows(Balance) if row.balance_minor
        ]  # fmt: skip
        await market.engine.lane.chore(lambda session: session.upsert(Balance, dollars))
        page = await browser.get("/operator/books")
        captions = [caption.text() for caption in page.css("caption")]
        assert [name for name in ("CNY", "HKD") if any(name in caption for caption in captions)] == ["CNY", "HKD"]
        kpis = [kpi.text() for kpi in page.css(".kpi")]
        assert any("¥107.00" in text for text in kpis) and any("HK$214.00" in text for text in kpis), kpis
        rows = (await browser.get("/operator/books/accounts/provider?currency=HKD")).css("tbody tr")
        assert ["HK$214.00" in row.text() for row in rows] == [True]
        keys = [(row.owner, row.account, row.currency) for row in dollars]
        await market.engine.lane.chore(lambda session: session.delete(Balance, keys))


async def test_a_payment_not_known_yet_is_shown_with_what_happens_next(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        order = await market.place(stall, buyer, (await market.goods(stall), 1))
        await market.do(StartPayment(stall.shop, order), buyer)
        began = market.clock.now_ms()
        await market.pass_time(4 * MINUTE)
        browser = await desk_of(faces)
        page = await browser.get("/operator/books")
        assert "/operator/books/unknown" in [link.attributes["href"] for link in page.css("a.kpi")]
        page = await browser.get("/operator/books/unknown")
        (row,) = page.css("tbody tr")
        assert row.css_first("a").attributes["href"] == f"/deals/{public_id(stall.shop, order)}"
        moments = [time.attributes["datetime"] for time in row.css("time")]
        assert (
            moments[0] == iso_time(began) < moments[1]
            and "Ask about the payment" in row.text()
            and "¥107.00" in row.text()
        )
        await market.pass_time(60 * MINUTE)
        await market.do(RecordUnpaid(stall.shop, order, 1), system("provider"))
        assert "No rows behind this figure" in (await browser.get("/operator/books/unknown")).text()


async def test_all_that_is_on_its_way_is_listed_what_goes_back_for_no_line_as_well(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        order = await market.settled(stall, buyer, (await market.goods(stall), 1))
        (fee,) = [row for row in await market.rows(ShareMove, order=order) if row.role == "platform"]
        back = replace(fee, n=9, kind="reclaimed", line=0)
        await market.engine.lane.chore(lambda session: session.upsert(ShareMove, [back]))
        browser = await desk_of(faces)
        (row,) = (await browser.get("/operator/books/transit")).css("tbody tr")
        assert "Back to the order" in row.text() and "Platform fee" in row.text()
        await market.engine.lane.chore(lambda session: session.delete(ShareMove, [(back.owner, back.order, back.n)]))
