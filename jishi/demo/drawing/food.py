"""Things to eat: fruit, jars, noodles, chocolates, moon cakes, pouches."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth
from jishi.demo.drawing.paint import dark, falling, gradient, light, metal, round_side, slanting


def fruit(c: Canvas, main: str, second: str) -> None:
    """A heap in a basket; the second colour is the blush of each fruit."""
    c.shadow((404, 630), 220)
    for x, y in ((400, 296), (304, 372), (496, 372), (226, 440), (400, 440), (574, 440)):
        ball = c.disc((x, y), 88, gradient("d", light(main, 48), main, dark(second, 26)))
        c.disc((x + 34, y + 40), 60, second, alpha=0.5, blur=20, clip=ball)
        c.disc((x - 30, y - 32), 24, "white", alpha=0.55, blur=10, clip=ball)
        c.oval((x - 12, y - 82, x + 12, y - 72), dark(second, 45), alpha=0.7)
        c.line([(x, y - 76), (x + 6, y - 98)], 6, "walnut")
    for foot, turn in (((404, 204), 62), ((308, 280), -60), ((500, 280), 50)):
        c.shape(leaf(foot, 76, 34, turn), gradient("d", light("moss", 30), "moss", dark("moss", 30)))
    basket = c.shape(lathe(400, [(470, 262), (520, 252), (590, 214), (626, 196)], 10), round_side("wood", 26))
    for row in range(5):
        y = 484 + row * 30
        for k in range(19):
            x = 130 + k * 30 + (row % 2) * 15
            c.block((x, y, x + 26, y + 22), 9, round_side("sand" if (row + k) % 2 else "wood"), alpha=0.75, clip=basket)
    c.block((126, 458, 674, 492), 17, falling("sand", 24, 34))


def jar(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 628), 150)
    glass = c.shape(
        lathe(400, [(290, 116), (318, 140), (360, 154), (560, 154), (604, 140), (618, 122)], 10),
        gradient("h", dark(main, 26), light(main, 36), main, light(main, 18), main, dark(main, 32)),
    )
    c.oval((250, 316, 550, 352), light(main, 60), alpha=0.6, clip=glass)
    c.oval((300, 480, 560, 640), light(main, 60), alpha=0.5, blur=30, clip=glass)
    label = c.shape(
        rectangle(246, 400, 554, 556),
        gradient("h", dark("cream", 14), "cream", "white", "cream", dark("cream", 24)),
        clip=glass,
    )
    for y in (410, 546):
        c.line([(230, y), (570, y)], 4, second, clip=label)
    for turn in range(0, 360, 60):
        c.shape(leaf((396, 478), 46, 30, turn), slanting(second))
    c.disc((396, 478), 13, slanting(main))
    c.shape(lathe(400, [(226, 128), (234, 138), (288, 138), (296, 134)], 10), round_side(second, 30))
    c.oval((268, 212, 532, 244), falling(light(second, 14), 30, 6))
    c.line([(264, 300), (536, 300)], 8, gradient("h", "sand", "cream", "wood"))
    c.line([(470, 300), (500, 350), (486, 366)], 5, "sand")
    c.block((266, 330, 292, 600), 13, "white", alpha=0.55, blur=7, clip=glass)


def noodles(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 626), 180)
    for k, lift in enumerate((0, 10, -6)):
        x = 290 + k * 110
        bundle = c.shape(
            smooth(
                [(x - 66, 200 + lift), (x + 66, 200 + lift), (x + 44, 420), (x + 70, 622), (x - 70, 622), (x - 44, 420)]
            ),
            round_side(main, 40),
        )
        for j in range(14):
            top = x - 62 + j * 9.5
            c.line(
                smooth([(top, 196 + lift), (x + (top - x) * 0.62, 420), (top, 626)], closed=False),
                2.5,
                dark(main, 32),
                alpha=0.6,
                clip=bundle,
            )
        c.block((x - 52, 384, x + 52, 462), 6, round_side(second))
        c.disc((x, 423), 22, "cream")
        c.shape(leaf((x, 440), 32, 16, 14), second)


def chocolates(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 630), 240)
    c.shape([(168, 300), (632, 300), (660, 628), (140, 628)], slanting(second, 22, 30))
    tray = c.shape([(196, 322), (604, 322), (626, 604), (174, 604)], gradient("v", dark(second, 62), dark(second, 40)))
    for row in range(3):
        for column in range(4):
            x, y = 256 + column * 96 + (column - 1.5) * row * 4, 372 + row * 88
            tone = (main, light(main, 34), "cream", dark(main, 30))[(row * 3 + column) % 4]
            c.oval((x - 42, y - 18, x + 46, y + 46), "#0E0A08", alpha=0.45, blur=5, clip=tray)
            if (row + column) % 2:
                piece = c.disc((x, y), 38, gradient("d", light(tone, 40), tone, dark(tone, 40)))
                c.line(
                    smooth([(x - 24, y + 6), (x - 8, y - 14), (x + 8, y + 8), (x + 24, y - 12)], closed=False),
                    5,
                    light(tone, 62) if tone != "cream" else main,
                )
            else:
                piece = c.block(
                    (x - 36, y - 34, x + 36, y + 36), 10, gradient("d", light(tone, 40), tone, dark(tone, 36))
                )
                c.shape(leaf((x - 12, y + 22), 46, 22, 30), "gold")
            c.disc((x - 16, y - 18), 9, "white", alpha=0.4, blur=4, clip=piece)
    c.shape([(150, 230), (650, 230), (632, 300), (168, 300)], falling(second, 30, 10))
    c.line([(160, 300), (640, 300)], 4, light(second, 50), alpha=0.6)
    c.block((350, 246, 450, 286), 6, slanting("gold"))


def mooncakes(c: Canvas, main: str, second: str) -> None:
    """Three cakes on a dish, the last one leaning so that its pattern shows."""
    c.shadow((404, 632), 240)
    c.oval((120, 520, 680, 652), dark(second, 20))
    dish = c.oval((120, 508, 680, 640), gradient("v", light(second, 50), second))
    c.ring((120, 508, 680, 640), 5, light(second, 65))
    for x, y, width in ((272, 536, 112), (530, 540, 112)):
        c.oval((x - width, y + 10, x + width + 16, y + 62), "#1B120B", alpha=0.4, blur=10, clip=dish)
        side = c.block((x - width, y - 56, x + width, y + 44), 26, round_side(main, 26))
        for k in range(9):
            edge = x - width + k * width / 4
            c.line([(edge, y - 50), (edge, y + 44)], 5, dark(main, 50), alpha=0.4, blur=2, clip=side)
        c.oval((x - width, y - 92, x + width, y - 22), gradient("d", light(main, 56), main, dark(main, 12)))
        c.ring((x - width + 18, y - 85, x + width - 18, y - 29), 4, dark(main, 36), alpha=0.7)
        c.oval((x - 34, y - 66, x + 34, y - 48), dark(main, 30), alpha=0.6)
    for k in range(16):
        c.disc(arc((400, 384), (142, 142), k * 22.5, k * 22.5 + 1, 1)[0], 29, gradient("d", main, dark(main, 44)))
    face = c.disc((400, 384), 150, gradient("d", light(main, 56), main, dark(main, 28)))
    c.ring((276, 260, 524, 508), 7, dark(main, 40), alpha=0.75)
    c.ring((282, 266, 530, 514), 3, light(main, 50), alpha=0.7)
    for turn in range(0, 360, 45):
        c.shape(leaf((403, 389), 108, 58, turn), dark(main, 42), alpha=0.6)
        c.shape(leaf((400, 384), 106, 52, turn), gradient("d", light(main, 46), dark(main, 12)))
    c.disc((400, 384), 22, gradient("d", light(main, 30), dark(main, 34)))
    c.oval((290, 256, 420, 340), "white", alpha=0.35, blur=22, clip=face)


def pouch(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 628), 170)
    bag = c.shape(
        smooth(
            [
                (244, 200),
                (244, 200),
                (556, 200),
                (556, 200),
                (566, 320),
                (584, 480),
                (572, 620),
                (572, 620),
                (400, 634),
                (228, 620),
                (228, 620),
                (216, 480),
                (234, 320),
            ]
        ),
        gradient("h", dark(main, 24), light(main, 30), main, light(main, 12), dark(main, 30)),
    )
    c.shape(rectangle(236, 190, 566, 242), falling(dark(main, 14), 20, 10), clip=bag)
    for k in range(2):
        c.line([(240, 216 + k * 12), (560, 216 + k * 12)], 2, light(main, 60), alpha=0.5, clip=bag)
    for x in (250, 540):
        c.line(
            smooth([(x, 250), (x + (400 - x) * 0.12, 420), (x, 620)], closed=False),
            14,
            dark(main, 60),
            alpha=0.22,
            blur=9,
            clip=bag,
        )
    c.block((288, 316, 512, 560), 14, falling("cream", 30, 8))
    c.oval((318, 446, 482, 546), gradient("v", dark(second, 10), dark(second, 50)))
    for k, (x, y) in enumerate(((352, 478), (400, 470), (446, 480), (372, 502), (424, 504), (398, 494))):
        c.oval((x - 24, y - 18, x + 24, y + 20), gradient("d", light(second, 40), second, dark(second, 30)))
        c.line(arc((x, y), (8, 15), 90 + k * 12, 260), 3, dark(second, 45))
    c.line([(330, 356), (470, 356)], 9, dark(main, 20))
    c.line([(356, 386), (444, 386)], 5, dark(main, 10), alpha=0.6)
    c.oval((244, 270, 292, 560), "white", alpha=0.25, blur=16, clip=bag)
    c.disc((400, 276), 9, metal("silver"))


RECIPES = {
    "fruit": fruit,
    "jar": jar,
    "noodles": noodles,
    "chocolates": chocolates,
    "mooncakes": mooncakes,
    "pouch": pouch,
}
