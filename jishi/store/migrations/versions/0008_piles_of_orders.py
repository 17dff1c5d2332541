"""A shop's orders are found on piles that an order leaves when its goods do, or when it is over.

No index holds an order's state any more, so that PostgreSQL changes an order that is paid in its place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = depends_on = None
contract = False

PILES = {
    "open": "receive_by_ms = 0 AND done_ms = 0",
    "sent": "receive_by_ms > 0 AND done_ms = 0",
    "over": "done_ms > 0 AND reason = ''",
    "closed": "done_ms > 0 AND reason <> ''",
}


def upgrade() -> None:
    op.drop_index("ix_orders_state_owner_placed_ms", table_name="orders")
    for pile, condition in PILES.items():
        where = sa.text(condition)
        op.create_index(
            f"ix_orders_{pile}", "orders", ["owner", "placed_ms"], postgresql_where=where, sqlite_where=where
        )
