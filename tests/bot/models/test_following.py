"""Another model takes over: nothing is dropped, and one that is not fit does not."""

import asyncio
from datetime import timedelta

import pytest

from bot import clock
from bot.models import following
from bot.models.following import ModelFollower
from bot.models.nlu_process import _free_port
from bot.settings import Settings
from bot.understanding import NluClient
from tests.actions.learners.test_models import a_model
from tests.fakes.nlu_server import FakeNluServer


class Process:
    """A server of ours as `NluProcess` is, which answers with the name of its model."""

    made: list["Process"] = []  # noqa: RUF012 - one list for the test

    def __init__(self, settings, path):
        self.model, self.has_ended, self.is_stopped = path.name.removesuffix(".tar.gz"), False, False
        self.server = FakeNluServer()
        self.server.model, self.server.port = self.model, _free_port()
        self.server.ranking = [(self.model, 0.9)]
        Process.made.append(self)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}"  # known before it is started

    async def start(self):
        if self.model == "broken":
            self.has_ended = True
        await self.server.__aenter__()

    async def keep_running(self):
        await asyncio.Event().wait()

    async def stop(self):
        self.is_stopped = True
        await self.server.stop()


@pytest.fixture
async def bank(repository):
    async with repository.transaction() as store:
        for number, name in enumerate(("first", "second", "broken")):
            await store.models.add(a_model(name, at=clock.now() + timedelta(minutes=number)))
        await store.models.activate("first", clock.now(), by=None)
    return repository


@pytest.fixture
async def follower(bank, tmp_path, monkeypatch):
    monkeypatch.setattr(following, "GRACE_SECONDS", 0.0)
    Process.made.clear()
    settings = Settings(data_dir=tmp_path, nlu_timeout_seconds=0.05)
    process = Process(settings, tmp_path / "first.tar.gz")
    await process.start()
    client = NluClient(process.url, 2.0)
    made = ModelFollower(settings, bank, client, process, Process)
    made.client = client
    yield made
    await made.stop()
    await client.close()


async def activate(bank, name):
    async with bank.transaction() as store:
        await store.models.activate(name, clock.now(), by="lan")


async def test_nothing_is_done_while_the_active_model_is_the_one_that_answers(follower):
    assert not await follower.follow()
    assert len(Process.made) == 1


async def test_questions_are_answered_before_during_and_after(follower, bank):
    answered, over = [], asyncio.Event()

    async def ask():
        while not over.is_set():
            answered.append((await follower.client.parse("mã OTP là gì")).intent)
            await asyncio.sleep(0.001)

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    await asyncio.sleep(0.05)
    await activate(bank, "second")
    taken_up = await follower.follow()
    await asyncio.sleep(0.3)
    over.set()
    await asyncio.gather(*asking)  # none of them failed

    assert taken_up
    assert answered[0] == "first"
    assert answered[-1] == "second"
    assert follower.client.model_version == "second"
    assert [process.is_stopped for process in Process.made] == [True, False]


async def test_a_new_server_answers_trial_questions_before_citizens_ask_it(follower, bank):
    await activate(bank, "second")
    await follower.follow()

    assert len(Process.made[1].server.texts) >= 3


async def test_one_that_does_not_run_leaves_the_old_one_and_is_not_tried_at_once_again(follower, bank):
    await activate(bank, "broken")

    tried = [await follower.follow(), await follower.follow()]

    assert tried == [False, False]
    assert (await follower.client.parse("mã OTP là gì")).intent == "first"
    assert [process.model for process in Process.made] == ["first", "broken"]
    assert Process.made[1].is_stopped
    async with bank.reading() as store:
        (entry,) = [e for e in await store.staff.audit_log() if e.action == "model.swap_failed"]
    assert (entry.subject, entry.details["kept"]) == ("broken", "first")


async def test_the_way_back_is_taken_at_once(follower, bank):
    await activate(bank, "broken")
    await follower.follow()
    await activate(bank, "second")

    assert await follower.follow()
    assert (await follower.client.parse("mã OTP là gì")).intent == "second"
