"""People: accounts, sessions, codes, letters and invitations."""

from jishi.store.migrations.tables import create, created

revision = "0002"
down_revision = "0001"
branch_labels = depends_on = None
contract = False

NEW = (
    created(
        "sessions",
        "id int, party int, state str, how str, device str, made_ms int, until_ms int",
        key="id",
        changes=True,
        indexes=["party"],
    ),
    created(
        "tries",
        "mark str, failures int, since_ms int, locked_ms int",
        key="mark",
        changes=True,
        indexes=["since_ms"],
    ),
    created(
        "codes",
        "mark str, serial int, sent_ms int, tries int, sent int, since_ms int",
        key="mark",
        changes=True,
        indexes=["since_ms"],
    ),
    created(
        "spent_tokens",
        "mark str, until_ms int",
        key="mark",
        indexes=["until_ms"],
    ),
    created(
        "letters",
        "id int, party int, mark str, way str, address str, subject str, text str, at_ms int",
        key="id",
        changes=True,
        indexes=["mark", "at_ms"],
    ),
    created(
        "logins",
        "mark str, party int, claimed_ms int",
        key="mark",
        indexes=["party"],
    ),
    created(
        "accounts",
        "owner int, kind str, login str, mark str, proved_ms int",
        key="owner, kind",
        changes=True,
    ),
    created(
        "passwords",
        "owner int, hash str, set_ms int",
        key="owner",
        changes=True,
    ),
    created(
        "invitations",
        "owner int, id int, state str, how str, party int, by int, duties str, made_ms int, expires_ms int, "
        "done_ms int",
        key="owner, id",
        changes=True,
        indexes=["party"],
    ),
)


def upgrade() -> None:
    create(NEW)
