"""The store's own rows, of class local: they belong to this database and its processes, never to a shop or a person."""

from jishi.kernel.rows import Row, table


@table("meta", ("key",), kind="local", changes=("value",))
class Meta(Row, frozen=True):
    """A fact about this database: the demo mark, when it was made, the secret of fingerprints, the clock's offset."""

    key: str
    value: str


@table("cursors", ("consumer", "owner"), kind="local", changes=("seq",))
class Cursor(Row, frozen=True):
    """How far a consumer has read an owner's log. seq is the last log row it has finished with."""

    consumer: str
    owner: int
    seq: int


@table(
    "waiting",
    ("owner", "seq", "n"),
    kind="local",
    changes=("due_ms", "attempts", "code"),
    indexes=(("due_ms",),),
)
class Waiting(Row, frozen=True):
    """A reaction that could not be taken yet: the n-th of this log row, when it is tried again (wall clock), and why.

    The cursor has passed it, so that it blocks no other.
    """

    owner: int
    seq: int
    n: int
    due_ms: int
    attempts: int
    code: str


@table("leases", ("name",), kind="local", changes=("holder", "until_ms"))
class Lease(Row, frozen=True):
    """Who may run something that only one process runs at a time, and until when by the wall clock."""

    name: str
    holder: str
    until_ms: int


@table("engines", ("number",), kind="local", changes=("holder", "until_ms"), checks=("number >= 0 AND number < 1024",))
class EngineNumber(Row, frozen=True):
    """The lease of an engine number, which makes ids unique over processes."""

    number: int
    holder: str
    until_ms: int


@table(
    "personas",
    ("party",),
    kind="local",
    personal={"name_zh_hans": "demo", "name_zh_hant": "demo", "name_en": "demo"},
)
class Persona(Row, frozen=True):
    """A simulated person of a demo database, whom a visitor may be with one click. shop: where he works, or 0."""

    party: int
    code: str
    role: str
    shop: int
    language: str
    name_zh_hans: str
    name_zh_hant: str
    name_en: str
