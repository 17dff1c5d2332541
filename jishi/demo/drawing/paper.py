"""Paper and the desk: notebook, pens, lantern, puzzle, postcards, book, brush, online course."""

from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.curve import arc, lathe, leaf, rectangle, smooth, turned
from jishi.demo.drawing.paint import dark, falling, gradient, light, metal, mix, round_side, slanting


def notebook(c: Canvas, main: str, second: str) -> None:
    c.shadow((420, 626), 190)
    tilt, centre = -5, (400, 400)

    def sheet(*box: float) -> list[tuple[float, float]]:
        return turned(rectangle(*box), centre, tilt)

    c.shape(sheet(250, 186, 586, 632), dark(main, 45))
    c.shape(sheet(250, 180, 580, 624), gradient("h", dark("cream", 12), "cream"))
    for k in range(5):
        c.line(turned([(560 + k * 4, 186), (560 + k * 4, 620)], centre, tilt), 1.5, dark("cream", 26))
    cover = c.shape(sheet(232, 172, 564, 618), gradient("d", light(main, 28), main, dark(main, 18)))
    c.shape(sheet(232, 172, 280, 618), dark(main, 22), clip=cover)
    c.line(turned([(282, 172), (282, 618)], centre, tilt), 3, dark(main, 50), alpha=0.5)
    c.shape(sheet(336, 250, 510, 350), slanting("cream"))
    c.line(turned([(356, 284), (490, 284)], centre, tilt), 4, dark(main, 10), alpha=0.7)
    c.line(turned([(356, 314), (450, 314)], centre, tilt), 4, dark(main, 10), alpha=0.45)
    for turn, length in ((-36, 96), (0, 130), (36, 96)):
        c.shape(leaf((432, 556), length, 38, turn), light(second, 12), alpha=0.95)
    c.shape(sheet(528, 172, 542, 618), round_side(second), clip=cover)
    c.shape(sheet(300, 618, 320, 676), falling(second, 10, 20))


def pens(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 612), 250, 18)
    c.block((170, 480, 640, 612), 18, slanting("wood", 26, 26))
    c.block((190, 498, 620, 590), 12, gradient("v", dark("wood", 50), dark("wood", 24)))
    for shift, tone in ((0, main), (84, second), (168, mix(main, "ink", 70))):
        centre = (400, 400)
        body = turned(rectangle(170, 240 + shift, 520, 276 + shift), centre, -20)
        c.shape([(x + 8, y + 18) for x, y in body], "#12261E", alpha=0.3, blur=9)
        c.shape(
            turned([(520, 240 + shift), (596, 254 + shift), (596, 262 + shift), (520, 276 + shift)], centre, -20),
            falling("gold", 40, 30),
        )
        c.shape(turned([(580, 253 + shift), (622, 258 + shift), (580, 263 + shift)], centre, -20), "silver")
        c.shape(body, falling(tone, 50, 40))
        c.shape(turned(rectangle(330, 239 + shift, 346, 277 + shift), centre, -20), falling("gold", 50, 20))
        c.shape(turned(rectangle(178, 232 + shift, 320, 240 + shift), centre, -20), falling("gold", 50, 20))
        c.shape(turned(rectangle(180, 247 + shift, 500, 252 + shift), centre, -20), "white", alpha=0.45, blur=2)


def lantern(c: Canvas, main: str, second: str) -> None:
    c.disc((400, 390), 260, light(main, 60), alpha=0.5, blur=40)
    c.line([(400, 0), (400, 190)], 5, dark(second, 30))
    c.oval((300, 640, 520, 690), "#1C3A2E", alpha=0.2, blur=16)
    body = c.shape(
        lathe(400, [(212, 92), (240, 150), (310, 206), (390, 222), (470, 206), (540, 150), (566, 92)], 10),
        gradient("r", light(main, 66), light(main, 14), dark(main, 22)),
    )
    c.oval((300, 280, 480, 500), "#FFF0B8", alpha=0.7, blur=44, clip=body)
    for half in (0, 50, 100, 150, 192):
        c.line(
            smooth([(400 - half * 0.46, 212), (400 - half * 1.12, 390), (400 - half * 0.46, 568)], closed=False),
            4,
            dark(main, 26),
            alpha=0.6,
            clip=body,
        )
        c.line(
            smooth([(400 + half * 0.46, 212), (400 + half * 1.12, 390), (400 + half * 0.46, 568)], closed=False),
            4,
            dark(main, 26),
            alpha=0.6,
            clip=body,
        )
    for top, bottom in ((186, 220), (560, 594)):
        c.block((304, top, 496, bottom), 8, metal(second))
    for k in range(-4, 5):
        c.line([(400 + k * 6, 610), (400 + k * 9, 716)], 5, mix(main, second, 30))
    c.disc((400, 606), 15, slanting(second))


def puzzle(c: Canvas, main: str, second: str) -> None:
    c.shadow((406, 602), 206)
    left, top, cell = 196, 190, 136
    sky = gradient("v", light(second, 50), light(second, 10))
    board = c.block((left, top, left + 408, top + 408), 12, sky)
    c.disc((500, 280), 44, "cream", clip=board)
    c.shape(
        smooth([(150, 640), (230, 400), (330, 340), (440, 460), (560, 380), (680, 520), (680, 680)]),
        slanting(main),
        clip=board,
    )
    c.shape(
        smooth([(150, 680), (260, 510), (420, 540), (560, 500), (680, 600), (680, 700)]),
        slanting(dark(main, 30)),
        clip=board,
    )
    for k in (1, 2):
        for j in range(3):
            x, y = left + k * cell, top + j * cell
            bump = 22 if (j + k) % 2 else -22
            c.line(
                smooth(
                    [(x, y), (x, y + 44), (x + bump, y + 50), (x + bump, y + 86), (x, y + 92), (x, y + cell)],
                    closed=False,
                ),
                4,
                "cream",
                alpha=0.95,
                clip=board,
            )
            x, y = left + j * cell, top + k * cell
            c.line(
                smooth(
                    [(x, y), (x + 44, y), (x + 50, y - bump), (x + 86, y - bump), (x + 92, y), (x + cell, y)],
                    closed=False,
                ),
                4,
                "cream",
                alpha=0.95,
                clip=board,
            )
    _loose_piece(c, main)


def _loose_piece(c: Canvas, main: str) -> None:
    piece = turned(
        smooth(
            [
                (540, 530),
                (540, 530),
                (576, 530),
                (584, 504),
                (616, 504),
                (624, 530),
                (660, 530),
                (660, 530),
                (660, 650),
                (660, 650),
                (540, 650),
                (540, 650),
                (540, 608),
                (568, 600),
                (568, 574),
                (540, 566),
            ]
        ),
        (600, 590),
        16,
    )
    c.shape([(x + 8, y + 14) for x, y in piece], "#12261E", alpha=0.35, blur=8)
    c.shape(piece, gradient("d", light(main, 30), dark(main, 20)))


def postcards(c: Canvas, main: str, second: str) -> None:
    c.shadow((404, 594), 206)
    views = ((-13, "cream", second), (9, "white", mix(main, second, 50)), (-2, "white", main))
    for tilt, paper, tone in views:
        centre = (400, 430)
        card = turned(rectangle(190, 262, 610, 560), centre, tilt)
        c.shape([(x + 7, y + 10) for x, y in card], "#12261E", alpha=0.28, blur=8)
        c.shape(card, paper)
        view = c.shape(
            turned(rectangle(210, 282, 590, 540), centre, tilt), gradient("v", light(tone, 74), light(tone, 30))
        )
        c.disc(turned([(500, 346)], centre, tilt)[0], 34, "#FFF6DA", clip=view)
        c.shape(
            turned(
                smooth([(160, 600), (240, 420), (330, 360), (420, 470), (520, 410), (660, 560), (600, 640)]),
                centre,
                tilt,
            ),
            slanting(tone),
            clip=view,
        )
        c.shape(
            turned(smooth([(160, 600), (280, 490), (440, 510), (640, 470), (640, 620)]), centre, tilt),
            dark(tone, 30),
            clip=view,
        )
    c.line(arc((316, 520), (60, 10), 0, 180), 4, "white", alpha=0.7)


def book(c: Canvas, main: str, second: str) -> None:
    c.shadow((410, 628), 210)
    for top, tone, trim, left in ((556, second, "cream", 196), (490, mix(second, main, 60), "gold", 226)):
        c.block((left, top, left + 400, top + 66), 8, falling(tone, 26, 26))
        c.shape(rectangle(left + 16, top + 9, left + 408, top + 57), gradient("v", "cream", dark("cream", 20)))
        for k in range(5):
            c.line([(left + 18, top + 16 + k * 9), (left + 400, top + 16 + k * 9)], 1.5, dark("cream", 30), alpha=0.6)
        c.block((left - 6, top, left + 40, top + 66), 10, falling(tone, 34, 20))
        c.line([(left + 24, top + 4), (left + 24, top + 62)], 5, trim)
    c.shape(
        [(x + 10, y + 12) for x, y in turned(rectangle(290, 146, 520, 486), (400, 480), 7)],
        "#12261E",
        alpha=0.25,
        blur=9,
    )
    c.shape(turned(rectangle(296, 150, 528, 490), (400, 480), 7), "cream")
    face = c.shape(turned(rectangle(280, 146, 516, 488), (400, 480), 7), slanting(main))
    c.shape(turned(rectangle(280, 146, 304, 488), (400, 480), 7), dark(main, 30), clip=face)
    c.disc((440, 268), 66, gradient("d", light(second, 50), second), clip=face)
    for turn in (-40, 0, 40):
        c.shape(leaf((414, 440), 150 - abs(turn), 40, turn + 7), light(main, 60), alpha=0.9, clip=face)


def brush(c: Canvas, main: str, second: str) -> None:
    c.shadow((380, 606), 190)
    stone = c.block((190, 500, 470, 606), 26, slanting("ink", 30, 20))
    c.oval((226, 512, 434, 576), gradient("v", "#0B120F", "#33433C"))
    c.oval((300, 530, 420, 566), "#5A6C64", alpha=0.5, blur=8, clip=stone)
    for angle, foot, tone in ((8, (424, 548), main), (24, (500, 604), second)):

        def at(points: list, angle: int = angle, foot: tuple = foot) -> list:
            return turned([(foot[0] + x, foot[1] + y) for x, y in points], foot, angle)

        c.shape(
            at(smooth([(0, 0), (0, 0), (16, -40), (18, -86), (18, -86), (-18, -86), (-18, -86), (-16, -40)])),
            gradient("v", "cream", dark("sand", 20), "ink"),
        )
        c.shape(at(rectangle(-20, -112, 20, -84)), metal("gold"))
        c.shape(
            at([(-15, -112), (15, -112), (11, -430), (-11, -430)]), gradient("h", light(tone, 40), tone, dark(tone, 45))
        )
        c.line(at([(0, -430), (0, -448)]), 6, "gold")


def course(c: Canvas, main: str, second: str) -> None:
    c.shadow((405, 622), 230)
    c.block((150, 196, 650, 560), 26, gradient("d", "slate", "ink", "#0E1613"))
    screen = c.block((172, 218, 628, 538), 10, gradient("d", light(main, 55), light(main, 18), main))
    c.shape(
        smooth([(140, 600), (250, 430), (360, 470), (480, 400), (680, 520), (680, 620)]), dark(main, 18), clip=screen
    )
    cup = c.shape(lathe(310, [(386, 70), (430, 66), (476, 40), (490, 34)], 6), round_side(second), clip=screen)
    c.oval((256, 400, 276, 460), "white", alpha=0.5, blur=5, clip=cup)
    c.oval((240, 374, 380, 398), light(second, 45))
    c.disc((400, 372), 66, "white", alpha=0.94)
    c.shape(smooth([(382, 336), (382, 336), (438, 372), (438, 372), (382, 408), (382, 408)]), main)
    c.block((200, 508, 600, 518), 5, "white", alpha=0.5)
    c.block((200, 508, 350, 518), 5, "white")
    c.disc((350, 513), 11, "white")
    c.shape([(360, 560), (440, 560), (456, 606), (344, 606)], falling("slate", 20, 30))
    c.block((292, 600, 508, 622), 11, falling("slate", 40, 20))


RECIPES = {
    "notebook": notebook,
    "pens": pens,
    "lantern": lantern,
    "puzzle": puzzle,
    "postcards": postcards,
    "book": book,
    "brush": brush,
    "course": course,
}
