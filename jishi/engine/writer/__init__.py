"""The writers: lanes in processes of their own, so that commands are decided while the server talks to people.

`fork_writers()` makes them before anything else runs, `Writers` is their end in the server, a `Writer` for each, and
all speak through `pipe.py` in the `words.py`. They decide exactly what a lane in the server's own process would: the
same `Lane` runs there.
"""

from jishi.engine.writer.client import Writer
from jishi.engine.writer.process import Forked, fork, fork_writers
from jishi.engine.writer.shared import Writers

__all__ = ["Forked", "Writer", "Writers", "fork", "fork_writers"]
