"""`jishi audit`: lines for people, one line for programs, and an exit code that says whether all of it holds."""

import json

import anyio
import apsw
import pytest

from jishi.audit.command import main
from tests.support.market import open_market


async def one_deal(url: str) -> None:
    async with open_market(url) as market:
        stall, buyer = await market.shop(), await market.person()
        await market.paid(stall, buyer, (await market.goods(stall), 1))


def test_all_of_it_holds(database_url, capsys):
    anyio.run(one_deal, database_url)
    assert main(["--db", database_url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(told) == {"checks", "violations"}
    assert told["checks"] > 100
    assert told["violations"] == []


def test_a_cent_is_named_and_exits_with_1(sqlite_url, capsys):
    anyio.run(one_deal, sqlite_url)
    connection = apsw.Connection(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("UPDATE entries SET amount_minor = amount_minor + 1")
    ((owner, seq, n),) = connection.execute("SELECT owner, seq, n FROM entries").fetchall()
    connection.close()
    assert main(["--db", sqlite_url, "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"owner": owner, "seq": seq, "n": n} in [
        one["key"] for one in told["violations"] if one["table"] == "entries"
    ]
    assert main(["--db", sqlite_url]) == 1
    assert f"entries(owner={owner}, seq={seq}, n={n})" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["sqlite:////nowhere/jishi.db", "postgresql://127.0.0.1:1/none", "mysql://x"])
def test_what_cannot_be_opened_exits_with_2(url, capsys):
    assert main(["--db", url, "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err


def test_an_empty_file_is_no_market(tmp_path, capsys):
    (tmp_path / "empty.db").touch()
    assert main(["--db", f"sqlite:///{tmp_path / 'empty.db'}"]) == 2
    assert "jishi migrate" in capsys.readouterr().err
