"""What lies in the tables behind a service, for tests that look into them."""

from sqlalchemy import select

from actions.learners.tables import Table


async def rows(service, table):
    """Return all rows of one table."""
    async with service.repository.reading() as store:
        return [dict(row) for row in (await store._connection.execute(select(table.__table__))).mappings()]


async def all_rows(service):
    """Return the rows of every table that has some, by its name."""
    async with service.repository.reading() as store:
        found = {
            table.name: [dict(row) for row in (await store._connection.execute(select(table))).mappings()]
            for table in Table.metadata.sorted_tables
        }
    return {name: rows for name, rows in found.items() if rows}
