"""Entries of the books in words: why money moved, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from jishi.web.languages import mark
from jishi.web.words import ROLE

# The codes of `kernel/postings.py`; those that end in a role are told by their beginning.
CODES = {
    "captured": mark("Paid by the buyer, into escrow"),
    "reversed": mark("Payment undone by the provider"),
    "charged_back": mark("Taken back by the buyer's bank"),
    "refunded": mark("Refunded to the buyer"),
    "settled.merchant": mark("Settled: what is left is the shop's"),
    "settled.netted": mark("Settled, against what the shop owed"),
    "reclaimed.merchant": mark("Taken from the shop for a refund"),
    "reclaimed.owed": mark("Owed by the shop for a refund"),
    "transferred.netted": mark("A share that came in, against what was owed"),
    "taken_back.owed": mark("Owed for a share taken back"),
    "payout.requested": mark("Withdrawal asked for"),
    "payout.paid": mark("Withdrawal paid out"),
    "payout.returned": mark("Withdrawal sent back"),
    "surplus.booked": mark("Paid beyond any order"),
    "surplus.returned": mark("What was paid beyond any order, sent back"),
    "surplus.undone": mark("What was paid beyond any order, undone by the provider"),
}
BY_ROLE = {
    "settled": mark("Settled to: %(role)s"),
    "reclaimed": mark("Taken back after a refund from: %(role)s"),
    "transferred": mark("A share that came in: %(role)s"),
    "taken_back": mark("A share taken back after a refund: %(role)s"),
}
RULES = {
    "fee": mark("Service fee"),
    "touch": mark("Promoter's share"),
    "rest": mark("What the other shares leave"),
    "gone_twice": mark("Gone back twice: the shop makes it good"),
}


def entry_word(gettext: Callable[[str], str], code: str) -> str:
    """Why money moved. A role that only an installed mode knows is named as it names itself."""
    if code in CODES:
        return gettext(CODES[code])
    stem, _, role = code.partition(".")
    return gettext(BY_ROLE[stem]) % {"role": gettext(ROLE.get(role, role))} if stem in BY_ROLE else code


def version_day(version: int) -> str:
    """A version of the rules by its first day: 20260101 as 2026-01-01."""
    return date.fromisoformat(str(version)).isoformat()


def rule_word(gettext: Callable[[str], str], rule: str, version: int) -> str:
    """The rule a share follows, with the day of the version its order is bound to; only the day where no share is."""
    stem, _, told = rule.partition(".")
    day = version_day(int(told) if told.isdecimal() else version)
    return f"{gettext(RULES.get(stem, stem))} · {day}" if stem else day
