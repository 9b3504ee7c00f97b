"""Training jobs beside the service; the process under Rasa's Python is a stand-in here, and the real one in the live tests."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.contents import FILES
from bot import clock
from bot.models import jobs
from bot.models.jobs import JobRunner
from bot.models.process import JobFailedError, Report
from bot.settings import Settings
from bot.training import code_fingerprint, model_name
from tests.actions.learners.test_models import a_model
from tests.bot.models.test_comparison import results

TREE = {"training_data/answers/a/a.yml": "nlu:\n- intent: a\n  examples: |\n    - câu một\n"}


@pytest.fixture
async def published(repository):
    async with repository.transaction() as store:
        about = {"origin": FILES, "author": "", "note": "", "parent": None}
        await store.contents.publish("v1", "{}", TREE, clock.now(), **about)
    return repository


@pytest.fixture
def ran():
    """The tasks that a stand-in was given; `answer` is what it does with one, `begun` tells that it was given one."""

    class Ran(list):
        answer = None

    made = Ran()
    made.begun = asyncio.Event()
    return made


@pytest.fixture
def runner(published, tmp_path, monkeypatch, ran):
    async def run_task(_settings, task, say):
        ran.append(task)
        ran.begun.set()
        say(40, "đã huấn luyện")
        if ran.answer is not None:
            return await ran.answer(task)
        file = None if task.model is not None else b"trained"
        return Report({"examples": 7, "frozen": {}}, results(["right"] * 10), file, 4.0)

    monkeypatch.setattr(jobs, "run_task", run_task)
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.02)
    return JobRunner(published, Settings(data_dir=tmp_path), "one")


async def begin(repository, **job):
    async with repository.transaction() as store:
        return await store.training.add("v1", by="lan", now=clock.now(), **job)


async def read(repository, number):
    async with repository.reading() as store:
        return await store.training.job(number), await store.models.models()


async def test_a_job_trains_and_puts_the_model_with_its_figures_into_the_bank(published, runner, ran):
    number = await begin(published, description="thêm câu về OTP")

    assert await runner.work()

    job, (model,) = await read(published, number)
    assert (job.state, job.percent, job.model) == ("done", 100, model_name(TREE))
    assert "đã huấn luyện" in job.log
    assert (model.name, model.description, model.example_count, model.train_seconds) == (model_name(TREE), "thêm câu về OTP", 7, 4.0)
    assert not model.is_active
    assert [(task.name, task.folds, task.model) for task in ran] == [(model_name(TREE), 0, None)]
    assert not await runner.work()


async def test_the_same_examples_are_not_trained_again_but_measured(published, runner, ran):
    async with published.transaction() as store:
        await store.models.add(a_model(model_name(TREE), code=code_fingerprint()))
    await begin(published, is_thorough=True)

    await runner.work()

    assert [(task.model, task.folds) for task in ran] == [(model_name(TREE).encode(), 5)]


async def test_the_active_model_is_tried_on_the_same_questions(published, runner, ran):
    async with published.transaction() as store:
        await store.models.add(a_model("active", code=code_fingerprint()))
        await store.models.activate("active", clock.now(), by=None)
        await store.models.keep_figures("active", {"frozen": {}}, [])
    await begin(published)

    await runner.work()

    assert [task.name for task in ran] == [model_name(TREE), "active"]
    async with published.reading() as store:
        assert len(await store.models.results("active")) == 10


async def test_a_failure_is_told_and_leaves_no_model(published, runner, ran):
    async def fail(_task):
        raise JobFailedError("Ví dụ của a quá ít.")

    ran.answer = fail
    number = await begin(published)

    await runner.work()

    job, models = await read(published, number)
    assert (job.state, job.error, models) == ("failed", "Ví dụ của a quá ít.", [])


async def test_an_error_of_ours_is_told_without_its_details(published, runner, ran):
    async def fail(_task):
        raise RuntimeError("secret")

    ran.answer = fail
    number = await begin(published)

    await runner.work()

    job, _ = await read(published, number)
    assert job.state == "failed"
    assert "secret" not in job.error + job.log


async def test_one_that_is_called_off_ends_and_leaves_no_model(published, runner, ran):
    ended = asyncio.Event()

    async def last_long(_task):
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    ran.answer = last_long
    number = await begin(published)
    working = asyncio.create_task(runner.work())
    await asyncio.wait_for(ran.begun.wait(), 10)
    async with published.transaction() as store:
        assert await store.training.cancel(number, clock.now())

    await asyncio.wait_for(working, 10)

    job, models = await read(published, number)
    assert (job.state, models, ended.is_set()) == ("cancelled", [], True)


async def test_a_service_that_stops_lets_the_job_wait_for_another(published, runner, ran, tmp_path):
    ran.answer = lambda _task: asyncio.sleep(60)
    number = await begin(published)
    working = asyncio.create_task(runner.work())
    await asyncio.wait_for(ran.begun.wait(), 10)

    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    job, _ = await read(published, number)
    assert job.state == "waiting"
    ran.answer = None
    assert await JobRunner(published, Settings(data_dir=tmp_path), "two").work()
    assert (await read(published, number))[0].state == "done"


async def test_another_replica_waits_while_one_trains(published, runner, ran):
    await begin(published)
    async with published.transaction() as store:
        await store.training.hold("two", clock.now() + timedelta(seconds=30))

    assert not await runner.work()
    assert ran == []
