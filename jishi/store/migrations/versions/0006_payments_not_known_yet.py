"""Payments that are not known yet are found by the timers that ask about them.

No index holds the state of a payment any more, so that PostgreSQL changes it in its place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = depends_on = None
contract = False


def upgrade() -> None:
    op.drop_index("ix_legs_state", table_name="legs")
    asked = sa.text("kind = 'ask_payment'")
    op.create_index(
        "ix_timers_kind_due_ms", "timers", ["kind", "due_ms"], postgresql_where=asked, sqlite_where=asked
    )
