"""The table of who may do what, as the guide shows it, made from the registry."""

from jishi.api.registry import endpoints

HEAD = """# Who may do what

This table is made from the registry; a test keeps it so. Each line is an operation of the API and the roles that may
use it. Whatever is not named may not. The house's own commands (timers, reactions, the payment provider, jobs) cannot
be sent from outside at all.

| Role | Who that is |
|---|---|
| `everyone` | anyone, signed in or not |
| `party` | anyone signed in with a party's token |
| `self` | the party whose own rows these are |
| `payer` | who placed the order and pays |
| `holder` | anyone signed in who holds the claim link of the gift |
| `invited` | whom the invitation names, or anyone signed in who holds its link |
| `beneficiary` | who receives the goods and may claim |
| `member` | who sits in the room; of a service room also the shop's staff with the duty `orders` or `aftersale` |
| `founder` | the member who opened the group |
| `guest` | the buyer whose room with a shop it is |
| `desk` | that shop's staff with the duty `orders` or `aftersale` |
| `staff:<duty>` | staff of that shop with this duty, or a key of that shop with this scope |
| `operator:<duty>` | an operator of the platform with this duty |
| `app:<scope>` | a key of the platform with this scope |

An order whose gate is closed (a gift not yet accepted) is not shown to its shop's staff.

| Operation | Who may use it |
|---|---|
"""


def table() -> str:
    """The whole page, as Markdown."""
    rows = sorted((f"{one.method} /v1/{one.path}", one.roles) for one in endpoints(None, None))
    return HEAD + "".join(f"| `{name}` | {', '.join(f'`{role}`' for role in roles)} |\n" for name, roles in rows)
