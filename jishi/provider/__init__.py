"""The local payment provider: a stand-in for a payment channel, with its own process, port, database and key.

It knows nothing of the shop but the address it notifies, and the shop knows nothing of it but its HTTP interface.
The money is sandbox money. `jishi.provider.main.run(settings)` serves it; `python -m jishi.provider --help` too.
"""
