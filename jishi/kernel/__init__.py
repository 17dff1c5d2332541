"""The transaction kernel: pure decisions over declared rows. No clock, no I/O, no await; standard library and msgspec
only.
"""
