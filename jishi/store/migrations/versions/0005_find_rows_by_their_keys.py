"""No index but the key's begins as the key does: on a young table PostgreSQL may take one for the other.

It then reads all rows of an owner to find one, and keeps that plan until the table is analysed.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None
contract = False

TURNED = (
    ("claims", "owner, state, due_ms", "state, owner, due_ms"),
    ("deliveries", "owner, endpoint, id", "endpoint, owner, id"),
    ("entries", "owner, order, seq", "order, owner, seq"),
    ("orders", "owner, state, placed_ms", "state, owner, placed_ms"),
    ("skus", "owner, product", "product, owner"),
)


def upgrade() -> None:
    for table, before, after in TURNED:
        op.drop_index(name_of(table, before), table_name=table)
        op.create_index(name_of(table, after), table, after.split(", "))


def name_of(table: str, columns: str) -> str:
    """The name of an index."""
    return "_".join(["ix", table, *columns.split(", ")])
