"""Erasure leaves none of his words: in no table, no byte of any file, no log and no answer. The books balance."""

import asyncio
import json
import shutil
from pathlib import Path

import apsw
import httpx
import psycopg
import pytest

from jishi.audit.report import audit
from jishi.engine import erasure
from jishi.engine.engine import Engine, EngineOptions
from jishi.kernel.refused import Refused
from jishi.store import migrate, open_database, revisions
from jishi.store.revise import revise
from tests.crash.serving import Serving
from tests.people.planted import FRIENDS, HIS, NAMES, PHONES, Planted, plant
from tests.people.searching import cells, files_of, in_files, jishi, saying
from tests.store.test_migrations import CONTRACT

pytestmark = pytest.mark.anyio


async def stays(url: str, folder: Path) -> list:
    """Where one of his words still stands, by SQL and by bytes."""
    return [*saying(await cells(url), HIS), *in_files(files_of(folder), HIS)]


async def in_cluster(postgres, url: str, words: tuple[str, ...]) -> list:
    """Which words stand in the server's files of this database, after a checkpoint."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await connection.execute("ANALYZE")  # statistics hold samples of what is in the tables
    await connection.execute("CHECKPOINT")
    found = await connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
    (oid,) = await found.fetchone()
    await connection.close()
    return in_files((path for path in (postgres.data / "base" / str(oid)).iterdir() if path.is_file()), words)


def erased(planted: Planted, url: str, folder: Path) -> dict:
    """What the command says, which must be clean as well."""
    done = jishi("party", "erase", planted.public, "--db", url, folder=folder)
    assert done.returncode == 0, done.stderr
    assert [word for word in HIS if word in done.stdout + done.stderr] == []
    return json.loads(done.stdout)["erased"]


async def test_nothing_of_him_stays(database_url, tmp_path, request):
    planted = await plant(database_url)
    cluster = None if database_url.startswith("sqlite") else request.getfixturevalue("postgres")
    assert {word for _, word in in_files(files_of(tmp_path), HIS)} | {
        word for _, word in (await in_cluster(cluster, database_url, HIS) if cluster else [])
    } == set(HIS), "the search finds what is there"
    before = [told for told in await cells(database_url) if told[0] in ("orders", "entries", "balances")]

    told = erased(planted, database_url, tmp_path)
    assert (told["gift_notes"], told["payout_accounts"], told["key_names"], told["before"]) == (4, 2, 1, False)
    assert (told["message_texts"], told["room_titles"]) == (2, 1)
    assert await stays(database_url, tmp_path) == []
    if cluster:
        assert await in_cluster(cluster, database_url, HIS) == []
    rows = await cells(database_url)
    assert [told for told in rows if told[0] in ("orders", "entries", "balances")] == before
    assert not (await audit(database_url)).violations
    assert {word for word in FRIENDS if saying(rows, [word])} == set(FRIENDS)

    again = erased(planted, database_url, tmp_path)
    assert again["before"] and (again["gift_notes"], again["payout_accounts"], again["key_names"]) == (0, 0, 0)
    shown = jishi("party", "export", planted.public, "--db", database_url, folder=tmp_path)
    told = json.loads(shown.stdout)["tables"]
    assert told["parties"][0]["state"] == "erased" and "orders" in told and "profiles" not in told


@pytest.fixture
def history(tmp_path_factory, monkeypatch):
    """A history whose second revision takes something away."""
    folder = tmp_path_factory.mktemp("history") / "migrations"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("versions", "__pycache__"))
    monkeypatch.setattr(revisions, "FOLDER", folder)
    assert revise("begin")
    return folder / "versions"


async def test_also_the_copies_that_migrations_keep(sqlite_url, tmp_path, history):
    """A contract step has copied the file before; he is erased from the copy as well, and nobody else is."""
    planted = await plant(sqlite_url)
    (history / "0002_less.py").write_text(CONTRACT.replace('"balances"', '"endpoint_health"'))
    assert await migrate(sqlite_url) == ["0002"]
    (copy,) = tmp_path.glob("*.before-0002")
    assert {word for name, word in in_files([copy], HIS)} == set(HIS)
    database = await open_database(sqlite_url)
    engine = await Engine.open(database, EngineOptions(pumps=False))
    try:
        assert (await erasure.erase(engine, planted.party))["copies"] == 1
    finally:
        await engine.stop()
    assert await stays(sqlite_url, tmp_path) == []
    rows = await cells(f"sqlite:///{copy}")
    assert {word for word in FRIENDS if saying(rows, [word])} == set(FRIENDS)


async def test_a_reader_that_holds_the_log_is_told_of(sqlite_url, tmp_path, monkeypatch):
    """The rows are gone, the log cannot be emptied while another process reads: said so, and done at the next try."""
    monkeypatch.setattr(erasure, "SCRUB_WAIT_S", 0.01)
    planted = await plant(sqlite_url)
    reader = apsw.Connection(sqlite_url.removeprefix("sqlite:///"), apsw.SQLITE_OPEN_READONLY)
    reading = reader.execute("SELECT owner FROM heads")
    next(reading)
    engine = await Engine.open(await open_database(sqlite_url), EngineOptions(pumps=False))
    try:
        with pytest.raises(Refused, match="erasure_waits"):
            await erasure.erase(engine, planted.party)
        reading.close()
        assert (await erasure.erase(engine, planted.party))["before"]
    finally:
        await engine.stop()
        reader.close()
    assert await stays(sqlite_url, tmp_path) == []


async def test_beside_a_running_server(sqlite_url, tmp_path):
    """The command asks the server over its socket, while he and others trade over HTTP; afterwards nobody is he."""
    planted = await plant(sqlite_url)
    serving = Serving(sqlite_url, tmp_path)
    serving.start()
    try:
        async with httpx.AsyncClient(base_url=serving.origin, trust_env=False, timeout=20) as client:
            await say_everything(client, planted.token)
            stopped = asyncio.Event()
            traffic = asyncio.create_task(trade(client, planted.stranger_token, stopped))
            told = await asyncio.to_thread(erased, planted, sqlite_url, tmp_path)
            assert (told["gift_notes"], told["payout_accounts"], told["before"]) == (4, 2, False)
            assert await stays(sqlite_url, tmp_path) == []
            stopped.set()
            assert await traffic > 0
            after = await client.post("/v1/parties/set-profile", json={"name": NAMES[0]}, headers=bearer(planted.token))
            assert after.status_code == 401, "his token is worth nothing"
            assert (await asyncio.to_thread(erased, planted, sqlite_url, tmp_path))["before"]
    finally:
        serving.stop()
    assert await stays(sqlite_url, tmp_path) == []
    assert not (await audit(sqlite_url)).violations


async def test_asked_for_over_the_api(sqlite_url, tmp_path):
    """He may do it himself: what he wrote elsewhere and the files follow by the outbox."""
    planted = await plant(sqlite_url)
    serving = Serving(sqlite_url, tmp_path)
    serving.start()
    try:
        async with httpx.AsyncClient(base_url=serving.origin, trust_env=False, timeout=20) as client:
            await say_everything(client, planted.token)
            done = await client.post("/v1/parties/erase", json={}, headers=bearer(planted.token))
            assert done.status_code == 200, done.text
    finally:
        serving.stop()
    engine = await Engine.open(await open_database(sqlite_url), EngineOptions(pumps=False, effects=erasure.EFFECTS))
    await engine.settle_down()  # what the server had not come to before it was stopped
    await engine.stop()
    assert await stays(sqlite_url, tmp_path) == []


def bearer(token: str, key: str = "") -> dict[str, str]:
    return {"authorization": f"Bearer {token}", **({"idempotency-key": key} if key else {})}


async def say_everything(client: httpx.AsyncClient, token: str) -> None:
    """His words in places where they do not belong: keys, addresses of pages, bodies that are refused."""
    for n, word in enumerate(HIS):
        plain = word if word.isascii() else f"word-{n}"
        profile = {"name": word, "phone": PHONES[0]}
        kept = await client.post("/v1/parties/set-profile", json=profile, headers=bearer(token, plain))
        assert kept.status_code == 200, kept.text
        wrong = {"name": word, "phone": word, word: word}
        assert (await client.post("/v1/parties/set-profile", json=wrong, headers=bearer(token))).status_code == 422
        await client.get("/v1/orders/bought", params={"after": word, word: word}, headers=bearer(token))
        await client.get("/goods", params={"q": word})
        await client.get(f"/{word}")


async def trade(client: httpx.AsyncClient, token: str, stopped: asyncio.Event) -> int:
    """Somebody goes on meanwhile; returns how often."""
    done = 0
    while not stopped.is_set():
        body = {"name": FRIENDS[0], "phone": FRIENDS[1]}
        answer = await client.post("/v1/parties/set-profile", json=body, headers=bearer(token))
        done += answer.status_code == 200
    return done
