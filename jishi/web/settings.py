"""What the web faces must be told at start."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class WebSettings:
    """`secret` signs form tokens; `now_ms` is business time; `origins` are further own origins behind a proxy."""

    secret: bytes = field(repr=False)
    secure_cookies: bool = False
    origins: tuple[str, ...] = ()
    stream_origins: tuple[str, ...] = ()
    csrf_exempt: tuple[str, ...] = ("/v1/", "/hooks/")
    form_bytes_max: int = 262_144
    upload_bytes_max: int = 12_582_912
    gallery: bool = False
    now_ms: Callable[[], int] = _wall_clock_ms
    template_folders: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the web secret needs at least 32 bytes")
