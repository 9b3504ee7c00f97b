"""Add to counts: rows that are made when they are first needed, and read-modify-write in the database."""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.rows import inserting
from actions.learners.statistics_tables import ALL
from actions.learners.tables import Table

Key = tuple[Any, ...]  # the values of a table's primary key, in its order
Cells = Counter[tuple[type[Table], Key]]


def views_of(channel: str, path: str) -> tuple[tuple[str, str], ...]:
    """Return under which channels and paths a thing counts, where each view has its own rows."""
    return (channel, path), (ALL, path), (channel, ALL), (ALL, ALL)


async def add_to(connection: AsyncConnection, cells: Mapping[tuple[type[Table], Key], int]) -> None:
    """Add to the counts of tables."""
    by_table: dict[type[Table], list[dict[str, Any]]] = {}
    # In one order, so that two that add at once do not wait for each other in a circle.
    for (table, key), count in sorted(cells.items(), key=lambda cell: (cell[0][0].__tablename__, cell[0][1])):
        if count:
            row = dict(zip(_key_names(table), key, strict=True))
            by_table.setdefault(table, []).append(row | {"count": count})
    for table, rows in by_table.items():
        await connection.execute(adding(connection, table), rows)


def adding(connection: AsyncConnection, table: type[Table], source: Any = None) -> Any:
    """Return the statement that adds to counts, from bound rows or from a query whose columns are those of the table."""
    names = (*_key_names(table), "count")
    statement = inserting(connection, table)
    statement = statement.values({name: bindparam(name) for name in names}) if source is None else statement.from_select(names, source)
    total = table.__table__.c["count"] + statement.excluded["count"]
    return statement.on_conflict_do_update(index_elements=_key_names(table), set_={"count": total})


@functools.cache
def _key_names(table: type[Table]) -> tuple[str, ...]:
    return tuple(column.name for column in table.__table__.primary_key)
