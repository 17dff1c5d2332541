"""Build hook: compile the message catalogues before a wheel (or an editable install) is made."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):
    """Runs once for every build, so that no wheel can carry a stale translation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from tools.catalogues import ROOT, compile_stale

        for written in compile_stale(ROOT):
            self.app.display_info(f"compiled {written.relative_to(ROOT)}")
