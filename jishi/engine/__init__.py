"""The only place with transactions, time and randomness: batches, timers, reactions, outbox and clock."""
