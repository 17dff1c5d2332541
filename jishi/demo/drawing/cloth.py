"""Woven and sewn things: scarf, socks, backpack, tote, umbrella, cushion, hat, fan."""

import math

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, leaf, rectangle, smooth, turned
from jishi.demo.drawing.paint import dark, falling, gradient, light, metal, round_side, slanting


def scarf(c: Canvas, main: str, second: str) -> None:
    """Folded twice and laid over a wooden rail, fringes hanging."""
    c.shadow((400, 640), 210)
    for x in (170, 630):
        c.block((x - 9, 190, x + 9, 640), 6, round_side("walnut"))
        c.block((x - 44, 622, x + 44, 642), 8, falling("walnut", 20, 20))
    c.block((140, 186, 660, 212), 12, falling("wood", 30, 30))
    for left, right, bottom, tone in ((300, 560, 590, dark(main, 26)), (240, 500, 520, main)):
        for k in range(round((right - left) / 13)):
            x = left + 8 + k * 13
            c.line([(x, bottom - 6), (x + (k % 3 - 1) * 3, bottom + 44)], 5, second if k % 2 else tone)
        fold = c.shape(
            smooth(
                [
                    (left, 196),
                    (left, 196),
                    (left + 10, 174),
                    (right - 10, 174),
                    (right, 196),
                    (right, 196),
                    (right, bottom),
                    (right, bottom),
                    (left, bottom),
                    (left, bottom),
                ]
            ),
            gradient("h", dark(tone, 12), light(tone, 22), tone, light(tone, 10), dark(tone, 20)),
        )
        for y, width in ((bottom - 150, 8), (bottom - 112, 34), (bottom - 74, 8), (bottom - 30, 14)):
            c.line([(left - 9, y), (right + 9, y)], width, second, alpha=0.92, clip=fold)
        for k in range(22):
            x = left + k * (right - left) / 21
            c.line([(x, 170), (x, bottom)], 2, dark(tone, 55), alpha=0.13, clip=fold)
        c.shape(rectangle(left, 214, right, 246), dark(tone, 60), alpha=0.3, blur=10, clip=fold)
        for x in (left + 70, left + 170):
            c.line(
                smooth([(x, 230), (x + 12, 370), (x - 4, bottom)], closed=False),
                20,
                "white",
                alpha=0.1,
                blur=10,
                clip=fold,
            )
        c.shape(rectangle(right, 214, right + 22, bottom), "#12261E", alpha=0.22, blur=9)


def socks(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 628), 200)
    for shift, base, trim in ((78, second, main), (-70, main, second)):
        x = 400 + shift
        outline = smooth(
            [
                (x - 66, 190),
                (x - 66, 190),
                (x + 58, 190),
                (x + 58, 190),
                (x + 54, 400),
                (x + 60, 470),
                (x + 44, 560),
                (x - 20, 618),
                (x - 130, 626),
                (x - 190, 590),
                (x - 176, 530),
                (x - 96, 496),
                (x - 66, 430),
                (x - 68, 320),
            ]
        )
        c.shape([(px + 12, py + 10) for px, py in outline], "#12261E", alpha=0.25, blur=10)
        sock = c.shape(outline, gradient("h", dark(base, 18), light(base, 20), base, dark(base, 26)))
        for y in (320, 356, 392):
            c.line([(x - 90, y), (x + 90, y)], 15, trim, alpha=0.9, clip=sock)
        c.disc((x + 62, 512), 62, trim, clip=sock)
        c.disc((x - 178, 590), 66, trim, clip=sock)
        c.shape(rectangle(x - 80, 180, x + 80, 262), falling(trim, 16, 16), clip=sock)
        for k in range(12):
            c.line([(x - 62 + k * 11, 190), (x - 62 + k * 11, 260)], 3, dark(trim, 45), alpha=0.35, clip=sock)
        c.block((x - 46, 270, x - 28, 470), 9, "white", alpha=0.25, blur=8, clip=sock)


def backpack(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 628), 190)
    c.ring((340, 120, 460, 250), 18, dark(main, 36))
    for side in (-1, 1):
        c.block((400 + side * 176 - 38, 420, 400 + side * 176 + 38, 600), 30, round_side(dark(main, 16)))
    body = c.shape(
        smooth(
            [
                (400, 164),
                (520, 180),
                (584, 280),
                (592, 480),
                (570, 606),
                (400, 626),
                (230, 606),
                (208, 480),
                (216, 280),
                (280, 180),
            ]
        ),
        round_side(main, 26),
    )
    c.line(arc((400, 330), (168, 132), 190, 350), 7, dark(main, 55), alpha=0.8, clip=body)
    c.line(arc((400, 324), (168, 132), 190, 350), 3, light(second, 25), alpha=0.8, clip=body)
    pocket = c.block((262, 418, 538, 612), 40, round_side(light(main, 6), 26))
    c.block((262, 418, 538, 470), 24, round_side(dark(main, 12)))
    c.shape(rectangle(262, 466, 538, 484), dark(main, 65), alpha=0.4, blur=6, clip=pocket)
    for x in (322, 478):
        c.block((x - 15, 290, x + 15, 520), 8, slanting(second))
        c.block((x - 18, 470, x + 18, 506), 6, metal("gold"))
    c.block((352, 344, 448, 388), 8, slanting("cream"))
    c.shape(leaf((400, 384), 34, 18, 20), second)
    c.oval((240, 210, 330, 400), "white", alpha=0.25, blur=22, clip=body)


def tote(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 630), 190)
    c.line(arc((400, 330), (92, 176), 180, 360), 20, dark(main, 30))
    bag = c.shape(
        smooth(
            [
                (224, 320),
                (224, 320),
                (400, 330),
                (576, 320),
                (576, 320),
                (598, 480),
                (592, 624),
                (592, 624),
                (400, 634),
                (208, 624),
                (208, 624),
                (202, 480),
            ]
        ),
        gradient("d", light(main, 40), main, dark(main, 18)),
    )
    c.line(arc((400, 332), (112, 200), 180, 360), 20, falling(main, 20, 12))
    for k in range(3):
        c.line(
            smooth([(250 + k * 120, 330), (262 + k * 116, 450), (240 + k * 130, 620)], closed=False),
            12,
            dark(main, 40),
            alpha=0.13,
            blur=9,
            clip=bag,
        )
    c.disc((400, 486), 88, gradient("d", light(second, 30), second))
    for foot, length, turn in (((400, 560), 130, 0), ((400, 530), 86, -48), ((400, 530), 86, 48)):
        c.shape(leaf(foot, length, length * 0.36, turn), light(main, 55))
    c.line(smooth([(226, 342), (400, 352), (574, 342)], closed=False), 3, dark(main, 40), alpha=0.5)


def umbrella(c: Canvas, main: str, second: str) -> None:
    c.shadow((420, 640), 150, 20)
    c.line([(400, 130), (400, 566)], 12, metal("walnut"))
    c.line(smooth([(400, 560), (402, 618), (440, 634), (470, 600), (468, 580)], closed=False), 18, slanting("wood"))
    dome = arc((400, 400), (292, 256), 180, 360)
    scallops = []
    for k in range(6):
        right = 692 - k * 584 / 6
        scallops += arc((right - 584 / 12, 400), (584 / 12, 26), 0, -180, 12)
    canopy = c.shape(dome + scallops, gradient("d", light(main, 30), main, dark(main, 30)))
    for k in range(6):
        left, right = 108 + k * 584 / 6, 108 + (k + 1) * 584 / 6
        middle = (left + right) / 2
        rib = smooth([(400, 144), (400 + (middle - 400) * 0.72, 250), (middle, 398)], closed=False)
        edge = smooth([(400, 144), (400 + (right - 400) * 0.72, 250), (right, 404)], closed=False)
        start = smooth([(400, 144), (400 + (left - 400) * 0.72, 250), (left, 404)], closed=False)
        if k % 2:
            c.shape(
                start + edge[::-1], gradient("d", light(second, 30), second, dark(second, 25)), alpha=0.95, clip=canopy
            )
        c.line(edge, 3, dark(main, 50), alpha=0.5, clip=canopy)
        c.line(rib, 16, "white", alpha=0.08, blur=9, clip=canopy)
    c.oval((190, 190, 360, 330), "white", alpha=0.3, blur=26, clip=canopy)
    c.block((392, 108, 408, 152), 6, metal("gold"))


def cushion(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 626), 210)
    outline = smooth([(176, 196), (400, 230), (624, 196), (592, 410), (624, 624), (400, 596), (176, 624), (208, 410)])
    body = c.shape(outline, gradient("r", light(main, 40), main, dark(main, 34)))
    for k in range(-6, 14):
        c.line([(100 + k * 60, 160), (340 + k * 60, 660)], 12, second, alpha=0.35, clip=body)
        c.line([(700 - k * 60, 160), (460 - k * 60, 660)], 12, second, alpha=0.35, clip=body)
    c.oval((220, 240, 420, 420), "white", alpha=0.35, blur=44, clip=body)
    c.oval((240, 530, 660, 700), dark(main, 60), alpha=0.4, blur=30, clip=body)
    c.line([*outline, outline[0]], 5, dark(second, 14), alpha=0.8)
    for x, y, turn in ((176, 196, -45), (624, 196, 45), (176, 624, -135), (624, 624, 135)):
        for k in (-24, -8, 8, 24):
            c.line([(x, y), turned([(x, y - 40)], (x, y), turn + k)[0]], 5, second)


def hat(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 600), 260)
    brim = c.oval((110, 486, 690, 632), gradient("d", light(main, 36), main, dark(main, 30)))
    for k in range(7):
        c.ring((110 + k * 22, 486 + k * 6, 690 - k * 22, 632 - k * 6), 2, dark(main, 45), alpha=0.3)
    c.oval((230, 500, 600, 610), dark(main, 60), alpha=0.4, blur=14, clip=brim)
    crown = c.shape(
        smooth(
            [
                (262, 548),
                (262, 548),
                (268, 440),
                (306, 350),
                (400, 326),
                (494, 350),
                (532, 440),
                (538, 548),
                (538, 548),
                (400, 584),
            ]
        ),
        round_side(main, 30),
    )
    for k in range(10):
        c.line(arc((400, 362 + k * 20), (160, 34), 0, 180), 2, dark(main, 45), alpha=0.28, clip=crown)
    for k in range(12):
        c.line([(262 + k * 25, 330), (256 + k * 26, 590)], 2, light(main, 50), alpha=0.25, clip=crown)
    c.shape([*arc((400, 500), (142, 40), 0, 180), *arc((400, 546), (142, 40), 180, 0)], round_side(second), clip=crown)
    c.shape(leaf((500, 560), 80, 40, 70), slanting(second))
    c.shape(leaf((500, 560), 70, 36, 130), slanting(dark(second, 10)))


def fan(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 640), 120, 18)
    count, start, span = 18, 202, 136
    for k in range(count):
        one, other = start + span * k / count, start + span * (k + 1) / count
        inner = [arc((400, 600), (132, 132), angle, angle + 1, 1)[0] for angle in (one, other)]
        outer = [arc((400, 600), (356, 356), angle, angle + 1, 1)[0] for angle in (one, other)]
        c.line([(400, 600), outer[0]], 9, falling("wood", 20, 30))
        tone = main if k % 2 else dark(main, 9)
        c.shape([inner[0], outer[0], outer[1], inner[1]], gradient("h", light(tone, 20), tone))
    sheet = c.shape(
        arc((400, 600), (356, 356), start, start + span) + arc((400, 600), (132, 132), start + span, start),
        main,
        alpha=0.02,
    )
    for radius, width in ((350, 8), (138, 6)):
        c.line(arc((400, 600), (radius, radius), start, start + span), width, second, clip=sheet)
    branch = smooth([(196, 450), (300, 380), (420, 350), (540, 300)], closed=False)
    c.line(branch, 8, "walnut", clip=sheet)
    for x, y in ((236, 404), (318, 344), (392, 374), (456, 314), (530, 328), (350, 400), (420, 280)):
        for turn in range(0, 360, 72):
            c.shape(leaf((x, y), 26, 22, turn), gradient("d", light(second, 40), second), clip=sheet)
        c.disc((x, y), 5, "gold")
    for angle in (start, start + span):
        end = (400 + 360 * math.cos(math.radians(angle)), 600 + 360 * math.sin(math.radians(angle)))
        c.line([(400, 600), end], 15, slanting("walnut"))
    c.disc((400, 600), 13, slanting("gold"))
    c.line([(400, 612), (400, 648)], 5, second)
    c.shape([(390, 646), (410, 646), (420, 716), (380, 716)], round_side(second))


RECIPES = {
    "scarf": scarf,
    "socks": socks,
    "backpack": backpack,
    "tote": tote,
    "umbrella": umbrella,
    "cushion": cushion,
    "hat": hat,
    "fan": fan,
}
