"""The database's history: one file per revision in `versions`, made by `python -m jishi.store.revise "message"`.

A revision names Alembic operations and nothing else: they are written out as SQL for either database, so a revision
cannot read rows. `contract = True` marks one that takes something away: on SQLite the file is copied before it.
"""
