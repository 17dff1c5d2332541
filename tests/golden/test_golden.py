"""The log of every release still reads, to the byte.

Reason: the log is for ever. An event whose shape was changed in place makes years of history unreadable on the day of
the upgrade.
"""

import msgspec
import pytest

from jishi import __version__
from jishi.kernel.events import decode_events, event_types
from tests.golden.make import FOLDER

FILES = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_event_reads_back(file):
    for text in file.read_text("utf8").splitlines():
        assert msgspec.json.encode(decode_events(text)).decode() == text


def test_this_version_has_an_example_of_every_event():
    kept = (FOLDER / f"{__version__}.jsonl").read_text("utf8").splitlines()
    known = {msgspec.json.decode(text)[0]["type"] for text in kept}
    assert known == {event.__name__ for event in event_types()}, "run `python -m tests.golden.make`"
