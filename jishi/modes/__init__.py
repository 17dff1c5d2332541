"""Ways to trade, one file each. A mode stands between paid and to ship; the kernel never imports one.

Loading them declares the scenes as well: both fill the grammar before an engine opens.
"""

from importlib.metadata import entry_points

from jishi.kernel.mode import Mode


def load_modes() -> dict[str, Mode]:
    """The modes of the house and those of installed plugins (entry point `jishi.modes`, each a `Mode`)."""
    from jishi.modes.gift import GIFT
    from jishi.modes.shelf import SHELF
    from jishi.scenes import load_scenes

    load_scenes()
    modes = {mode.name: mode for mode in (SHELF, GIFT)}
    for found in entry_points(group="jishi.modes"):
        mode = found.load()
        assert isinstance(mode, Mode) and mode.name not in modes, f"mode {found.name} is not usable"
        modes[mode.name] = mode
    return modes
