"""Servers and databases killed under load."""
