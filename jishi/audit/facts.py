"""What events tell against the rows they made, with every value that never changes; and the effects of reactions."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from jishi.audit.lookup import Expected, Lookup
from jishi.audit.query import Tally
from jishi.audit.snapshot import Snapshot, all_rows
from jishi.audit.violation import Violation

PLATFORM = 1


class Fact(NamedTuple):
    """The row an event made. key and columns: names, or `column=field` where they differ; always: fixed values."""

    table: str
    key: str
    columns: str
    always: dict[str, str] = {}


MADE = {
    "ShopOpened": Fact("shops", "", "kind currency"),
    "ShopEntered": Fact("shops", "", "kind currency"),
    "PartyCreated": Fact("parties", "", "kind"),
    "OrderPlaced": Fact(
        "orders",
        "id=order",
        "payer mode delivery currency goods_minor freight_minor total_minor checkout rules pay_by_ms",
    ),
    "LinePlaced": Fact(
        "order_lines", "order n", "product texts category quantity price_minor amount_minor freight_minor shares"
    ),
    "LegOpened": Fact("legs", "order n=leg", "kind amount_minor currency"),
    "PaymentCaptured": Fact("captures", "order txn", "leg trade amount_minor currency surplus"),
    "NoticeRecorded": Fact("notices", "order txn kind seq", "leg amount_minor currency at_ms=told_ms outcome"),
    "CheckoutNoticeRecorded": Fact(
        "checkout_notices", "checkout txn kind seq", "amount_minor currency at_ms=told_ms outcome"
    ),
    "RefundRequested": Fact(
        "refunds", "order n=refund", "kind txn trade claim line amount_minor goods_minor freight_minor currency"
    ),
    "ShareSettled": Fact(
        "share_moves",
        "order n=move",
        "line role payee amount_minor offset_minor currency rule",
        {"kind": "settled"},
    ),
    "ShareReclaimed": Fact(
        "share_moves",
        "order n=move",
        "line role payee amount_minor offset_minor currency rule",
        {"kind": "reclaimed"},
    ),
    "ShareBooked": Fact(
        "transfers", "shop order n=move", "role amount_minor offset_minor currency", {"kind": "settled"}
    ),
    "ShareTakenBack": Fact(
        "transfers", "shop order n=move", "role amount_minor offset_minor currency", {"kind": "reclaimed"}
    ),
    "ParcelShipped": Fact("parcels", "order n=parcel", "carrier number packed"),
    "ClaimOpened": Fact("claims", "order n=claim", "line kind quantity goods_minor freight_minor reason"),
    "GiftOffered": Fact("gifts", "order", "expires_ms"),
    "GiftAccepted": Fact("gifts", "order", "recipient"),
    "CheckoutPlaced": Fact("checkouts", "id=checkout", "total_minor currency parts"),
    "CheckoutPaid": Fact("checkouts", "id=checkout", "txn"),
    "SurplusBooked": Fact("surpluses", "id=surplus", "txn trade amount_minor currency"),
    "OrderAddressed": Fact("orders", "id=order", "beneficiary address"),
    "OrderReleased": Fact("orders", "id=order", "ship_by_ms"),
    "OrderShipped": Fact("orders", "id=order", "receive_by_ms"),
    "OrderReceived": Fact("orders", "id=order", "settle_at_ms"),
    "OrderSettled": Fact("orders", "id=order", "", {"state": "settled"}),
    "OrderRefunded": Fact("orders", "id=order", "", {"state": "refunded"}),
    "LegPaid": Fact("legs", "order n=leg", "", {"state": "paid"}),
    "RefundSucceeded": Fact("refunds", "order n=refund", "", {"state": "succeeded"}),
    "RefundRetried": Fact("refunds", "order n=refund", "", {"state": "retried"}),
    "ClaimWithdrawn": Fact("claims", "order n=claim", "", {"state": "withdrawn"}),
    "ClaimClosed": Fact("claims", "order n=claim", "", {"state": "closed"}),
    "ClaimRefunded": Fact("claims", "order n=claim", "", {"state": "refunded"}),
    "ParcelDelivered": Fact("parcels", "order n=parcel", "", {"state": "delivered"}),
    "GiftDeclined": Fact("gifts", "order", "", {"state": "declined"}),
    "GiftExpired": Fact("gifts", "order", "", {"state": "expired"}),
    "SurplusReturned": Fact("surpluses", "id=surplus", "", {"state": "returned"}),
    "SurplusUndone": Fact("surpluses", "id=surplus", "", {"state": "undone"}),
    "GuestGrown": Fact("parties", "", "", {"kind": "person"}),
    "StaffInvited": Fact("invitations", "id=invitation", "how by duties expires_ms"),
    "InvitationAccepted": Fact("invitations", "id=invitation", "party", {"state": "accepted"}),
    "InvitationDeclined": Fact("invitations", "id=invitation", "party", {"state": "declined"}),
    "InvitationWithdrawn": Fact("invitations", "id=invitation", "", {"state": "withdrawn"}),
    "InvitationExpired": Fact("invitations", "id=invitation", "", {"state": "expired"}),
    "PartyErased": Fact("parties", "", "", {"state": "erased"}),
    "PartyLinked": Fact("parties", "", "", {"kind": "visitor", "state": "linked"}),
    "MessageSent": Fact("messages", "n", "author seat kind shop product order price_minor"),
    "RoomOpened": Fact("rooms", "", "kind founder guest shop"),
    "CardHeld": Fact("held_cards", "party=author day n=held", "shop product"),
    "ShopClosed": Fact("shops", "", "", {"state": "closed"}),
}


def pairs(names: str) -> list[tuple[str, str]]:
    """(column, field of the event) for each name."""
    return [tuple(name.split("=")) if "=" in name else (name, name) for name in names.split()]


PLANS = {name: (fact, pairs(fact.key), pairs(fact.columns)) for name, fact in MADE.items()}


def expected_row(row: Any, event: dict) -> Expected | None:
    """The row that an event tells of."""
    plan = PLANS.get(event["type"])
    if plan is None:
        return None
    fact, key, columns = plan
    because = f"log row {row['seq']} of {row['owner']} tells of {event['type']}"
    told = event | {"seq": row["seq"]}
    full_key = {"owner": row["owner"]} | {column: told[field] for column, field in key}
    if event.get("outcome", "applied") != "applied":  # a notice may be told again, and fit then
        columns = []
    if event["type"] == "PartyCreated" and event["kind"] == "guest":  # he may have become a person since
        columns = []
    values = {column: event[field] for column, field in columns} | fact.always
    if event["type"] == "OrderPlaced":
        values |= placed_to(event)
    return Expected("row_by_event", fact.table, full_key, values, because)


def placed_to(event: dict) -> dict[str, Any]:
    """Where a placed order goes; of a gift that is told later, by OrderAddressed."""
    known = {"address": event["address"], "beneficiary": event["payer"]} if event["address"] else {}
    return known | {"region": event["region"] or ""}


def expected_effect(row: Any, event: dict) -> Expected | None:
    """What a reaction to an event makes at another owner."""
    because = f"the reaction to log row {row['seq']} of {row['owner']} is done"
    kind = event["type"]
    if kind in ("ShareSettled", "ShareReclaimed") and event["role"] != "merchant":
        key = {"owner": event["payee"], "shop": row["owner"], "order": event["order"], "n": event["move"]}
        columns = {name: event[name] for name in ("role", "amount_minor", "currency")}
        return Expected("reaction_had_its_effect", "transfers", key, columns, because)
    if kind == "PartTold":
        key = {"owner": event["shop"], "order": event["order"], "txn": event["txn"], "kind": event["kind"]}
        return Expected("reaction_had_its_effect", "notices", key, {"amount_minor": event["amount_minor"]}, because)
    if kind == "CheckoutOverpaid":
        key = {"owner": PLATFORM, "txn": event["txn"]}
        return Expected("reaction_had_its_effect", "surpluses", key, {"amount_minor": event["amount_minor"]}, because)
    return None


class Facts:
    """Sees every event, and looks up what it must have made."""

    def __init__(self, snapshot: Snapshot, tally: Tally):
        self.snapshot, self.lookup = snapshot, Lookup(snapshot, tally)
        self.read: tuple[int, int] = (0, 0)

    async def see(self, row: Any, events: list[dict] | None) -> AsyncIterator[Violation]:
        for event in events or ():
            expected = [expected_row(row, event)]
            if (effect := expected_effect(row, event)) and row["seq"] <= await self.reactions_read(row["owner"]):
                expected.append(effect)
            for one in filter(None, expected):
                async for violation in self.lookup.expect(one):
                    yield violation

    async def reactions_read(self, owner: int) -> int:
        """How far reactions have read an owner's log: up to there, each must have had its effect."""
        if self.read[0] != owner:
            found = await all_rows(
                self.snapshot, "SELECT seq FROM cursors WHERE consumer = 'reactions' AND owner = ?", owner
            )
            self.read = (owner, found[0]["seq"] if found else 0)
        return self.read[1]

    async def finish(self) -> AsyncIterator[Violation]:
        async for violation in self.lookup.finish():
            yield violation
