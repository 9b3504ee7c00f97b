"""The repository on SQLite and on PostgreSQL, by the same tests."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect

from actions.curriculum.versions import active, publish
from actions.learners.database import migrate, open_database
from actions.learners.repository import Unanswered
from actions.learners.tables import Table
from actions.reply import Choice

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
QUESTION = Unanswered("gì", "unknown", "otp-la-gi", 0.2, "v1", "m1")
RETENTION = timedelta(days=90)


async def test_publishing_twice_keeps_one_version(repository, curriculum):
    first = await publish(curriculum, repository)
    again = await publish(curriculum, repository)

    assert first[1]
    assert not again[1]
    assert await active(repository) == (first[0], curriculum)


async def test_the_last_published_version_is_active(repository):
    await repository.publish("a", "{}", NOW)
    await repository.publish("b", "[]", NOW)
    await repository.publish("a", "{}", NOW)

    assert await repository.active_content() == ("a", "{}")


async def test_nothing_is_active_at_first(repository):
    assert await active(repository) is None


async def test_the_last_menu_of_each_sender_is_open(repository):
    await repository.finish_turn("s1", [Choice("Một", "a")], NOW)
    await repository.finish_turn("s1", [Choice("Hai", "b"), Choice("Ba", "c")], NOW)
    await repository.finish_turn("s2", [], NOW)

    assert await repository.open_choices("s1") == (Choice("Hai", "b"), Choice("Ba", "c"))
    assert await repository.open_choices("s2") == ()
    assert await repository.open_choices("s3") == ()


async def test_a_handled_message_keeps_its_first_response(repository):
    await repository.finish_turn("s1", [], NOW, message_id="m", response={"a": 1})
    await repository.finish_turn("s1", [], NOW, message_id="m", response={"a": 2})

    assert await repository.handled("s1", "m") == {"a": 1}
    assert await repository.handled("s2", "m") is None


async def test_forgets_what_has_outlived_its_time(repository):
    await repository.finish_turn("s1", [], NOW, message_id="m", response={}, unanswered=QUESTION)

    assert await repository.purge(NOW + timedelta(hours=23), RETENTION) == 0
    assert await repository.purge(NOW + timedelta(days=2), RETENTION) == 1
    assert await repository.purge(NOW + timedelta(days=31), RETENTION) == 1
    assert [q.masked_text for q in await repository.unanswered_questions()] == ["gì"]
    assert await repository.purge(NOW + timedelta(days=91), RETENTION) == 1


async def test_migrations_make_the_tables_and_take_them_back(database_url):
    migrate(database_url)
    migrate(database_url)
    engine = open_database(database_url)

    async with engine.connect() as connection:
        made = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
        columns = await connection.run_sync(
            lambda c: {t: {col["name"] for col in inspect(c).get_columns(t)} for t in Table.metadata.tables}
        )
    migrate(database_url, "base")
    async with engine.connect() as connection:
        left = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    await engine.dispose()

    assert made == {*Table.metadata.tables, "alembic_version"}
    assert columns == {name: {c.name for c in table.columns} for name, table in Table.metadata.tables.items()}
    assert left == {"alembic_version"}


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="BANSO_DATABASE_URL"):
        open_database("mysql://localhost/x")
