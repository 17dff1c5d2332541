"""Addresses of our own pages with what is asked there."""

from urllib.parse import urlencode


def link(base: str, **told: str | int) -> str:
    """An address with what is not empty of these."""
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{base}?{query}" if query else base
