"""Goods and shops are looked over."""

from jishi.store.migrations.tables import create, created

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None
contract = False

NEW = (
    created(
        "shop_reviews",
        "owner int, goods int, waits_ms int, decided_ms int, reason str",
        key="owner",
        changes=True,
        indexes=["waits_ms"],
    ),
    created(
        "product_reviews",
        "owner int, product int, waits_ms int, decided_ms int, texts int, reason str",
        key="owner, product",
        changes=True,
        indexes=["waits_ms"],
    ),
    created("review_notes", "owner int, product int, note str", key="owner, product", changes=True),
)


def upgrade() -> None:
    create(NEW)
