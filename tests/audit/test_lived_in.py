"""The auditor finds nothing wrong where nothing is: beside a running engine, with money on its way, and at rest."""

import asyncio

import pytest

from jishi.audit.checks.states import STATES
from jishi.audit.checks.timers import WAITS
from jishi.audit.report import audit
from jishi.kernel import aftersale, catalog, checkout, invitations, orders, parcels, payments, payouts, refunds, surplus
from jishi.kernel.ledger import ACCOUNTS
from jishi.kernel.machine import Machine
from jishi.kernel.settle import Transfer
from jishi.kernel.settling import ShareMove
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import gift, load_modes
from jishi.scenes import friends
from tests.audit.world import live
from tests.support.market import HOUR, open_market

pytestmark = pytest.mark.anyio
MACHINES = {
    "orders": orders.ORDER,
    "legs": payments.LEG,
    "refunds": refunds.REFUND,
    "claims": aftersale.CLAIM,
    "gifts": gift.GIFT_GATE,
    "parcels": parcels.PARCEL,
    "payouts": payouts.PAYOUT,
    "surpluses": surplus.SURPLUS,
    "checkouts": checkout.CHECKOUT,
    "products": catalog.PRODUCT,
    "contacts": friends.CONTACT,
    "invitations": invitations.INVITATION,
}


async def test_a_lived_in_market_holds_while_money_is_on_its_way(database_url):
    async with open_market(database_url) as market:
        await live(market)
        sent = [move for move in await market.rows(ShareMove) if move.role != "merchant"]
        assert len(await market.rows(Transfer)) < len(sent), "nothing is on its way"
        report = await audit(database_url)
        assert report.violations == []
        assert report.checks > 3_000


async def test_it_holds_at_every_commit_that_comes_between(database_url):
    """While a market is lived in, audits run beside it, one after the other, and none sees a half-done thing."""
    async with open_market(database_url) as market:
        audits = 0
        while audits < 3:  # once; again where one life is over too soon
            living = asyncio.create_task(live(market))
            while not living.done() and audits < 500:
                assert (await audit(database_url)).violations == []
                audits += 1
            await living


async def test_what_could_not_be_done_yet_is_open_and_no_violation(database_url):
    """At 10:30 an order whose payment is unknown may not close: its timer is kept, and told as open."""
    async with open_market(database_url) as market:
        await live(market)
        await market.pass_time(HOUR)
        report = await audit(database_url)
        assert report.violations == []
        assert any("close_unpaid" in told and "payment_unknown" in told for told in report.open)


def states_of(machine: Machine) -> set[str]:
    """Every state a machine can be in."""
    return {machine.start} | {state for sources, target in machine.moves.values() for state in (*sources, target)}


@pytest.mark.parametrize("table", sorted(MACHINES))
def test_it_knows_every_state(table):
    """The auditor shares no code with the kernel, so that a new state is told to it by hand."""
    assert states_of(MACHINES[table]) <= set(STATES[table])


def test_it_knows_every_timer_and_account():
    from jishi.audit.checks.books import SIDES

    load_modes()
    assert {wait.kind for wait in WAITS} == set(GRAMMAR.timers)
    assert {*SIDES, "transit"} == set(ACCOUNTS)
    assert {account: side for account, side in ACCOUNTS.items() if account != "transit"} == SIDES


def test_it_knows_every_movement_of_money():
    from jishi.audit.booked import MONEY, STOCK
    from jishi.kernel.stock import MOVES

    assert {event.__name__ for event in GRAMMAR.postings} == set(MONEY)
    assert {event.__name__ for event in MOVES} == set(STOCK)
