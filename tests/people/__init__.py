"""A person's rights over his data, through the real command line: nothing is missing, and nothing stays."""
