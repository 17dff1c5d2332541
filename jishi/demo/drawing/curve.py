"""Curves as point lists: smooth outlines, turned bodies (lathe), arcs, petals."""

import math
from collections.abc import Sequence

Point = tuple[float, float]
STEPS = 14


def smooth(points: Sequence[Point], closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through the points; a point given twice in a row is a corner."""
    count = len(points)
    out: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            four = [points[(i + k) % count] for k in (-1, 0, 1, 2)]
        else:
            four = [points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2)]
        if four[1] != four[2]:
            out += _segment(*four)
    return out if closed else [*out, points[-1]]


def _segment(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    out = []
    for step in range(STEPS):
        t = step / STEPS
        out.append(
            tuple(
                0.5
                * (
                    2 * b[k]
                    + (c[k] - a[k]) * t
                    + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t
                    + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t**3
                )
                for k in (0, 1)
            )
        )
    return out


def lathe(centre_x: float, profile: Sequence[Point], dip: float = 0) -> list[Point]:
    """The outline of a turned body from (y, half width) pairs, top to bottom; `dip` rounds its bottom edge."""
    side = smooth([(half, y) for y, half in profile], closed=False)
    right = [(centre_x + half, y) for half, y in side]
    left = [(centre_x - half, y) for half, y in reversed(side)]
    half, bottom = side[-1]
    base = [
        (centre_x + half * math.cos(math.pi * k / 12), bottom + dip * math.sin(math.pi * k / 12)) for k in range(1, 12)
    ]
    return right + base + left


def arc(centre: Point, radius: Point, start_deg: float, end_deg: float, steps: int = 40) -> list[Point]:
    """Points of an ellipse's arc, clockwise from three o'clock."""
    out = []
    for step in range(steps + 1):
        angle = math.radians(start_deg + (end_deg - start_deg) * step / steps)
        out.append((centre[0] + radius[0] * math.cos(angle), centre[1] + radius[1] * math.sin(angle)))
    return out


def turned(points: Sequence[Point], centre: Point, degrees: float) -> list[Point]:
    """The points rotated clockwise about the centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (
            centre[0] + (x - centre[0]) * cos - (y - centre[1]) * sin,
            centre[1] + (x - centre[0]) * sin + (y - centre[1]) * cos,
        )
        for x, y in points
    ]


def rectangle(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def leaf(foot: Point, length: float, width: float, degrees: float) -> list[Point]:
    """A pointed leaf that grows upwards from its foot, turned by so many degrees."""
    x, y = foot
    shape = smooth(
        [
            (x, y),
            (x, y),
            (x + width / 2, y - length * 0.42),
            (x + width * 0.28, y - length * 0.78),
            (x, y - length),
            (x, y - length),
            (x - width * 0.28, y - length * 0.78),
            (x - width / 2, y - length * 0.42),
        ]
    )
    return turned(shape, foot, degrees)
