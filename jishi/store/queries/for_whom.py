"""Which orders are whose, as conditions of SQL.

What comes to somebody is found by two indexes: what he pays himself among all that he pays, and what others pay among
the few orders that are paid for somebody else.
"""


def comes_to(party: str, order: str = "") -> str:
    """Orders whose goods this parameter's party receives. order: the table's name in the query, with its dot."""
    his = f"{order}beneficiary = {party}"
    return f"({order}payer = {party} AND {his} OR {_by_another(party, order)})"


def concerns(party: str) -> str:
    """Orders that this parameter's party pays or receives."""
    return f"(payer = {party} OR {_by_another(party)})"


def _by_another(party: str, order: str = "") -> str:
    """In the words of the index that holds only these."""
    return f"{order}beneficiary = {party} AND {order}beneficiary <> {order}payer"
