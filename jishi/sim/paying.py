"""What payers do at the provider once they were sent to its cashier."""

from typing import Any

from jishi.engine.request import Answer
from jishi.kernel.grammar import Command, Principal
from jishi.kernel.payments import StartPayment
from jishi.kernel.trade import write

PAYS, PAYS_TWICE, NOT_AGAIN, CARD_REFUSED = 0.85, 0.06, 0.5, 0.08


def after(sim: Any, sent: tuple[Command, Principal, str], answer: Answer) -> None:
    """A payer who started to pay mostly does so; some do it in two tabs, some cards are refused first."""
    command = sent[0]
    if not isinstance(command, StartPayment) or answer.replayed:
        return
    order = next((row for row in sim.view.orders if (row.owner, row.id) == (command.shop, command.order)), None)
    if order is None:
        return
    joined = sim.view.checkouts.get((order.payer, order.checkout))
    trade = (
        write("C", order.payer, order.checkout) if order.checkout else write("O", order.owner, order.id, command.leg)
    )
    amount = joined.total_minor if joined else order.total_minor
    chance = sim.random.random
    if joined and sim.provider.txns.get(trade) and chance() < NOT_AGAIN:
        return
    if chance() < CARD_REFUSED:
        sim.provider.fail(trade, amount, order.currency)
    if chance() < PAYS:
        sim.provider.pay(trade, amount, order.currency)
        if chance() < PAYS_TWICE:
            sim.faults["paid_twice"] += 1
            sim.provider.pay(trade, amount, order.currency)
