"""What others pay for somebody is found by an index of these orders alone: nearly all are received by who pays them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = depends_on = None
contract = False


def upgrade() -> None:
    op.drop_index("ix_orders_beneficiary_placed_ms", table_name="orders")
    given = sa.text("beneficiary <> payer")
    op.create_index(
        "ix_orders_beneficiary_placed_ms", "orders", ["beneficiary", "placed_ms"],
        postgresql_where=given, sqlite_where=given,
    )  # fmt: skip
