"""The readable page of the API, rendered from the same description. No script, nothing from elsewhere."""

import tomllib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

import msgspec

from jishi.api.errors import LANGUAGES, codes
from jishi.api.openapi import openapi
from jishi.api.wire import Call, Reply

TITLES = {
    "zh-Hans": (
        "集市 API",
        "谁可以发送",
        "字段",
        "错误代码",
        "每个请求都带 <code>Authorization: Bearer …</code>；命令带 <code>Idempotency-Key</code>，重复发送不会重复执行。"
        "加上 <code>Prefer: dry-run</code> 只试算，不改变任何内容。",
        "描述文件",
        "* 为必填。",
    ),
    "zh-Hant": (
        "集市 API",
        "誰可以發送",
        "欄位",
        "錯誤代碼",
        "每個請求都帶 <code>Authorization: Bearer …</code>；命令帶 <code>Idempotency-Key</code>，重複發送不會重複執行。"
        "加上 <code>Prefer: dry-run</code> 只試算，不改變任何內容。",
        "描述檔",
        "* 為必填。",
    ),
    "en": (
        "Jishi API",
        "Who may send it",
        "Fields",
        "Codes",
        "Every request carries <code>Authorization: Bearer …</code>; a command carries <code>Idempotency-Key</code>: "
        "sending it again does nothing twice. With <code>Prefer: dry-run</code> it is only tried; nothing changes.",
        "Description",
        "* must be given.",
    ),
}

LANGUAGE_NAMES = dict(zip(LANGUAGES, ("简体中文", "繁體中文", "English"), strict=True))
TOKENS_END = "/* Ground */"  # in the pages' sheet, what stands before this are its tokens
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

NOTES = {
    "zh-Hans": "随后用 <code>POST /v1/payments/cashier</code> 取得付款人前往收银台的链接。",
    "zh-Hant": "隨後用 <code>POST /v1/payments/cashier</code> 取得付款人前往收銀台的連結。",
    "en": "Then <code>POST /v1/payments/cashier</code> gives the payer's link to the cashier.",
}


def add_pages(api: Any) -> None:
    """Add the description, the readable page and its style to the API's pages."""
    description = msgspec.json.encode(openapi(None))
    style = style_sheet()
    api.pages["openapi.json"] = lambda call: Reply(200, description)
    api.pages["docs"] = lambda call: _html(page(chosen(call)))
    mark = (files("jishi") / "web" / "static" / "img" / "logo.svg").read_bytes()
    api.pages["docs.svg"] = lambda call: Reply(200, mark, (), "image/svg+xml")
    api.pages["docs.css"] = lambda call: Reply(200, style, (), "text/css; charset=utf-8")


def style_sheet() -> bytes:
    """The pages' colours and sizes, then what is this page's own."""
    pages = (files("jishi") / "web" / "static" / "css" / "app.css").read_text("utf8")
    tokens, found, _ = pages.partition(TOKENS_END)
    assert found, "the pages' sheet has moved its tokens"
    return tokens.encode() + (files("jishi") / "api" / "docs.css").read_bytes()


def chosen(call: Call) -> str:
    """The language that the address asks for, else the browser's."""
    asked = parse_qs(call.query).get("lang", [""])[0]
    return asked if asked in LANGUAGES else call.language


@cache
def summaries() -> dict[str, dict[str, str]]:
    """What each operation does, in Chinese: path -> language -> sentence. In English it is the code's own docstring."""
    return tomllib.loads((files("jishi") / "api" / "summaries.toml").read_text("utf8"))


def _html(text: str) -> Reply:
    headers = (
        ("content-security-policy", POLICY),
        ("referrer-policy", "same-origin"),
        ("vary", "accept-language"),
    )
    return Reply(200, text.encode(), headers, "text/html; charset=utf-8")


@cache
def page(language: str) -> str:
    """The whole page in one language."""
    title, _, _, coded, intro, described, needed = TITLES[language]
    document = openapi(None)
    nouns: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            card = article(method, path, told, language, document["components"]["schemas"])
            nouns.setdefault(told["tags"][0], []).append(card)
    links = "".join(f'<a href="#{noun}">{noun}</a>' for noun in nouns)
    body = "".join(f'<section><h2 id="{noun}">{noun}</h2>{"".join(cards)}</section>' for noun, cards in nouns.items())
    head = (
        f'<meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/v1/docs.css"><link rel="icon" href="/v1/docs.svg">'
    )
    ways = f'<a href="/v1/openapi.json">{described} (OpenAPI 3.1)</a>{language_links(language)}'
    top = f'<header><div><h1>{title}</h1><p>{intro} {needed}</p><div class="ways">{ways}</div></div></header>'
    nav = f'<nav aria-label="{title}">{links}<a href="#codes">{coded}</a></nav>'
    tail = f'<section><h2 id="codes">{coded}</h2>{code_table(language)}</section>'
    main = f'{top}<div class="sheet">{nav}<main>{body}{tail}</main></div>'
    return (
        f'<!doctype html><html lang="{language}" data-theme="auto"><head>{head}</head>'
        f'<body lang="{language}">{main}</body></html>'
    )


def language_links(language: str) -> str:
    """The same page in the other languages."""
    here = {language: ' aria-current="page"'}
    return "".join(
        f'<a href="?lang={one}" hreflang="{one}" lang="{one}"{here.get(one, "")}>{name}</a>'
        for one, name in LANGUAGE_NAMES.items()
    )


def article(method: str, path: str, told: dict, language: str, schemas: dict) -> str:
    """One operation: its address, what it does, who may send it, its fields."""
    _, who, fields, *_ = TITLES[language]
    said = summaries().get(path.removeprefix("/v1/"), {}).get(language, told["summary"])
    rows = "".join(
        f"<dt{' class=must' if must else ''}>{escape(name)}</dt><dd>{escape(kind)}</dd>"
        for name, kind, must in rows_of(told, schemas)
    )
    roles = ", ".join(f"<code>{escape(role)}</code>" for role in told["x-who"])
    listed = f'<dl aria-label="{fields}">{rows}</dl>' if rows else ""
    note = f'<p class="note">{NOTES[language]}</p>' if "description" in told else ""
    return (
        f'<article id="{told["operationId"]}"><h3><span class="{method}">{method.upper()}</span>{escape(path)}</h3>'
        f'<p>{escape(said)}</p>{note}<p class="who">{who}: {roles}</p>{listed}</article>'
    )


def rows_of(told: dict, schemas: dict) -> list[tuple[str, str, bool]]:
    """(name, kind, whether it must be given) of each field: those in the address, then those of the body."""
    rows = [
        (row["name"], kind_of(row["schema"]), row["required"]) for row in told["parameters"] if row["in"] == "query"
    ]
    for media, body in told.get("requestBody", {}).get("content", {}).items():
        if "$ref" not in body["schema"]:
            return [*rows, (media, "body", True)]
        shape = schemas[body["schema"]["$ref"].rpartition("/")[2]]
        needed = shape.get("required", [])
        rows += [(name, kind_of(schema), name in needed) for name, schema in shape["properties"].items()]
    return rows


def kind_of(schema: dict) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(kind_of(part) for part in schema["anyOf"] if part != {"type": "null"})
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        held = schema.get("items") or {}
        return f"[{kind_of(held) if isinstance(held, dict) else ''}]"
    if "format" in schema:
        return str(schema["format"]).replace("-", " ")
    span = [str(schema[name]) for name in ("minimum", "maximum") if name in schema]
    return str(schema.get("type", "")) + (f" {' … '.join(span)}" if span else "")


def code_table(language: str) -> str:
    """Every code with its status, its sentence and what to do next."""
    assert language in LANGUAGES
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{told.status}</td><td>{escape(told.words[language][0])}</td>'
        f"<td>{escape(told.words[language][1])}</td></tr>"
        for code, told in codes().items()
    )
    return f"<table>{rows}</table>"
