"""Small things made by hand: ring, bracelet, soap, plush rabbit."""

import math

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, leaf, smooth, turned
from jishi.demo.drawing.paint import dark, falling, gradient, light, metal, round_side, slanting


def ring(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 624), 170)
    c.block((220, 556, 580, 626), 20, falling(dark("pine", 6), 26, 20))
    c.oval((240, 536, 560, 582), gradient("v", dark("pine", 30), "pine"))
    c.ring((278, 296, 522, 582), 40, dark(main, 46))
    c.ring((282, 294, 518, 576), 32, metal(main))
    c.ring((294, 306, 506, 564), 5, light(main, 70), alpha=0.8)
    for left, right in (((330, 236), (378, 330)), ((470, 236), (422, 330))):
        c.line([left, right], 12, metal(main))
    gem = c.shape(
        [(320, 216), (360, 172), (440, 172), (480, 216), (400, 318)],
        gradient("d", light(second, 66), second, dark(second, 30)),
    )
    for facet, tone in (
        ([(320, 216), (360, 172), (374, 216)], 55),
        ([(374, 216), (426, 216), (400, 318)], 30),
        ([(426, 216), (440, 172), (480, 216)], 12),
        ([(360, 172), (440, 172), (426, 216), (374, 216)], 74),
    ):
        c.shape(facet, light(second, tone), alpha=0.85, clip=gem)
    for x, y, reach in ((500, 156, 30), (306, 256, 16)):
        c.shape(
            [
                (x, y - reach),
                (x + 4, y - 4),
                (x + reach, y),
                (x + 4, y + 4),
                (x, y + reach),
                (x - 4, y + 4),
                (x - reach, y),
                (x - 4, y - 4),
            ],
            "white",
        )


def bracelet(c: Canvas, main: str, second: str) -> None:
    c.ring((196, 330, 640, 650), 46, "#1C3A2E", alpha=0.32, blur=12)
    c.ring((186, 300, 614, 604), 5, "walnut")
    beads = [arc((400, 452), (212, 150), k * 18 - 90, k * 18 - 89, 1)[0] for k in range(20)]
    for k, (x, y) in sorted(enumerate(beads), key=lambda bead: bead[1][1]):
        tone = second if k % 10 == 0 else main
        radius = 29 + (y - 452) * 0.035 + (4 if tone == second else 0)
        bead = c.disc((x, y), radius, gradient("d", light(tone, 62), tone, dark(tone, 46)))
        c.disc((x - radius * 0.34, y - radius * 0.38), radius * 0.26, "white", alpha=0.8, blur=3, clip=bead)
    c.line([(400, 634), (400, 664)], 4, "walnut")
    c.shape([(392, 662), (408, 662), (418, 728), (382, 728)], round_side(second))


def soap(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 630), 220)
    c.oval((150, 556, 650, 644), falling("wood", 24, 30))
    c.oval((176, 556, 624, 622), gradient("v", dark("wood", 24), "wood"))
    for centre, box, tone, turn in (
        ((400, 520), (224, 452, 576, 596), main, 0),
        ((410, 410), (250, 356, 562, 478), second, -6),
    ):
        left, top, right, bottom = box
        shell = turned(
            smooth(
                [
                    (left + 30, top),
                    (right - 30, top),
                    (right, top + 34),
                    (right, bottom - 34),
                    (right - 30, bottom),
                    (left + 30, bottom),
                    (left, bottom - 34),
                    (left, top + 34),
                ]
            ),
            centre,
            turn,
        )
        c.shape([(x + 6, y + 14) for x, y in shell], "#12261E", alpha=0.3, blur=8)
        bar = c.shape(shell, gradient("d", light(tone, 52), tone, dark(tone, 22)))
        for k in range(3):
            wave = smooth(
                [
                    (left, top + 40 + k * 34),
                    (left + 110, top + 24 + k * 34),
                    (left + 220, top + 56 + k * 34),
                    (right, top + 30 + k * 34),
                ],
                closed=False,
            )
            c.line(turned(wave, centre, turn), 9, light(tone, 60), alpha=0.45, blur=2, clip=bar)
    for turn in (-52, 0, 52):
        c.shape(leaf((410, 430), 66, 28, turn), gradient("d", light("moss", 20), dark("moss", 20)))
    for x, y, radius in ((210, 400, 26), (182, 340, 15), (236, 330, 10), (606, 430, 20), (634, 380, 12)):
        c.disc((x, y), radius, "white", alpha=0.45)
        c.ring((x - radius, y - radius, x + radius, y + radius), 2, "white", alpha=0.9)
        c.disc((x - radius * 0.3, y - radius * 0.3), radius * 0.25, "white")


def plush(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 630), 170)
    for side in (-1, 1):
        c.shape(
            turned(
                smooth(
                    [
                        (400 + side * 62, 110),
                        (400 + side * 100, 170),
                        (400 + side * 92, 290),
                        (400 + side * 40, 300),
                        (400 + side * 28, 190),
                    ]
                ),
                (400, 300),
                side * 8,
            ),
            gradient("d", light(main, 40), main, dark(main, 16)),
        )
        c.shape(
            turned(
                smooth(
                    [
                        (400 + side * 64, 150),
                        (400 + side * 80, 190),
                        (400 + side * 74, 280),
                        (400 + side * 52, 280),
                        (400 + side * 48, 200),
                    ]
                ),
                (400, 300),
                side * 8,
            ),
            second,
            alpha=0.8,
        )
        c.oval((400 + side * 120 - 62, 560, 400 + side * 120 + 62, 634), gradient("d", light(main, 34), dark(main, 20)))
    body = c.oval((268, 410, 532, 630), gradient("d", light(main, 44), main, dark(main, 24)))
    c.oval((320, 470, 480, 624), light(main, 62), alpha=0.8, blur=6, clip=body)
    for side in (-1, 1):
        c.shape(
            turned(
                smooth(
                    [(400 + side * 130, 440), (400 + side * 160, 500), (400 + side * 130, 560), (400 + side * 100, 500)]
                ),
                (400, 480),
                -side * 12,
            ),
            gradient("d", light(main, 40), dark(main, 20)),
        )
    for k in range(0, 360, 12):
        x, y = 400 + 130 * math.cos(math.radians(k)), 520 + 106 * math.sin(math.radians(k))
        c.line(
            [(x, y), (x + 5 * math.cos(math.radians(k)), y + 5 * math.sin(math.radians(k)))],
            3,
            light(main, 30),
            alpha=0.5,
        )
    _plush_head(c, main, second)


def _plush_head(c: Canvas, main: str, second: str) -> None:
    head = c.shape(
        smooth([(400, 232), (500, 262), (536, 350), (490, 430), (400, 452), (310, 430), (264, 350), (300, 262)]),
        gradient("d", light(main, 54), main, dark(main, 20)),
    )
    c.disc((330, 290), 50, "white", alpha=0.4, blur=20, clip=head)
    for side in (-1, 1):
        c.disc((400 + side * 62, 350), 15, "ink")
        c.disc((400 + side * 62 - 5, 345), 5, "white")
        c.disc((400 + side * 94, 392), 26, second, alpha=0.6, blur=7, clip=head)
    c.shape(smooth([(384, 376), (416, 376), (400, 396)]), dark(second, 20))
    c.line(arc((386, 398), (14, 14), 10, 150), 4, "walnut")
    c.line(arc((414, 398), (14, 14), 30, 170), 4, "walnut")
    for side in (-1, 1):
        c.shape(smooth([(400, 462), (400 + side * 66, 436), (400 + side * 70, 490)]), slanting(second))
    c.disc((400, 462), 15, slanting(dark(second, 14)))


RECIPES = {"ring": ring, "bracelet": bracelet, "soap": soap, "plush": plush}
