"""A canvas in units of an 800-pixel picture, drawn larger and shrunk at the end, so that edges come out smooth."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from jishi.demo.drawing.paint import Paint, layer

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Mask(NamedTuple):
    """A drawn shape: where its corner lies on the large canvas, and how much of each pixel it covers."""

    left: int
    top: int
    cover: Image.Image

    def crop(self, left: int, top: int, width: int, height: int) -> Image.Image:
        part = Image.new("L", (width, height))
        part.paste(self.cover, (self.left - left, self.top - top))
        return part


class Look(NamedTuple):
    """How a shape is put down: how opaque (0 to 1), how soft (in units), and within which earlier shape."""

    alpha: float = 1
    blur: float = 0
    clip: Mask | None = None


class Canvas:
    """Shapes are painted in order; each returns its mask, to which later shapes can be clipped."""

    def __init__(self, width: int, height: int, scale: int = 3) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.image = Image.new("RGB", (width * scale, height * scale), "#F4F7F5")

    def finish(self) -> Image.Image:
        return self.image.resize((self.width, self.height), Image.Resampling.BOX)

    def shape(self, points: Sequence[Point], paint: Paint, **how) -> Mask:
        """A polygon with straight edges; combine with `smooth` for round ones. `how` is the fields of Look."""
        return self._put(_bounds(points), lambda draw, place: draw.polygon(place(points), 255), paint, Look(**how))

    def oval(self, box: Box, paint: Paint, **how) -> Mask:
        corners = [box[:2], box[2:]]
        return self._put(box, lambda draw, place: draw.ellipse(place(corners), 255), paint, Look(**how))

    def disc(self, centre: Point, radius: float, paint: Paint, **how) -> Mask:
        x, y = centre
        return self.oval((x - radius, y - radius, x + radius, y + radius), paint, **how)

    def block(self, box: Box, radius: float, paint: Paint, **how) -> Mask:
        """A rectangle with round corners."""
        corners, reach = [box[:2], box[2:]], radius * self.scale
        return self._put(
            box, lambda draw, place: draw.rounded_rectangle(place(corners), reach, 255), paint, Look(**how)
        )

    def line(self, points: Sequence[Point], width: float, paint: Paint, **how) -> Mask:
        """A stroke with round ends and joints."""
        left, top, right, bottom = _bounds(points)
        half, reach = width / 2, width * self.scale / 2

        def stroke(draw: ImageDraw.ImageDraw, place: Callable) -> None:
            placed = place(points)
            draw.line(placed, 255, max(1, round(reach * 2)), joint="curve")
            for x, y in (placed[0], placed[-1]):
                draw.ellipse((x - reach, y - reach, x + reach, y + reach), 255)

        return self._put((left - half, top - half, right + half, bottom + half), stroke, paint, Look(**how))

    def ring(self, box: Box, width: float, paint: Paint, **how) -> Mask:
        """The outline of an oval."""
        corners, thick = [box[:2], box[2:]], max(1, round(width * self.scale))
        return self._put(box, lambda draw, place: draw.ellipse(place(corners), None, 255, thick), paint, Look(**how))

    def shadow(self, centre: Point, reach: float, depth: float = 26, alpha: float = 0.3) -> None:
        """What a thing that stands here throws on the table: a wide soft one and a narrow dark one."""
        x, y = centre
        self.oval(
            (x - reach * 1.12, y - depth * 0.9, x + reach * 1.2, y + depth * 1.3),
            "#1C3A2E",
            alpha=alpha * 0.55,
            blur=22,
        )
        self.oval(
            (x - reach * 0.96, y - depth * 0.42, x + reach * 0.98, y + depth * 0.5), "#12261E", alpha=alpha, blur=7
        )

    def _put(self, box: Box, draw_on: Callable, paint: Paint, look: Look) -> Mask:
        pad = look.blur * 3 + 1
        left, top = math.floor((box[0] - pad) * self.scale), math.floor((box[1] - pad) * self.scale)
        width = math.ceil((box[2] + pad) * self.scale) - left
        height = math.ceil((box[3] + pad) * self.scale) - top

        def place(points: Sequence[Point]) -> list[Point]:
            return [(x * self.scale - left, y * self.scale - top) for x, y in points]

        cover = Image.new("L", (width, height))
        draw_on(ImageDraw.Draw(cover), place)
        if look.blur:
            cover = _blurred(cover, look.blur * self.scale)
        if look.clip:
            cover = ImageChops.multiply(cover, look.clip.crop(left, top, width, height))
        inked = cover if look.alpha >= 1 else cover.point([round(value * look.alpha) for value in range(256)])
        self.image.paste(layer(paint, (width, height)), (left, top), inked)
        return Mask(left, top, cover)


def _blurred(cover: Image.Image, radius: float) -> Image.Image:
    """A blur is smooth, so it is made small and enlarged: the same look at a fraction of the work."""
    shrink = max(1, int(radius / 6))
    small = cover.resize((max(1, cover.width // shrink), max(1, cover.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(cover.size, Image.Resampling.BICUBIC)


def _bounds(points: Sequence[Point]) -> Box:
    across, down = [point[0] for point in points], [point[1] for point in points]
    return min(across), min(down), max(across), max(down)
