"""The auditor: re-derives from the tables alone what must be true, and names the row where it is not."""
