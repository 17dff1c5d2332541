"""Shelf (货架): plain trade. What is paid is to be shipped."""

from jishi.kernel.mode import Mode
from jishi.kernel.orders import release

SHELF = Mode("shelf", on_paid=lambda order, case, now: release(order, case.lines, case, now))
