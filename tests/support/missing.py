"""What happens to a test whose outside program is missing: skipped at home, failed in CI."""

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Tell whether nothing may be left out."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test with the reason; with CI=true, fail it."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
