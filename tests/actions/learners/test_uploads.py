"""Uploaded spreadsheets: bound to a session, sealed, and gone after an hour."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.uploads import LIFETIME, Upload
from tests.actions.learners.given import rows_of

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
UPLOAD = Upload(
    "bảng.xlsx", b"PK\x00\xff con tr\xc3\xa2u", deletes_missing=True, plan={"changes": []}, version="abc", revisions={"answer/a": 3}
)


async def keep(repository, session="phiên", upload=UPLOAD, now=NOW):
    async with repository.transaction() as store:
        return await store.uploads.keep(session, upload, now)


async def read(repository, session, upload_id, now=NOW):
    async with repository.reading() as store:
        return await store.uploads.read(session, upload_id, now)


async def test_an_upload_comes_back_as_it_was(repository):
    upload_id = await keep(repository)

    assert await read(repository, "phiên", upload_id) == UPLOAD


@pytest.mark.parametrize(
    ("session", "after", "other_id"),
    [
        pytest.param("phiên khác", timedelta(), False, id="another session"),
        pytest.param("", timedelta(), False, id="no session"),
        pytest.param("phiên", LIFETIME, False, id="after an hour"),
        pytest.param("phiên", timedelta(), True, id="made-up id"),
    ],
)
async def test_an_upload_is_nobody_elses(repository, session, after, other_id):
    upload_id = await keep(repository)

    assert await read(repository, session, "made-up" if other_id else upload_id, NOW + after) is None


async def test_a_session_has_one_upload_and_others_keep_theirs(repository):
    first, theirs = await keep(repository), await keep(repository, "phiên khác")

    second = await keep(repository)

    assert await read(repository, "phiên", first) is None
    assert await read(repository, "phiên", second) == UPLOAD
    assert await read(repository, "phiên khác", theirs) == UPLOAD


async def test_an_upload_is_dropped_once(repository):
    upload_id = await keep(repository)

    async with repository.transaction() as store:
        dropped = [await store.uploads.drop(*one) for one in (("phiên khác", upload_id), ("phiên", upload_id), ("phiên", upload_id))]

    assert dropped == [False, True, False]


async def test_what_is_kept_is_sealed_and_goes_with_time(repository):
    await keep(repository)
    rows = (await rows_of(repository, "sheet_uploads"))["sheet_uploads"]

    await repository.retain(NOW + LIFETIME, timedelta(days=90), timedelta(days=730))

    assert "bảng.xlsx" not in str(rows)
    assert "phiên" not in str(rows)
    assert (await rows_of(repository, "sheet_uploads"))["sheet_uploads"] == []
