"""Payouts: a shop or an earner withdraws settled money through the provider."""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import (
    Command,
    Event,
    Forget,
    Keep,
    Role,
    evolves,
    handles,
    many,
    nothing_to_do,
    one,
    recorded,
    timer,
)
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.ledger import Balance, amount_of
from jishi.kernel.machine import Machine
from jishi.kernel.money import Code, Currency, Positive
from jishi.kernel.refused import require
from jishi.kernel.roles import JOB, PROVIDER, SELF, TIMER, staff
from jishi.kernel.rows import Row, table
from jishi.kernel.shops import Shop
from jishi.kernel.waits import wait_ms

PayoutId = id_type("payout")
Account = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]  # as providers name accounts


@table("payouts", ("owner", "id"), changes=("state", "asks", "done_ms"), checks=("amount_minor > 0",))
class Payout(Row, frozen=True):
    """One withdrawal. source: the account it comes from. Where it goes stands apart, in `PayoutAccount`."""

    owner: int
    id: PayoutId
    state: str
    source: str
    amount_minor: int
    currency: str
    asks: int
    asked_ms: int
    done_ms: int


@table("payout_accounts", ("owner", "payout"), indexes=(("party",),), personal={"account": "contract"})
class PayoutAccount(Row, frozen=True):
    """The receiver's account, as the provider knows it. party: who named it, or 0; his erasure takes it away."""

    owner: int
    payout: PayoutId
    party: OwnerId
    account: str


class Withdraw(Command, frozen=True):
    """Send settled money of a shop, or earnings of a party, to an account outside."""

    owner_id: OwnerId
    amount_minor: Positive
    account: Account
    currency: Currency = "CNY"


class RecordPayout(Command, frozen=True):
    """The provider says what became of a payout; `returned` may follow a success."""

    owner_id: OwnerId
    payout: PayoutId
    outcome: Literal["succeeded", "failed", "returned"]


class AskPayout(Command, frozen=True):
    """Nothing was heard of a payout: ask."""

    owner_id: OwnerId
    payout: PayoutId


class EraseAccount(Command, frozen=True):
    """Who named the account is being erased."""

    owner_id: OwnerId
    payout: PayoutId


timer("ask_payout", lambda owner, payout, n: AskPayout(owner, payout))


class PayoutRequested(Event, frozen=True):
    """Books: available money or earnings to payout."""

    payout: PayoutId
    source: Code
    amount_minor: int
    currency: Code


class PayoutAsked(Event, frozen=True):
    payout: PayoutId
    again_ms: int


class PaidOut(Event, frozen=True):
    """Books: payout to provider."""

    payout: PayoutId
    amount_minor: int
    currency: Code


class PayoutReturned(Event, frozen=True):
    """Not accepted, or sent back. Books: back to where it came from."""

    payout: PayoutId
    source: Code
    amount_minor: int
    currency: Code
    paid: int


class AccountErased(Event, frozen=True):
    payout: PayoutId


recorded(AccountErased)

PAYOUT = Machine(
    "payout",
    start="requested",
    moves={
        PayoutAsked: (("requested",), "requested"),
        PaidOut: (("requested",), "paid"),
        PayoutReturned: (("requested", "paid"), "returned"),
    },
    final=("returned",),
)


@evolves(Payout, PayoutRequested, key=("payout",))
def _requested(row, e, stamp):
    return Payout(stamp.owner, e.payout, PAYOUT.start, e.source, e.amount_minor, e.currency, 0, stamp.at, 0)


@evolves(Payout, PayoutAsked, key=("payout",))
def _asked(row, e, stamp):
    return replace(row, asks=row.asks + 1)


@evolves(Payout, PaidOut, PayoutReturned, key=("payout",))
def _done(row, e, stamp):
    return replace(row, state=PAYOUT.after(row.state, e), done_ms=stamp.at)


def _money_staff() -> Role:
    base = staff("money")
    return Role(base.name, lambda c, k: k.shop is not None and base.test(c, k), base.needs)


THE_PAYOUT = one("payout", Payout, lambda c, k: (c.owner_id, c.payout))


@handles(
    Withdraw,
    who=(SELF, _money_staff()),
    needs=(
        one("shop", Shop, lambda c, k: (c.owner_id,)),
        many("balances", Balance, lambda c, k: (c.owner_id,)),
    ),
    answer=("payout", "amount_minor"),
)
def withdraw(c, case, now, ids):
    source = "available" if case.shop else "earnings"
    left = amount_of(case.balances, c.owner_id, source, c.currency)
    debt = amount_of(case.balances, c.owner_id, "receivable", c.currency)
    require(not debt, "debt_open", debt_minor=debt)
    require(c.amount_minor <= left, "balance_short", left_minor=max(0, left))
    payout = ids.next()
    account = PayoutAccount(c.owner_id, payout, case.me, c.account)
    return [PayoutRequested(payout, source, c.amount_minor, c.currency), Keep(account)]


@handles(RecordPayout, who=(PROVIDER,), needs=(THE_PAYOUT,), state=("payout", ("requested", "paid")))
def record_payout(c, case, now, ids):
    payout = case.payout
    if c.outcome == "succeeded":
        if payout.state == "paid":
            return nothing_to_do("paid_before")
        return [PaidOut(c.payout, payout.amount_minor, payout.currency)]
    if c.outcome == "failed" and payout.state == "paid":
        return nothing_to_do("paid_before")
    return [PayoutReturned(c.payout, payout.source, payout.amount_minor, payout.currency, int(payout.state == "paid"))]


@handles(AskPayout, who=(TIMER,), needs=(THE_PAYOUT,), state=("payout", ("requested",)))
def ask_payout(c, case, now, ids):
    return [PayoutAsked(c.payout, now + wait_ms(case.payout.asks))]


@handles(
    EraseAccount, who=(JOB,), needs=(one("account", PayoutAccount, lambda c, k: (c.owner_id, c.payout)),)
)
def erase_account(c, case, now, ids):
    if case.account is None:
        return nothing_to_do("no_account")
    return [AccountErased(c.payout), Forget(PayoutAccount, (c.owner_id, c.payout))]
