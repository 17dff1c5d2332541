"""The words to talk with in stories: friends, and rooms of two and of many."""

from jishi.kernel.grammar import Principal
from jishi.kernel.ids import read_owner
from jishi.scenes.friends import AskFriend, Contact, friend_parts
from jishi.scenes.rooms import OpenDirect, OpenGroup, invited
from tests.support.market import Market


async def befriend(market: Market, a: Principal, b: Principal, *, settle: bool = True) -> None:
    """Two who ask each other become friends, if they are not."""
    if await market.row(Contact, owner=a.id, other=b.id, state="friends"):
        return
    for one, other in ((a, b), (b, a)):
        proof = market.engine.world.seal(*friend_parts(other.id))
        await market.do(AskFriend(one.id, other.id, proof), one)
    if settle:
        await market.engine.settle_down()


async def direct(market: Market, a: Principal, b: Principal) -> int:
    """The room of two who become friends."""
    await befriend(market, a, b)
    told = await market.do(OpenDirect(0, b.id).addressed(a), a)
    return read_owner(told["room"])


async def group(market: Market, founder: Principal, *friends: Principal) -> int:
    """A group of friends."""
    market.made += 1
    command = OpenGroup(4_000_000 + market.made, "试用小群", invited(*[friend.id for friend in friends]))
    return read_owner((await market.do(command, founder))["room"])
