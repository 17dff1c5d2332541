"""What the store raises. Everything it does not name passes as it is: a fault of the command or of ours."""


class Transient(Exception):
    """Nothing was changed, and the same work may succeed when it is tried again a little later."""


class UnknownCommit(Transient):
    """The connection was lost while committing: all of it happened, or none. Ids and keys make another run safe."""


class Conflict(Exception):
    """Someone else was first: another engine wrote this log row, head or name. A new try sees what they wrote."""


class SecondEngine(Exception):
    """Another process already writes this SQLite database. Use that one, stop it first, or move to PostgreSQL."""


class TooManyRows(Exception):
    """A decision asked for more rows than one command may handle; larger work is a plan with chunks."""


class MissingRow(Exception):
    """A row that was to be changed is not there. This is a fault of ours: it was loaded in the same transaction."""
