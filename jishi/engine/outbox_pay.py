"""The way to the payment provider: what events ask of it, and its answers brought back as commands.

Nothing is concluded from silence: an answer that was lost is logged, and the timers of the payment, refund or payout
ask again until the provider has said what became of it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from jishi.engine.outbox_notices import PROVIDER, transfer
from jishi.engine.request import Busy
from jishi.kernel import trade
from jishi.kernel.checkout import RecordCheckoutNotice
from jishi.kernel.grammar import Event, Stamp
from jishi.kernel.ids import public_owner
from jishi.kernel.notices import RecordNotice
from jishi.kernel.orders import Order
from jishi.kernel.payments import Leg, PaymentAsked, RecordUnpaid
from jishi.kernel.payouts import PayoutAccount, PayoutAsked, PayoutRequested, RecordPayout
from jishi.kernel.refund_results import RecordRefund
from jishi.kernel.refunds import RefundAsked, RefundRequested
from jishi.kernel.refused import Refused
from jishi.kernel.surplus import RecordSurplusReturn, SurplusAsked, SurplusBooked
from jishi.ports.pay import Pay, PayoutAsk, PayRefused, ProviderPayment, RefundAnswer, RefundAsk, Unknown

log = structlog.get_logger("jishi.outbox")
SURPLUS_TRIES = 100  # numbers tried for one surplus before a person has to look
Effect = Callable[[Pay, Any, Event, Stamp], Awaitable[None]]


def pay_effects(pay: Pay) -> dict[str, Callable]:
    """The outbox's effects, by name, for one provider."""
    return {name: bound(pay, name, effect) for name, effect in EFFECTS.items()}


def bound(pay: Pay, name: str, effect: Effect) -> Callable:
    """An effect that survives what the outside does to it: the timers ask again."""

    async def run(engine: Any, event: Event, stamp: Stamp) -> None:
        try:
            await effect(pay, engine, event, stamp)
        except Unknown as unknown:
            log.warning("provider_unknown", effect=name, owner=public_owner(stamp.owner), code=unknown.code)
        except PayRefused as refused:
            log.error("provider_refused", effect=name, owner=public_owner(stamp.owner), code=refused.code)
        except Busy:
            log.warning("answer_waits", effect=name, owner=public_owner(stamp.owner))
        except Refused as refused:
            log.error("answer_refused", effect=name, owner=public_owner(stamp.owner), code=refused.code)

    return run


# -- payments ---------------------------------------------------------------------------------------


async def query_payment(pay: Pay, engine: Any, event: PaymentAsked, stamp: Stamp) -> None:
    """Ask what became of a leg; after its time to pay, see to it that nobody can pay any more."""
    key = {"owner": stamp.owner, "order": event.order}
    (order,) = await engine.database.read(Order, "WHERE owner = :owner AND id = :order", **key)
    (leg,) = await engine.database.read(Leg, 'WHERE owner = :owner AND "order" = :order AND n = :n', **key, n=event.leg)
    if leg.state != "unknown":
        return
    number = trade.trade_of(order, leg.n)
    if await record_payments(engine, number, await pay.query_payment(number)):
        return
    if engine.world.clock.now_ms() + order.ahead_ms < order.pay_by_ms:
        return
    if not await pay.close_payment(number):
        await record_payments(engine, number, await pay.query_payment(number))
        return
    await engine.send(RecordUnpaid(stamp.owner, order.id, leg.n), PROVIDER, f"unpaid.{order.id}.{leg.n}.{stamp.seq}")


async def record_payments(engine: Any, number: str, payments: list[ProviderPayment]) -> bool:
    """Record all that the provider knows of a trade; whether any of it was paid at some time."""
    for payment in payments:
        for kind, amount_minor in facts_of(payment):
            await engine.send(
                payment_command(number, payment, kind, amount_minor),
                PROVIDER,
                f"asked.{kind}.{payment.txn}.{amount_minor}",
            )
    return any(payment.state != "failed" for payment in payments)


def facts_of(payment: ProviderPayment) -> list[tuple[str, int]]:
    """What happened to a payment, in order: one that was undone had been paid before."""
    if payment.state == "failed":
        return [("failed", payment.amount_minor)]
    facts = [("paid", payment.amount_minor)]
    left = payment.amount_minor - payment.refunded_minor
    if payment.state != "paid" and left > 0:
        facts.append((payment.state, left))
    return facts


def payment_command(number: str, payment: ProviderPayment, kind: str, amount_minor: int):
    """One fact of a payment, for the order or the checkout it was for."""
    owner_kind, owner, id, leg = trade.read(number)
    told = (kind, payment.txn, number, amount_minor, payment.currency, payment.paid_ms)
    if owner_kind == "C":
        return RecordCheckoutNotice(owner, id, *told)
    return RecordNotice(owner, id, leg, *told)


# -- refunds ----------------------------------------------------------------------------------------


async def send_refund(pay: Pay, engine: Any, event: RefundRequested, stamp: Stamp) -> None:
    """Send a refund; the same number twice moves money once."""
    await refund(pay, engine, trade.write("R", stamp.owner, event.order, event.refund), event)


async def ask_refund(pay: Pay, engine: Any, event: RefundAsked, stamp: Stamp) -> None:
    """Ask for a refund; one the provider has never seen is sent again."""
    number = trade.write("R", stamp.owner, event.order, event.refund)
    row = await transfer(engine.database, trade.read(number))
    if row.state != "requested":
        return
    answer = await pay.query_refund(number)
    if answer.state == "unknown":
        await refund(pay, engine, number, row)
    else:
        await record_refund(engine, number, answer)


async def refund(pay: Pay, engine: Any, number: str, what: Any) -> None:
    """Ask the provider for a refund, as its event or its row says."""
    await record_refund(engine, number, await pay.refund(refund_ask(number, what)))


def refund_ask(number: str, what: Any) -> RefundAsk:
    """The question, from anything that names a transaction and an amount."""
    return RefundAsk(
        refund_no=number, trade_no=what.trade, txn=what.txn, amount_minor=what.amount_minor, currency=what.currency
    )


async def record_refund(engine: Any, number: str, answer: RefundAnswer) -> None:
    """Bring back the provider's final word, if it was one."""
    if answer.state in ("succeeded", "failed"):
        _, shop, order, n = trade.read(number)
        await engine.send(RecordRefund(shop, order, n, answer.state), PROVIDER, f"{number}.{answer.state}")


async def send_surplus(pay: Pay, engine: Any, event: SurplusBooked | SurplusAsked, stamp: Stamp) -> None:
    """Send surplus back. A number that failed stays failed, so each further try has one of its own."""
    row = await transfer(engine.database, trade.Reference("S", stamp.owner, event.surplus, 0))
    if row.state != "booked":
        return
    for n in range(min(row.asks + 1, SURPLUS_TRIES)):
        number = trade.write("S", stamp.owner, event.surplus, n)
        answer = await pay.query_refund(number)
        if answer.state == "unknown":
            answer = await pay.refund(refund_ask(number, row))
        if answer.state == "succeeded":
            told = RecordSurplusReturn(stamp.owner, event.surplus, "succeeded")
            await engine.send(told, PROVIDER, f"{number}.succeeded")
        if answer.state != "failed":
            return
    log.error("surplus_stays", owner=public_owner(stamp.owner), number=trade.write("S", stamp.owner, event.surplus))


# -- payouts ----------------------------------------------------------------------------------------


async def send_payout(pay: Pay, engine: Any, event: PayoutRequested, stamp: Stamp) -> None:
    """Send a payout; the same number twice moves money once."""
    await payout(pay, engine, trade.write("P", stamp.owner, event.payout), event)


async def ask_payout(pay: Pay, engine: Any, event: PayoutAsked, stamp: Stamp) -> None:
    """Ask for a payout; one the provider has never seen is sent again."""
    number = trade.write("P", stamp.owner, event.payout)
    row = await transfer(engine.database, trade.read(number))
    if row.state != "requested":
        return
    answer = await pay.query_payout(number)
    if answer.state == "unknown":
        await payout(pay, engine, number, row)
    else:
        await record_payout(engine, number, answer.state)


async def payout(pay: Pay, engine: Any, number: str, what: Any) -> None:
    """Ask the provider for a payout, as its event or its row says. Without the account it cannot be sent, and may have
    been: only what the provider says of it is recorded, and a person has to look when it says nothing.
    """
    _, owner, id, _ = trade.read(number)
    found = await engine.database.read(PayoutAccount, "WHERE owner = :owner AND payout = :id", owner=owner, id=id)
    if not found:
        state = (await pay.query_payout(number)).state
        if state == "unknown":
            log.error("payout_without_account", owner=public_owner(owner), number=number)
        await record_payout(engine, number, state)
        return
    ask = PayoutAsk(payout_no=number, amount_minor=what.amount_minor, currency=what.currency, account=found[0].account)
    answer = await pay.payout(ask)
    await record_payout(engine, number, answer.state)


async def record_payout(engine: Any, number: str, state: str) -> None:
    """Bring back the provider's word, if it was one."""
    if state in ("succeeded", "failed", "returned"):
        _, owner, id, _ = trade.read(number)
        await engine.send(RecordPayout(owner, id, state), PROVIDER, f"{number}.{state}")


EFFECTS: dict[str, Effect] = {
    "query_payment": query_payment,
    "send_refund": send_refund,
    "ask_refund": ask_refund,
    "send_payout": send_payout,
    "ask_payout": ask_payout,
    "send_surplus": send_surplus,
}
