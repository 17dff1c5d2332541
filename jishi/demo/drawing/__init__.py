"""Draws the demo world's goods and gift covers: a small kit of shapes and light, and one recipe per kind of thing."""
