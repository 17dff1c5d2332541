"""Four gift covers of 800 × 500: plum blossom, moon over hills, lanterns, a tied box. No words, so no language."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth
from jishi.demo.drawing.paint import dark, gradient, light, metal, mix, round_side, slanting


def plum(c: Canvas) -> None:
    c.shape(rectangle(-2, -2, 802, 502), gradient("d", "#F9EFE6", "#F3DDD2", "#E9C3B6"))
    c.disc((600, 170), 120, "#FFF8EC", alpha=0.85)
    for points, width in (
        ([(-20, 470), (180, 360), (330, 330), (560, 190), (720, 130)], 18),
        ([(240, 345), (330, 220), (420, 150)], 10),
        ([(470, 245), (600, 280), (690, 260)], 9),
    ):
        c.line(smooth(points, closed=False), width, gradient("d", "walnut", "clay"))
    for k, (x, y) in enumerate(
        (
            (180, 352),
            (300, 250),
            (352, 196),
            (420, 146),
            (446, 262),
            (560, 186),
            (610, 280),
            (690, 254),
            (640, 150),
            (720, 124),
            (90, 410),
        )
    ):
        size = 46 - k % 3 * 8
        for turn in range(k * 17, k * 17 + 360, 72):
            c.shape(leaf((x, y), size, size * 0.86, turn), gradient("d", "#F7C9C0", "vermilion", dark("vermilion", 10)))
        for turn in range(k * 17, k * 17 + 360, 60):
            c.disc(arc((x, y), (size * 0.36, size * 0.36), turn, turn + 1, 1)[0], 3, "gold")
        c.disc((x, y), 6, "#FFE9A8")


def moon(c: Canvas) -> None:
    c.shape(rectangle(-2, -2, 802, 502), gradient("v", "#123A31", "#1F5A4A", "#4B8B74"))
    c.disc((560, 180), 190, "#FFF3C6", alpha=0.35, blur=40)
    c.disc((560, 180), 104, gradient("d", "#FFFDF0", "#F6E6B4"))
    for k in range(34):
        c.disc((k * 173 % 800, k * 97 % 260), 1.4 + k % 3, "#FFF6D8", alpha=0.8)
    for k, tone in enumerate(("#5FA189", "#3C7E67", "#235C4A", "#143E33")):
        y = 300 + k * 48
        c.shape(
            smooth(
                [
                    (-80, 560),
                    (-60, y + 40),
                    (120, y - 40 + k * 9),
                    (290, y + 30),
                    (430, y - 26),
                    (620, y + 34 - k * 8),
                    (760, y - 10),
                    (880, y + 20),
                    (880, 560),
                ]
            ),
            gradient("v", light(tone, 16), tone, dark(tone, 10)),
        )
    for x, y in ((120, 130), (300, 90)):
        for shift, width in ((0, 120), (36, 90), (-30, 70)):
            c.line(
                [(x + shift - width / 2, y + shift / 2), (x + shift + width / 2, y + shift / 2)],
                12,
                "#E6F2EA",
                alpha=0.25,
            )
    for x, y in ((380, 150), (420, 132), (350, 122)):
        c.line(
            smooth([(x - 18, y - 8), (x - 8, y - 12), (x, y), (x + 8, y - 12), (x + 18, y - 8)], closed=False),
            3,
            "#F4F7F5",
        )


def lanterns(c: Canvas) -> None:
    c.shape(rectangle(-2, -2, 802, 502), gradient("v", "#8E2420", "#B8362B", "#D9653F"))
    for k in range(9):
        for ring in range(3):
            c.ring(
                (k * 100 - 60 + ring * 18, 410 + ring * 18, k * 100 + 60 - ring * 18, 530 - ring * 18),
                3,
                "#F0B45B",
                alpha=0.3,
            )
    for x, y, size in ((150, 190, 0.8), (400, 240, 1.15), (650, 170, 0.9)):
        c.disc((x, y), 150 * size, "#FFC860", alpha=0.45, blur=34)
        c.line([(x, -10), (x, y - 88 * size)], 4, "gold")
        body = c.shape(
            lathe(
                x,
                [
                    (y - 78 * size, 44 * size),
                    (y - 50 * size, 82 * size),
                    (y, 102 * size),
                    (y + 50 * size, 82 * size),
                    (y + 78 * size, 44 * size),
                ],
                6,
            ),
            gradient("r", "#FFE7A0", "#F2703C", "#C22F22"),
        )
        for half in (0, 34, 68, 90):
            for side in (-1, 1):
                c.line(
                    smooth(
                        [
                            (x + side * half * 0.5 * size, y - 80 * size),
                            (x + side * half * 1.1 * size, y),
                            (x + side * half * 0.5 * size, y + 80 * size),
                        ],
                        closed=False,
                    ),
                    3,
                    "#A8261C",
                    alpha=0.55,
                    clip=body,
                )
        for edge in (-88, 74):
            c.block((x - 48 * size, y + edge * size, x + 48 * size, y + (edge + 14) * size), 5, metal("gold"))
        for k in range(-3, 4):
            c.line([(x + k * 4 * size, y + 92 * size), (x + k * 6 * size, y + 148 * size)], 4 * size, "#F0B45B")


def ribbon(c: Canvas) -> None:
    c.shape(rectangle(-2, -2, 802, 502), gradient("d", light("jade", 22), "jade", "pine"))
    for k in range(14):
        for j in range(9):
            x, y = k * 64 + j % 2 * 32 - 10, j * 62
            for turn in (-40, 0, 40):
                c.shape(leaf((x, y + 18), 24, 10, turn), light("jade", 46), alpha=0.3)
    c.shape(rectangle(0, 238, 800, 298), dark("pine", 50), alpha=0.3, blur=8)
    c.shape(rectangle(-2, 222, 802, 282), gradient("v", light("vermilion", 26), "vermilion", dark("vermilion", 24)))
    c.shape(rectangle(372, -2, 432, 502), round_side("vermilion", 30))
    for edge in (230, 274):
        c.line([(0, edge), (800, edge)], 3, "gold")
    c.oval((250, 210, 580, 350), "#0D2A20", alpha=0.3, blur=16)
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> tuple[float, float]:
            return 402 + side * x, y

        c.shape([at(0, 256), at(44, 262), at(124, 414), at(88, 398), at(64, 424)], slanting("vermilion"))
        c.shape(
            smooth([at(0, 252), at(12, 200), at(96, 132), at(186, 150), at(190, 226), at(100, 266)]),
            gradient("d", light("vermilion", 42), "vermilion", dark("vermilion", 26)),
        )
        c.shape(
            smooth([at(40, 242), at(90, 184), at(150, 182), at(146, 220), at(94, 246)]),
            dark("vermilion", 44),
            alpha=0.8,
        )
    c.block((366, 214, 438, 290), 20, gradient("d", light("vermilion", 50), "vermilion", dark("vermilion", 30)))
    c.disc((402, 252), 17, gradient("d", mix("gold", "white", 60), "gold", dark("gold", 30)))


COVERS = {"plum": plum, "moon": moon, "lanterns": lanterns, "ribbon": ribbon}
