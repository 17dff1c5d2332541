"""The export holds each row that names a person, by a search that knows none of our declarations; nothing of others."""

import json

import pytest

from jishi.engine.erasure import HIS as ERASED
from jishi.kernel.rows import TABLES
from tests.people.planted import FRIENDS, HIS, plant
from tests.people.searching import cells, jishi, naming, saying

TABLES_MET = {
    "profiles", "addresses", "gift_notes", "payout_accounts", "key_names", "log", "staff", "parcels", "refunds",
    "touches", "cart_lines", "share_moves", "transfers", "gifts", "checkouts", "captures", "surpluses", "claims",
    "logins", "accounts", "passwords", "sessions", "letters",
    "contacts", "rooms", "room_titles", "members", "messages", "message_texts", "card_counts", "held_cards", "mutes",
}  # fmt: skip
pytestmark = pytest.mark.anyio
KEYS = {spec.name: spec.key for spec in TABLES.values()}


def marks(name: str, row: dict) -> tuple:
    return (name, *[str(row[column]) for column in KEYS[name]])


async def test_nothing_is_missing_and_nothing_is_of_others(database_url, tmp_path):
    planted = await plant(database_url)
    done = jishi("party", "export", planted.public, "--db", database_url, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["party"] == planted.public
    exported = {marks(name, row) for name, rows in told["tables"].items() for row in rows}
    rows = await cells(database_url)
    found = naming(rows, planted.party, planted.public) + saying(rows, HIS)
    missing = {marks(name, row) for name, row in found} - exported
    assert missing == set()
    assert set(told["tables"]) >= TABLES_MET
    assert len(told["tables"]["addresses"]) >= 60
    assert {row["note"] for row in told["tables"]["gift_notes"]} == {HIS[7]}
    assert [word for word in FRIENDS if word in done.stdout] == []
    assert "CN-XZ" not in done.stdout, "where his gift went is his friend's"


async def test_a_password_is_told_of_and_not_given(database_url, tmp_path):
    planted = await plant(database_url)
    (kept,) = [row for name, row in await cells(database_url) if name == "passwords" and row["owner"] == planted.party]
    done = jishi("party", "export", planted.public, "--db", database_url, folder=tmp_path)
    (told,) = json.loads(done.stdout)["tables"]["passwords"]
    assert told == {"owner": str(planted.party) if planted.party > 2**53 else planted.party, "is_set": True,
                    "set_ms": kept["set_ms"]}  # fmt: skip
    assert kept["hash"].startswith("$argon2") and "argon2" not in done.stdout


def test_every_personal_table_says_which_rows_tell_of_whom():
    assert {row_type for row_type, spec in TABLES.items() if spec.personal} == set(ERASED)


async def test_who_is_unknown(database_url, tmp_path):
    planted = await plant(database_url)
    unknown = planted.public[:-1] + "0"
    for what in ("export", "erase"):
        malformed = jishi("party", what, "nobody", "--db", database_url, folder=tmp_path)
        assert malformed.returncode == 2 and "no public party id" in malformed.stderr and not malformed.stdout
        wrong = jishi("party", what, unknown, "--db", database_url, folder=tmp_path)
        assert wrong.returncode in (1, 2) and wrong.stderr.startswith("jishi") and not wrong.stdout
        assert "Traceback" not in wrong.stderr + malformed.stderr
