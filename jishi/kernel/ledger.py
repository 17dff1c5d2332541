"""The books: double entries inside one owner's book, and a balance per account and currency."""

import msgspec

from jishi.kernel.money import Currency
from jishi.kernel.rows import Row, table

# What each account means, and the side its balance normally stands on (+1 debit, -1 credit).
ACCOUNTS = {
    "provider": +1,  # what the payment provider holds for us; all books together equal its statement
    "escrow": -1,  # paid and not yet settled or given back
    "available": -1,  # the shop's settled money, ready to withdraw
    "earnings": -1,  # a promoter's or creator's earned shares, ready to withdraw
    "fees": -1,  # the platform's service fees
    "payout": -1,  # withdrawals on their way
    "receivable": +1,  # owed by the owner of the book after refunds of settled money
    "transit": -1,  # on its way between two books; all books together sum to zero at rest
    "subsidy": -1,  # set aside by the platform for an order before it is placed
    "deposit": -1,  # the shop's deposit
    "forfeits": -1,  # kept by the shop from a deposit that a buyer gave up
    "suspense": -1,  # money that belongs to no order, until it is sent back
    "corrections": -1,  # the other side of a correction by two operators
}


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One movement: debit, credit, amount (minor units, > 0) and the code of why. `order` is 0 when it concerns none.
    """

    debit: str
    credit: str
    amount_minor: int
    currency: Currency
    code: str
    order: int = 0


@table(
    "entries",
    ("owner", "seq", "n"),
    indexes=(("order", "owner", "seq"),),
    checks=("amount_minor > 0", "debit <> credit"),
    refs=((("owner", "seq"), "log", ("owner", "seq")),),
)
class EntryRow(Row, frozen=True):
    """An entry as booked: by which log row, and at which place in it."""

    owner: int
    seq: int
    n: int
    order: int
    debit: str
    credit: str
    amount_minor: int
    currency: str
    code: str


@table("balances", ("owner", "account", "currency"), changes=("balance_minor",))
class Balance(Row, frozen=True):
    """Debits less credits of one account.

    A receivable is never negative and available money never positive (`ACCOUNTS`).
    """

    owner: int
    account: str
    currency: str
    balance_minor: int


def amount_of(balances: dict, owner: int, account: str, currency: str) -> int:
    """What stands on an account's own side: a positive number for money owed to us or by us as the account's meaning
    says.
    """
    row = balances.get((owner, account, currency))
    return row.balance_minor * ACCOUNTS[account] if row else 0


def entry(debit: str, credit: str, amount_minor: int, currency: str, code: str, order: int = 0) -> list[Entry]:
    """One movement as a list, empty for an amount of zero. Unknown accounts and negative amounts are faults of ours."""
    assert debit in ACCOUNTS and credit in ACCOUNTS and amount_minor >= 0, (debit, credit, amount_minor)
    return [Entry(debit, credit, amount_minor, currency, code, order)] if amount_minor else []
