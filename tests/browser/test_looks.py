"""The pages at every size: no accessibility rule fails and nothing scrolls sideways, in each language and theme."""

import pytest

from tests.browser.screenshots import SHOTS, open_at
from tests.browser.walking import failed_rules, sign_in, width_of

LOOKS = ((1280, "zh-Hans", "light"), (320, "en", "dark"), (375, "zh-Hant", "light"))


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_fails_no_rule(demo, new_page, look):
    width, language, theme = look
    found, page, signed = {}, new_page(viewport={"width": width, "height": 812}), ""
    for name, who, where, _ in SHOTS:
        if who != signed:
            sign_in(page, demo.origin, who)
            signed = who
        page.goto(f"{demo.origin}/personas?lang={language}&theme={theme}")
        open_at(page, demo.origin, where)
        wide = width_of(page)
        wrong = failed_rules(page) + ([f"{wide} wide"] if wide > width else [])
        if wrong:
            found[name] = [text[:300] for text in wrong]
    assert found == {}
