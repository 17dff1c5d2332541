"""The steps of an order's path: what a record and a statement are taken for, and that every mark marks something."""

from pathlib import Path

import pytest

from bench.steps import LOOP, SERVER, WRITER, shares, step_of, step_of_statement
from jishi.kernel.orders import Order
from jishi.kernel.owners import LogRow, Timer
from jishi.store import postgres_statements as statements

ROOT = Path(__file__).resolve().parents[2]
RECORD = """\
server;Api.run (jishi/api/app.py);SignIn.sender (jishi/engine/sign_in.py);digest (hmac.py) 3
server;Api.run (jishi/api/app.py);Reader.id (jishi/api/outside.py);read_id (jishi/kernel/ids.py) 2
server 8
server;writer;Lane.run (jishi/engine/lane.py);decide (jishi/engine/decide.py);place_order (jishi/kernel/placing.py) 5
server;writer;fork (jishi/engine/writer/process.py);Runner.run (asyncio/runners.py) 1
server;background writer;decide (jishi/engine/decide.py) 9
"""


def test_the_innermost_step_counts_for_each_process_alone():
    found = shares(RECORD)
    assert +found["server"] == {"the sender's token": 3, "the body and its ids read": 2}
    assert +found["writer"] == {"decided": 5, LOOP: 1}


def test_a_lambda_of_a_noun_belongs_to_who_calls_it():
    frames = ["Batch.lacking (jishi/engine/batch.py)", "Workspace.fill (jishi/engine/workspace.py)",
              "<lambda> (jishi/kernel/placing.py)"]  # fmt: skip
    assert step_of(frames, WRITER) == "cases filled"


def test_statements_are_told_by_what_they_do():
    assert step_of_statement(statements.lock().sql) == "heads locked"
    assert step_of_statement(statements.seen().sql) == "answered before?"
    assert step_of_statement(statements.load(Order).sql) == "rows read"
    assert step_of_statement(statements.insert(LogRow).sql) == "log written"
    assert step_of_statement(statements.update(Order, ("state",)).sql) == "orders written"
    assert step_of_statement(statements.delete(Timer).sql) == "timers written"


MARKS = {mark for steps in (SERVER, WRITER) for marks in steps.values() for mark in marks} - {"uvicorn/"}


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_every_mark_marks_something(mark):
    files = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "jishi").rglob("*.py")}
    if "/" in mark:
        assert any(mark in name for name in files)
        return
    thing, _, method = mark.removesuffix(" (").partition(".")
    wanted = f"class {thing}" if "." in mark else f"def {thing}("
    assert any(wanted in text and f"def {method}" in text for text in files.values())
