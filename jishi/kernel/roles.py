"""Who may send a command: the roles of a deal, of a shop's staff, of operators, programs and of the house itself."""

from jishi.kernel.grammar import Role, one
from jishi.kernel.ids import OwnerId
from jishi.kernel.money import Code
from jishi.kernel.owners import PLATFORM
from jishi.kernel.rows import Row, table

DUTIES = ("goods", "orders", "aftersale", "money", "manage")
OPERATOR_DUTIES = ("review", "judge", "books", "clock", "manage")


@table("staff", ("owner", "party"), changes=("duties", "left_ms"), indexes=(("party",),))
class Staff(Row, frozen=True):
    """A party who works for a shop, or for the platform as an operator, with the duties he has.

    left_ms: 0 while he stays.
    """

    owner: int
    party: OwnerId
    duties: tuple[Code, ...]
    since_ms: int
    left_ms: int


def _own_app(command, case, scope: str) -> bool:
    by = case.by
    return by.kind == "app" and by.owner == command.owner and scope in by.scopes


def staff(duty: str) -> Role:
    """Staff of the command's own shop with this duty, or a key of that shop with the scope of that name."""
    need = one("staff", Staff, lambda c, k: (c.owner, k.me) if k.me else None)

    def test(command, case) -> bool:
        row = case.staff
        return bool(row and not row.left_ms and duty in row.duties) or _own_app(command, case, duty)

    return Role(f"staff:{duty}", test, (need,))


def operator(duty: str) -> Role:
    """An operator of the platform with this duty."""
    need = one("operator", Staff, lambda c, k: (PLATFORM, k.me) if k.me else None)

    def test(command, case) -> bool:
        row = case.operator
        return bool(row and not row.left_ms and duty in row.duties)

    return Role(f"operator:{duty}", test, (need,))


def app(scope: str) -> Role:
    """A program whose platform key has this scope."""
    return Role(f"app:{scope}", lambda c, k: k.by.kind == "app" and k.by.owner == PLATFORM and scope in k.by.scopes)


def house(name: str) -> Role:
    """The house itself: timer, reaction, provider, job or demo."""
    return Role(f"house:{name}", lambda c, k: k.by.kind == "system" and k.by.name == name)


ANYONE = Role("party", lambda c, k: k.me != 0)
SELF = Role("self", lambda c, k: k.me != 0 and k.me == c.owner)
PAYER = Role("payer", lambda c, k: k.me != 0 and k.order is not None and k.me == k.order.payer)
BENEFICIARY = Role(
    "beneficiary", lambda c, k: k.me != 0 and k.order is not None and k.me == k.order.beneficiary
)
TIMER = house("timer")
REACTION = house("reaction")
PROVIDER = house("provider")
JOB = house("job")
DEMO = house("demo")
