"""The garbage collector, kept from coming in the middle of work."""

import gc

# Objects made and not yet given up, that a collection walks through: some 4 ms, in which nobody is answered. Five times
# as many are 23 ms, for a hundredth less of the time.
YOUNG_MOST = 50_000


def quieten_collector() -> None:
    """What stands when the doors open stays: the collector need not walk through it again, nor come so often.

    With its defaults it takes a tenth of the time under load; cycles are rare here, as rows and events are flat.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MOST, 20, 50)
