"""Tests that walk through the demo world with a real browser."""
