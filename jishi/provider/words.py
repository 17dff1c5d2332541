"""All words of the cashier in three languages, and how it writes an amount."""

LANGUAGES = ("zh-Hans", "zh-Hant", "en")

# English first, then zh-Hans and zh-Hant.
WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Cashier", "收银台", "收銀台"),
    "sandbox": ("Sandbox money: nothing real is charged.",
                "沙箱资金:不会产生真实扣款。", "沙箱資金:不會產生真實扣款。"),
    "amount": ("Amount to pay", "支付金额", "支付金額"),
    "subject": ("For", "用途", "用途"),
    "trade_no": ("Reference", "交易单号", "交易單號"),
    "within": ("Pay within", "请在此时间内支付", "請在此時間內支付"),
    "minutes": ("min", "分", "分"),
    "seconds": ("s", "秒", "秒"),
    "hours": ("h", "小时", "小時"),
    "days": ("d", "天", "天"),
    "over": ("The time to pay is over.", "支付时间已过。", "支付時間已過。"),
    "pay": ("Pay", "确认支付", "確認支付"),
    "cancel": ("Cancel and go back", "取消并返回商家", "取消並返回商家"),
    "back": ("Back to the shop", "返回商家", "返回商家"),
    "paid": ("This is paid already.", "已支付成功,无需重复支付。", "已支付成功,無需重複支付。"),
    "again": ("Pay once more", "再次支付", "再次支付"),
    "cannot": ("This payment cannot go on", "无法继续支付", "無法繼續支付"),
    "local": ("Local payment provider for development and demonstration",
              "仅供开发与演示的本地支付服务", "僅供開發與示範的本地支付服務"),
    "subject.order": ("Order", "商品订单", "商品訂單"),
    "subject.checkout": ("Orders of several shops", "多家店铺合并订单", "多家店舖合併訂單"),
    "subject.gift": ("Gift", "礼物", "禮物"),
    "subject.deposit": ("Deposit", "定金", "訂金"),
    "subject.balance": ("Balance", "尾款", "尾款"),
    "subject.bond": ("Bond", "保证金", "保證金"),
    "subject.other": ("Payment", "付款", "付款"),
    "bad_signature": ("The link was changed or is not ours. Go back to the shop and start from there again.",
                      "链接已被改动或并非由商家发出。请返回商家重新发起支付。",
                      "連結已被更動或並非由商家發出。請返回商家重新發起付款。"),
    "malformed": ("The link is incomplete. Go back to the shop and start from there again.",
                  "链接不完整。请返回商家重新发起支付。", "連結不完整。請返回商家重新發起付款。"),
    "trade_differs": ("This payment was opened with another amount. Go back to the shop and start from there again.",
                      "这笔支付曾以不同金额打开。请返回商家重新发起支付。",
                      "這筆付款曾以不同金額開啟。請返回商家重新發起付款。"),
    "trade_closed": ("This payment is closed. Nothing was charged; go back to the shop and order again.",
                     "这笔支付已关闭,未扣款。请返回商家重新下单。",
                     "這筆付款已關閉,未扣款。請返回商家重新下單。"),
    "trade_expired": ("The time to pay is over. Nothing was charged; go back to the shop and order again.",
                      "支付时间已过,未扣款。请返回商家重新下单。",
                      "付款時間已過,未扣款。請返回商家重新下單。"),
    "pay_failed": ("The bank refused. No money has moved; go back and try again.",
                   "银行拒绝了这笔支付,资金未变动。请返回后重试。",
                   "銀行拒絕了這筆付款,資金未變動。請返回後重試。"),
    "unavailable": ("The provider has a problem. Wait a moment and reload the page.",
                    "支付服务暂时异常,请稍后刷新页面。", "付款服務暫時異常,請稍後重新整理頁面。"),
}  # fmt: skip

SIGNS = {"CNY": "¥", "HKD": "HK$", "TWD": "NT$", "USD": "$", "EUR": "€", "JPY": "JP¥"}
WITHOUT_MINOR = {"JPY", "KRW", "VND"}


def language(wanted: str) -> str:
    return wanted if wanted in LANGUAGES else "zh-Hans"


def word(key: str, lang: str) -> str:
    english, simplified, traditional = WORDS[key]
    return {"en": english, "zh-Hant": traditional}.get(lang, simplified)


def subject(code: str, lang: str) -> str:
    key = f"subject.{code}"
    return word(key if key in WORDS else "subject.other", lang)


def amount(amount_minor: int, currency: str) -> str:
    """¥1,234.50 from integer minor units."""
    sign = SIGNS.get(currency, f"{currency} ")
    if currency in WITHOUT_MINOR:
        return f"{sign}{amount_minor:,}"
    return f"{sign}{amount_minor // 100:,}.{amount_minor % 100:02d}"


def span(left_ms: int, lang: str) -> str:
    """The two largest units of a time that is left: 14 min 30 s."""
    seconds = max(0, left_ms // 1000)
    parts = [("days", seconds // 86_400), ("hours", seconds // 3600 % 24), ("minutes", seconds // 60 % 60)]
    shown = [(name, count) for name, count in (*parts, ("seconds", seconds % 60)) if count] or [("seconds", 0)]
    return " ".join(f"{count} {word(name, lang)}" for name, count in shown[:2])
