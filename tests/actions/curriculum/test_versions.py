"""Versions: alike content has the same name, and what was published is read back whole."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from actions.curriculum.older import OLDER_KEPT, OlderVersions
from actions.curriculum.versions import VERSION_CHARACTERS, active, publish, read_version, version_of
from actions.learners.content_tables import ContentVersion
from tests.content_given import FACTS, small_tree
from tests.prepared_databases import BOTH, prepared

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


async def publish_as(repository, document, files=None, *, now=NOW, **about):
    async with repository.transaction() as store:
        return await publish(store, document, files or {FACTS: "a"}, now, **about)


async def spoil(repository, version, document):
    """Let a stored document be one that another service wrote."""
    async with repository.transaction() as store:
        await store._connection.execute(update(ContentVersion).where(ContentVersion.version == version).values(document=document))


@pytest.mark.parametrize(
    ("document", "files", "is_same"),
    [
        pytest.param("d", {"a": "1", "b": "2"}, True, id="the same"),
        pytest.param("d", {"b": "2", "a": "1"}, True, id="in another order"),
        pytest.param("e", {"a": "1", "b": "2"}, False, id="another document of the same texts"),
        pytest.param("d", {"a": "1", "b": "3"}, False, id="another text, as of examples"),
        pytest.param("d", {"a": "1"}, False, id="a text less"),
        pytest.param("d", {"a": "2", "b": "1"}, False, id="texts changed places"),
        pytest.param("d", {"a": "1", "c": "2"}, False, id="a file has another name"),
        pytest.param("d", {}, False, id="no texts"),
    ],
)
def test_a_versions_name_tells_what_is_in_it(document, files, is_same):
    known = version_of("d", {"a": "1", "b": "2"})

    assert (version_of(document, files) == known) is is_same
    assert len(known) == VERSION_CHARACTERS


async def test_before_the_first_publishing_nothing_is_active(repository):
    assert await active(repository) is None
    assert await read_version(repository, "gone") is None


async def test_what_was_published_is_read_back_whole(repository, curriculum):
    version, is_new = await publish_as(repository, curriculum.model_dump_json(), small_tree())

    assert is_new
    assert await active(repository) == (version, curriculum)
    assert await read_version(repository, version) == curriculum


async def test_a_version_knows_the_one_before_it_and_never_itself(repository):
    first, _ = await publish_as(repository, "{}")
    second, _ = await publish_as(repository, "{ }", origin="console", author="Cô Lan", note="Sửa số")
    again, is_new = await publish_as(repository, "{ }", now=NOW + timedelta(days=1), author="Khác", note="Khác")

    async with repository.reading() as store:
        kept = await store.contents.version(second)
    assert (again, is_new) == (second, False)
    assert (kept.parent, kept.origin, kept.author, kept.note, kept.published_at) == (first, "console", "Cô Lan", "Sửa số", NOW)


@pytest.mark.parametrize("document", ["{}", "not JSON", '{"topics": {}}', "[]", ""])
async def test_a_document_that_cannot_be_read_is_none_and_no_crash(repository, curriculum, document):
    version, _ = await publish_as(repository, curriculum.model_dump_json())
    await spoil(repository, version, document)

    assert await read_version(repository, version) is None
    assert await active(repository) is None
    async with repository.reading() as store:
        assert await OlderVersions().get(store, version) is None


async def test_the_last_few_older_versions_are_kept_in_memory(repository, curriculum):
    older = OlderVersions()
    versions = []
    for number in range(OLDER_KEPT + 1):
        document = curriculum.model_copy(update={"address": f"bản {number}"}).model_dump_json()
        versions.append((await publish_as(repository, document))[0])

    async with repository.reading() as store:
        read = [await older.get(store, version) for version in versions]
    await spoil(repository, versions[0], "{}")
    await spoil(repository, versions[-1], "{}")

    async with repository.reading() as store:
        assert [one.address for one in read] == [f"bản {number}" for number in range(OLDER_KEPT + 1)]
        assert await older.get(store, versions[-1]) is read[-1]
        assert await older.get(store, versions[0]) is None  # It was the one not asked for the longest, and is read anew.
        assert await older.get(store, versions[2]) is read[2]


async def test_what_is_asked_for_often_stays_in_memory(repository, curriculum):
    older = OlderVersions()
    often, _ = await publish_as(repository, curriculum.model_dump_json())

    async with repository.reading() as store:
        kept = await older.get(store, often)
        for number in range(3 * OLDER_KEPT):
            await older.get(store, f"gone-{number}")
            assert await older.get(store, often) is kept
