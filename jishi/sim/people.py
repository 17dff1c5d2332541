"""Parties, shops, keys and carts: what people do besides trading."""

from jishi.kernel.accounts import ClaimLogin, OpenAccount, SetPassword
from jishi.kernel.apps import MakeKey, RevokeKey
from jishi.kernel.cart import SetCart
from jishi.kernel.grammar import system
from jishi.kernel.invitations import (
    AcceptInvitation,
    DeclineInvitation,
    InviteStaff,
    WithdrawInvitation,
    invitation_parts,
)
from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import CreateParty, EraseParty, RemoveAddress, SaveAddress, SetProfile
from jishi.kernel.payouts import Withdraw
from jishi.kernel.roles import DUTIES
from jishi.kernel.shops import CloseShop, Named, OpenShop, SetDuties
from jishi.kernel.touch import RecordTouch, touch_parts
from jishi.kernel.visitors import LinkVisitor, TakeVisitor
from jishi.sim.alphabet import Hand, generates, party

REGIONS = ("CN-BJ", "CN-SH", "CN-XZ", "CN-GD")
DEMO, JOB = system("demo"), system("job")


@generates(CreateParty, 2)
def create_party(hand: Hand):
    return CreateParty(hand.fresh(), "person", "simulated", "", hand.pick(("zh-Hans", "zh-Hant", "en"))), DEMO


def a_login(hand: Hand) -> str:
    """One of few, so that several want the same."""
    return f"simulated{hand.random.randint(1, 30)}@example.com"


@generates(OpenAccount, 1)
def open_account(hand: Hand):
    kind = hand.pick(("guest", "person"))
    return OpenAccount(hand.fresh(), kind, "email", a_login(hand), "simulated"), JOB


@generates(ClaimLogin, 1)
def claim_login(hand: Hand):
    return ClaimLogin(hand.someone().id, "email", a_login(hand)), JOB


@generates(SetPassword, 1)
def set_password(hand: Hand):
    return SetPassword(hand.someone().id, "no hash of anything"), JOB


@generates(SetProfile, 2)
def set_profile(hand: Hand):
    who = hand.someone()
    return SetProfile(who.id, f"simulated {hand.random.randint(1, 9)}"), who


@generates(SaveAddress, 4)
def save_address(hand: Hand):
    who = hand.someone()
    return SaveAddress(who.id, hand.pick(REGIONS), "simulated", "+86 190 0000 0001", "Market Road 1"), who


@generates(RemoveAddress, 1)
def remove_address(hand: Hand):
    row = hand.pick(hand.view.addresses)
    return row and (RemoveAddress(row.owner, row.id), party(row.owner))


@generates(EraseParty, 2)
def erase_party(hand: Hand):
    """Seldom, and never the last few: the market needs people."""
    if len(hand.view.parties) < 6 or not hand.chance(0.3):
        return None
    row = hand.pick(hand.view.parties[4:])
    return EraseParty(row.owner), party(row.owner)


@generates(OpenShop, 1)
def open_shop(hand: Hand):
    return OpenShop(hand.fresh(), "individual", (Named("zh-Hans", "试用小店"),)), hand.someone()


@generates(CloseShop, 2)
def close_shop(hand: Hand):
    """Seldom, and never the first two."""
    row = hand.pick(hand.view.shops[2:])
    return row and (CloseShop(row.owner), hand.keeper(row.owner))


@generates(SetDuties, 1)
def set_duties(hand: Hand):
    row = hand.pick(hand.view.staff)
    who = hand.someone()
    if row is None or any((row.owner, who.id) == (one.owner, one.party) for one in hand.view.staff):
        return None
    return SetDuties(row.owner, who.id, hand.pick((DUTIES, ("orders",), ()))), hand.keeper(row.owner)


@generates(InviteStaff, 2)
def invite_staff(hand: Hand):
    row = hand.pick(hand.view.shops)
    login = "nobody@example.com" if hand.chance(0.2) else ""
    return row and (InviteStaff(row.owner, hand.pick((DUTIES, ("orders",), ("goods",))), login), hand.keeper(row.owner))


def answer(hand: Hand, command: type):
    """Whoever found the link; now and then with one that proves nothing."""
    row = hand.pick(hand.view.invitations)
    link = row and hand.seal(*invitation_parts(row.owner, row.id)) if not hand.chance(0.1) else "f" * 32
    return row and (command(row.owner, row.id, link), hand.someone())


@generates(AcceptInvitation, 1)
def accept_invitation(hand: Hand):
    return answer(hand, AcceptInvitation)


@generates(DeclineInvitation, 1)
def decline_invitation(hand: Hand):
    return answer(hand, DeclineInvitation)


@generates(WithdrawInvitation, 1)
def withdraw_invitation(hand: Hand):
    row = hand.pick(hand.view.invitations)
    return row and (WithdrawInvitation(row.owner, row.id), hand.keeper(row.owner))


@generates(MakeKey, 1)
def make_key(hand: Hand):
    row = hand.pick(hand.view.shops)
    if row is None or hand.chance(0.2):
        return MakeKey(PLATFORM, "simulated", ("act_for",)), system("job")
    return MakeKey(row.owner, "simulated", ("goods",)), hand.keeper(row.owner)


@generates(RevokeKey, 2)
def revoke_key(hand: Hand):
    row = hand.pick(hand.view.keys)
    return row and (RevokeKey(row.owner, row.id), system("job"))


@generates(SetCart, 3)
def set_cart(hand: Hand):
    who, sku, line = hand.someone(), hand.pick(hand.view.skus), hand.pick(hand.view.carts)
    if line and hand.chance(0.4):
        return SetCart(line.owner, line.shop, line.sku, 0), party(line.owner)
    return sku and (SetCart(who.id, sku.owner, sku.id, hand.random.randint(0, 5)), who)


@generates(RecordTouch, 5)
def record_touch(hand: Hand):
    who, promoter, sku = hand.someone(), hand.someone(), hand.pick(hand.view.skus)
    if sku is None:
        return None
    told = (sku.owner, sku.product, promoter.id, hand.pick(("chat", "live")), hand.pick(("card", "link")), hand.now)
    proof = hand.seal(*touch_parts(*told)) if not hand.chance(0.05) else "f" * 32
    return RecordTouch(who.id, *told, proof), who


@generates(TakeVisitor, 3)
def take_visitor(hand: Hand):
    """A browser comes, puts something in its cart, and says who it is; now and then somebody who is no person."""
    sku, who, visitor = hand.pick(hand.view.skus), hand.someone(), hand.fresh()
    if sku is None or who is None:
        return None
    came = (CreateParty(visitor, "visitor", "simulated"), JOB)
    put = (SetCart(visitor, sku.owner, sku.id, hand.random.randint(1, 5)), party(visitor))
    person = visitor if hand.chance(0.1) else who.id
    return [came, put, (TakeVisitor(person, visitor), JOB), (LinkVisitor(visitor, person), JOB)]


@generates(Withdraw, 16)
def withdraw(hand: Hand):
    purse = hand.pick([row for row in hand.view.purses if row.owner != PLATFORM])
    if purse is None:
        return None
    who = hand.keeper(purse.owner) if purse.account == "available" else party(purse.owner)
    amount = hand.pick((purse.amount_minor, hand.random.randint(1, purse.amount_minor), purse.amount_minor + 1))
    return Withdraw(purse.owner, amount, "A1"), who
