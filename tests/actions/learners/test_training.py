"""Training jobs: one at a time over all replicas, noted, called off, put back; one whose process died is found."""

from datetime import timedelta

import pytest

from actions.learners.training import CANCELLED, DONE, FAILED, LEASE_LIFETIME, LOST, RUNNING, WAITING
from tests.actions.learners.given import NOW

LATER = NOW + LEASE_LIFETIME + timedelta(seconds=1)


async def job(repository, number):
    async with repository.reading() as store:
        return await store.training.job(number)


@pytest.fixture
async def waiting(repository):
    async with repository.transaction() as store:
        return await store.training.add("v1", by="lan", now=NOW, description="thêm ví dụ", is_thorough=True)


@pytest.fixture
async def running(repository, waiting):
    async with repository.transaction() as store:
        assert await store.training.hold("here", NOW)
        assert (await store.training.claim(NOW)).id == waiting
    return waiting


async def test_a_new_job_waits(repository, waiting):
    found = await job(repository, waiting)

    assert (found.state, found.is_open, found.description, found.with_cross_validation) == (WAITING, True, "thêm ví dụ", True)
    assert (found.percent, found.log, found.error, found.model, found.started_at) == (0, "", "", None, None)


async def test_the_oldest_runs_first_and_only_once(repository, waiting):
    async with repository.transaction() as store:
        second = await store.training.add("v2", by="hung", now=NOW, model="m")
        claimed = await store.training.claim(NOW)
        await store.training.finish(claimed.id, "m1", NOW)
        then = await store.training.claim(NOW)
        nothing = await store.training.claim(NOW)

    assert (claimed.id, claimed.state, claimed.started_at) == (waiting, RUNNING, NOW)
    assert (then.id, then.model) == (second, "m")
    assert nothing is None


async def test_one_replica_at_a_time_runs_jobs_until_it_is_silent(repository):
    async with repository.transaction() as store:
        assert await store.training.hold("here", NOW)
        assert not await store.training.hold("there", NOW)
        assert await store.training.hold("here", NOW)
        assert await store.training.hold("there", LATER)
        await store.training.release("there")
        assert await store.training.hold("here", LATER)


async def test_a_job_whose_process_died_failed_and_says_so(repository, running):
    async with repository.transaction() as store:
        assert await store.training.hold("there", LATER)
        nothing = await store.training.claim(LATER)
    found = await job(repository, running)

    assert nothing is None
    assert (found.state, found.error, found.ended_at) == (FAILED, LOST, LATER)


async def test_progress_is_noted_line_by_line(repository, running):
    async with repository.transaction() as store:
        assert await store.training.report(running, 10, ["đọc", "học"])
        assert await store.training.report(running, 40, [])
        assert await store.training.report(running, 50, ["thử"])
    found = await job(repository, running)

    assert (found.percent, found.log) == (50, "đọc\nhọc\nthử\n")


async def test_a_finished_job_names_its_model(repository, running):
    async with repository.transaction() as store:
        assert await store.training.finish(running, "banso-1", LATER)
    found = await job(repository, running)

    assert (found.state, found.model, found.percent, found.ended_at) == (DONE, "banso-1", 100, LATER)


@pytest.mark.parametrize("is_running", [pytest.param(False, id="waiting"), pytest.param(True, id="running")])
async def test_a_job_that_was_called_off_takes_no_more_notes(repository, waiting, is_running):
    number = waiting
    async with repository.transaction() as store:
        if is_running:
            await store.training.claim(NOW)
        assert await store.training.cancel(number, NOW)
        assert not await store.training.report(number, 50, ["thử"])
        assert not await store.training.finish(number, "m", NOW)
        assert not await store.training.fail(number, "hỏng", NOW)
        assert not await store.training.cancel(number, NOW)
        assert not await store.training.put_back(number)
        assert await store.training.open_jobs() == []

    assert (await job(repository, number)).state == CANCELLED


async def test_a_job_of_a_service_that_stops_waits_again(repository, running):
    async with repository.transaction() as store:
        assert await store.training.report(running, 50, ["thử"])
        assert await store.training.put_back(running)
        again = await store.training.claim(NOW)

    assert (again.id, again.state, again.percent) == (running, RUNNING, 0)


async def test_old_jobs_are_forgotten_but_open_ones_stay(repository, waiting):
    async with repository.transaction() as store:
        for _ in range(5):
            number = await store.training.add("v1", by="lan", now=NOW)
            await store.training.cancel(number, NOW)
        await store.training.forget_old(keep=2)
        left = [found.id for found in await store.training.jobs()]

    assert left == [number, number - 1, waiting]
