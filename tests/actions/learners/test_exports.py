"""Files made of the statistics: asked for, claimed by one, kept in parts, forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners import exports
from actions.learners.database import open_database
from actions.learners.exports import LOST
from actions.learners.repository import Repository
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.fixture(params=BOTH)
async def repository(request, tmp_path):
    made = Repository(open_database(prepared(request, tmp_path)), KEYS)
    yield made
    await made.close()


async def asked(store, name="a.csv", kind="learners", form="csv", wanted=""):
    return await store.exports.ask(kind, form, wanted, name, NOW, by="an")


async def test_a_file_is_made_in_parts_and_read_back(repository):
    async with repository.transaction() as store:
        number = await asked(store)
        claimed = await store.exports.claim(NOW)
        await store.exports.add_part(number, 0, "một\n".encode(), 1)
        await store.exports.add_part(number, 1, b"hai\n", 2)
        await store.exports.end(number, NOW)
        file = await store.exports.file(number)
        content = b"".join([part async for part in store.exports.content(number)])

    assert (claimed.id, claimed.state, claimed.tries) == (number, "running", 1)
    assert (file.state, file.row_count, file.size_bytes, file.is_open) == ("done", 2, len(content), False)
    assert content.decode() == "một\nhai\n"
    assert file.expires_at == NOW + timedelta(days=1)


async def test_the_oldest_is_made_first_and_only_one_at_a_time(repository):
    async with repository.transaction() as store:
        first = await asked(store, "a.csv")
        await asked(store, "b.csv")

        assert (await store.exports.claim(NOW)).id == first
        assert await store.exports.hold("one", NOW)
        assert not await store.exports.hold("two", NOW + timedelta(seconds=30))
        assert await store.exports.hold("two", NOW + timedelta(seconds=61))  # the first died


async def test_what_a_dead_process_left_begins_anew_and_not_for_ever(repository):
    async with repository.transaction() as store:
        number = await asked(store)
        await store.exports.claim(NOW)
        await store.exports.add_part(number, 0, b"half", 1)

        again = await store.exports.claim(NOW)
        parts = [part async for part in store.exports.content(number)]
        nothing = await store.exports.claim(NOW)
        file = await store.exports.file(number)

    assert (again.id, again.tries, again.row_count, parts) == (number, 2, 0, [])
    assert nothing is None
    assert (file.state, file.error) == ("failed", LOST)


async def test_a_file_that_failed_says_why_and_keeps_nothing(repository):
    async with repository.transaction() as store:
        number = await asked(store)
        await store.exports.claim(NOW)
        await store.exports.add_part(number, 0, b"half", 1)
        await store.exports.end(number, NOW, "Quá ít người.")

        file = await store.exports.file(number)
        assert (file.state, file.error) == ("failed", "Quá ít người.")
        assert [part async for part in store.exports.content(number)] == []


async def test_only_so_many_wait_at_once(repository, monkeypatch):
    monkeypatch.setattr(exports, "WAITING_MAX", 2)
    async with repository.transaction() as store:
        assert await store.exports.has_room()
        await asked(store)
        await asked(store)
        assert not await store.exports.has_room()


async def test_a_months_report_is_there_once_it_is_asked_for_and_one_that_failed_is_tried_again_the_next_day(repository):
    async with repository.transaction() as store:
        assert not await store.exports.has_report("2026-10", NOW)
        number = await asked(store, kind="report", form="pdf", wanted="2026-10")
        assert await store.exports.has_report("2026-10", NOW)
        await store.exports.claim(NOW)
        await store.exports.end(number, NOW, "hỏng")
        assert await store.exports.has_report("2026-10", NOW)  # Or it would be asked for again every other second.
        assert not await store.exports.has_report("2026-10", NOW + timedelta(days=1))


async def test_files_are_forgotten_with_the_retention_job(repository):
    async with repository.transaction() as store:
        rows, report = await asked(store), await asked(store, kind="report", form="pdf", wanted="2026-10")
        await store.exports.claim(NOW)
        await store.exports.add_part(rows, 0, b"x", 1)
        await store.exports.end(rows, NOW)

    await repository.retain(NOW + timedelta(days=1), timedelta(days=90), timedelta(days=730))

    async with repository.reading() as store:
        assert await store.exports.file(rows) is None
        assert [part async for part in store.exports.content(rows)] == []
        assert await store.exports.file(report) is not None
