"""Every kind of fault that is planted, a table of its own for each noun."""

from tests.audit.planting import Fault


def change(table: str, where: str = "1 = 1", names=None, **columns: str) -> Fault:
    return Fault("change", table, where, columns, names)


def drop(table: str, where: str = "1 = 1", names=None) -> Fault:
    return Fault("drop", table, where, {}, names)


def copy(table: str, where: str = "1 = 1", names=None, **columns: str) -> Fault:
    return Fault("copy", table, where, columns, names)


ORDER_OF = ("orders", {"owner": "owner", "id": '"order"'})
UNDONE = """EXISTS (SELECT 1 FROM captures c WHERE c.owner = order_lines.owner AND c."order" = order_lines."order"
            AND c.undone_minor > 0)"""
STATES = ("placed", "paid", "to_ship", "partly_shipped", "shipped", "received", "settled", "closed")

BOOKS = [
    change("entries", "code = 'captured'", amount_minor="amount_minor + 1"),
    change("entries", "code = 'settled.merchant'", amount_minor="amount_minor - 1"),
    change("entries", "code = 'transferred.platform'", amount_minor="amount_minor + 1"),
    change("entries", "code = 'payout.paid'", amount_minor="amount_minor + 1"),
    change("entries", "code = 'refunded'", code="'reversed'"),
    change("entries", "code = 'settled.platform'", credit="'available'"),
    change("entries", "code = 'captured'", debit="'nonsense'"),
    change("entries", "code = 'captured'", currency="'USD'"),
    change("entries", '"order" <> 0', order='"order" + 1000007'),
    drop("entries", "code = 'captured'"),
    drop("entries", "code = 'taken_back.owed'"),
    copy("entries", "code = 'captured'", n="n + 100"),
    copy("entries", "code = 'settled.merchant'", seq="seq + 100000"),
    *[
        change("balances", f"account = '{account}'", balance_minor="balance_minor + 1")
        for account in ("provider", "escrow", "available", "fees", "transit", "payout", "suspense", "receivable")
    ],
    change("balances", "account = 'escrow' AND balance_minor < 0", balance_minor="-balance_minor"),
    change("balances", "account = 'receivable'", balance_minor="-5"),
    change(
        "balances",
        "account = 'provider'",
        balance_minor="0",
        names=("balances", {"owner": "owner", "currency": "currency"}),
    ),
    drop("balances", "account = 'available'"),
    copy("balances", "account = 'available'", account="'deposit'", balance_minor="-1"),
]

ORDERS = [
    *[
        change("orders", "state = 'settled'", **{f"{name}_minor": f"{name}_minor + 1"})
        for name in ("paid", "refunded", "refunding", "reversed", "charged_back", "forfeited", "settled", "reclaimed",
                     "subsidy", "total", "goods", "freight")
    ],
    *[change("orders", f"state = '{state}'", state="'nonsense'") for state in STATES],
    *[
        change("orders", f"state = '{was}'", state=f"'{now}'")
        for was, now in (("settled", "received"), ("to_ship", "shipped"), ("closed", "placed"), ("placed", "closed"),
                         ("shipped", "to_ship"), ("paid", "to_ship"), ("received", "settled"), ("closed", "refunded"))
    ],
    change("orders", "state = 'placed'", payer="payer + 1000000"),
    change("orders", "state = 'to_ship'", rules="1"),
    change("orders", "checkout <> 0", checkout="checkout + 1"),
    change("orders", "state = 'closed' AND reason = 'gift_expired'", reason="'gift_declined'",
           names=("gifts", {"owner": "owner", "order": "id"})),
    drop("orders", "state = 'settled'"),
    drop("orders", "state = 'placed'"),
    change("order_lines", "given_back_minor = 0", given_back_minor="1"),
    change("order_lines", f"given_back_minor > 0 AND NOT {UNDONE}", given_back_minor="given_back_minor - 1"),
    change("order_lines", f"given_back_minor > 0 AND {UNDONE}", ORDER_OF, given_back_minor="given_back_minor - 1"),
    change("order_lines", freight_minor="freight_minor + 1"),
    change("order_lines", price_minor="price_minor + 1"),
    change("order_lines", quantity="quantity + 1"),
    change("order_lines", "shipped > 0", shipped="shipped - 1"),
    change("order_lines", "shipped = 0", shipped="1"),
    change("order_lines", "claimed > 0", claimed="claimed - 1"),
    change("order_lines", shares="REPLACE(shares, '100000', '200000')"),
    change("order_lines", sku="sku + 1000007"),
    drop("order_lines"),
    copy("order_lines", order='"order" + 1000007'),
]  # fmt: skip

PAYMENTS = [
    change("legs", "state = 'paid'", state="'due'"),
    change("legs", "state = 'due'", state="'paid'"),
    change("legs", amount_minor="amount_minor + 1"),
    change("legs", "state = 'unknown'", state="'lost'"),
    drop("legs", "state = 'paid'"),
    change("captures", amount_minor="amount_minor + 1"),
    change("captures", "refunded_minor > 0", refunded_minor="refunded_minor - 1"),
    change("captures", refunding_minor="refunding_minor + 1"),
    change("captures", undone_minor="undone_minor + 1", names=ORDER_OF),
    change("captures", undone_minor="amount_minor + 1"),
    change("captures", "surplus = 1", surplus="0"),
    change("captures", leg="2"),
    change("captures", trade="'O1'"),
    drop("captures"),
    drop("notices", "kind = 'paid' AND outcome = 'applied'"),
    change("notices", "kind = 'charged_back'", amount_minor="amount_minor + 1"),
    change("refunds", "state = 'succeeded'", amount_minor="amount_minor + 1"),
    change("refunds", "state = 'succeeded'", state="'failed'"),
    change("refunds", "state = 'requested'", state="'succeeded'"),
    change("refunds", txn="'T-other'"),
    change("refunds", "claim > 0", claim="0"),
    drop("refunds", "state = 'failed'"),
    copy("refunds", "state = 'succeeded'", order='"order" + 1000007'),
    change("checkouts", total_minor="total_minor + 1"),
    change("checkouts", txn="''"),
    change("checkouts", state="'placed'"),
    drop("checkouts"),
    change("payouts", "state = 'paid'", amount_minor="amount_minor + 1"),
    change("payouts", "state = 'requested'", state="'paid'"),
    change("payouts", "state = 'returned'", state="'requested'"),
    drop("payouts", "state = 'requested'"),
    change("surpluses", amount_minor="amount_minor + 1"),
    change("surpluses", state="'returned'",
           names=("balances", {"owner": "owner", "account": "'suspense'", "currency": "currency"})),
    drop("surpluses"),
]  # fmt: skip

COMMISSION = """EXISTS (SELECT 1 FROM share_moves m
                WHERE m.owner = order_lines.owner AND m."order" = order_lines."order"
                AND m.line = order_lines.n AND m.role = 'promoter') AND given_back_minor = 0"""
PROMOTER_MOVE = """(SELECT MAX(m.n) FROM share_moves m
                   WHERE m.owner = order_lines.owner AND m."order" = order_lines."order"
                   AND m.line = order_lines.n AND m.role = 'promoter')"""

SHARES = [
    *[
        change("share_moves", f"role = '{role}' AND kind = '{kind}'", amount_minor="amount_minor + 1")
        for role in ("merchant", "promoter", "platform")
        for kind in ("settled", "reclaimed")
    ],
    change("share_moves", "role = 'promoter'", payee="payee + 1"),
    change("share_moves", "role = 'promoter'", role="'agency'"),
    change("share_moves", "kind = 'reclaimed'", kind="'settled'"),
    change("share_moves", "role = 'promoter'", offset_minor="1"),
    change("share_moves", "role = 'merchant' AND offset_minor > 0", offset_minor="0"),
    drop("share_moves", "role = 'promoter'"),
    copy("share_moves", "role = 'promoter'", n="n + 100"),
    copy("share_moves", "line = 0", n="n + 100", names=("orders", {"owner": "owner", "id": '"order"'})),
    drop("share_moves", "line = 0", names=("orders", {"owner": "owner", "id": '"order"'})),
    # money refunded, and the promoter keeps his commission on it
    change("order_lines", COMMISSION, given_back_minor="amount_minor",
           names=("share_moves", {"owner": "owner", "order": '"order"', "n": PROMOTER_MOVE})),
    drop("transfers"),
    drop("transfers", "kind = 'reclaimed'"),
    change("transfers", amount_minor="amount_minor + 1"),
    change("transfers", "kind = 'settled'", kind="'reclaimed'"),
    copy("transfers", n="n + 100"),
]  # fmt: skip

STOCK = [
    *[change("skus", "held > 0", **{count: f"{count} + 1"}) for count in ("free", "held", "taken", "stocked")],
    change("skus", "held > 0", held="held - 1", free="free + 1"),
    change("skus", "taken > 0", taken="taken - 1", stocked="stocked - 1"),
    change("skus", "free > 0", free="-1"),
    change("skus", product="product + 1000007"),
    *[
        change("stock_moves", f"kind = '{kind}'", quantity="quantity + 1")
        for kind in ("held", "released", "taken", "returned", "counted")
    ],
    change("stock_moves", "kind = 'held'", order='"order" + 1000007'),
    change("stock_moves", "kind = 'released'", kind="'taken'", names=("skus", {"owner": "owner", "id": "sku"})),
    drop("stock_moves", "kind = 'taken'"),
    copy("stock_moves", "kind = 'counted'", n="n + 1"),
    copy("stock_moves", "kind = 'held'", seq="seq + 100000"),
]

PENDING = """m.role = 'promoter' AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.owner = m.payee AND t.shop = m.owner
             AND t."order" = m."order" AND t.n = m.n)"""


def pending(column: str) -> str:
    """A column of the one promoter's share that a cursor's shop has sent and that has not arrived."""
    return f"(SELECT m.{column} FROM share_moves m WHERE m.owner = cursors.owner AND {PENDING})"


LOG = [
    change("log", "seq = 3", answer="REPLACE(answer, '{', '{ ')"),
    change("log", "events LIKE '%PaymentCaptured%'", events="REPLACE(events, '\"surplus\":0', '\"surplus\":1')"),
    change("log", "seq = 2", events="'[' || events"),
    change("log", "seq = 2", at="at + 1"),
    change("log", "seq = 2", principal="'party:1'"),
    change("log", "seq = 2", command_id="command_id || 'x'"),
    change("log", "seq = 2", command="'OtherCommand'"),
    change("log", "seq = 2", fingerprint="fingerprint || '0'"),
    change("log", "seq = 3", chain="(SELECT o.chain FROM log o WHERE o.owner = log.owner AND o.seq = 1)"),
    drop("log", "seq = 3"),
    drop("log", "events LIKE '%OrderSettled%'"),
    drop("log", "seq = (SELECT h.seq FROM heads h WHERE h.owner = log.owner)", names=("heads", {"owner": "owner"})),
    copy("log", "seq = 2", seq="seq + 100000", command_id="'another'"),
    change("heads", "kind = 'shop'", seq="seq + 1"),
    change("heads", "kind = 'shop'", chain="(SELECT g.chain FROM heads g WHERE g.owner = 1)"),
    drop("heads", "kind = 'shop'", names=("shops", {"owner": "owner"})),
    change("cursors", seq="seq + 100000"),
    drop("parties", "owner IN (SELECT payer FROM orders)",
         names=("orders", {"owner": "(SELECT MIN(o.owner) FROM orders o WHERE o.payer = parties.owner)",
                           "id": "(SELECT MIN(o.id) FROM orders o WHERE o.payer = parties.owner)"})),
    change("touches", seq="seq + 100000"),
    # reactions say that they have read on, and a promoter's share has not arrived
    change("cursors", f"consumer = 'reactions' AND owner IN (SELECT m.owner FROM share_moves m WHERE {PENDING})",
           seq="(SELECT h.seq FROM heads h WHERE h.owner = cursors.owner)",
           names=("transfers", {"owner": pending("payee"), "shop": "owner", "order": pending('"order"'),
                                "n": pending("n")})),
]  # fmt: skip

TIMERS = ("close_unpaid", "ship_late", "auto_receive", "settle", "ask_payment", "ask_refund", "retry_refund",
          "claim_due", "expire_gift", "ask_payout", "ask_surplus", "split_undone")  # fmt: skip
WAITING = [
    *[drop("timers", f"kind = '{kind}'") for kind in TIMERS],
    *[copy("timers", f"kind = '{kind}'", subject="subject + 1000007") for kind in TIMERS],
    *[
        change("timers", f"kind = '{kind}'", due_ms="due_ms + 1")
        for kind in ("close_unpaid", "ship_late", "auto_receive", "settle", "claim_due", "expire_gift")
    ],
    change("timers", set_seq="set_seq + 100000"),
    change("gifts", "state = 'offered'", state="'accepted'"),
    change("gifts", "state = 'accepted'", state="'expired'"),
    change("gifts", "state = 'accepted'", recipient="recipient + 1"),
    change("gifts", "state = 'wrapped'", state="'offered'"),
    drop("gifts", "state = 'accepted'"),
    change("claims", "state = 'refunded'", state="'refunding'"),
    change("claims", "state = 'refunding'", state="'refunded'"),
    change("claims", goods_minor="goods_minor + 1"),
    change("claims", quantity="quantity + 1"),
    drop("claims"),
    change("parcels", "packed LIKE '%\"quantity\":1%'", packed="REPLACE(packed, '\"quantity\":1', '\"quantity\":2')"),
    change("parcels", "state = 'delivered'", state="'shipped'"),
    drop("parcels"),
]

ROOM_OF = ("rooms", {"owner": "owner"})
DAY_OF = ("card_counts", {"owner": "owner", "party": "author", "day": "(at_ms + 28800000) / 86400000"})
HELD_OF = ("card_counts", {"owner": "owner", "party": "party", "day": "day"})
CHATS = [
    change("rooms", "last_n > 0", last_n="last_n + 1"),
    change("rooms", "kind = 'direct'", kind="'nonsense'"),
    change("rooms", "kind = 'group'", members="members + 1"),
    change("rooms", "kind = 'direct'", guest="guest + 1"),
    change("rooms", "kind = 'service'", shop="0"),
    change("members", "read_n > 0", read_n="read_n + 100"),
    change("members", "left_ms = 0", left_ms="1", names=ROOM_OF),
    drop("messages", "kind = 'text'", names=ROOM_OF),
    change("messages", "kind = 'text'", kind="'order'"),
    change("messages", "kind = 'text'", seat="seat + 1"),
    change("messages", "kind = 'product'", product="product + 1"),
    change("messages", "kind = 'product'", at_ms="at_ms + 864000000", names=DAY_OF),
    change("messages", "kind = 'gift'", author="author + 1"),
    change("message_texts", author="author + 1"),
    change("card_counts", "shown > 0", shown="shown + 1"),
    change("card_counts", "held > 0", held="held - 1"),
    drop("held_cards", names=HELD_OF),
    change("held_cards", product="product + 1"),
    change("contacts", state="'nonsense'"),
    change("contacts", other="other + 77", names=("contacts", {"owner": "owner", "other": "other + 77"})),
]

KNOWN_GIFT = "mode = 'gift' AND beneficiary <> 0"
GOODS = [
    change("skus", price_minor="price_minor + 1"),
    change("skus", "price_minor = 1200", price_minor="1000"),
    change("skus", weight_g="weight_g + 1"),
    change("skus", currency="'USD'"),
    change("skus", options="'[7]'"),
    drop("skus"),
    copy("skus", id="id + 1000007"),
    change("products", texts="texts + 1"),
    change("products", "texts = 2", texts="1"),
    change("products", "state = 'listed'", state="'withdrawn'"),
    change("products", "state = 'withdrawn'", state="'listed'"),
    change("products", promoter_ppm="promoter_ppm + 1"),
    change("products", giftable="1 - giftable"),
    change("products", freight="freight + 1"),
    change("products", "pictures = 2", pictures="1"),
    copy("products", id="id + 1000007"),
    drop("product_texts", names=("products", {"owner": "owner", "id": "product"})),
    drop("product_texts", "version = 2"),
    copy("product_texts", version="version + 1000"),
    copy("product_texts", language="'xx'"),
    change("order_lines", texts="texts + 1000"),
    change("pictures", "removed_ms > 0", removed_ms="0"),
    change("pictures", file="'other'"),
    drop("pictures"),
    drop("touches"),
    copy("touches", shop="shop + 1000007"),
    change("touches", promoter="promoter + 1"),
    change("touches", medium="'qr'"),
    change("cart_lines", quantity="quantity + 1"),
    drop("cart_lines"),
    copy("cart_lines", sku="sku + 1000007"),
    drop("addresses", "removed_ms > 0"),
    change("addresses", region="'CN-SH'"),
    change("addresses", "removed_ms > 0", removed_ms="0"),
    copy("addresses", id="id + 1000007"),
]
ADDRESSED = [
    change("orders", "mode = 'shelf'", address="address + 1000007"),
    change("orders", "mode = 'shelf'", region="'CN-SH'"),
    change("orders", "mode = 'shelf'", beneficiary="beneficiary + 1"),
    change("orders", "mode = 'shelf'", address="0"),
    change("orders", KNOWN_GIFT, address="address + 1"),
    change("orders", KNOWN_GIFT, beneficiary="payer"),
    change("orders", "mode = 'gift' AND beneficiary = 0", address="1"),
]
TOLD = [
    *[change("refunds", "state = 'succeeded'", **{name: f"{name} + 1"}) for name in ("goods_minor", "freight_minor")],
    change("refunds", "state = 'succeeded'", currency="'USD'"),
    change("refunds", kind="'other'"),
    change("refunds", trade="'O1'"),
    change("refunds", "line > 0", line="line + 1"),
    change("payouts", source="'fees'"),
    change("payouts", "state = 'paid'", currency="'USD'"),
    change("payouts", "state = 'paid'", state="'returned'"),
    copy("payouts", "state = 'paid'", id="id + 1000007"),
    change("share_moves", "role = 'promoter'", rule="'other'"),
    change("share_moves", "role = 'promoter'", currency="'USD'"),
    change("share_moves", "line > 0", line="line + 1"),
    change("transfers", "role = 'promoter'", role="'agency'"),
    change("transfers", offset_minor="offset_minor + 1"),
    change("transfers", currency="'USD'"),
    change("captures", currency="'USD'"),
    change("notices", currency="'USD'"),
    change("legs", kind="'deposit'"),
    change("parcels", number="'SF0'"),
    change("claims", reason="'other'"),
    change("log", "seq = 3", answer="answer || ' '"),
    change("log", "seq = 2", chain="(SELECT h.chain FROM heads h WHERE h.owner = log.owner)"),
    change("log", "seq = 1", events="REPLACE(events, '}]', ',\"more\":1}]')"),
    copy("log", "seq = 1", owner="owner + 900000007", command_id="'another'"),
]
EXTRA = [
    copy("captures", txn="'T-another'"),
    copy("legs", n="n + 100"),
    copy("claims", n="n + 100"),
    copy("parcels", n="n + 100"),
    *[copy("refunds", f"state = '{state}'", n="n + 100") for state in ("succeeded", "failed", "requested")],
    copy("notices", seq="seq + 100000"),
    copy("checkouts", id="id + 1000007"),
    copy("surpluses", id="id + 1000007", txn="'T-another'"),
    copy("orders", "state = 'closed'", id="id + 1000007"),
    copy("orders", "state = 'placed'", id="id + 1000007"),
    copy("gifts", order='"order" + 1000007'),
    copy("parties", owner="owner + 900000007"),
    copy("shops", owner="owner + 900000007"),
    copy("heads", owner="owner + 900000007"),
    copy("cursors", owner="owner + 900000007"),
]
ALARMS = [
    copy("timers", kind="'nonsense'"),
    copy("timers", n="n + 7"),
    change("timers", "set_seq > 1", set_seq="1"),
    change("timers", "set_seq > 2", set_seq="set_seq - 1"),
]

FAULTS = [
    *CHATS, *BOOKS, *ORDERS, *PAYMENTS, *SHARES, *STOCK, *LOG, *WAITING, *GOODS, *ADDRESSED, *TOLD, *EXTRA, *ALARMS,
]  # fmt: skip
