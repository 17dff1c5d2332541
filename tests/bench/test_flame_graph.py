"""A flame graph shows each process apart, in the width of its samples, and nothing of how it was started."""

from xml.etree import ElementTree

from bench.flame_graph import OUTSIDE, WIDTH, draw
from bench.spy import named

LONG = f"<{'f' * 60}>"
RECORD = f"""\
process 7:"/some/where/python -m bench.launcher" 10
process 7:"/some/where/python -m bench.launcher";main (cli.py);Runner.run (asyncio/runners.py);{LONG} (jishi/cli.py) 30
process 7:"/some/where/python -m bench.launcher";process 8:"/some/where/python -m";Batch.run (jishi/engine/batch.py) 60
"""


def test_a_graph_tells_who_was_called_and_for_how_long():
    drawn = draw(named(RECORD, {7: "server", 8: "writer"}))
    boxes = list(ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g"))
    told = [box[0].text for box in boxes]
    assert told == ["writer, 60.0 %", "Batch.run (jishi/engine/batch.py), 60.0 %", "server, 40.0 %",
                    f"{LONG} (jishi/cli.py), 30.0 %", f"{OUTSIDE}, 10.0 %"]  # fmt: skip
    widths = [round(float(box[1].get("width")) / WIDTH, 2) for box in boxes]
    assert widths == [0.6, 0.6, 0.4, 0.3, 0.1]
    assert "some/where" not in drawn and "main" not in drawn
    assert boxes[3][2].text.endswith("…"), "a name that has no room is cut"
    assert boxes[4][2].text == OUTSIDE, "one that has is whole"


def test_nothing_recorded_is_an_empty_picture():
    assert not list(ElementTree.fromstring(draw("")).iter("{http://www.w3.org/2000/svg}g"))
