"""Chat: friends, rooms, messages and mutes."""

from jishi.store.migrations.tables import create, created

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None
contract = False

NEW = (
    created(
        "contacts",
        "owner int, other int, state str, blocked_ms int, changed_ms int",
        key="owner, other",
        changes=True,
    ),
    created(
        "rooms",
        "owner int, kind str, founder int, guest int, shop int, last_n int, last_ms int, members int, opened_ms int",
        key="owner",
        changes=True,
        indexes=["shop, last_ms"],
    ),
    created(
        "room_titles",
        "owner int, party int, title str",
        key="owner",
        changes=True,
        indexes=["party"],
    ),
    created(
        "members",
        "owner int, party int, read_n int, joined_n int, joined_ms int, left_ms int",
        key="owner, party",
        changes=True,
        indexes=["party"],
    ),
    created(
        "messages",
        "owner int, n int, author int, seat int, kind str, shop int, product int, order int, price_minor int, "
        "at_ms int",
        key="owner, n",
    ),
    created(
        "message_texts",
        "owner int, n int, author int, text str",
        key="owner, n",
        indexes=["author"],
    ),
    created(
        "card_counts",
        "owner int, party int, day int, shown int, held int",
        key="owner, party, day",
        changes=True,
    ),
    created(
        "held_cards",
        "owner int, party int, day int, n int, shop int, product int, at_ms int",
        key="owner, party, day, n",
    ),
    created(
        "mutes",
        "owner int, about str, whom int, since_ms int",
        key="owner, about, whom",
        changes=True,
    ),
)


def upgrade() -> None:
    create(NEW)
