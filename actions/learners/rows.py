"""Insert rows that may exist already, alike on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.tables import Table


def inserting(connection: AsyncConnection, table: type[Table]) -> Any:
    """Return an insert statement that may say what to do with rows that exist already."""
    return (postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)


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
    statement = inserting(connection, table).values(**row)
    same = list(keys) or [column.name for column in table.__table__.primary_key]
    if replace:
        statement = statement.on_conflict_do_update(index_elements=same, set_={name: row[name] for name in replace})
    else:
        statement = statement.on_conflict_do_nothing(index_elements=same)
    written = await connection.execute(statement.returning(*table.__table__.primary_key))
    return written.first() is not None
