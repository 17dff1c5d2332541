"""Deltas of balances, one per account, in key order."""

from collections.abc import Sequence

from jishi.kernel.ledger import Balance


def summed(deltas: Sequence[Balance]) -> list[tuple[int, str, str, int]]:
    """The deltas added up by account; those that cancel out are left away."""
    totals: dict[tuple[int, str, str], int] = {}
    for delta in deltas:
        account = (delta.owner, delta.account, delta.currency)
        totals[account] = totals.get(account, 0) + delta.balance_minor
    return [(*account, total) for account, total in sorted(totals.items()) if total]
