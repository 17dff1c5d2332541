"""Draws every picture of the demo world from its data: `python -m jishi.demo.draw OUT_DIR [CODE …]`.

Each good becomes `<code>.webp` (800 × 800) and `<code>.thumb.webp` (400 × 400), each gift cover
`cover-<name>.webp` (800 × 500). The same data draws the same pictures on every run. The wheel ships them, so that
the demo starts without drawing; run this again after changing a recipe or a good.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from jishi.demo.drawing import cloth, covers, device, food, hand, paper, table, tea
from jishi.demo.drawing.canvas import Canvas
from jishi.demo.drawing.scene import backdrop

DATA = Path(__file__).parent / "data"
RECIPES = tea.RECIPES | table.RECIPES | cloth.RECIPES | paper.RECIPES | food.RECIPES | device.RECIPES | hand.RECIPES
NEAR = frozenset({"cups", "bowl", "soap", "mooncakes", "bracelet", "mug", "gaiwan"})  # low things
NEAR_BOX = (80, 136, 720, 776)
QUALITY = 80


def goods() -> Iterator[dict]:
    """Every good of the demo world, in the order of the files."""
    for place in sorted((DATA / "goods").glob("*.toml")):
        yield from tomllib.loads(place.read_text(encoding="utf-8"))["goods"]


def names() -> set[str]:
    """The file names that a full run writes."""
    codes = [good["code"] for good in goods()]
    return (
        {f"{code}.webp" for code in codes}
        | {f"{code}.thumb.webp" for code in codes}
        | {f"cover-{name}.webp" for name in covers.COVERS}
    )


def product(code: str, picture: dict, scale: int = 3) -> Image.Image:
    """The 800 × 800 picture of one good; `picture` is its table in the data (recipe, colours, tint)."""
    canvas = Canvas(800, 800, scale)
    backdrop(canvas, picture["tint"], code)
    RECIPES[picture["recipe"]](canvas, *picture["colours"])
    if picture["recipe"] not in NEAR:
        return canvas.finish()
    box = tuple(edge * scale for edge in NEAR_BOX)
    return canvas.image.resize((800, 800), Image.Resampling.LANCZOS, box=box)


def cover(name: str, scale: int = 3) -> Image.Image:
    """The 800 × 500 picture of one gift cover."""
    canvas = Canvas(800, 500, scale)
    covers.COVERS[name](canvas)
    return canvas.finish()


def write(folder: Path, only: frozenset[str] = frozenset()) -> int:
    """Draw into the folder, all or only the named codes; answers how many pictures were drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = 0
    for good in goods():
        if only and good["code"] not in only:
            continue
        image = product(good["code"], good["picture"])
        image.save(folder / f"{good['code']}.webp", quality=QUALITY, method=6)
        image.resize((400, 400), Image.Resampling.LANCZOS).save(
            folder / f"{good['code']}.thumb.webp", quality=QUALITY, method=6
        )
        drawn += 1
    for name in covers.COVERS:
        if not only or f"cover-{name}" in only:
            cover(name).save(folder / f"cover-{name}.webp", quality=QUALITY, method=6)
            drawn += 1
    return drawn


def main(arguments: list[str]) -> int:
    if not arguments:
        print("usage: python -m jishi.demo.draw OUT_DIR [CODE …]", file=sys.stderr)
        return 2
    print(f"{write(Path(arguments[0]), frozenset(arguments[1:]))} pictures drawn into {arguments[0]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
