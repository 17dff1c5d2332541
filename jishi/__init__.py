"""Jishi turns a social app into a market: one transaction kernel under every way to trade."""

__version__ = "0.1.0"
