"""A seeded world of invented shops, goods and people, labelled as simulated wherever it is shown."""
