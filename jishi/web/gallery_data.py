"""Plain figures for the gallery: what a component looks like with something in it, in each language."""

from __future__ import annotations

from typing import Any

from jishi.web.assets import asset_url

NOW_MS = 1_795_312_800_000
HOUR_MS = 3_600_000
ORDER_ID = "7Q2M8XKD4T9VHB3NC6RW"


def fixtures(language: str, now_ms: int = NOW_MS) -> dict[str, Any]:
    """Everything the gallery shows; `say` picks the words of the language."""
    column = ("zh-Hans", "zh-Hant", "en").index(language)

    def say(*texts: str) -> str:
        return texts[column]

    products = _products(say)
    return {
        "say": say,
        "now_ms": now_ms,
        "products": products,
        "order": _order(say, products),
        "parcel": _parcel(say, now_ms),
        "money_rows": _money_rows(say),
        "machine": _machine(say),
        "kpis": _kpis(say),
        "table": _table(say, now_ms),
        "sku": _sku(say),
        "steps": (
            say("下单", "下單", "Order"),
            say("付款", "付款", "Pay"),
            say("发货", "出貨", "Ship"),
            say("收货", "收貨", "Receive"),
        ),
        "tabs": [
            {"href": "/_ui", "label": say("全部", "全部", "All")},
            {"href": "/_ui?tab=pay", "label": say("待付款", "待付款", "To pay"), "count": 2},
            {"href": "/_ui?tab=ship", "label": say("待发货", "待出貨", "To ship"), "count": 128},
            {"href": "/_ui?tab=receive", "label": say("待收货", "待收貨", "To receive")},
            {"href": "/_ui?tab=refund", "label": say("退款售后", "退款售後", "Refunds")},
        ],
        "market": _market(say, now_ms),
        "regions": [("east", say("华东", "華東", "East")), ("north", say("华北", "華北", "North"))],
    }


def _market(say, now_ms: int) -> dict[str, Any]:
    return {
        "pills": [
            {"href": "/_ui", "label": "", "now": False},
            {"href": "/_ui?category=food", "label": say("食品", "食品", "Food"), "now": True},
            {"href": "/_ui?category=tea", "label": say("茶叶", "茶葉", "Tea"), "now": False},
        ],
        "choices": [
            {"href": "/_ui?theme=auto", "label": say("跟随系统", "跟隨裝置", "As the device"), "now": True},
            {"href": "/_ui?theme=dark", "label": say("深色", "深色", "Dark"), "now": False},
        ],
        "waits": [
            {
                "href": "/_ui/buyer",
                "icon": icon,
                "title": title,
                "text": say("春山茶社", "春山茶社", "Spring Hill Tea"),
                "due_ms": now_ms + due_ms if due_ms else 0,
            }
            for icon, title, due_ms in (
                ("wallet", say("明前绿茶 罐装 100 克", "明前綠茶 罐裝 100 克", "Green tea, first flush"), 14 * 60_000),
                ("parcel", say("手工笔记本", "手工筆記本", "Handmade notebook"), 9 * 24 * HOUR_MS),
                ("return", say("口袋杯", "口袋杯", "Pocket cup"), 0),
            )
        ],
    }


def _products(say) -> list[dict[str, Any]]:
    return [
        {
            "href": "/_ui/buyer",
            "picture": asset_url("img/sample-tea.svg"),
            "price_minor": 12_800,
            "was_minor": 15_800,
            "title": say(
                "春山明前绿茶 罐装 100 克", "春山明前綠茶 罐裝 100 克", "Spring Hill green tea, first flush, 100 g tin"
            ),
            "tag": say("可送礼", "可送禮", "Gift"),
            "note": say("已售 1,204", "已售 1,204", "1,204 sold"),
        },
        {
            "href": "/_ui/buyer",
            "picture": asset_url("img/sample-notebook.svg"),
            "price_minor": 6_850,
            "from": True,
            "title": say("朱砂布面手账本", "朱砂布面手帳本", "Cinnabar cloth notebook"),
            "note": say("已售 86", "已售 86", "86 sold"),
        },
        {
            "href": "/_ui/buyer",
            "picture": asset_url("img/sample-cup.svg"),
            "price_minor": 119_900,
            "title": say("青花手作马克杯 一对", "青花手作馬克杯 一對", "Hand-painted blue mugs, a pair"),
        },
        {
            "href": "/_ui/buyer",
            "price_minor": 900,
            "title": say("还没有图片的商品", "還沒有圖片的商品", "A product without a picture yet"),
        },
    ]


def _order(say, products) -> dict[str, Any]:
    return {
        "id": ORDER_ID,
        "href": "/_ui/buyer",
        "shop": say("竹影茶舍", "竹影茶舍", "Bamboo Shade Tea"),
        "status": say("待发货", "待出貨", "To ship"),
        "status_kind": "warn",
        "total_minor": 19_650,
        "next_step": say("店铺须在 48 小时内发货", "店鋪須在 48 小時內出貨", "The shop ships within 48 h"),
        "lines": [
            {**products[0], "option": say("雨前 / 100 克", "雨前 / 100 克", "Early / 100 g"), "quantity": 1},
            {
                **products[1],
                "option": say("A6 / 点阵", "A6 / 點陣", "A6 / dotted"),
                "quantity": 1,
                "status": say("退款中", "退款中", "Refund open"),
                "status_kind": "price",
            },
        ],
    }


def _parcel(say, now_ms: int) -> dict[str, Any]:
    return {
        "carrier": say("云雀速运", "雲雀速運", "Skylark Express"),
        "number": "YQ7730018842156",
        "status": say("运输中", "運送中", "On the way"),
        "events": [
            {
                "title": say("到达江城中转站", "到達江城轉運站", "Reached the Jiangcheng hub"),
                "at_ms": now_ms - 2 * HOUR_MS,
            },
            {"title": say("已揽收", "已收件", "Picked up"), "at_ms": now_ms - 20 * HOUR_MS},
            {
                "title": say("店铺已打包", "店鋪已打包", "Packed by the shop"),
                "at_ms": now_ms - 26 * HOUR_MS,
                "text": say("一个包裹，两件商品", "一個包裹，兩件商品", "One parcel, two items"),
            },
        ],
    }


def _money_rows(say) -> list[dict[str, Any]]:
    return [
        {"label": say("商品", "商品", "Goods"), "amount_minor": 19_650, "href": "#money"},
        {
            "label": say("运费", "運費", "Freight"),
            "amount_minor": 800,
            "note": say(
                "首件 ¥8.00，满 ¥199.00 免运费",
                "首件 ¥8.00，滿 ¥199.00 免運費",
                "¥8.00 for the first piece, free over ¥199.00",
            ),
        },
        {"label": say("店铺优惠", "店鋪優惠", "Shop discount"), "amount_minor": -800},
    ]


def _machine(say) -> list[dict[str, Any]]:
    return [
        {"label": say("已下单", "已下單", "Placed"), "done": True},
        {"label": say("已付款", "已付款", "Paid"), "done": True},
        {"label": say("等待收礼", "等待收禮", "Gift to accept"), "current": True},
        {"label": say("待发货", "待出貨", "To ship")},
        {"label": say("已发货", "已出貨", "Shipped")},
        {"label": say("已收货", "已收貨", "Received")},
        {"label": say("已结算", "已結算", "Settled"), "final": True},
        {
            "label": say("已退款", "已退款", "Refunded"),
            "final": True,
            "aside": True,
            "note": say("24 小时未收，钱自动退回", "24 小時未收，錢自動退回", "not accepted within 24 h"),
        },
    ]


def _kpis(say) -> list[dict[str, Any]]:
    return [
        {
            "label": say("今日成交", "今日成交", "Paid today"),
            "value": "¥12,840.00",
            "href": "#kpi",
            "note": say("46 单", "46 筆", "46 orders"),
        },
        {
            "label": say("待发货", "待出貨", "To ship"),
            "value": "7",
            "href": "#kpi",
            "note": say("2 单今天到期", "2 筆今天到期", "2 due today"),
        },
        {"label": say("待处理售后", "待處理售後", "Open claims"), "value": "1", "href": "#kpi"},
        {"label": say("可提现", "可提領", "Available"), "value": "¥3,206.55", "href": "#kpi"},
    ]


def _table(say, now_ms: int) -> dict[str, Any]:
    shipped, waiting = say("已发货", "已出貨", "Shipped"), say("待发货", "待出貨", "To ship")
    return {
        "caption": say("最近订单", "最近訂單", "Latest orders"),
        "columns": [
            {"key": "id", "label": say("订单号", "訂單編號", "Order"), "kind": "id"},
            {"key": "placed_ms", "label": say("下单时间", "下單時間", "Placed"), "kind": "time"},
            {"key": "status", "label": say("状态", "狀態", "State"), "kind": "text"},
            {"key": "lines", "label": say("件数", "件數", "Items"), "kind": "number"},
            {"key": "paid_minor", "label": say("实付", "實付", "Paid"), "kind": "money"},
        ],
        "rows": [
            {
                "id": ORDER_ID,
                "id_href": "#table",
                "placed_ms": now_ms - HOUR_MS,
                "status": waiting,
                "lines": 2,
                "paid_minor": 19_650,
            },
            {
                "id": "7Q2M8XKD4T9VHB3NC5PA",
                "id_href": "#table",
                "placed_ms": now_ms - 5 * HOUR_MS,
                "status": shipped,
                "lines": 1,
                "paid_minor": 119_900,
            },
            {
                "id": "7Q2M8XKD4T9VHB3NC4JE",
                "id_href": "#table",
                "placed_ms": now_ms - 29 * HOUR_MS,
                "status": shipped,
                "lines": 3,
                "paid_minor": None,
            },
        ],
    }


def _sku(say) -> dict[str, Any]:
    return {
        "axes": [
            {
                "label": say("颜色", "顏色", "Colour"),
                "options": [
                    {"value": "red", "label": say("朱砂", "朱砂", "Cinnabar")},
                    {"value": "ink", "label": say("墨", "墨", "Ink")},
                    {"value": "moss", "label": say("苔", "苔", "Moss")},
                ],
            },
            {
                "label": say("开本", "開本", "Size"),
                "options": [{"value": "a5", "label": "A5"}, {"value": "a6", "label": "A6"}],
            },
        ],
        "skus": [
            {"options": ["red", "a5"], "free": 12, "price_minor": 7_850},
            {"options": ["red", "a6"], "free": 3, "price_minor": 6_850},
            {"options": ["ink", "a5"], "free": 40, "price_minor": 7_850},
            {"options": ["ink", "a6"], "free": 0, "price_minor": 6_850},
            {"options": ["moss", "a6"], "free": 9, "price_minor": 6_850},
        ],
    }
