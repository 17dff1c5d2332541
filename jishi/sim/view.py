"""What the simulated people see of the market: ids, states and prices, a little old, as pages are."""

from typing import Any

from jishi.store import Database

_QUERIES = {
    "parties": "SELECT owner FROM parties WHERE state = 'active' ORDER BY owner",
    "addresses": "SELECT owner, id FROM addresses WHERE removed_ms = 0 ORDER BY owner, id",
    "shops": "SELECT owner, state FROM shops ORDER BY owner",
    "staff": "SELECT owner, party, duties FROM staff WHERE left_ms = 0 ORDER BY owner, party",
    "templates": "SELECT owner, id FROM freight_templates ORDER BY owner, id",
    "products": "SELECT owner, id, state, texts, pictures FROM products ORDER BY owner, id",
    "pictures": "SELECT owner, product, n FROM pictures WHERE removed_ms = 0 ORDER BY owner, product, n",
    "skus": "SELECT owner, id, product, price_minor, free FROM skus ORDER BY owner, id",
    "orders": """
SELECT owner, id, payer, beneficiary, mode, state, checkout, total_minor, currency, pay_by_ms FROM orders
WHERE state NOT IN ('settled', 'refunded') ORDER BY id DESC LIMIT 60
""",
    "joined": "SELECT owner, id, total_minor FROM checkouts ORDER BY owner, id",
    "lines": """
SELECT l.owner AS owner, l."order" AS "order", l.n AS n,
    l.quantity AS quantity, l.shipped AS shipped, l.claimed AS claimed
FROM order_lines l JOIN orders o ON o.owner = l.owner AND o.id = l."order"
WHERE o.state IN ('to_ship', 'partly_shipped', 'shipped', 'received') ORDER BY l.owner, l."order", l.n
""",
    "claims": """
SELECT c.owner AS owner, c."order" AS "order", c.n AS n, c.state AS state, o.beneficiary AS beneficiary
FROM claims c JOIN orders o ON o.owner = c.owner AND o.id = c."order"
WHERE c.state NOT IN ('withdrawn', 'closed', 'refunded', 'refunding') ORDER BY c.owner, c."order", c.n
""",
    "failed": """SELECT owner, "order", n FROM refunds WHERE state = 'failed' ORDER BY owner, "order", n""",
    "parcels": 'SELECT owner, "order", n FROM parcels WHERE state = \'shipped\' ORDER BY owner, "order", n',
    "purses": """
SELECT owner, account, -balance_minor AS amount_minor FROM balances
WHERE account IN ('available', 'earnings') AND balance_minor < 0 ORDER BY owner, account
""",
    "carts": "SELECT owner, shop, sku FROM cart_lines ORDER BY owner, shop, sku",
    "contacts": "SELECT owner, other, state FROM contacts ORDER BY owner, other",
    "seats": """
SELECT m.owner AS room, m.party AS party, r.kind AS kind, r.shop AS shop, r.founder AS founder, r.last_n AS last_n
FROM members m JOIN rooms r ON r.owner = m.owner WHERE m.left_ms = 0 ORDER BY m.owner, m.party
""",
    "endpoints": "SELECT owner, id FROM endpoints WHERE state <> 'removed' ORDER BY owner, id",
    "invitations": "SELECT owner, id FROM invitations ORDER BY id DESC LIMIT 20",
    "keys": "SELECT owner, id FROM keys WHERE state = 'active' ORDER BY owner, id",
}


class View:
    """Lists of named tuples, by noun."""

    def __init__(self, rows: dict[str, list[Any]]):
        self.__dict__.update(rows)
        self.checkouts = {(row.owner, row.id): row for row in self.joined}

    def state(self, *states: str) -> list[Any]:
        """Orders in one of these states."""
        return [order for order in self.orders if order.state in states]


async def look(database: Database) -> View:
    """Read everything once."""
    return View({noun: await database.fetch(query) for noun, query in _QUERIES.items()})
