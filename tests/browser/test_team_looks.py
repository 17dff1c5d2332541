"""The duties on a shop's team page stand in even rows and columns, on every screen, light and dark."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.walking import failed_rules, sign_in


def steps(places: list[float]) -> set[int]:
    """How far each place lies from the one before. In twos of pixels: columns may differ by the rounding of one."""
    ordered = sorted({round(place) for place in places})
    return {round((after - before) / 2) for before, after in pairwise(ordered)}


def boxes(page: Page) -> list[list[tuple[float, float]]]:
    """Where the boxes of each group stand."""
    groups = [group.locator("input[type=checkbox]").all() for group in page.locator("form fieldset").all()]
    return [[((told := box.bounding_box())["x"], told["y"]) for box in group] for group in groups]


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (375, "dark"), (1280, "light")])
def test_duties_stand_in_even_rows_and_columns(demo, new_page, width, scheme):
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page, demo.origin, "Liang Deng", "en")
    page.goto(f"{demo.origin}/desk")
    page.goto(demo.origin + page.locator("a[href$='/team']").first.get_attribute("href"))
    groups = boxes(page)
    assert len(groups) >= 2
    for group in groups:
        assert len(group) == 5
        assert len(steps([x for x, _ in group])) <= 1, group
        assert len(steps([y for _, y in group])) <= 1, group
    assert failed_rules(page) == []
