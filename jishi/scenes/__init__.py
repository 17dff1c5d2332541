"""Scenes: where people meet goods, one noun a file. The kernel never imports one; loading them fills the grammar."""

from importlib import import_module

SCENES = ("friends", "rooms", "messages", "mutes")


def load_scenes() -> None:
    """Declare what every scene can say."""
    for name in SCENES:
        import_module(f"jishi.scenes.{name}")
