"""Flame graphs of server and writers under orders: var/flame-pg.svg and var/flame-sqlite.svg, beside the records they
are drawn from. They are for reading, and slow the server a little: no figure is taken.
"""

from pathlib import Path

from bench.flame_graph import draw
from bench.frame import Frame
from bench.ordering import Orders
from bench.spy import NotRecorded, recording

FOLDER = Path("var")
RATE = 200


async def run(frame: Frame) -> None:
    """Record while rounds of orders run."""
    for kind in ("pg", "sqlite"):
        file = FOLDER / f"flame-{kind}.txt"
        async with frame.served(kind) as (place, servers):
            orders = Orders(place.market, servers, 10)
            await orders.round(frame.sizes.round // 4)
            try:
                with recording(servers[0].pid, file, RATE):
                    for _ in range(frame.sizes.rounds):
                        await orders.round(frame.sizes.round)
            except NotRecorded as error:  # the figures are worth having without the pictures
                frame.say(f"  no flame graph: {error}")
                continue
            file.with_suffix(".svg").write_text(draw(file.read_text()))
            frame.say(f"  {file.with_suffix('.svg')}")
