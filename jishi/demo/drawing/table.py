"""What stands on a table: mug, bowl, plate, vase, plant pot, candle, chopsticks."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth, turned
from jishi.demo.drawing.paint import dark, falling, gradient, light, mix, round_side, slanting


def mug(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 624), 150)
    c.ring((492, 356, 640, 544), 34, gradient("d", light(main, 20), dark(main, 35)))
    body = c.shape(lathe(390, [(288, 142), (320, 144), (540, 138), (592, 124), (614, 110)], 12), round_side(main))
    c.shape(lathe(390, [(480, 160), (560, 160), (640, 160)], 10), round_side(second), alpha=0.92, clip=body)
    c.line(
        smooth([(240, 486), (290, 476), (340, 490), (400, 474), (460, 488), (540, 472)], closed=False),
        12,
        round_side(second),
        clip=body,
    )
    c.block((278, 300, 312, 600), 16, "white", alpha=0.4, blur=10, clip=body)
    c.oval((248, 262, 532, 316), light(main, 50))
    inner = c.oval((258, 267, 522, 311), gradient("v", dark(main, 45), light(main, 10)))
    c.oval((270, 282, 510, 330), gradient("h", "#5A3524", "#7B4C31", "#4A2A1C"), clip=inner)
    for x in (356, 410):
        c.line(
            smooth([(x, 240), (x - 16, 210), (x + 14, 174), (x - 4, 136)], closed=False), 9, "white", alpha=0.55, blur=6
        )


def bowl(c: Canvas, main: str, second: str) -> None:
    c.shadow((402, 622), 170)
    body = c.shape(
        lathe(400, [(404, 226), (436, 220), (506, 186), (572, 120), (590, 84), (614, 82)], 10), round_side(main)
    )
    c.oval((212, 420, 300, 560), "white", alpha=0.42, blur=16, clip=body)
    c.line(arc((400, 424), (226, 30), 0, 180), 9, round_side(second), clip=body)
    c.line(arc((400, 446), (222, 30), 0, 180), 3, round_side(second), clip=body)
    for k in range(9):
        x = 216 + k * 46
        c.ring((x - 24, 470, x + 24, 518), 4, second, alpha=0.6, clip=body)
    c.oval((174, 366, 626, 440), light(main, 45))
    inner = c.oval((186, 371, 614, 434), gradient("v", dark(main, 34), main, light(main, 30)))
    c.oval((260, 392, 540, 470), light(main, 40), alpha=0.6, blur=12, clip=inner)
    c.oval((300, 408, 500, 430), second, alpha=0.25, clip=inner)


def plate(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 630), 200)
    c.shape(
        [(300, 630), (340, 540), (460, 540), (500, 630), (476, 630), (448, 566), (352, 566), (324, 630)],
        falling("walnut", 25, 25),
    )
    c.disc((406, 376), 222, dark(main, 36))
    rim = c.disc((400, 372), 222, gradient("d", light(main, 55), main, dark(main, 20)))
    c.disc((400, 372), 158, gradient("d", dark(main, 16), main, light(main, 42)))
    c.ring((190, 162, 610, 582), 6, second, alpha=0.75)
    for k in range(16):
        foot = arc((400, 372), (166, 166), k * 22.5, k * 22.5 + 1, 1)[0]
        c.shape(leaf(foot, 40, 17, k * 22.5 + 90 + 24), second, alpha=0.8, clip=rim)
    for turn, length in ((-32, 120), (22, 150), (70, 110)):
        c.shape(leaf((380, 440), length, length * 0.34, turn), slanting(mix(second, main, 20)), alpha=0.9)
    c.oval((230, 200, 400, 330), "white", alpha=0.3, blur=30, clip=rim)


def vase(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 626), 110)
    stems = (
        ((390, 320), (350, 200), (290, 120)),
        ((404, 320), (430, 180), (500, 96)),
        ((398, 320), (400, 210), (404, 150)),
    )
    for stem in stems:
        c.line(smooth(stem, closed=False), 6, "moss")
    for foot, turn in (((352, 214), -70), ((340, 190), 20), ((438, 190), 72), ((425, 215), -30), ((400, 220), 60)):
        c.shape(leaf(foot, 70, 26, turn), slanting("moss"))
    for x, y in ((290, 120), (500, 96), (404, 146)):
        for turn in range(0, 360, 60):
            c.shape(leaf((x, y), 46, 34, turn), gradient("d", light(second, 50), second))
        c.disc((x, y), 11, "amber")
    body = c.shape(
        lathe(400, [(300, 52), (330, 40), (372, 48), (430, 118), (500, 142), (570, 112), (616, 74)], 10),
        round_side(main),
    )
    c.oval((296, 430, 344, 580), "white", alpha=0.5, blur=13, clip=body)
    c.oval((348, 290, 452, 312), gradient("v", dark(main, 50), main))
    for y in (452, 560):
        c.line(arc((400, y), (150, 20), 0, 180), 3, dark(main, 40), alpha=0.35, clip=body)


def plant_pot(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 626), 130)
    for turn, length in ((-62, 190), (60, 186), (-36, 250), (36, 246), (-14, 290), (14, 282), (0, 240)):
        c.shape(leaf((400, 430), length, 62, turn), gradient("d", light(second, 36), second, dark(second, 30)))
        tip = turned([(400, 430 - length * 0.9)], (400, 430), turn)[0]
        c.line([(400, 430), tip], 3, light(second, 50), alpha=0.6)
    body = c.shape(lathe(400, [(440, 128), (470, 126), (560, 106), (616, 92)], 12), round_side(main))
    c.block((250, 398, 550, 458), 16, round_side(main, 40))
    c.shape(rectangle(250, 456, 550, 482), dark(main, 60), alpha=0.35, blur=7, clip=body)
    for k in range(7):
        c.line(
            [(296 + k * 36, 500), (314 + k * 36, 530), (332 + k * 36, 500)], 5, light(main, 40), alpha=0.7, clip=body
        )
    c.block((282, 404, 304, 600), 10, "white", alpha=0.3, blur=8, clip=body)


def candle(c: Canvas, main: str, second: str) -> None:
    c.disc((400, 250), 190, "#FFE7A8", alpha=0.55, blur=40)
    c.shadow((404, 626), 130)
    glass = c.block((272, 356, 528, 626), 26, round_side(mix(main, "white", 25), 45))
    c.shape(rectangle(272, 430, 528, 630), round_side(main, 20), clip=glass)
    c.oval((276, 410, 524, 450), light(main, 45), clip=glass)
    c.oval((330, 414, 470, 444), "#FFF3C4", alpha=0.9, blur=8, clip=glass)
    c.oval((272, 338, 528, 376), light(main, 70), alpha=0.65)
    c.ring((272, 338, 528, 376), 4, light(main, 80), alpha=0.9)
    c.line([(400, 424), (400, 344)], 6, "ink")
    c.shape(
        smooth([(400, 226), (400, 226), (432, 300), (428, 340), (400, 356), (372, 340), (368, 300)]),
        gradient("v", "#FFF4C8", "#FFC24A", "#F08A24"),
    )
    c.shape(smooth([(400, 282), (400, 282), (416, 322), (400, 350), (384, 322)]), "#FFF8DC", alpha=0.9)
    c.block((330, 480, 470, 580), 8, falling("cream", 20, 8))
    for turn in (-50, 0, 50):
        c.shape(leaf((400, 556), 54, 22, turn), second)
    c.block((288, 372, 310, 610), 10, "white", alpha=0.45, blur=6, clip=glass)


def chopsticks(c: Canvas, main: str, second: str) -> None:
    c.shadow((420, 600), 250, 18)
    c.block((480, 560, 640, 600), 20, round_side("celadon"))
    for k, shift in enumerate((0, 40, 96, 136)):
        tone = main if k < 2 else second
        pair = turned(rectangle(130, 370 + shift, 690, 370 + shift + 6), (400, 420), 0)
        pair = [(130, 372 + shift), (690, 364 + shift), (690, 388 + shift), (130, 380 + shift)]
        rod = turned(pair, (400, 440), -24)
        c.shape([(x + 10, y + 16) for x, y in rod], "#12261E", alpha=0.28, blur=7)
        body = c.shape(rod, falling(tone, 40, 30))
        for left, paint in ((560, "gold"), (590, light(tone, 55)), (676, "gold")):
            band = turned(rectangle(left, 350 + shift, left + 12, 400 + shift), (400, 440), -24)
            c.shape(band, paint, clip=body)


RECIPES = {
    "mug": mug,
    "bowl": bowl,
    "plate": plate,
    "vase": vase,
    "plant_pot": plant_pot,
    "candle": candle,
    "chopsticks": chopsticks,
}
