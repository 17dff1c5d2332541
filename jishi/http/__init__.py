"""The HTTP server: uvicorn, with a protocol on which calls and replies need no ASGI."""
