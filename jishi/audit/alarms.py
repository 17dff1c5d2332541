"""Timers beside the log: each names the log row that set it last, through an event that sets such a timer."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from jishi.audit.query import Side, Tally
from jishi.audit.snapshot import Snapshot
from jishi.audit.violation import Violation

TIMERS = "SELECT owner, subject, kind, n, set_seq FROM timers ORDER BY owner"
# event -> (kind of timer, field of its subject, field of its n or "" for 0)
SETS = {
    "OrderPlaced": ("close_unpaid", "order", ""),
    "OrderReleased": ("ship_late", "order", ""),
    "OrderShipped": ("auto_receive", "order", ""),
    "OrderReceived": ("settle", "order", ""),
    "LegStarted": ("ask_payment", "order", "leg"),
    "PaymentAsked": ("ask_payment", "order", "leg"),
    "RefundRequested": ("ask_refund", "order", "refund"),
    "RefundAsked": ("ask_refund", "order", "refund"),
    "RefundFailed": ("retry_refund", "order", "refund"),
    "ClaimOpened": ("claim_due", "order", "claim"),
    "ClaimAgreed": ("claim_due", "order", "claim"),
    "ClaimSentBack": ("claim_due", "order", "claim"),
    "ClaimRejected": ("claim_due", "order", "claim"),
    "ClaimEscalated": ("claim_due", "order", "claim"),
    "GiftOffered": ("expire_gift", "order", ""),
    "PayoutRequested": ("ask_payout", "payout", ""),
    "PayoutAsked": ("ask_payout", "payout", ""),
    "CheckoutNoticeRecorded": ("split_undone", "checkout", "seq"),
    "StaffInvited": ("expire_invitation", "invitation", ""),
    "SurplusBooked": ("ask_surplus", "surplus", ""),
    "SurplusAsked": ("ask_surplus", "surplus", ""),
}


def set_by(event: dict, seq: int) -> list[tuple[str, int, int]]:
    """(kind, subject, n) of the timers that an event may set."""
    if event["type"] == "OrderAhead":  # in a demo an order's timers move together
        return [(timer["kind"], event["order"], timer["n"]) for timer in event["timers"]]
    if event["type"] not in SETS:
        return []
    kind, subject, n = SETS[event["type"]]
    return [(kind, event[subject], (event | {"seq": seq})[n] if n else 0)]


class Alarms:
    """Holds an owner's timers while his log is read, and remembers which row set each of them last."""

    def __init__(self, snapshot: Snapshot, tally: Tally):
        self.tally, self.timers = tally, Side(snapshot.rows(TIMERS), "owner")
        self.owner = 0
        self.mine: dict[tuple[str, int, int], Any] = {}
        self.last: dict[tuple[str, int, int], int] = {}

    async def see(self, row: Any, events: list[dict] | None) -> AsyncIterator[Violation]:
        """One log row; when it is the first of another owner, the timers of the one before are compared."""
        if row["owner"] != self.owner:
            for violation in self.compare():
                yield violation
            self.owner = row["owner"]
            _, mine = await self.timers.up_to((self.owner,))
            self.mine = {(timer["kind"], timer["subject"], timer["n"]): timer for timer in mine}
        if self.mine:
            made = {timer for event in events or () for timer in set_by(event, row["seq"])}
            self.last |= dict.fromkeys(made & self.mine.keys(), row["seq"])

    def compare(self) -> Iterator[Violation]:
        """Each timer names the row that set it last. Timers of an owner without a log are told by `references`."""
        for place, timer in self.mine.items():
            self.tally.facts += 1
            last = self.last.get(place)
            if last != timer["set_seq"]:
                key = {name: timer[name] for name in ("owner", "subject", "kind", "n")}
                told = f"log row {last} set it last" if last else "no row of the log set it"
                told = f"names log row {timer['set_seq']}, but {told}"
                yield Violation("timer_set_by_its_log_row", "timers", key, told)
        self.mine, self.last = {}, {}

    async def finish(self) -> AsyncIterator[Violation]:
        """The last owner's timers."""
        for violation in self.compare():
            yield violation
        await self.timers.up_to(None)
