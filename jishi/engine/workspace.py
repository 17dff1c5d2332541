"""The rows one batch works on: loaded once, seen by every later command of the batch, written together at the end."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from itertools import chain, starmap
from operator import setitem
from typing import Any, NamedTuple

from jishi.engine.request import Request
from jishi.kernel.grammar import Need
from jishi.kernel.ledger import Balance
from jishi.kernel.owners import Head, LogRow, Timer
from jishi.kernel.refused import Refused, require
from jishi.kernel.rows import Row, key_function, key_of
from jishi.store.errors import TooManyRows
from jishi.store.shape import changes

MISSING = object()
Between = Callable[[], Awaitable[None]]
# Rows to be asked for, by their type and the width of their keys' beginnings, or 0 where the whole keys are given.
Wanted = dict[tuple[type[Row], int], dict[tuple, bool]]


class Wave(NamedTuple):
    """Of what a command's case holds, what is asked for at once; and what keys are of, from the wave before."""

    needs: tuple[Need, ...]
    of: tuple[Need, ...] = ()


class Group(NamedTuple):
    """Requests of one kind, and the waves of what their cases hold that have not been asked for."""

    requests: list[Request]
    waves: tuple[Wave, ...]


class Load(NamedTuple):
    """Rows of one table that were asked for. width: of the beginnings of keys; 0 where whole keys were given."""

    row_type: type[Row]
    keys: list[tuple]
    width: int
    answer: Awaitable[list[Row]]


class Workspace:
    """A view of the database inside one transaction.

    Every change goes through `put`, so that a bundle can be undone: (where, key, value) -> None.
    """

    def __init__(self, session: Any):
        self.session = session
        self.rows: dict[type, dict[tuple, Row | None]] = defaultdict(dict)
        self.under: dict[type, dict[tuple, tuple]] = defaultdict(dict)
        self.widths: dict[type, set[int]] = defaultdict(set)
        self.stored: dict[type, dict[tuple, Row]] = defaultdict(dict)
        self.dirty: dict[type, dict[tuple, bool]] = defaultdict(dict)
        self.removed: dict[type, dict[tuple, bool]] = defaultdict(dict)
        self.deltas: dict[tuple, int] = {}
        self.moved: dict[int, set[tuple]] = defaultdict(set)
        self.timers: dict[tuple, Timer | None] = {}
        self.heads: dict[int, Head] = {}
        self.log: dict[tuple, LogRow] = {}
        self.told: dict[tuple, Any] = {}
        self.crowded: set[tuple[type, tuple]] = set()
        self.put: Callable[[dict, Any, Any], None] = setitem
        self.undo: list[tuple[dict, Any, Any]] = []

    # -- changing, with a way back ----------------------------------------------------------------

    def begin_bundle(self) -> None:
        """From now on remember what was there before each change."""
        self.put = self._put_with_way_back

    def _put_with_way_back(self, where: dict, key: Any, value: Any) -> None:
        self.undo.append((where, key, where.get(key, MISSING)))
        where[key] = value

    def end_bundle(self, keep: bool) -> None:
        """Keep what the bundle changed, or put everything back in reverse order."""
        changes, self.undo, self.put = self.undo, [], setitem
        if keep:
            return
        for where, key, before in reversed(changes):
            if before is MISSING:
                del where[key]
            else:
                where[key] = before

    def set_row(self, row_type: type[Row], key: tuple, row: Row | None) -> None:
        """Insert, change or delete (None) a row of this batch's view."""
        view = self.rows[row_type]
        if row is not None and row_type in self.widths and view.get(key) is None:
            self._list(row_type, key)
        self.put(view, key, row)
        self.put(self.dirty[row_type], key, True)
        if row is None:
            self.put(self.removed[row_type], key, True)

    def _list(self, row_type: type[Row], key: tuple) -> None:
        """A new row stands under the beginnings of its key that were asked for."""
        for width in self.widths[row_type]:
            prefix = key[:width]
            known = self.under[row_type].get(prefix)
            if known is not None and key not in known:
                self.put(self.under[row_type], prefix, tuple(sorted((*known, key))))

    def add_to_balance(self, owner: int, account: str, currency: str, delta: int) -> None:
        """Move a balance; later decisions of this batch see it."""
        key = (owner, account, currency)
        self.moved[owner].add(key)
        self.put(self.deltas, key, self.deltas.get(key, 0) + delta)

    # -- filling cases ----------------------------------------------------------------------------

    def lacking(self, group: Group, wanted: Wanted) -> Group:
        """Note what the first of these waves that needs any brings; what is left of the group is asked next. No slots
        are filled but those that keys are of.
        """
        requests, waves = group
        while requests and waves:
            (needs, of), waves = waves[0], waves[1:]
            if of:
                requests = [request for request in requests if self._sources(request, of)]
            if self._note(requests, needs, wanted):
                break
        return Group(requests, waves)

    def _sources(self, request: Request, of: tuple[Need, ...]) -> bool:
        """Fill the slots that keys are of, unless there is too much for them: that is refused when its turn comes."""
        try:
            self.fill(request, of)
        except Refused:
            return False
        return True

    def _note(self, requests: list[Request], needs: tuple[Need, ...], wanted: Wanted) -> bool:
        """Note which of these rows are not here; whether there are any."""
        asked, lacks = [(request.command, request.case) for request in requests], False
        for _, row_type, keys_of, shape, _ in needs:
            given = [keys for keys in starmap(keys_of, asked) if keys is not None]
            here, width = self.rows[row_type], 0
            if shape == "each":
                given = list(chain.from_iterable(given))
            elif shape == "many" and given:
                here, width = self.under[row_type], len(given[0])
            missing = [key for key in given if key not in here] if here else given
            if missing:
                wanted.setdefault((row_type, width), {}).update(dict.fromkeys(missing, True))
                lacks = True
        return lacks

    def fill(self, request: Request, needs: tuple[Need, ...]) -> Wanted:
        """Fill the slots of a request's case; returns what must be loaded before it can be, if anything."""
        command, case, rows, wanted = request.command, request.case, self.rows, {}
        slots = vars(case)
        for slot, row_type, keys_of, shape, _ in needs:
            keys = keys_of(command, case)
            if shape == "one":  # most are: without a call for each
                found = rows[row_type].get(keys, MISSING) if keys is not None else None
                if found is MISSING:
                    wanted.setdefault((row_type, 0), {})[keys], found = True, None
            else:
                found = (self._each if shape == "each" else self._many)(row_type, keys, wanted)
            slots[slot] = found
        return wanted

    def _each(self, row_type: type, keys: Any, wanted: Wanted) -> dict[tuple, Row]:
        if not keys:
            return {}
        view, found = self.rows[row_type], {}
        for key in keys:
            row = view.get(key, MISSING)
            if row is MISSING:
                wanted.setdefault((row_type, 0), {})[key] = True
            elif row is not None:
                found[key] = row
        return found

    def _many(self, row_type: type, keys: Any, wanted: Wanted) -> Any:
        if keys is None:
            return ()
        if self.crowded:
            require((row_type, keys) not in self.crowded, "too_many_rows")
        known = self.under[row_type].get(keys)
        if known is None:
            wanted.setdefault((row_type, len(keys)), {})[keys] = True
            return ()
        view = self.rows[row_type]
        found = [row for key in known if (row := view.get(key)) is not None]
        if row_type is Timer:
            return self._timers_now(keys, found)
        return self._balances_now(keys[0], found) if row_type is Balance else tuple(found)

    def _balances_now(self, owner: int, stored: list[Balance]) -> dict[tuple, Balance]:
        """An owner's balances as this batch has left them: they are moved without being loaded."""
        now = {key_of(row): row for row in stored}
        for key in self.moved[owner]:
            before = now[key].balance_minor if key in now else 0
            now[key] = Balance(*key, before + self.deltas.get(key, 0))
        return now

    def _timers_now(self, prefix: tuple, stored: list[Timer]) -> tuple[Timer, ...]:
        """Timers as this batch has left them: they are set and removed without being loaded."""
        now = {key_of(row): row for row in stored}
        now.update((key, row) for key, row in self.timers.items() if key[: len(prefix)] == prefix)
        return tuple(now[key] for key in sorted(now) if now[key] is not None)

    async def load(self, wanted: Wanted) -> None:
        """Load these rows, all asked at once. What this batch has already changed stays as changed."""
        await self.take(self.ask(wanted))

    def ask(self, wanted: Wanted) -> list[Load]:
        """Ask for these rows: one query per table and width."""
        return [self._ask(row_type, list(keys), width) for (row_type, width), keys in wanted.items()]

    def _ask(self, row_type: type[Row], keys: list[tuple], width: int) -> Load:
        if not width:
            return Load(row_type, keys, width, self.session.load(row_type, keys))
        self.widths[row_type].add(width)
        return Load(row_type, keys, width, self.session.load_under(row_type, keys))

    async def take(self, loads: list[Load]) -> None:
        """Take what was asked for, once it is there."""
        for load in loads:
            if load.width:
                await self._take_under(load)
            else:
                self._take(load.row_type, await load.answer, load.keys)

    async def _take_under(self, load: Load) -> None:
        """Take what is under these beginnings; one that has too much under it is set apart from the others."""
        row_type, keys, width, answer = load
        try:
            found = await answer
        except TooManyRows:
            if len(keys) == 1:
                self.crowded.add((row_type, keys[0]))
                return
            half = len(keys) // 2
            await self._take_under(self._ask(row_type, keys[:half], width))
            await self._take_under(self._ask(row_type, keys[half:], width))
            return
        self._take(row_type, found)
        self._index(row_type, keys, width)

    def _take(self, row_type: type[Row], found: list[Row], keys: Iterable[tuple] = ()) -> None:
        """Take rows, and that there are no others with these keys. What is here already stays as it is, in its place:
        a bundle may have to put it back.
        """
        view, stored = self.rows[row_type], self.stored[row_type]
        rows = dict(zip(map(key_function(row_type), found), found, strict=True))
        if stored:
            rows = {key: row for key, row in rows.items() if key not in stored}
        stored.update(rows)
        known = dict.fromkeys(keys) | rows
        view.update({key: row for key, row in known.items() if key not in view} if view else known)

    def _index(self, row_type: type, prefixes: list[tuple], width: int) -> None:
        """List the keys under each loaded beginning, with those this batch has made."""
        listed: dict[tuple, list] = {prefix: [] for prefix in prefixes}
        for key in sorted(self.rows[row_type]):
            if key[:width] in listed:
                listed[key[:width]].append(key)
        for prefix, keys in listed.items():
            self.under[row_type][prefix] = tuple(keys)

    # -- writing ----------------------------------------------------------------------------------

    async def flush(self, between: Between | None = None) -> None:
        """Write everything the batch changed: one statement per table and verb, with `between` awaited between them."""
        await self._flush_heads()
        for row_type, keys in self.dirty.items():
            if between:
                await between()
            await self._flush_rows(row_type, list(keys))
        if self.log:
            await self.session.insert(LogRow, list(self.log.values()))
        moved = [Balance(*key, delta) for key, delta in sorted(self.deltas.items()) if delta]
        if moved:
            await self.session.add_balances(moved)
        set_timers = [timer for timer in self.timers.values() if timer is not None]
        gone = [key for key, timer in self.timers.items() if timer is None]
        if set_timers:
            await self.session.upsert(Timer, set_timers)
        if gone:
            await self.session.delete(Timer, gone)

    async def _flush_heads(self) -> None:
        fresh = [head for owner, head in self.heads.items() if (owner,) not in self.stored[Head]]
        moved = {owner for owner, _ in self.log}
        if fresh:
            await self.session.insert(Head, fresh)
        changed = [head for owner, head in self.heads.items() if owner in moved and (owner,) in self.stored[Head]]
        if changed:
            await self.session.update(Head, changed)

    async def _flush_rows(self, row_type: type, keys: list[tuple]) -> None:
        """A row that went and came anew under its key is another row: it is deleted and inserted, not changed. Rows of
        which the same columns changed are written together.
        """
        view, stored, changes_of = self.rows[row_type], self.stored[row_type], changes(row_type)
        gone = [key for key in self.removed[row_type] if key in stored]
        kept = {key: row for key, row in stored.items() if key not in self.removed[row_type]} if gone else stored
        new = [row for key in keys if key not in kept and (row := view[key]) is not None]
        changed = defaultdict(list)
        for key in keys:
            if key in kept and (row := view[key]) is not None:
                changed[changes_of(kept[key], row)].append(row)
        if gone:
            await self.session.delete(row_type, gone)
        if new:
            await self.session.insert(row_type, new)
        for names, rows in changed.items():
            if names:
                await self.session.update(row_type, rows, names)
