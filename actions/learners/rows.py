"""Insert rows that may exist already, alike on SQLite and PostgreSQL."""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.tables import Table


def inserting(connection: AsyncConnection, table: type[Table]) -> Any:
    """Return an insert statement that may say what to do with rows that exist already."""
    return _insert_of(connection.dialect.name, table)


async def insert(
    connection: AsyncConnection, table: type[Table], row: dict[str, Any], *, replace: Sequence[str] = (), keys: Sequence[str] = ()
) -> bool:
    """Insert a row; where its key exists already, replace the named columns or leave it be.

    Args:
        connection: The open transaction.
        table: Where the row goes.
        row: Its values by column.
        replace: The columns that get the new values in a row that exists already.
        keys: The columns that make rows the same; the primary key unless named.

    Returns:
        Whether a row was written.
    """
    statement = _statement(connection.dialect.name, table, tuple(row), tuple(replace), tuple(keys))
    return (await connection.execute(statement, row)).first() is not None


@functools.lru_cache(maxsize=256)
def _statement(dialect: str, table: type[Table], columns: Sequence[str], replace: Sequence[str], keys: Sequence[str]) -> Any:
    """Return the statement of an insert; made once, because making it takes as long as running it."""
    statement = _insert_of(dialect, table).values({name: bindparam(name) for name in columns})
    same = list(keys) or [column.name for column in table.__table__.primary_key]
    if replace:
        statement = statement.on_conflict_do_update(index_elements=same, set_={name: statement.excluded[name] for name in replace})
    else:
        statement = statement.on_conflict_do_nothing(index_elements=same)
    return statement.returning(*table.__table__.primary_key)


def _insert_of(dialect: str, table: type[Table]) -> Any:
    return (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)
