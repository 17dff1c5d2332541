"""A server is recorded, or it is told why it was not: a file of an earlier run is never taken for the record."""

import subprocess
import sys

import pytest

from bench.spy import NotRecorded, recording


def test_a_server_that_is_not_there_is_not_recorded(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    file = tmp_path / "record.txt"
    file.write_text("of an earlier run")
    with pytest.raises(NotRecorded), recording(gone.pid, file, 100):
        raise AssertionError("nothing begins that is not recorded")
    assert file.read_text() == "of an earlier run"
