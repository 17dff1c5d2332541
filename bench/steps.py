"""The steps of an order's path, and which of them a record of a running server shows."""

import re
from collections import Counter

from bench.spy import PROCESSES

# A step and what marks it: parts of a frame as it is recorded, "function (file)". The innermost marked frame counts.
SERVER = {
    "the request read, its answer written": ("uvicorn/", "jishi/http/", "jishi/main.py", "jishi/api/"),
    "the body and its ids read": ("jishi/api/outside.py", "jishi/api/reading.py", "jishi/kernel/"),
    "the sender's token": ("jishi/engine/sign_in.py", "jishi/engine/seal.py"),
    "the provider's signature": ("jishi/ports/",),
    "the command made, with its fingerprint": ("jishi/engine/engine.py", "jishi/engine/request.py"),
    "to the writer and back": ("/writer/client.py", "/writer/shared.py", "/writer/pipe.py", "/writer/words.py"),
    "followers, outbox, counters": (
        "jishi/engine/follower.py", "jishi/engine/outbox", "jishi/engine/pump.py", "jishi/engine/webhooks.py",
        "jishi/engine/reactions.py", "jishi/engine/metrics.py", "jishi/store/",
    ),
}  # fmt: skip
WRITER = {
    "from the server and back": ("WriterProcess.", "/writer/pipe.py", "/writer/words.py"),
    "rows asked for, and read": (
        "PostgresSession.lock", "PostgresSession.seen", "PostgresSession.load", "PostgresSession._ask",
        "Workspace.ask", "Workspace._ask", "Workspace.take", "Workspace._take", "Question.", "Wire._read",
    ),
    "cases filled": ("Workspace.lacking", "Workspace.fill", "Batch.lacking", "Batch.complete", "Batch.groups"),
    "decided": ("decide (", "Batch.one", "Batch.take"),
    "the answer, and the log's row with its chain": ("record (", "answer_of (", "chained ("),
    "rows, entries and timers made": ("apply (", "keep (", "set_timer (", "post ("),
    "statements packed and sent": ("Workspace.flush", "Workspace._flush", "PostgresSession._send", "Wire._sync"),
}  # fmt: skip
_TABLE = re.compile(r'(?:FROM|INTO) "?(\w+)')  # the first that a statement names
LOOP = "the event loop and its sockets, and what no step claims"
STEPS = {"server": SERVER, "writer": WRITER}


def step_of(frames: list[str], steps: dict[str, tuple[str, ...]]) -> str:
    """The step in which a process stood. Of several marks in one frame the last step's counts: it says more."""
    for frame in reversed(frames):
        marked = [step for step, marks in steps.items() if any(is_in(frame, mark) for mark in marks)]
        if marked:
            return marked[-1]
    return LOOP


def is_in(frame: str, mark: str) -> bool:
    """A mark is of a function, "Class.method" or "function (", or a part of a file's name."""
    return mark in frame if "/" in mark else frame.startswith(mark)


def process_of(stack: str) -> tuple[str, list[str]]:
    """Whose stack it is, and its frames: a child process stands below its parent."""
    process, *frames = stack.split(";")
    while frames and frames[0] in PROCESSES:
        process = frames.pop(0)
    return process, frames


def shares(recorded: str) -> dict[str, Counter[str]]:
    """How often each process stood in each of its steps, from a record in py-spy's raw form."""
    found = {name: Counter(dict.fromkeys((*steps, LOOP), 0)) for name, steps in STEPS.items()}
    for line in recorded.splitlines():
        stack, _, count = line.rpartition(" ")
        name, frames = process_of(stack)
        if name in found and frames:  # a thread beside Python's has none
            found[name][step_of(frames, STEPS[name])] += int(count)
    return found


def step_of_statement(query: str) -> str:
    """What a statement does for an order."""
    table = found[1] if (found := _TABLE.search(query)) else ""
    if query.startswith("SELECT"):
        return "heads locked" if "FOR UPDATE" in query else "answered before?" if table == "log" else "rows read"
    return f"{table} written"
