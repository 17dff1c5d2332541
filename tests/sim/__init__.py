"""Tests of the simulator, and tests that put faults at every step."""
