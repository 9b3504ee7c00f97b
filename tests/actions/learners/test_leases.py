"""Leases: one replica at a time does a thing; and the tokens of accounts, sealed, with the alarm when they are lost."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.database import open_database
from actions.learners.repository import Repository
from tests.actions.learners.given import NOW, rows_of
from tests.conftest import KEYS
from tests.prepared_databases import BOTH, prepared

LIFETIME = timedelta(minutes=3)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=BOTH)
def database_url(request, tmp_path):
    return prepared(request, tmp_path)


async def hold(repository, holder, after=timedelta(), name="jobs"):
    async with repository.transaction() as store:
        return await store.leases.hold(name, holder, NOW + after, LIFETIME)


@pytest.mark.parametrize(
    ("holder", "after", "name", "is_held"),
    [
        pytest.param("A", SECOND, "jobs", True, id="the holder goes on"),
        pytest.param("B", timedelta(), "jobs", False, id="another at once"),
        pytest.param("B", LIFETIME - SECOND, "jobs", False, id="another just before the end"),
        pytest.param("B", LIFETIME, "jobs", True, id="another at the end"),
        pytest.param("B", timedelta(), "poll", True, id="another lease"),
    ],
)
async def test_one_holds_a_lease_until_it_ends(repository, holder, after, name, is_held):
    assert await hold(repository, "A")

    assert await hold(repository, holder, after, name) is is_held


async def test_a_lease_that_is_renewed_ends_later(repository):
    await hold(repository, "A")
    await hold(repository, "A", LIFETIME - SECOND)

    assert not await hold(repository, "B", LIFETIME)
    assert await hold(repository, "B", 2 * LIFETIME - SECOND)


async def test_who_was_late_has_lost_the_lease(repository):
    await hold(repository, "A")
    await hold(repository, "B", LIFETIME)

    assert not await hold(repository, "A", LIFETIME + SECOND)


async def test_a_lease_that_is_let_go_is_free_at_once_but_only_its_holder_can(repository):
    await hold(repository, "A")
    async with repository.transaction() as store:
        await store.leases.release("jobs", "B")
    assert not await hold(repository, "B")

    async with repository.transaction() as store:
        await store.leases.release("jobs", "A")

    assert await hold(repository, "B")


async def test_of_many_who_take_a_lease_at_once_one_gets_it(repository, database_url):
    other = Repository(open_database(database_url), KEYS)

    for after in (timedelta(), LIFETIME, 2 * LIFETIME):
        taken = await asyncio.gather(*(hold(repository if n % 2 else other, f"{after}-{n}", after) for n in range(8)))
        assert sorted(taken) == [False] * 7 + [True]

    await other.close()


async def test_tokens_are_kept_sealed_for_each_account(repository):
    async with repository.transaction() as store:
        await store.leases.keep_tokens("zalo_oa", "1", {"refresh": "token-cũ"}, NOW)
        await store.leases.keep_tokens("zalo_oa", "1", {"refresh": "token-mới"}, NOW + SECOND)
        await store.leases.keep_tokens("zalo_oa", "2", {"refresh": "của tài khoản khác"}, NOW)

        assert await store.leases.tokens("zalo_oa", "1") == {"refresh": "token-mới"}
        assert await store.leases.tokens("zalo_oa", "3") is None
    assert "token" not in str((await rows_of(repository, "channel_tokens"))["channel_tokens"]).replace("sealed_tokens", "")


async def test_lost_tokens_are_shown_since_when_until_there_are_new_ones(repository):
    async with repository.transaction() as store:
        leases = store.leases
        await leases.keep_tokens("zalo_oa", "1", {}, NOW)
        await leases.keep_tokens("zalo_oa", "2", {}, NOW)

        await leases.mark_lost("zalo_oa", "1", NOW + SECOND)
        await leases.mark_lost("zalo_oa", "1", NOW + 5 * SECOND)
        lost = await leases.token_states()
        await leases.keep_tokens("zalo_oa", "1", {}, NOW + 9 * SECOND)

        assert sorted(lost) == [("zalo_oa", "1", NOW, NOW + SECOND), ("zalo_oa", "2", NOW, None)]
        assert sorted(await leases.token_states()) == [("zalo_oa", "1", NOW + 9 * SECOND, None), ("zalo_oa", "2", NOW, None)]
