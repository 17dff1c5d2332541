"""The garbage collector, kept from coming in the middle of work."""

import gc

# Objects made and not yet given up, that a collection walks through: with more of them it comes less often, and stays
# longer. 250,000 are 50 ms, in which nobody is answered, for a hundredth less of the time.
YOUNG_MOST = 50_000


def quieten_collector() -> None:
    """What stands when the doors open stays: the collector need not walk through it again, nor come so often.

    With its defaults it takes a tenth of the time under load; cycles are rare here, as rows and events are flat.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MOST, 20, 50)
