"""Parties: the people and companies who trade. What tells of a person stands in rows of its own that can be erased."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta
from msgspec.structs import replace

from jishi.kernel.grammar import Command, Event, Forget, Keep, each, evolves, handles, many, one, recorded
from jishi.kernel.ids import OwnerId, id_type
from jishi.kernel.logins import Account, Login, Password
from jishi.kernel.money import Code
from jishi.kernel.refused import require
from jishi.kernel.roles import DEMO, JOB, SELF, app, operator
from jishi.kernel.rows import Row, table

ADDRESSES_MOST = 400  # with the removed ones; an erasure takes them all in one command
AddressId = id_type("address")
Name = Annotated[str, Meta(min_length=1, max_length=60)]
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 \-]{4,24}$")]
Street = Annotated[str, Meta(min_length=1, max_length=200)]
Region = Annotated[str, Meta(pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Language = Literal["zh-Hans", "zh-Hant", "en"]


@table("parties", ("owner",), changes=("state", "kind"))
class Party(Row, frozen=True):
    """A visitor, guest, person or company. state: active, erased or, of a visitor, linked to the person it became."""

    owner: int
    kind: str
    state: str
    created_ms: int


@table(
    "profiles", ("owner",), changes=("name", "phone", "language"), personal={"name": "contract", "phone": "contract"}
)
class Profile(Row, frozen=True):
    """How a party is called and reached."""

    owner: int
    name: str
    phone: str
    language: str


@table(
    "addresses",
    ("owner", "id"),
    changes=("removed_ms",),
    personal={"name": "delivery", "phone": "delivery", "street": "delivery"},
)
class Address(Row, frozen=True):
    """One entry of an address book.

    Never edited: a correction is a new entry, so that an order keeps the one it was given.
    """

    owner: int
    id: AddressId
    region: str
    name: str
    phone: str
    street: str
    removed_ms: int


# -- commands ---------------------------------------------------------------------------------------


class CreateParty(Command, frozen=True):
    """Bring a party into being."""

    creates: ClassVar[str] = "party"

    party: OwnerId
    kind: Literal["visitor", "guest", "person", "company"]
    name: Name
    phone: Annotated[str, Meta(max_length=26)] = ""
    language: Language = "zh-Hans"


class SetProfile(Command, frozen=True):
    """Change how a party is called, reached and spoken to."""

    party: OwnerId
    name: Name
    phone: Annotated[str, Meta(max_length=26)] = ""
    language: Language = "zh-Hans"


class SaveAddress(Command, frozen=True):
    """Add an entry to the address book."""

    party: OwnerId
    region: Region
    name: Name
    phone: Phone
    street: Street


class RemoveAddress(Command, frozen=True):
    """Take an entry out of the address book; orders under way keep it until they are done."""

    party: OwnerId
    address: AddressId


class EraseParty(Command, frozen=True):
    """Erase what tells of a person. The party's key, trades and books stay."""

    party: OwnerId


# -- events -----------------------------------------------------------------------------------------


class PartyCreated(Event, frozen=True):
    party: OwnerId
    kind: Code


class ProfileSet(Event, frozen=True):
    language: Code


class AddressSaved(Event, frozen=True):
    address: AddressId
    region: Code


class AddressRemoved(Event, frozen=True):
    address: AddressId


class PartyErased(Event, frozen=True):
    addresses: int


class PartyLinked(Event, frozen=True):
    """A visitor said who he is."""

    party: OwnerId


recorded(ProfileSet, AddressSaved)


@evolves(Party, PartyCreated, key=())
def _created(row, e, stamp):
    return Party(stamp.owner, e.kind, "active", stamp.at)


@evolves(Party, PartyErased, key=())
def _erased(row, e, stamp):
    return replace(row, state="erased")


@evolves(Party, PartyLinked, key=())
def _linked(row, e, stamp):
    return replace(row, state="linked")


@evolves(Address, AddressRemoved, key=("address",))
def _removed(row, e, stamp):
    return replace(row, removed_ms=stamp.at)


# -- decisions --------------------------------------------------------------------------------------

_PARTY = one("party", Party, lambda c, k: (c.party,))
_ACTIVE = ("party", ("active",))


@handles(CreateParty, who=(app("act_for"), JOB, DEMO), answer=("party",))
def create_party(c, case, now, ids):
    return [PartyCreated(c.party, c.kind), Keep(Profile(c.party, c.name, c.phone, c.language))]


@handles(
    SetProfile,
    who=(SELF,),
    needs=(_PARTY, one("profile", Profile, lambda c, k: (c.party,))),
    state=_ACTIVE,
)
def set_profile(c, case, now, ids):
    return [ProfileSet(c.language), Keep(Profile(c.party, c.name, c.phone, c.language))]


_ADDRESSES = many("addresses", Address, lambda c, k: (c.party,))


@handles(SaveAddress, who=(SELF,), needs=(_PARTY, _ADDRESSES), state=_ACTIVE, answer=("address",))
def save_address(c, case, now, ids):
    require(len(case.addresses) < ADDRESSES_MOST, "addresses_too_many", most=ADDRESSES_MOST)
    address = ids.next()
    return [AddressSaved(address, c.region), Keep(Address(c.party, address, c.region, c.name, c.phone, c.street, 0))]


@handles(RemoveAddress, who=(SELF,), needs=(one("address", Address, lambda c, k: (c.party, c.address)),))
def remove_address(c, case, now, ids):
    require(case.address and not case.address.removed_ms, "not_found")
    return [AddressRemoved(c.address)]


@handles(
    EraseParty,
    who=(SELF, JOB, operator("manage")),
    needs=(
        _PARTY,
        one("profile", Profile, lambda c, k: (c.party,)),
        _ADDRESSES,
        many("accounts", Account, lambda c, k: (c.party,)),
        one("password", Password, lambda c, k: (c.party,)),
        each("logins", Login, lambda c, k: [(row.mark,) for row in k.accounts], of="accounts"),
    ),
    state=_ACTIVE,
)
def erase_party(c, case, now, ids):
    gone = [Forget(Address, (row.owner, row.id)) for row in case.addresses]
    ways = [Forget(Account, (row.owner, row.kind)) for row in case.accounts]
    names = [Forget(Login, (row.mark,)) for row in case.logins.values() if row.party == c.party]
    return [PartyErased(len(gone)), Forget(Profile, (c.party,)), Forget(Password, (c.party,)), *gone, *ways, *names]
