"""Shops and parties: what a shop is called, who works there, where I work, my profile and my address book."""

from typing import Any

from jishi.kernel.grammar import one
from jishi.kernel.ids import OwnerId
from jishi.kernel.parties import Address, AddressId, Language, Party, Profile
from jishi.kernel.refused import require
from jishi.kernel.roles import ANYONE, SELF, Staff, operator, staff
from jishi.kernel.shops import Shop, ShopName
from jishi.store.queries.roles import EVERYONE
from jishi.store.query import Page, Paged, Query, View, answers, before


class ShopView(View, frozen=True):
    """A shop as everyone may see it."""

    shop: OwnerId
    kind: str
    state: str
    name: str
    currency: str
    opened_ms: int


class ShowShop(Query, frozen=True, kw_only=True):
    """One shop."""

    shop: OwnerId
    language: Language = "zh-Hans"


async def name_of(database: Any, shop: int, language: str) -> str:
    """What a shop is called in a language, or in another one it has."""
    names = {row.language: row.name for row in await database.read(ShopName, "WHERE owner = :shop", shop=shop)}
    return names.get(language) or names.get("zh-Hans") or next(iter(names.values()), "")


@answers(ShowShop, "shops/show", who=(EVERYONE,), needs=(one("shop", Shop, lambda q, k: (q.shop,)),), view=ShopView)
async def show_shop(database, q, case) -> ShopView:
    require(case.shop, "not_found")
    row, name = case.shop, await name_of(database, q.shop, q.language)
    return ShopView(row.owner, row.kind, row.state, name, row.currency, row.opened_ms)


class StaffView(View, frozen=True):
    """Who works for a shop, or for the platform, with which duties."""

    owner: OwnerId
    party: OwnerId
    duties: tuple[str, ...]
    since_ms: int


def _staff_page(rows: list[Staff], limit: int, cursor: str) -> Page:
    shown = [StaffView(row.owner, row.party, row.duties, row.since_ms) for row in rows[:limit]]
    return Page(shown, str(getattr(shown[-1], cursor)) if len(rows) > limit else "")


class ShopStaff(Paged, frozen=True, kw_only=True):
    """Who works for a shop."""

    shop: OwnerId


@answers(ShopStaff, "shops/staff", who=(staff("manage"), operator("manage")), view=StaffView)
async def shop_staff(database, q, case) -> Page:
    rows = await database.read(
        Staff,
        "WHERE owner = :shop AND left_ms = 0 AND party < :before ORDER BY party DESC LIMIT :most",
        shop=q.shop, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    return _staff_page(rows, q.limit, "party")


class MyDuties(Paged, frozen=True, kw_only=True):
    """The shops I work for, with my duties there."""


@answers(MyDuties, "shops/mine", who=(ANYONE,), view=StaffView)
async def my_duties(database, q, case) -> Page:
    rows = await database.read(
        Staff,
        "WHERE party = :me AND left_ms = 0 AND owner < :before ORDER BY owner DESC LIMIT :most",
        me=case.me, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    return _staff_page(rows, q.limit, "owner")


class ProfileView(View, frozen=True):
    """A party as it sees itself."""

    party: OwnerId
    kind: str
    state: str
    name: str
    phone: str
    language: str


class ShowProfile(Query, frozen=True, kw_only=True):
    """Who I am here."""

    party: OwnerId


@answers(
    ShowProfile,
    "parties/show",
    who=(SELF,),
    needs=(
        one("profile", Profile, lambda q, k: (q.party,)),
        one("row", Party, lambda q, k: (q.party,)),
    ),
    view=ProfileView,
)
async def show_profile(database, q, case) -> ProfileView:
    require(case.row, "not_found")
    told = case.profile or Profile(q.party, "", "", "zh-Hans")
    return ProfileView(q.party, case.row.kind, case.row.state, told.name, told.phone, told.language)


class AddressView(View, frozen=True):
    """One entry of an address book."""

    party: OwnerId
    address: AddressId
    region: str
    name: str
    phone: str
    street: str


class Addresses(Paged, frozen=True, kw_only=True):
    """My address book, newest first."""

    party: OwnerId


@answers(Addresses, "parties/addresses", who=(SELF,), view=AddressView)
async def addresses(database, q, case) -> Page:
    rows = await database.read(
        Address,
        "WHERE owner = :party AND removed_ms = 0 AND id < :before ORDER BY id DESC LIMIT :most",
        party=q.party, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = [AddressView(row.owner, row.id, row.region, row.name, row.phone, row.street) for row in rows[: q.limit]]
    return Page(shown, str(shown[-1].address) if len(rows) > q.limit else "")
