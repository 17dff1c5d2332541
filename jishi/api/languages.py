"""In which of our languages a program is answered, by its Accept-Language header. English unless it says otherwise."""

from functools import lru_cache

TRADITIONAL = ("tw", "hk", "mo", "hant")


@lru_cache(1024)
def language_of(header: str) -> str:
    """zh-Hans, zh-Hant or en: the first tag we speak, in the order of their weights."""
    weighted = []
    for place, item in enumerate(header[:500].lower().split(",")):
        tag, _, weight = item.strip().partition(";q=")
        weighted.append((weight.strip() or "1", -place, tag.strip().replace("_", "-")))
    for weight, _, tag in sorted(weighted, reverse=True):
        parts = tag.split("-")
        if weight.strip("0.") == "" or parts[0] not in ("zh", "en"):
            continue
        if parts[0] == "en":
            return "en"
        return "zh-Hant" if any(part in TRADITIONAL for part in parts[1:]) else "zh-Hans"
    return "en"
