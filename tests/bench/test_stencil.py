"""A stencil stops at an id it does not know, and cuts what it knows out of texts."""

import pytest
from msgspec.structs import replace

from bench.stencil import Stencil, Unknown
from jishi.kernel.ids import public_id
from jishi.kernel.orders import Line, Order, OrderPlaced
from jishi.kernel.owners import LogRow

SHOP, ORDER, BUYER, ADDRESS, SKU, PRODUCT = [1 << 58 | number for number in range(6)]
AT = 1_769_904_000_000


def order() -> list:
    """The rows of an order, as far as a stencil looks at them."""
    fields = dict.fromkeys(Order.__struct_fields__, 0) | {
        "owner": SHOP, "id": ORDER, "payer": BUYER, "beneficiary": BUYER, "address": ADDRESS, "mode": "shelf",
        "delivery": "express", "state": "to_ship", "reason": "", "currency": "CNY", "region": "CN-BJ",
        "placed_ms": AT, "pay_by_ms": AT + 1_800_000,
    }  # fmt: skip
    line = Line(SHOP, ORDER, 1, SKU, PRODUCT, 1, "food", 1, 9_900, 9_900, 800, (), 0, 0, 0, 0)
    answer = f'{{"seq":7,"at_ms":{AT},"order":"{public_id(SHOP, ORDER)}","off":"5%"}}'
    log = LogRow(SHOP, 7, "c0ffee", f"party:{BUYER}", OrderPlaced.__name__, "f", answer, f'[{{"order":{ORDER}}}]', AT,
                 bytes(32))  # fmt: skip
    return [Order(**fields), line, log]


def test_everything_that_names_an_order_is_cut_out():
    stencil = Stencil(order())
    values = {
        "shop": 1, "order": 2, "payer": 3, "address": 4, "sku": 5, "product": 6, "public_order": "P", "seq0": 8,
        "command0": "c", "public_shop": "S", "time0": 10, "time1800000": 11,
    }  # fmt: skip
    (log,) = [[cell.fill(values) for cell in cells] for cells in stencil.log_cells]
    assert log == [1, 8, "c", "party:3", "OrderPlaced", "f", '{"seq":8,"at_ms":10,"order":"P","off":"5%"}',
                   '[{"order":2}]', 10, bytes(32)]  # fmt: skip
    rows = {row_type: [cell.fill(values) for cell in cells] for row_type, cells in stencil.rows}
    assert rows[Line][:5] == [1, 2, 1, 5, 6]
    assert dict(zip(Order.__struct_fields__, rows[Order], strict=True))["pay_by_ms"] == 11


def test_an_unknown_id_stops_it():
    first, *others = order()
    with pytest.raises(Unknown):
        Stencil([replace(first, checkout=1 << 57), *others])
