"""The room a thing is shown in: a paper wall, a table, a calm form behind it, light from the upper left."""

import hashlib

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import leaf, rectangle, smooth
from jishi.demo.drawing.paint import dark, gradient, light, mix

TINTS = {  # wall, table
    "mint": ("#E3EFE7", "#CFE2D6"),
    "paper": ("#F1EADD", "#E2D6C2"),
    "sand": ("#F3E7D3", "#E3CDAA"),
    "blush": ("#F5E4DD", "#E8CBC0"),
    "mist": ("#E4ECEF", "#CBD9DE"),
    "straw": ("#F4EED2", "#E3D8A9"),
    "lilac": ("#EAE6F0", "#D3CBDF"),
    "dusk": ("#5B7068", "#42564E"),
}
FORMS = ("disc", "arch", "leaves", "window", "hill")


def backdrop(canvas: Canvas, tint: str, code: str) -> None:
    """Paint the room; the form behind follows from the product's code alone, so that a picture never changes."""
    wall, table = TINTS[tint]
    canvas.shape(rectangle(-2, -2, 802, 802), gradient("d", light(wall, 45), wall, mix(wall, table, 55)))
    form = FORMS[hashlib.sha256(code.encode()).digest()[0] % len(FORMS)]
    _FORM[form](canvas, wall, table)
    canvas.shape(rectangle(-2, 548, 802, 802), gradient("v", mix(table, wall, 35), table, dark(table, 6)))
    canvas.shape(rectangle(-2, 548, 802, 560), dark(table, 14), alpha=0.35, blur=5)
    canvas.oval((60, 575, 620, 720), light(wall, 70), alpha=0.5, blur=30)


def _disc(canvas: Canvas, wall: str, table: str) -> None:
    canvas.disc((400, 372), 268, gradient("v", light(wall, 60), mix(wall, table, 60)), alpha=0.85)


def _arch(canvas: Canvas, wall: str, table: str) -> None:
    canvas.block((176, 96, 624, 900), 224, gradient("v", mix(wall, table, 75), light(wall, 30)), alpha=0.9)
    canvas.block((200, 120, 600, 900), 200, gradient("v", light(wall, 55), wall), alpha=0.55)


def _leaves(canvas: Canvas, wall: str, table: str) -> None:
    """The shadow of a twig that hangs into the light."""
    canvas.line(smooth([(830, 30), (680, 120), (560, 170)], closed=False), 5, dark(table, 30), alpha=0.2, blur=5)
    for x, y, length, turn in (
        (800, 45, 150, 200),
        (745, 80, 160, 330),
        (700, 108, 150, 215),
        (650, 132, 140, 320),
        (600, 152, 130, 230),
        (570, 165, 130, 285),
    ):
        canvas.shape(leaf((x, y), length, length * 0.42, turn), dark(table, 30), alpha=0.2, blur=5)


def _window(canvas: Canvas, wall: str, table: str) -> None:
    for left in (90, 250, 410):
        canvas.shape(
            [(left, 40), (left + 130, 20), (left + 250, 500), (left + 120, 520)], light(wall, 85), alpha=0.6, blur=6
        )


def _hill(canvas: Canvas, wall: str, table: str) -> None:
    canvas.disc((590, 190), 74, light(wall, 80), alpha=0.9)
    canvas.shape(
        smooth([(-60, 620), (60, 430), (230, 350), (400, 430), (560, 380), (760, 300), (900, 420), (900, 620)]),
        mix(wall, table, 70),
        alpha=0.75,
    )
    canvas.shape(
        smooth([(-60, 640), (120, 500), (330, 470), (520, 505), (700, 455), (900, 520), (900, 640)]), table, alpha=0.7
    )


_FORM = {"disc": _disc, "arch": _arch, "leaves": _leaves, "window": _window, "hill": _hill}
