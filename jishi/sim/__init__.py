"""The simulator: one seed is one run of the real engine under faults, then in calm, on a clock of its own."""
