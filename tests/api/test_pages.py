"""The description and its readable page: the same registry, three languages, no script, nothing from elsewhere."""

import re

import pytest

from jishi.api.docs import summaries
from jishi.api.errors import problem
from jishi.api.registry import endpoints
from jishi.kernel.refused import Refused
from tests.api.desk import open_desk

pytestmark = pytest.mark.anyio


async def test_the_readable_page_tells_every_operation(sqlite_url):
    async with open_desk(sqlite_url) as desk:
        seen = set()
        for language in ("zh-Hans", "zh-Hant", "en"):
            got = await desk.raw("GET", "/v1/docs", headers={"accept-language": language})
            text = got.body.decode()
            assert got.status == 200 and f'<html lang="{language}"' in text
            assert "default-src 'none'" in got.headers["content-security-policy"]
            assert "<script" not in text and not re.search(r"""(?:src|href)="(?:https?:)?//""", text)
            assert all(f"/v1/{one.path}<" in text for one in endpoints(None, None))
            seen.add(text)
        assert len(seen) == 3
        assert (await desk.raw("GET", "/v1/docs?lang=zh-Hant", headers={"accept-language": "en"})).body.decode() in seen
        style = (await desk.raw("GET", "/v1/docs.css")).body.decode()
        assert ":root[data-theme=dark]" in style and set(re.findall(r"var\((--\w+)", style)) <= set(
            re.findall(r"(--\w+):", style)
        )
        assert (await desk.raw("GET", "/v1/docs.css")).headers["content-type"].startswith("text/css")
        described = (await desk.raw("GET", "/v1/openapi.json")).told
        assert described["openapi"] == "3.1.0" and "/v1/orders/place" in described["paths"]


def test_every_operation_is_told_in_chinese_too() -> None:
    assert sorted(summaries()) == sorted(one.path for one in endpoints(None, None))
    for path, told in summaries().items():
        assert set(told) == {"zh-Hans", "zh-Hant"} and all(told.values()), path


def test_a_plugin_s_own_code_is_told_all_the_same() -> None:
    status, body = problem(Refused("only_here" + "_said"), "en")
    assert status == 409 and b'"code":"only_here_said"' in body
