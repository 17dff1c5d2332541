"""Small electrical things: headphones, speaker, desk lamp, night light, kettle, power bank."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth, turned
from jishi.demo.drawing.paint import dark, falling, gradient, light, metal, round_side, slanting


def headphones(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 626), 210)
    c.line(arc((400, 400), (190, 226), 184, 356), 46, dark(main, 40))
    c.line(arc((400, 400), (192, 230), 184, 356), 34, gradient("d", light(main, 46), main, dark(main, 24)))
    c.line(arc((400, 404), (172, 206), 212, 328), 18, slanting(second))
    for side in (-1, 1):
        x = 400 + side * 192
        c.block((x - 12, 360, x + 12, 440), 8, metal("silver"))
        c.block(
            (x - side * 62 - 46, 392, x - side * 62 + 46, 612), 44, gradient("v", dark(second, 10), dark(second, 46))
        )
        cup = c.block((x - 56, 382, x + 56, 622), 54, round_side(main, 40))
        c.oval((x - 34, 420, x + 34, 584), gradient("d", dark(main, 26), light(main, 8)), clip=cup)
        c.ring((x - 34, 420, x + 34, 584), 4, metal("gold"))
        c.oval((x - 44, 396, x - 20, 560), "white", alpha=0.35, blur=8, clip=cup)


def speaker(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 628), 160)
    body = c.block((248, 210, 552, 628), 70, round_side(main, 30))
    mesh = c.block((270, 300, 530, 606), 52, gradient("h", dark(main, 46), dark(main, 20), dark(main, 50)))
    for row in range(26):
        for column in range(22):
            c.disc((276 + column * 12 + row % 2 * 6, 306 + row * 12), 2.6, light(main, 22), alpha=0.75, clip=mesh)
    c.oval((262, 206, 538, 268), gradient("v", light(main, 40), main))
    c.oval((300, 216, 500, 256), dark(main, 30))
    c.line(arc((400, 236), (100, 20), 20, 300), 5, second)
    c.block((350, 560, 450, 590), 8, slanting(second))
    c.block((276, 260, 300, 600), 12, "white", alpha=0.25, blur=10, clip=body)
    c.line(smooth([(548, 330), (606, 380), (596, 470)], closed=False), 12, slanting("walnut"))


def lamp(c: Canvas, main: str, second: str) -> None:
    c.shape([(250, 336), (470, 250), (700, 640), (180, 640)], "#FFF0B8", alpha=0.6, blur=34)
    c.shadow((470, 626), 150)
    c.oval((350, 586, 590, 634), dark(main, 40))
    c.oval((350, 574, 590, 622), falling(main, 40, 10))
    c.line([(470, 592), (560, 380)], 20, metal("silver"))
    c.line([(560, 380), (404, 214)], 20, metal("silver"))
    for joint in ((560, 380), (404, 214)):
        c.disc(joint, 22, slanting(second))
    shade = turned([(352, 186), (448, 186), (520, 316), (280, 316)], (400, 230), 24)
    c.oval((244, 280, 470, 350), "#FFF6D2", alpha=0.9, blur=10)
    hood = c.shape(shade, gradient("d", light(main, 50), main, dark(main, 30)))
    c.line([shade[2], shade[3]], 14, "#FFF3C4")
    c.disc((352, 322), 26, "#FFFDF0", alpha=0.95, blur=6)
    c.line(turned([(372, 200), (320, 306)], (400, 230), 24), 16, "white", alpha=0.4, blur=7, clip=hood)
    c.disc((470, 594), 12, second)


def night_light(c: Canvas, main: str, second: str) -> None:
    c.disc((400, 376), 250, "#FFEFB4", alpha=0.75, blur=44)
    c.shadow((404, 628), 150)
    c.shape(lathe(400, [(558, 128), (570, 136), (604, 140), (620, 132)], 10), round_side(second, 30))
    globe = c.disc((400, 384), 188, gradient("r", "#FFFDF2", light(main, 62), main))
    c.disc((350, 330), 104, "#FFFFFF", alpha=0.7, blur=30, clip=globe)
    for x, y, radius in ((470, 330, 30), (360, 450, 40), (300, 350, 22), (460, 470, 24), (400, 260, 18)):
        c.disc((x, y), radius, dark(main, 12), alpha=0.28, blur=5, clip=globe)
        c.disc((x - 4, y - 4), radius * 0.75, light(main, 50), alpha=0.4, blur=4, clip=globe)
    c.oval((290, 540, 510, 584), falling(dark(second, 10), 20, 30))
    for x, y, radius in ((190, 220, 5), (620, 190, 7), (650, 330, 4), (160, 380, 4), (560, 120, 4), (250, 130, 6)):
        c.disc((x, y), radius, "#FFF3B8")


def kettle(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 630), 180)
    c.line(
        smooth([(520, 330), (640, 320), (668, 430), (610, 560), (540, 560)], closed=False),
        34,
        gradient("d", light(second, 24), dark(second, 30)),
    )
    c.line(smooth([(300, 520), (210, 500), (196, 400), (150, 300), (116, 296)], closed=False), 26, metal(main))
    c.line(smooth([(300, 514), (214, 494), (200, 396), (152, 294)], closed=False), 6, "white", alpha=0.5, blur=3)
    body = c.shape(
        lathe(400, [(270, 108), (300, 120), (420, 140), (540, 164), (594, 170), (606, 166)], 12),
        gradient("h", dark(main, 34), light(main, 50), main, dark(main, 12), light(main, 30), main, dark(main, 42)),
    )
    c.block((226, 600, 574, 632), 12, falling("ink", 26, 10))
    c.shape(lathe(400, [(236, 70), (244, 100), (268, 112)], 12), round_side(main, 46))
    c.block((376, 200, 424, 242), 14, slanting(second, 40, 30))
    c.block((300, 300, 324, 590), 12, "white", alpha=0.5, blur=9, clip=body)
    c.disc((404, 560), 12, "#7FE0B0")
    c.disc((404, 560), 24, "#7FE0B0", alpha=0.35, blur=6)


def power_bank(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 626), 180)
    tilt, centre = 9, (400, 420)
    c.shape(
        turned(smooth([(510, 160), (600, 120), (660, 210), (620, 330), (640, 470)], closed=False), centre, 0),
        "white",
        alpha=0,
    )
    c.line(
        smooth([(440, 190), (470, 110), (580, 110), (640, 230), (610, 420), (650, 560)], closed=False),
        12,
        slanting(second),
    )
    c.block((628, 548, 668, 606), 8, slanting("slate"))
    outline = smooth([(290, 190), (510, 190), (540, 220), (540, 590), (510, 620), (290, 620), (260, 590), (260, 220)])
    c.shape([(x + 14, y + 6) for x, y in turned(outline, centre, tilt)], dark(main, 50))
    body = c.shape(turned(outline, centre, tilt), gradient("d", light(main, 40), main, dark(main, 18)))
    for k in range(4):
        c.disc(turned([(340 + k * 30, 560)], centre, tilt)[0], 7, "#7FE0B0" if k < 3 else dark(main, 30))
    c.shape(turned(leaf((400, 440), 120, 52, 0), centre, tilt), light(main, 50), alpha=0.8)
    c.shape(turned(leaf((400, 440), 90, 40, 60), centre, tilt), light(main, 40), alpha=0.8)
    c.shape(turned(rectangle(280, 200, 310, 610), centre, tilt), "white", alpha=0.3, blur=10, clip=body)
    c.shape(turned(rectangle(370, 190, 430, 204), centre, tilt), dark(main, 60))


RECIPES = {
    "headphones": headphones,
    "speaker": speaker,
    "lamp": lamp,
    "night_light": night_light,
    "kettle": kettle,
    "power_bank": power_bank,
}
