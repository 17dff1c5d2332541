"""Draws a record of a running server as a flame graph: who was called by whom, from above to below, wider is more time.

It is one still picture without scripts, for a page of the guide. Tools that search and zoom read the record itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from bench.steps import process_of

WIDTH, ROW, LETTER, LEAST = 1200, 18, 6.7, 0.5
STARTED = "Runner.run (asyncio/runners.py)"  # what stands before it is how a process began
COLOURS = {  # by the file of a function
    "jishi/api/": "#9ecae8", "jishi/http/": "#9ecae8", "jishi/main": "#9ecae8", "jishi/engine/": "#f2b880",
    "jishi/kernel/": "#a8d5a2", "jishi/modes/": "#a8d5a2", "jishi/store/": "#c9b3e0", "jishi/ports/": "#e8c4c4",
}  # fmt: skip
OTHER = "#d0d0d0"
OUTSIDE = "outside of Python"  # in a thread that never runs any, or between two steps of the loop
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="monospace" font-size="11">\n'
    '<rect width="100%" height="100%" fill="#ffffff"/>\n'
)
BOX = (
    '<g><title>{told}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"/>'
    '<text x="{text:.1f}" y="{line}">{label}</text></g>\n'
)


@dataclass
class Call:
    """A function that was called, or a process: in how many samples it stood there, and what it had called."""

    name: str
    count: int = 0
    called: dict[str, "Call"] = field(default_factory=dict)


def tree(recorded: str) -> Call:
    """The frames of a record in py-spy's raw form; below the whole stand the processes, without how they began."""
    whole = Call("all")
    for line in recorded.splitlines():
        stack, _, count = line.rpartition(" ")
        process, frames = process_of(stack)
        frames = frames[frames.index(STARTED) + 1 :] if STARTED in frames else frames
        at, whole.count = whole, whole.count + int(count)
        for name in (process, *(frames or [OUTSIDE])):
            at = at.called.setdefault(name, Call(name))
            at.count += int(count)
    return whole


def boxes(at: Call, x: float, depth: int, scale: float) -> Iterator[tuple[Call, float, int, float]]:
    """Every call that can be seen, with where it stands and how wide it is: what was called most on the left."""
    for called in sorted(at.called.values(), key=lambda one: -one.count):
        width = called.count * scale
        if width >= LEAST:
            yield called, x, depth, width
            yield from boxes(called, x, depth + 1, scale)
        x += width


def draw(recorded: str) -> str:
    """The graph, as SVG."""
    whole = tree(recorded)
    total = whole.count or 1
    drawn = list(boxes(whole, 0, 0, WIDTH / total))
    height = ROW * (1 + max((depth for _, _, depth, _ in drawn), default=0))
    return HEAD.format(width=WIDTH, height=height) + "".join([box(*one, total) for one in drawn]) + "</svg>\n"


def box(of: Call, x: float, depth: int, width: float, total: int) -> str:
    """One call, with as much of its name as there is room for."""
    name, room = of.name.partition(" (")[0], int((width - 4) / LETTER)
    label = name if len(name) <= room else name[: room - 1] + "…" if room > 2 else ""
    colour = next((colour for files, colour in COLOURS.items() if files in of.name), OTHER)
    told = escape(f"{of.name}, {100 * of.count / total:.1f} %")
    y = depth * ROW
    return BOX.format(
        told=told, x=x, y=y, width=max(width - 0.5, LEAST), height=ROW - 1, colour=colour, text=x + 3, line=y + 13,
        label=escape(label),
    )  # fmt: skip
