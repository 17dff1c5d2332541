"""The cashier's pages: three languages, a strict policy, and the way back."""

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from jishi.provider.words import LANGUAGES, WORDS, amount, span
from tests.provider.conftest import Till


def form_of(html: str) -> dict[str, str]:
    inputs = HTMLParser(html).css("form input")
    return {node.attributes["name"]: node.attributes["value"] for node in inputs}


def test_the_buyer_pays_and_goes_back(till: Till) -> None:
    ask = till.ask(return_url="http://127.0.0.1:1/orders/1?a=1&b=%E7%A4%BC")
    shown = httpx.get(till.link(ask))
    assert shown.status_code == 200
    assert till.receiver.received == []
    paid = httpx.post(till.provider.base_url + "/cashier/pay", data=form_of(shown.text))
    assert (paid.status_code, paid.headers["location"]) == (303, ask.return_url)
    assert till.read(till.receiver.wait_for(1)[0]).trade_no == ask.trade_no
    again = HTMLParser(httpx.get(till.link(ask)).text)
    assert again.css_first("form") is None
    assert again.css_first("a.secondary").attributes["href"] == ask.return_url


def test_the_second_tab_pays_nothing(till: Till) -> None:
    ask = till.ask()
    first, second = (httpx.get(till.link(ask)).text for _ in range(2))
    for html in (first, second):
        assert httpx.post(till.provider.base_url + "/cashier/pay", data=form_of(html)).status_code == 303
    assert len(till.run(lambda pay: pay.query_payment(ask.trade_no))) == 1


@pytest.mark.parametrize(("lang", "words"), [("zh-Hans", "确认支付"), ("zh-Hant", "確認支付"), ("en", "Pay ¥123.45")])
def test_the_page_speaks_the_buyers_language(till: Till, lang: str, words: str) -> None:
    html = httpx.get(till.link(till.ask(lang=lang))).text
    assert f'<html lang="{lang}">' in html
    assert words in html


def test_the_policy_is_strict_and_lets_the_buyer_go_back(till: Till) -> None:
    response = httpx.get(till.link(till.ask(return_url="https://shop.example:8443/orders/1")))
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "form-action 'self' https://shop.example:8443;" in policy
    assert "unsafe" not in policy
    assert not HTMLParser(response.text).css("[style], [onclick], style, script:not([src])")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "https://shop.example; script-src *", "/orders/1"])
def test_no_other_address_to_go_back_to(till: Till, address: str) -> None:
    response = httpx.get(till.link(till.ask(return_url=address)))
    assert response.status_code == 400
    assert "script-src *" not in response.headers["content-security-policy"]


def test_a_changed_link_is_explained_without_a_way_back(till: Till) -> None:
    response = httpx.get(till.link(till.ask(lang="en")).replace("12345", "1"))
    assert response.status_code == 401
    page = HTMLParser(response.text)
    assert "start from there again" in page.css_first("[role=alert]").text()
    assert page.css_first("a") is None


def test_a_refused_payment_is_explained_with_a_way_back(till: Till) -> None:
    ask = till.ask(lang="en")
    till.provider.behave(trade_no=ask.trade_no, pay="fails")
    form = form_of(httpx.get(till.link(ask)).text)
    response = httpx.post(till.provider.base_url + "/cashier/pay", data=form)
    assert response.status_code == 402
    page = HTMLParser(response.text)
    assert "No money has moved" in page.css_first("[role=alert]").text()
    assert page.css_first("a.secondary").attributes["href"] == ask.return_url


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"a=1&" * 30, b"x" * 70_000])
def test_a_broken_form_is_refused(till: Till, body: bytes) -> None:
    response = httpx.post(till.provider.base_url + "/cashier/pay", content=body)
    assert 400 <= response.status_code < 500


def test_every_word_is_there_in_every_language() -> None:
    assert all(len(words) == len(LANGUAGES) and all(words) for words in WORDS.values())


def test_amounts_and_times_are_written_without_floats() -> None:
    assert amount(123_456_705, "CNY") == "¥1,234,567.05"
    assert amount(500, "JPY") == "JP¥500"
    assert span(870_999, "en") == "14 min 30 s"
    assert span(0, "zh-Hans") == "0 秒"
