"""The expected "no": a business refusal with a public, stable code."""


class Refused(Exception):
    """A command is not possible now. `code` is public API; `facts` are codes, ids and amounts that help the sender.

    Raised by decisions before they return anything, so that a refusal never changes a row.
    """

    def __init__(self, code: str, **facts: int | str):
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __repr__(self) -> str:
        return f"Refused({self.code}, {self.facts})"


def require(condition: object, code: str, **facts: int | str) -> None:
    """Refuse with `code` unless the condition holds."""
    if not condition:
        raise Refused(code, **facts)


class Differences(Refused):
    """A bundle that cannot be placed as it stands: every difference of every order, together, for the buyer to accept.
    """

    def __init__(self, refusals: list[Refused]):
        super().__init__("checkout_differs" if len(refusals) > 1 else refusals[0].code, **refusals[0].facts)
        self.refusals = refusals
