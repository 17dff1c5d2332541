"""The closed loop."""

from jishi.store.migrations.tables import create, created

revision = "0001"
down_revision = None
branch_labels = depends_on = None
contract = False

NEW = (
    created(
        "entries",
        "owner int, seq int, n int, order int, debit str, credit str, amount_minor int, currency str, code str",
        key="owner, seq, n",
        indexes=["owner, order, seq"],
        checks=["amount_minor > 0", "debit <> credit"],
    ),
    created(
        "balances",
        "owner int, account str, currency str, balance_minor int",
        key="owner, account, currency",
        changes=True,
    ),
    created(
        "heads",
        "owner int, kind str, seq int, chain bytes, touched_ms int",
        key="owner",
        changes=True,
        indexes=["touched_ms"],
    ),
    created(
        "log",
        "owner int, seq int, command_id str, principal str, command str, fingerprint str, answer str, "
        "events str, at int, chain bytes",
        key="owner, seq",
        unique=["owner, principal, command_id"],
    ),
    created(
        "timers",
        "owner int, subject int, kind str, n int, due_ms int, set_seq int, attempts int, code str",
        key="owner, subject, kind, n",
        changes=True,
        indexes=["due_ms"],
    ),
    created(
        "meta",
        "key str, value str",
        key="key",
        changes=True,
    ),
    created(
        "cursors",
        "consumer str, owner int, seq int",
        key="consumer, owner",
        changes=True,
    ),
    created(
        "waiting",
        "owner int, seq int, n int, due_ms int, attempts int, code str",
        key="owner, seq, n",
        changes=True,
        indexes=["due_ms"],
    ),
    created(
        "leases",
        "name str, holder str, until_ms int",
        key="name",
        changes=True,
    ),
    created(
        "engines",
        "number int, holder str, until_ms int",
        key="number",
        changes=True,
        checks=["number >= 0 AND number < 1024"],
    ),
    created(
        "personas",
        "party int, code str, role str, shop int, language str, name_zh_hans str, name_zh_hant str, name_en str",
        key="party",
    ),
    created(
        "staff",
        "owner int, party int, duties str, since_ms int, left_ms int",
        key="owner, party",
        changes=True,
        indexes=["party"],
    ),
    created(
        "parties",
        "owner int, kind str, state str, created_ms int",
        key="owner",
        changes=True,
    ),
    created(
        "profiles",
        "owner int, name str, phone str, language str",
        key="owner",
        changes=True,
    ),
    created(
        "addresses",
        "owner int, id int, region str, name str, phone str, street str, removed_ms int",
        key="owner, id",
        changes=True,
    ),
    created(
        "skus",
        "owner int, id int, product int, code str, options str, price_minor int, currency str, weight_g int, "
        "free int, held int, taken int, stocked int, state str",
        key="owner, id",
        changes=True,
        indexes=["owner, product"],
        checks=["free >= 0", "held >= 0", "taken >= 0", "stocked = free + held + taken", "price_minor > 0"],
    ),
    created(
        "stock_moves",
        "owner int, sku int, seq int, n int, kind str, quantity int, order int, at int",
        key="owner, sku, seq, n, kind",
    ),
    created(
        "orders",
        "owner int, id int, payer int, beneficiary int, mode str, delivery str, state str, reason str, "
        "currency str, goods_minor int, freight_minor int, total_minor int, subsidy_minor int, "
        "paid_minor int, refunded_minor int, refunding_minor int, reversed_minor int, "
        "charged_back_minor int, forfeited_minor int, settled_minor int, reclaimed_minor int, checkout int, "
        "address int, region str, rules int, ahead_ms int, placed_ms int, pay_by_ms int, paid_ms int, "
        "ship_by_ms int, receive_by_ms int, settle_at_ms int, done_ms int",
        key="owner, id",
        changes=True,
        indexes=["payer, placed_ms", "beneficiary, placed_ms", "owner, state, placed_ms"],
        checks=[
            "paid_minor >= 0",
            "refunded_minor >= 0",
            "refunding_minor >= 0",
            "reversed_minor >= 0",
            "charged_back_minor >= 0",
            "forfeited_minor >= 0",
            "settled_minor >= 0",
            "reclaimed_minor >= 0",
            "total_minor >= 0",
            "ahead_ms >= 0",
        ],
    ),
    created(
        "order_lines",
        "owner int, order int, n int, sku int, product int, texts int, category str, quantity int, "
        "price_minor int, amount_minor int, freight_minor int, shares str, shipped int, claimed int, "
        "given_back_minor int, freight_back_minor int",
        key="owner, order, n",
        changes=True,
        checks=[
            "quantity > 0",
            "given_back_minor >= 0",
            "given_back_minor <= amount_minor",
            "freight_back_minor <= freight_minor",
        ],
    ),
    created(
        "claims",
        "owner int, order int, n int, line int, kind str, quantity int, goods_minor int, freight_minor int, "
        "reason str, state str, opened_ms int, due_ms int, carrier str, number str",
        key="owner, order, n",
        changes=True,
        indexes=["owner, state, due_ms"],
    ),
    created(
        "keys",
        "owner int, id int, state str, scopes str, made_ms int",
        key="owner, id",
        changes=True,
    ),
    created(
        "key_names",
        "owner int, id int, party int, name str",
        key="owner, id",
        indexes=["party"],
    ),
    created(
        "cart_lines",
        "owner int, shop int, sku int, quantity int, since_ms int",
        key="owner, shop, sku",
        changes=True,
    ),
    created(
        "shops",
        "owner int, kind str, state str, currency str, opened_ms int",
        key="owner",
        changes=True,
    ),
    created(
        "shop_names",
        "owner int, language str, name str",
        key="owner, language",
        changes=True,
    ),
    created(
        "freight_templates",
        "owner int, id int, code str, by str, rates str, free_over_minor int, excluded str, gift_dearer str",
        key="owner, id",
        changes=True,
    ),
    created(
        "products",
        "owner int, id int, category str, state str, promoter_ppm int, giftable int, freight int, texts int, "
        "pictures int, listed_ms int",
        key="owner, id",
        changes=True,
    ),
    created(
        "product_texts",
        "owner int, product int, language str, version int, title str, subtitle str, detail str, axes str",
        key="owner, product, language, version",
    ),
    created(
        "legs",
        "owner int, order int, n int, kind str, state str, amount_minor int, currency str, asks int",
        key="owner, order, n",
        changes=True,
        indexes=["state"],
        checks=["amount_minor > 0"],
    ),
    created(
        "captures",
        "owner int, order int, txn str, leg int, trade str, amount_minor int, currency str, "
        "refunding_minor int, refunded_minor int, undone_minor int, surplus int",
        key="owner, order, txn",
        changes=True,
        checks=[
            "amount_minor > 0",
            "refunded_minor >= 0",
            "refunding_minor >= 0",
            "refunded_minor + refunding_minor <= amount_minor",
        ],
    ),
    created(
        "notices",
        "owner int, order int, txn str, kind str, seq int, leg int, amount_minor int, currency str, "
        "at_ms int, outcome str",
        key="owner, order, txn, kind, seq",
    ),
    created(
        "checkouts",
        "owner int, id int, state str, total_minor int, currency str, parts str, txn str, placed_ms int",
        key="owner, id",
        changes=True,
        checks=["total_minor > 0"],
    ),
    created(
        "checkout_notices",
        "owner int, checkout int, txn str, kind str, seq int, amount_minor int, currency str, at_ms int, outcome str",
        key="owner, checkout, txn, kind, seq",
    ),
    created(
        "parcels",
        "owner int, order int, n int, state str, carrier str, number str, packed str, shipped_ms int, delivered_ms int",
        key="owner, order, n",
        changes=True,
    ),
    created(
        "refunds",
        "owner int, order int, n int, state str, kind str, txn str, trade str, claim int, line int, "
        "amount_minor int, goods_minor int, freight_minor int, currency str, asks int, asked_ms int, "
        "done_ms int",
        key="owner, order, n",
        changes=True,
        indexes=["state"],
        checks=["amount_minor > 0"],
    ),
    created(
        "payouts",
        "owner int, id int, state str, source str, amount_minor int, currency str, asks int, asked_ms int, done_ms int",
        key="owner, id",
        changes=True,
        checks=["amount_minor > 0"],
    ),
    created(
        "payout_accounts",
        "owner int, payout int, party int, account str",
        key="owner, payout",
        indexes=["party"],
    ),
    created(
        "surpluses",
        "owner int, id int, state str, txn str, trade str, amount_minor int, currency str, asks int",
        key="owner, id",
        changes=True,
        unique=["owner, txn"],
        checks=["amount_minor > 0"],
    ),
    created(
        "share_moves",
        "owner int, order int, n int, kind str, line int, role str, payee int, amount_minor int, "
        "offset_minor int, currency str, rule str, at int",
        key="owner, order, n",
        checks=["amount_minor > 0", "offset_minor >= 0"],
    ),
    created(
        "pictures",
        "owner int, product int, n int, file str, thumb str, removed_ms int",
        key="owner, product, n",
        changes=True,
    ),
    created(
        "touches",
        "owner int, shop int, product int, promoter int, scene str, medium str, at_ms int, seq int",
        key="owner, shop, product",
        changes=True,
    ),
    created(
        "transfers",
        "owner int, shop int, order int, n int, kind str, role str, amount_minor int, offset_minor int, "
        "currency str, at int",
        key="owner, shop, order, n",
        checks=["amount_minor > 0"],
    ),
    created(
        "rules",
        "id int, from_ms int, body str",
        key="id",
    ),
    created(
        "endpoints",
        "owner int, id int, state str, kinds str, rotation int, rotated_ms int, since_seq int, made_ms int",
        key="owner, id",
        changes=True,
        indexes=["state"],
    ),
    created(
        "endpoint_urls",
        "owner int, id int, url str",
        key="owner, id",
        changes=True,
    ),
    created(
        "deliveries",
        "owner int, endpoint int, source int, seq int, n int, id int, kind str, state str, attempts int, "
        "next_ms int, status int, code str, queued_ms int, done_ms int",
        key="owner, endpoint, source, seq, n",
        changes=True,
        indexes=["state, owner, endpoint, source, seq, n", "owner, endpoint, id"],
    ),
    created(
        "endpoint_health",
        "owner int, endpoint int, failing_ms int",
        key="owner, endpoint",
        changes=True,
    ),
    created(
        "gifts",
        "owner int, order int, state str, cover str, recipient int, expires_ms int, done_ms int",
        key="owner, order",
        changes=True,
        indexes=["recipient"],
    ),
    created(
        "gift_notes",
        "owner int, order int, note str",
        key="owner, order",
        changes=True,
    ),
)


def upgrade() -> None:
    create(NEW)
