"""The JSON API: one small ASGI callable generated from the registry of commands and queries."""
