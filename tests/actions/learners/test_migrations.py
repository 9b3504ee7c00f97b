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
        "'s1', 'm1', '{\"outcome\": \"menu\"}', '2026-11-01 08:00:00.000000'",
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
    return {
        table: connection.execute(text(f"SELECT {columns} FROM {table}")).all()
        for table, (columns, _) in FIRST_ROWS.items()
        if inspect(connection).has_table(table)
    }


def waiting_rows(connection):
    return connection.execute(text("SELECT kind, expires_at FROM outbound_messages")).all()


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
    columns = "channel, event_id, sender_key, state"
    events = await look(engine, lambda connection: connection.execute(text(f"SELECT {columns} FROM inbound_events")).all())
    migrate(database_url, "0001")
    downgraded = await look(engine, first_rows)

    assert at_first == {*FIRST_ROWS, "alembic_version"}
    assert all(len(rows) == 1 for rows in before.values())
    assert upgraded == {table: rows for table, rows in before.items() if table != "handled_messages"}
    assert events == [("web", "s1:m1", "s1", "done")]
    assert positions == [None]
    assert downgraded == before
    assert await look(engine, tables) == at_first


async def test_messages_that_wait_live_through_an_upgrade_and_back(database_url, engine):
    migrate(database_url, "0002")
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO identities (id, sender_key, channel, sealed_address, seen_at)"
                " VALUES (1, 's1', 'web', 'x', '2026-11-01 08:00:00+00:00')"
            )
        )
        await connection.execute(
            text(
                "INSERT INTO outbound_messages (identity_id, kind, reply, created_at, expires_at)"
                " VALUES (1, 'reminder', '{\"text\"\\: \"ôn\"}', '2026-11-01 08:00:00.000000', '2026-11-02 08:00:00.000000')"
            )
        )
    before = await look(engine, waiting_rows)

    migrate(database_url)
    upgraded = await look(engine, waiting_rows)
    migrate(database_url, "0002")
    downgraded = await look(engine, waiting_rows)

    assert len(before) == 1
    assert before == upgraded == downgraded


async def test_the_first_version_alone_is_not_the_present_one(database_url, engine):
    migrate(database_url, "0001")

    assert await look(engine, differences) != []
