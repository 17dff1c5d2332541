"""Tea and what it is made in: teapot, lidded bowl, cups, tin, cake, gift box."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth
from jishi.demo.drawing.paint import dark, falling, gradient, light, mix, round_side, slanting


def teapot(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 622), 190)
    c.line(smooth([(548, 400), (640, 372), (668, 452), (622, 540), (540, 560)], closed=False), 30, dark(main, 30))
    c.line(smooth([(548, 394), (636, 368), (660, 448), (616, 534), (540, 552)], closed=False), 16, light(main, 12))
    spout = c.shape(
        smooth(
            [
                (270, 560),
                (196, 520),
                (150, 430),
                (118, 366),
                (118, 366),
                (160, 352),
                (160, 352),
                (196, 420),
                (240, 455),
                (300, 450),
            ]
        ),
        gradient("d", light(main, 30), main, dark(main, 30)),
    )
    c.line([(140, 372), (190, 470), (250, 520)], 10, light(main, 60), alpha=0.5, blur=5, clip=spout)
    c.oval((114, 348, 166, 372), dark(main, 55))
    body = c.shape(
        lathe(400, [(350, 92), (372, 140), (430, 184), (500, 190), (570, 150), (612, 104)], 12), round_side(main)
    )
    c.oval((240, 380, 340, 540), light(main, 75), alpha=0.45, blur=18, clip=body)
    c.oval((250, 580, 560, 660), dark(main, 60), alpha=0.4, blur=16, clip=body)
    c.line(arc((400, 520), (230, 22), 20, 160), 4, light(main, 30), alpha=0.35, clip=body)
    c.oval((306, 330, 494, 372), dark(main, 40))
    lid = c.shape(lathe(400, [(300, 40), (312, 66), (332, 90), (350, 94)], 16), round_side(main))
    c.oval((330, 304, 392, 346), light(main, 75), alpha=0.4, blur=8, clip=lid)
    c.disc((400, 288), 24, gradient("d", light(second, 60), second, dark(second, 40)))
    c.disc((392, 280), 7, "white", alpha=0.6, blur=2)


def gaiwan(c: Canvas, main: str, second: str) -> None:
    c.shadow((400, 622), 200)
    saucer = c.oval((204, 566, 596, 640), falling(dark(main, 8), 10, 20))
    c.oval((226, 566, 574, 624), gradient("v", light(main, 10), light(main, 40)))
    c.oval((300, 582, 520, 626), dark(main, 60), alpha=0.3, blur=8, clip=saucer)
    cup = c.shape(
        lathe(400, [(400, 172), (412, 166), (470, 150), (545, 108), (580, 70), (602, 66)], 10), round_side(main)
    )
    c.oval((260, 420, 330, 560), "white", alpha=0.5, blur=14, clip=cup)
    for x in (330, 392, 454):
        c.line(smooth([(x - 14, 545), (x, 505), (x + 4, 462)], closed=False), 4, second, alpha=0.85, clip=cup)
        for foot, turn in (((x, 505), -46), ((x + 3, 485), 48), ((x + 4, 470), 2)):
            c.shape(leaf(foot, 42, 17, turn), second, alpha=0.85, clip=cup)
    c.oval((228, 378, 572, 422), dark(main, 30))
    lid = c.shape(lathe(400, [(322, 44), (334, 92), (358, 138), (388, 156), (398, 156)], 20), round_side(main))
    c.oval((280, 338, 360, 398), "white", alpha=0.55, blur=10, clip=lid)
    c.line(arc((400, 376), (150, 26), 15, 165), 5, second, alpha=0.7, clip=lid)
    c.shape(lathe(400, [(294, 46), (302, 40), (326, 32)], 8), round_side(main))
    c.oval((354, 284, 446, 306), light(main, 45))


def cups(c: Canvas, main: str, second: str) -> None:
    for x, y, paint in ((262, 588, second), (542, 594, main), (400, 664, mix(main, second, 45))):
        c.shadow((x + 4, y), 88, 18)
        body = c.shape(
            lathe(x, [(y - 132, 102), (y - 90, 98), (y - 40, 74), (y - 14, 46), (y, 44)], 8), round_side(paint)
        )
        c.oval((x - 84, y - 118, x - 50, y - 30), "white", alpha=0.45, blur=8, clip=body)
        c.oval((x - 102, y - 152, x + 102, y - 112), light(paint, 55))
        inner = c.oval((x - 94, y - 148, x + 94, y - 114), gradient("v", dark(paint, 35), light(paint, 20)))
        c.oval((x - 80, y - 136, x + 80, y - 100), gradient("h", "#C98F2E", "#E5BB5C", "#B87A22"), clip=inner)


def tea_tin(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 626), 132)
    body = c.shape(lathe(400, [(270, 128), (300, 130), (600, 130), (618, 128)], 16), round_side(main, 28))
    c.shape(
        rectangle(258, 372, 542, 556),
        gradient("h", dark("cream", 12), "cream", "white", "cream", dark("cream", 16), dark("cream", 30)),
        clip=body,
    )
    for y in (372, 556):
        c.line(arc((400, y - 14), (130, 14), 0, 180), 6, second, clip=body)
    c.disc((392, 470), 56, gradient("d", light(second, 40), second), alpha=0.25, clip=body)
    for turn, length in ((-44, 74), (44, 74), (0, 96)):
        c.shape(leaf((392, 512), length, length * 0.4, turn), slanting(main))
        c.line(
            [(392, 510), (392 + turn * 0.55, 512 - length * (0.72 if turn else 0.82))], 2, light(main, 60), alpha=0.7
        )
    lid = c.shape(lathe(400, [(196, 116), (206, 134), (292, 136), (300, 136)], 14), round_side(dark(main, 18), 30))
    c.oval((284, 182, 516, 214), falling(light(main, 8), 30, 4))
    c.ring((306, 187, 494, 209), 3, light(second, 30), alpha=0.8)
    c.line(arc((400, 290), (136, 14), 0, 180), 5, second, alpha=0.9, clip=lid)
    c.block((290, 214, 318, 620), 14, "white", alpha=0.28, blur=9, clip=body)


def tea_cake(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 628), 190)
    c.block((262, 596, 548, 626), 8, falling("walnut", 20, 30))
    wrap = c.disc((400, 400), 206, gradient("d", light("paper", 40), "paper", dark("paper", 22)))
    for k in range(36):
        edge = arc((400, 400), (206, 206), k * 10, k * 10 + 1, 1)[0]
        c.line([(400 + (edge[0] - 400) * 0.72, 400 + (edge[1] - 400) * 0.72), edge], 2, dark("paper", 35), alpha=0.4)
    c.disc((400, 400), 150, gradient("d", light("paper", 30), dark("paper", 8)))
    c.disc((400, 400), 132, slanting(main))
    c.ring((282, 282, 518, 518), 4, light(second, 30))
    for turn in (0, 60, 120, 180, 240, 300):
        c.shape(leaf((400, 400), 92, 42, turn), slanting(light(second, 10)), alpha=0.95)
    c.disc((400, 400), 18, light("paper", 30))
    c.disc((300, 290), 90, "white", alpha=0.35, blur=34, clip=wrap)


def gift_box(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 628), 220)
    front = c.block((196, 372, 604, 626), 10, slanting(main, 20, 30))
    c.shape(rectangle(196, 372, 604, 404), dark(main, 60), alpha=0.35, blur=8, clip=front)
    c.shape(rectangle(372, 372, 428, 630), round_side(second), clip=front)
    c.block((178, 300, 622, 384), 10, gradient("d", light(main, 34), main, dark(main, 16)))
    c.shape(rectangle(370, 300, 430, 384), round_side(second))
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> tuple[float, float]:
            return 400 + side * x, y

        c.shape(
            smooth([at(0, 300), at(6, 260), at(70, 196), at(150, 196), at(160, 250), at(90, 292)]),
            gradient("d", light(second, 45), second, dark(second, 25)),
        )
        c.shape(
            smooth([at(30, 284), at(70, 236), at(122, 226), at(124, 250), at(80, 278)]), dark(second, 42), alpha=0.8
        )
        c.shape([at(4, 296), at(40, 300), at(86, 366), at(60, 360), at(48, 380)], slanting(second))
    c.block((372, 258, 428, 306), 16, slanting(second, 40, 20))


RECIPES = {
    "teapot": teapot,
    "gaiwan": gaiwan,
    "cups": cups,
    "tea_tin": tea_tin,
    "tea_cake": tea_cake,
    "gift_box": gift_box,
}
