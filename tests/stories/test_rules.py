"""Rules are dated: an order keeps the version it was placed under, and what was in force is never edited."""

from importlib.resources import files

import pytest

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.rulebook import RuleChanged, read_rulebook
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parcels import ConfirmReceipt, ShipParcel
from jishi.kernel.rules import RuleRow
from jishi.store import migrate, open_database
from tests.support.market import DAY, FEB_1, HOUR, MINUTE, HandClock, open_market

pytestmark = pytest.mark.anyio
DATA = files("jishi") / "data"
GENERAL, CATEGORIES = [(DATA / name).read_text("utf8") for name in ("rules.toml", "categories.toml")]
LATEST = GENERAL[GENERAL.rindex("[[version]]") :]
NEWER = (
    LATEST.replace("from = 2025-03-01", "from = 2026-02-10")
    .replace("pay_within_minutes = 30", "pay_within_minutes = 10")
    .replace("ship_within_hours = 48", "ship_within_hours = 24")
    .replace("gift_claim_hours = 24", "gift_claim_hours = 12")
)
GREEN = 'code = "food.tea.green"'


def dearer_tea() -> str:
    """The categories, with a service fee of ten per cent on green tea from 10 February 2026."""
    head, tail = CATEGORIES.split(GREEN)
    body, rest = tail.split("]\n", 1)
    rule = "  {" + body.split("{")[2].replace("2024-01-01", "2026-02-10").replace("30000", "100000")
    coming = body.rindex("  {")
    return f"{head}{GREEN}{body[:coming]}{rule}{body[coming:]}]\n{rest}"


async def test_an_order_keeps_its_rules(database_url):
    rulebook = read_rulebook(f"{GENERAL}\n{NEWER}", dearer_tea())
    async with open_market(database_url, rulebook=rulebook) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall, 10_000)
        await market.pass_time(9 * DAY - 11 * HOUR)  # 9 February, 23:00
        old, gift = await market.place(stall, buyer, (tea, 1)), await market.gift(stall, buyer, tea)
        await market.pass_time(2 * HOUR)
        assert (await market.order(stall, old)).reason == "unpaid", "half an hour, as when it was placed"
        await market.notice(stall, old)
        new = await market.place(stall, buyer, (tea, 1))
        row = await market.order(stall, new)
        assert (row.rules, row.pay_by_ms) == (20260210, market.clock.at + 10 * MINUTE)
        await market.notice(stall, new)
        deadlines = [(await market.order(stall, order)).ship_by_ms - market.clock.at for order in (old, new)]
        assert deadlines == [48 * HOUR, 24 * HOUR]
        await market.pass_time(20 * HOUR)
        assert (await market.order(stall, gift)).state == "paid", "a day to accept, not twelve hours"

        fees = []
        for order in (old, new):
            await market.do(ShipParcel(stall.shop, order, "SF", f"SF{order}"), stall.keeper)
            await market.do(ConfirmReceipt(stall.shop, order), buyer)
            before = await market.balance(PLATFORM, "fees")
            await market.pass_time(7 * DAY)
            fees.append(await market.balance(PLATFORM, "fees") - before)
        old_rate = rulebook.of((await market.order(stall, old)).rules).category("food.tea.green").fee_ppm
        assert fees == [10_000 * old_rate // 1_000_000, 1_000] and fees[0] != fees[1]


async def opened(url: str, general: str, at_ms: int = FEB_1) -> None:
    """Start and stop an engine with these rules."""
    database = await open_database(url)
    options = EngineOptions(clock=HandClock(at_ms), rulebook=read_rulebook(general), pumps=False)
    try:
        engine = await Engine.open(database, options)
    except RuleChanged:
        await database.close()
        raise
    await engine.stop()


async def test_what_was_in_force_is_not_edited(database_url):
    await migrate(database_url)
    draft = f"{GENERAL}\n{NEWER}"
    final = draft.replace("ship_within_hours = 24", "ship_within_hours = 36")
    for general in (GENERAL, draft, final):
        await opened(database_url, general)
    with pytest.raises(RuleChanged, match="20250301"):
        await opened(database_url, GENERAL.replace("gift_most_minor = 2_000_000", "gift_most_minor = 3_000_000"))

    await opened(database_url, final, FEB_1 + 20 * DAY)
    with pytest.raises(RuleChanged, match="20260210"):
        await opened(database_url, draft, FEB_1 + 21 * DAY)
    database = await open_database(database_url, writer=False)
    kept = {row.id for row in await database.read(RuleRow)}
    await database.close()
    assert 20260210 in kept and 20250301 in kept


async def test_every_order_finds_its_rules():
    rulebook = read_rulebook()
    for rules in rulebook.versions:
        assert rulebook.of(rules.id) is rules and rulebook.at(rules.from_ms) is rules
        assert rulebook.at(rules.from_ms - 1) is not rules or rules is rulebook.versions[0]
