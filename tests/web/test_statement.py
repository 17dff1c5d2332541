"""The shop's funds: every line in words, with its order and the rule that decided it."""

import re

import pytest

from jishi.kernel.grammar import GRAMMAR
from jishi.kernel.ids import public_id, public_owner
from jishi.web.entry_words import BY_ROLE, CODES, entry_word
from tests.support.faces import open_faces

pytestmark = pytest.mark.anyio
LANGUAGES = ("en", "zh-Hans", "zh-Hant")


async def funds(faces, stall, language="en"):
    browser = faces.browser(language)
    await browser.be(stall.keeper)
    return browser, await browser.get(f"/desk/{public_owner(stall.shop)}/money")


def statement(page):
    return page.css("table")[-1].css("tbody tr")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_line_is_in_words_and_names_its_rule_and_order(sqlite_url, tmp_path, language):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, buyer = await market.shop(), await market.person()
        await faces.persona(stall.keeper, "staff", stall.shop)
        sku = await market.goods(stall)
        settled = await market.settled(stall, buyer, (sku, 1))
        paid = await market.paid(stall, buyer, (sku, 1))
        browser, page = await funds(faces, stall, language)
        lines = statement(page)
        assert len(lines) > 3
        for line in lines:
            assert not re.search(r"captured|settled\.|rest|fee\.", line.text())
            links = [link.attributes["href"] for link in line.css("a")]
            assert any(link.startswith("/rules/") for link in links) and any("/orders/" in link for link in links)
            assert re.search(r"\d{4}-\d\d-\d\d", line.text())
        version = (await market.order(stall, paid)).rules
        links = {link.attributes["href"] for line in lines for link in line.css("a")}
        desk = f"/desk/{public_owner(stall.shop)}/orders"
        assert links == {f"/rules/{version}"} | {f"{desk}/{public_id(stall.shop, one)}" for one in (settled, paid)}
        for link in links:
            assert (await browser.get(link)).css_first("h1") is not None
        await browser.get("/rules/20200101", 404)


async def test_money_of_a_gift_nobody_accepted_leads_to_no_order_yet(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall, giver = await market.shop(), await market.person()
        await faces.persona(stall.keeper, "staff", stall.shop)
        await market.gift(stall, giver, await market.goods(stall))
        _, page = await funds(faces, stall)
        (line,) = statement(page)
        assert "Paid by the buyer" in line.text()
        assert [link.attributes["href"][:7] for link in line.css("a")] == ["/rules/"]


def test_every_code_of_the_postings_has_words():
    from pathlib import Path

    import jishi.kernel.postings as postings

    assert GRAMMAR.postings
    text = Path(postings.__file__).read_text(encoding="utf8")
    plain = re.findall(r'e\.currency, "([a-z_.]+)"', text)
    roles = re.findall(r'f"([a-z_]+)\.\{e\.role\}"', text)
    assert len(plain) >= 10 and set(plain) <= set(CODES) and set(roles) <= set(BY_ROLE)
    for code in (*plain, *(f"{stem}.platform" for stem in roles)):
        assert entry_word(str, code) != code
