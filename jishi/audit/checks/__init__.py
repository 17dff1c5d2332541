"""Every check, in the order in which it is run: first the log, on which all rests, then the books, then each noun."""

from jishi.audit.checks import (
    books,
    captures,
    chats,
    checkouts,
    claims,
    gifts,
    lines,
    log,
    orders,
    outside,
    references,
    refunds,
    shares,
    states,
    stock,
    texts,
    timers,
    transit,
)

NOUNS = (log, books, orders, captures, refunds, lines, shares, transit, stock, claims, gifts, checkouts, outside,
         chats, timers, states, texts, references)  # fmt: skip
CHECKS = tuple([check for noun in NOUNS for check in noun.CHECKS])
