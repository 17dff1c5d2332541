"""The writer: the lane in a process of its own, so that commands are decided while the server talks to people.

`fork()` makes it before anything else runs, `Writer` is its end in the server, and both speak through `pipe.py` in the
`words.py`. It decides exactly what a lane in the server's own process would: the same `Lane` runs there.
"""

from jishi.engine.writer.client import Writer
from jishi.engine.writer.process import Forked, fork

__all__ = ["Forked", "Writer", "fork"]
