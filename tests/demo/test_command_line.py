"""What the command line is asked in vain: one sentence that says why, and exit code 2."""

import pytest

from jishi.cli import main

ADDRESSED = (
    ["serve"], ["demo"], ["audit"], ["simulate", "--seeds", "1"], ["migrate"], ["openapi"], ["party", "export", "x"],
    ["key", "x"], ["operator", "x"],
)  # fmt: skip


@pytest.mark.parametrize("db", ["foo", "sqlite:foo.db", "mysql://x/y", ""])
@pytest.mark.parametrize("command", ADDRESSED, ids=lambda command: command[0])
def test_what_is_no_database_address_is_told(command, db, capsys):
    assert main([*command, "--db", db]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"jishi {command[0]}: A database address begins with sqlite:/// or postgresql://.\n"


@pytest.mark.parametrize("asked", [["--seeds", "0"], ["--seeds", "-3"], ["--steps", "0"], ["--first-seed", "-1"]])
def test_a_simulation_of_nothing_is_refused(asked, capsys):
    assert main(["simulate", *asked]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("jishi simulate: ") and asked[0] in told.err


def test_an_unknown_duty_is_told_with_those_there_are(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["operator", "x", "--duties", "review,health"])
    told = capsys.readouterr()
    assert told.out == ""
    assert "no duty health" in told.err and "choose from review, judge, books, clock, manage" in told.err
