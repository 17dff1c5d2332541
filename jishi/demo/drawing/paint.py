"""Colours and gradients: how a flat shape comes to look round, glazed, woven or metallic."""

from typing import NamedTuple

from PIL import Image, ImageColor

RGB = tuple[int, int, int]

PALETTE = {  # jade on paper: the product pictures use these names only
    "jade": "#3E9B78",
    "celadon": "#A9CFB9",
    "pine": "#1F5A45",
    "moss": "#7C9A4E",
    "paper": "#F3EBDD",
    "cream": "#FBF4E4",
    "sand": "#DDC39A",
    "amber": "#DFA23A",
    "honey": "#E2A02B",
    "terracotta": "#BC6548",
    "clay": "#7E4736",
    "vermilion": "#CF4A33",
    "plum": "#8E3F5C",
    "rose": "#E3A6A1",
    "indigo": "#35507F",
    "sky": "#8FB6CF",
    "mist": "#C9D6D6",
    "slate": "#55656B",
    "ink": "#26332E",
    "wood": "#B98453",
    "walnut": "#6E4A33",
    "gold": "#CFA24A",
    "silver": "#C6CDD0",
    "white": "#F8F8F4",
    "peach": "#F0A573",
    "orange": "#EE8B2D",
    "red": "#C9382F",
    "lilac": "#B0A2C9",
    "cocoa": "#54342A",
}


class Gradient(NamedTuple):
    """Evenly spaced colours: "h" left to right, "v" downwards, "d" by the diagonal, "r" from the middle outwards."""

    way: str
    stops: tuple[RGB, ...]


Paint = str | RGB | Gradient


def colour(name: str | RGB) -> RGB:
    """The colour of a palette name or a #RRGGBB code."""
    return name if isinstance(name, tuple) else ImageColor.getrgb(PALETTE.get(name, name))


def mix(one: str | RGB, other: str | RGB, percent: int) -> RGB:
    """`percent` of the other colour in the one."""
    pairs = zip(colour(one), colour(other), strict=True)
    return tuple((a * (100 - percent) + b * percent) // 100 for a, b in pairs)


def light(name: str | RGB, percent: int = 25) -> RGB:
    return mix(name, "#FFFDF6", percent)


def dark(name: str | RGB, percent: int = 25) -> RGB:
    return mix(name, "#10231A", percent)


def gradient(way: str, *stops: str | RGB) -> Gradient:
    return Gradient(way, tuple(colour(stop) for stop in stops))


def round_side(name: str | RGB, gloss: int = 34) -> Gradient:
    """A standing cylinder lit from the upper left."""
    return gradient(
        "h",
        dark(name, 22),
        name,
        light(name, gloss),
        light(name, gloss // 3),
        name,
        dark(name, 18),
        dark(name, 36),
        dark(name, 28),
    )


def falling(name: str | RGB, from_percent: int = 22, to_percent: int = 22) -> Gradient:
    """A face that is lighter above than below."""
    return gradient("v", light(name, from_percent), name, dark(name, to_percent))


def slanting(name: str | RGB, from_percent: int = 26, to_percent: int = 24) -> Gradient:
    """A face lit from the upper left corner."""
    return gradient("d", light(name, from_percent), name, dark(name, to_percent))


def metal(name: str | RGB = "silver") -> Gradient:
    return gradient(
        "h",
        dark(name, 40),
        light(name, 45),
        name,
        dark(name, 30),
        light(name, 20),
        light(name, 60),
        name,
        dark(name, 45),
    )


def layer(paint: Paint, size: tuple[int, int]) -> Image.Image:
    """An RGB picture of this size filled with the paint."""
    if not isinstance(paint, Gradient):
        return Image.new("RGB", size, colour(paint))
    table = _table(paint.stops)
    ramp = _ramp(paint.way)
    small = Image.merge("RGB", [ramp.point([entry[band] for entry in table]) for band in range(3)])
    return small.resize(size, Image.Resampling.BICUBIC)


def _table(stops: tuple[RGB, ...]) -> list[RGB]:
    last = len(stops) - 1
    table = []
    for value in range(256):
        index, part = divmod(value * last, 255)
        table.append(mix(stops[index], stops[min(index + 1, last)], part * 100 // 255))
    return table


def _ramp(way: str) -> Image.Image:
    down = Image.linear_gradient("L")
    across = down.transpose(Image.Transpose.ROTATE_90)
    ramps = {
        "v": lambda: down,
        "h": lambda: across,
        "d": lambda: Image.blend(down, across, 0.5),
        "r": lambda: Image.radial_gradient("L"),
    }
    return ramps[way]()
