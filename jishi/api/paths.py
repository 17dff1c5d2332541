"""Where each command stands: `/v1/<noun>/<verb>`, from its module and its name."""

import re

from jishi.kernel.grammar import Command, Handler
from jishi.kernel.vocabulary import GRAMMAR
from jishi.modes import load_modes

# module -> (noun in the path, words of the command's name that the noun already says)
NOUNS = {
    "apps": ("keys", ("key",)),
    "cart": ("cart", ("cart",)),
    "catalog": ("goods", ("product",)),
    "checkout": ("checkouts", ("checkout",)),
    "claims": ("claims", ("claim",)),
    "closing": ("orders", ("order",)),
    "friends": ("friends", ("friend",)),
    "invitations": ("invitations", ("invitation",)),
    "freight": ("freight", ("freight",)),
    "messages": ("messages", ()),
    "mutes": ("mutes", ("mute",)),
    "parcels": ("parcels", ("parcel",)),
    "parties": ("parties", ("party",)),
    "payments": ("payments", ("payment",)),
    "payouts": ("payouts", ("payout",)),
    "pictures": ("goods", ()),
    "placing": ("orders", ("order",)),
    "refund_results": ("refunds", ("refund",)),
    "rooms": ("rooms", ("room",)),
    "reviewing": ("reviews", ("review",)),
    "shops": ("shops", ("shop",)),
    "stock": ("stock", ("stock",)),
    "touch": ("touches", ("touch",)),
    "webhooks": ("webhooks", ()),
}
# Commands that the edge builds by itself, from a form of its own: a checkout's orders, a picture's cleaned files.
BUILT = {"PlaceCheckout", "AddPicture"}
# Fields that are ours to fill: an order's id comes from the engine, its checkout from `/v1/checkouts/place`.
HIDDEN = {"PlaceOrder": ("order", "checkout")}


def noun_and_words(command: type[Command]) -> tuple[str, tuple[str, ...]]:
    """The noun of a command's module; a mode's file gives its own stem."""
    stem = command.__module__.rpartition(".")[2]
    return NOUNS.get(stem, (f"{stem}s", (stem,)))


def path_of(command: type[Command]) -> str:
    """`PlaceOrder` of `placing` -> `orders/place`; `PriceSku` of `catalog` -> `goods/price-sku`."""
    noun, said = noun_and_words(command)
    words = [word.lower() for word in re.findall("[A-Z][a-z0-9]*", command.__name__)]
    return f"{noun}/{'-'.join(word for word in words if word not in said)}"


def outside(handler: Handler) -> bool:
    """Whether anyone but the house itself may send it."""
    name = handler.command.__name__
    return name not in BUILT and any(not role.name.startswith("house:") for role in handler.who)


def exposed() -> dict[str, Handler]:
    """Path -> handler, for every command that the API offers."""
    load_modes()
    found: dict[str, Handler] = {}
    for handler in GRAMMAR.handlers.values():
        if outside(handler):
            path = path_of(handler.command)
            assert path not in found, f"{path}: {handler.command.__name__} and {found[path].command.__name__}"
            found[path] = handler
    return found
