"""The demo as a process: it leaves when asked to, also while its world moves in, and starts again where it was."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.provider_process import ROOT

STOP_S = 10.0  # two seconds are enough on a quiet machine
MOVES_IN = "The demo world moves in."


def started(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "jishi", "demo", "--db", f"sqlite:///{folder / 'jishi.db'}", "--port", str(port)]
    return subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def told_until(process: subprocess.Popen[str], sign: str) -> str:
    """All that it said, up to the line with a sign."""
    said = ""
    for line in process.stdout:
        said += line
        if sign in line:
            return said
    pytest.fail(f"It ended before it said {sign!r}: {said}")


def leaves(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        pytest.fail(f"It did not leave within {STOP_S} s.")
    return process.returncode


def test_it_leaves_at_any_time_and_starts_again_where_it_was(tmp_path):
    port, providers = free_port(), []
    for sign in ("sandbox payment provider", MOVES_IN, "simulated people", "Jishi is open", "Jishi is open"):
        process = started(tmp_path, port)
        said = told_until(process, sign)
        assert leaves(process) == 0, sign
        providers += re.findall(r"sandbox payment provider at (\S+)", said)
    assert MOVES_IN not in said, "the last time, all of it was there"
    assert len(set(providers)) == 1, providers
