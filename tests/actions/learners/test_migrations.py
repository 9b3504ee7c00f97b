"""The migrations on SQLite and on PostgreSQL: up, down, and with rows in between."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from actions.learners.database import migrate, open_database
from actions.learners.tables import Table

FIRST_ROWS = {
    "content_versions": ("version, document, published_at, is_active", "'v1', '{\"a\": 1}', '2026-11-01 08:00:00+00:00', true"),
    "conversations": ("sender_key, open_choices, updated_at", "'s1', '[{\"label\": \"Một\"}]', '2026-11-01 08:00:00+00:00'"),
    "handled_messages": (
        "sender_key, message_id, response, handled_at",
        "'s1', 'm1', '{\"outcome\": \"menu\"}', '2026-11-01 08:00:00+00:00'",
    ),
    "unanswered_questions": (
        "masked_text, outcome, best_intent, confidence, content_version, model_version, asked_at",
        "'gì vậy', 'unknown', NULL, 0.25, 'v1', 'm1', '2026-11-01 08:00:00+00:00'",
    ),
}


@pytest.fixture
async def engine(database_url):
    opened = open_database(database_url)
    yield opened
    await opened.dispose()


async def look(engine, question):
    async with engine.connect() as connection:
        return await connection.run_sync(question)


def tables(connection):
    return set(inspect(connection).get_table_names())


def first_rows(connection):
    return {table: connection.execute(text(f"SELECT {columns} FROM {table}")).all() for table, (columns, _) in FIRST_ROWS.items()}


def differences(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return compare_metadata(context, Table.metadata)


async def test_up_from_nothing_and_down_to_nothing(database_url, engine):
    migrate(database_url)
    migrate(database_url)  # A second start changes nothing.
    made = await look(engine, tables)
    migrate(database_url, "base")
    left = await look(engine, tables)

    assert made == {*Table.metadata.tables, "alembic_version"}
    assert left == {"alembic_version"}


async def test_the_migrated_tables_are_those_of_the_models(database_url, engine):
    migrate(database_url)

    assert await look(engine, differences) == []


async def test_every_link_to_a_person_says_what_an_erasure_does(database_url, engine):
    migrate(database_url)

    def links(connection):
        seen = inspect(connection)
        return {
            (table, column): key["options"].get("ondelete")
            for table in seen.get_table_names()
            for key in seen.get_foreign_keys(table)
            for column in key["constrained_columns"]
        }

    declared = {(t.name, k.parent.name): k.ondelete for t in Table.metadata.sorted_tables for k in t.foreign_keys}
    found = await look(engine, links)
    assert found == declared
    assert set(found.values()) == {"CASCADE", "SET NULL"}


async def test_rows_of_the_first_version_live_through_an_upgrade_and_back(database_url, engine):
    migrate(database_url, "0001")
    at_first = await look(engine, tables)
    async with engine.begin() as connection:
        for table, (columns, values) in FIRST_ROWS.items():
            await connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"))
    before = await look(engine, first_rows)

    migrate(database_url)
    upgraded = await look(engine, first_rows)
    positions = await look(engine, lambda connection: connection.execute(text("SELECT position FROM conversations")).scalars().all())
    migrate(database_url, "0001")
    downgraded = await look(engine, first_rows)

    assert at_first == {*FIRST_ROWS, "alembic_version"}
    assert all(len(rows) == 1 for rows in before.values())
    assert upgraded == before
    assert positions == [None]
    assert downgraded == before
    assert await look(engine, tables) == at_first


async def test_the_first_version_alone_is_not_the_present_one(database_url, engine):
    migrate(database_url, "0001")

    assert await look(engine, differences) != []
