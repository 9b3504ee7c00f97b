"""The worker: side by side for different people, in order for one, patient with failures, and never for ever."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionError

from actions.learners.inbox import LAPSES_MAX
from actions.learners.tables import InboundEvent
from bot import clock
from bot.delivery import worker as workers
from bot.delivery.receiver import LEASE, Receiver
from bot.delivery.worker import Worker
from tests.bot.delivery.given import ListHandler, Outage, message, running, sender_key, states, table, until, waiting
from tests.fakes.line_channel import LineChannel


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(workers, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(workers, "DATABASE_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(workers, "RETRY_SECONDS", (0.01, 0.01))


class Turns:
    """As much of a turn handler as an apology needs."""

    def __init__(self, curriculum):
        self.curriculum = curriculum


@pytest.fixture
def turns(curriculum):
    return Turns(curriculum)


@pytest.fixture
def handler(repository, channel, turns):
    return ListHandler(repository, {"line": channel}, turns)


@pytest.fixture
def worker(repository, handler):
    return Worker(repository, handler, "A", 4, lambda: None)


async def come(repository, *inbounds, claim="Z", room=None, now=None):
    """Let events wait."""
    door = Receiver(repository, claim, is_urgent=lambda text, _choice: text.startswith("khẩn"), room=lambda: room)
    events = [door.new_event("line", "1", inbound) for inbound in inbounds]
    async with repository.transaction() as store:
        return await store.inbox.accept(events, claim, now or clock.now(), LEASE, room=room)


def said(sender, *texts):
    return [message(sender, text, f"{sender}-{text}") for text in texts]


async def all_done(repository, number):
    return (await states(repository)).count("done") == number


async def test_waiting_events_are_handled_the_order_of_each_sender_held(repository, worker, handler):
    await come(repository, *said("hoa", "1", "2", "3"), *said("lan", "1", "2"))

    async with running(worker.run()):
        await until(lambda: len(handler.handled) == 5)

    for sender, count in (("hoa", 3), ("lan", 2)):
        assert [text for who, text in handler.handled if who == sender] == [f"{n + 1}" for n in range(count)]


async def test_a_slow_turn_of_one_person_holds_up_nobody_else(repository, worker, handler):
    handler.gates["chậm"] = asyncio.Event()
    await come(repository, *said("hoa", "chậm", "sau"), *said("lan", "1", "2"))

    async with running(worker.run()):
        await until(lambda: len(handler.handled) == 2)
        assert handler.handled == [("lan", "1"), ("lan", "2")]
        handler.gates["chậm"].set()
        await until(lambda: len(handler.handled) == 4)

    assert handler.handled[2:] == [("hoa", "chậm"), ("hoa", "sau")]


async def test_panic_is_handled_while_an_earlier_turn_of_the_same_person_hangs(repository, worker, handler):
    handler.gates["chậm"] = asyncio.Event()
    await come(repository, *said("hoa", "chậm", "sau", "khẩn cấp"))

    async with running(worker.run()):
        await until(lambda: handler.handled == [("hoa", "khẩn cấp")])
        handler.gates["chậm"].set()
        await until(lambda: len(handler.handled) == 3)

    assert [text for _, text in handler.handled] == ["khẩn cấp", "chậm", "sau"]


async def test_no_more_turns_run_at_once_than_it_may(repository, worker, handler):
    for n in range(12):
        handler.gates[f"{n}"] = asyncio.Event()
    await come(repository, *(message(f"nguoi-{n}", f"{n}", f"{n}") for n in range(12)))

    async with running(worker.run()):
        await until(lambda: handler.at_once == 4)
        assert worker.room() == 0
        for gate in handler.gates.values():
            gate.set()
        await until(lambda: len(handler.handled) == 12)

    assert handler.at_once_max == 4


async def test_an_event_that_fails_three_times_is_set_aside_its_sender_is_told_and_the_next_is_served(repository, worker, handler, logged):
    handler.failing["độc"] = [ValueError(f"{n}") for n in range(9)]
    await come(repository, *said("hoa", "độc", "sau"))

    async with running(worker.run()):
        await until(lambda: handler.handled == [("hoa", "sau")])

    assert handler.tried == ["độc", "độc", "độc", "sau"]
    assert await states(repository) == ["dead", "done"]
    (apology,) = await waiting(repository, "hoa")
    assert "Xin lỗi" in apology[1]
    assert handler.metrics.set_aside.labels("line")._value.get() == 1
    assert "độc" not in str(logged)


@pytest.mark.parametrize("failures", [1, 2])
async def test_an_event_that_fails_less_often_is_done_once_and_nobody_is_sorry(repository, worker, handler, failures):
    handler.failing["1"] = [ValueError()] * failures
    await come(repository, *said("hoa", "1", "2"))

    async with running(worker.run()):
        await until(lambda: len(handler.handled) == 2)

    assert handler.handled == [("hoa", "1"), ("hoa", "2")]
    assert await waiting(repository, "hoa") == []


async def test_what_fails_is_tried_again_after_a_while(repository, worker, handler, monkeypatch):
    monkeypatch.setattr(workers, "RETRY_SECONDS", (60, 300))
    handler.failing["1"] = [ValueError()]
    await come(repository, *said("hoa", "1", "2"))
    before = clock.now()

    async with running(worker.run()):
        await until(lambda: handler.tried == ["1"] and not handler.at_once)
        await until(lambda: table_is_put_back(repository))

    first, _ = await table(repository, InboundEvent)
    assert timedelta(seconds=59) < first["available_at"] - before < timedelta(seconds=90)
    assert (first["error"], first["tries"], handler.handled) == ("ValueError", 1, [])


async def table_is_put_back(repository):
    return (await table(repository, InboundEvent))[0]["error"] is not None


async def test_an_event_that_was_set_aside_is_handled_when_it_is_retried(repository, worker, handler):
    handler.failing["độc"] = [ValueError()] * 3
    await come(repository, *said("hoa", "độc", "sau"))

    async with running(worker.run()):
        await until(lambda: handler.handled == [("hoa", "sau")])
        async with repository.transaction() as store:
            (aside,) = await store.inbox.set_aside_events()
            assert (aside.error, aside.tries) == ("ValueError", 3)
            assert await store.inbox.retry(aside.id, clock.now())
        await until(lambda: len(handler.handled) == 2)

    assert handler.handled[1] == ("hoa", "độc")
    assert await states(repository) == ["done", "done"]


async def test_an_event_that_ended_its_handler_each_time_is_set_aside_its_sender_is_told(repository, worker, handler):
    long_ago = clock.now() - (LAPSES_MAX + 1) * LEASE
    await come(repository, *said("hoa", "độc", "sau"), room=5, now=long_ago)
    for n in range(1, LAPSES_MAX):
        async with repository.transaction() as store:
            (event,) = await store.inbox.claim("ended", long_ago + n * LEASE, LEASE, 9)
    assert event.tries == LAPSES_MAX

    async with running(worker.run()):
        await until(lambda: handler.handled == [("hoa", "sau")])

    assert (await table(repository, InboundEvent))[0]["error"] == "lapsed"
    assert [kind for kind, _ in await waiting(repository, "hoa")] == ["reply"]
    assert handler.tried == ["sau"]


async def test_nobody_is_told_of_a_failed_event_that_was_no_message(repository, worker, handler):
    handler.failing[""] = [ValueError()] * 3
    await come(repository, message("hoa", kind="blocked", event_id="1"), *said("hoa", "sau"))

    async with running(worker.run()):
        await until(lambda: handler.handled == [("hoa", "sau")])

    assert await waiting(repository, "hoa") == []


async def test_nobody_is_told_of_a_failure_when_another_took_the_event_over(repository, worker, handler):
    handler.gates["1"] = asyncio.Event()
    handler.failing["1"] = [ValueError()]
    await come(repository, *said("hoa", "1"))
    async with repository.transaction() as store:
        await store._connection.execute(InboundEvent.__table__.update().values(tries=2))

    async with running(worker.run()):
        await until(lambda: handler.at_once == 1)
        async with repository.transaction() as store:
            await store._connection.execute(InboundEvent.__table__.update().values(claim="another"))
        handler.gates["1"].set()
        await until(lambda: not worker._tasks)

    assert await waiting(repository, "hoa") == []
    assert await states(repository) == ["waiting"]


async def test_what_another_replica_left_half_done_is_taken_when_its_claim_lapsed(repository, worker, handler):
    accepted = await come(repository, *said("hoa", "1", "2"), claim="ended", room=5, now=clock.now() - LEASE)
    assert accepted[0].event is not None

    async with running(worker.run()):
        await until(lambda: len(handler.handled) == 2)

    assert handler.handled == [("hoa", "1"), ("hoa", "2")]


async def test_an_event_is_not_blamed_for_a_database_that_is_away(repository, worker, handler):
    outage = Outage(repository)
    handler.gates["1"] = asyncio.Event()
    await come(repository, *said("hoa", "1"))

    async with running(worker.run()):
        await until(lambda: handler.at_once == 1)
        outage.is_on = True
        handler.gates["1"].set()
        await until(lambda: outage.refused > 3)
        outage.is_on = False
        await until(lambda: handler.handled == [("hoa", "1")])

    assert await all_done(repository, 1)
    assert (await table(repository, InboundEvent))[0]["tries"] == 1


async def test_the_worker_outlives_a_database_that_is_away(repository, worker, handler):
    outage = Outage(repository)
    outage.is_on = True

    async with running(worker.run()):
        await until(lambda: outage.refused > 2)
        outage.is_on = False
        await come(repository, *said("hoa", "1"))
        await until(lambda: handler.handled == [("hoa", "1")])


async def test_the_worker_outlives_a_pool_that_has_no_connection_left(repository, worker, handler, monkeypatch):
    claim = "actions.learners.inbox.Inbox.claim"
    tried = []

    async def none_left(*_arguments, **_options):
        tried.append(1)
        raise NoConnectionError("no connection left")

    async with running(worker.run()):
        with monkeypatch.context() as patch:
            patch.setattr(claim, none_left)
            await until(lambda: len(tried) > 2)
        await come(repository, *said("hoa", "1"))
        await until(lambda: handler.handled == [("hoa", "1")])


async def test_it_says_that_replies_may_wait_after_each_turn(repository, handler):
    wrote = []
    worker = Worker(repository, handler, "A", 4, lambda: wrote.append(len(handler.handled)))
    await come(repository, *said("hoa", "1", "2"))

    async with running(worker.run()):
        await until(lambda: len(wrote) == 2)

    assert wrote == [1, 2]


async def test_before_it_runs_and_after_it_stopped_there_is_no_room(repository, worker):
    before = worker.room()
    async with running(worker.run()):
        await until(lambda: worker.is_running)
        between = worker.room()
    await worker.stop(1)

    assert (before, between, worker.room()) == (0, 4, 0)


async def test_a_stop_finishes_the_turn_in_hand_and_gives_back_the_rest(repository, other, worker, handler):
    handler.gates["1"] = asyncio.Event()
    await come(repository, *said("hoa", "1", "2"))
    async with repository.transaction() as store:
        await store.inbox.accept(
            [Receiver(repository, "A", is_urgent=lambda *_: False, room=lambda: 1).new_event("line", "1", said("lan", "3")[0])],
            "A", clock.now(), LEASE, room=1,
        )  # fmt: skip

    async with running(worker.run()):
        await until(lambda: handler.at_once == 1)
    stopping = asyncio.create_task(worker.stop(5))
    await asyncio.sleep(0.02)
    assert not stopping.done()
    handler.gates["1"].set()
    await stopping

    assert handler.handled == [("hoa", "1")]
    async with other.transaction() as store:
        found = await store.inbox.claim("B", clock.now(), LEASE, 9)
    assert sorted((event.document["text"], event.tries) for event in found) == [("2", 1), ("3", 1)]


async def test_a_stop_does_not_wait_for_ever_and_loses_nothing(repository, other, worker, handler):
    handler.gates["1"] = asyncio.Event()
    await come(repository, *said("hoa", "1"))

    async with running(worker.run()):
        await until(lambda: handler.at_once == 1)
    await worker.stop(0.05)

    assert (handler.handled, handler.at_once) == ([], 0)
    async with other.transaction() as store:
        (event,) = await store.inbox.claim("B", clock.now(), LEASE, 9)
    assert (event.document["text"], event.tries, event.sender_key) == ("1", 1, sender_key("hoa"))


async def test_two_replicas_share_the_work_each_event_once_and_in_order(repository, other, turns, vendor):
    done = []
    replicas = [
        Worker(on, ListHandler(on, {"line": LineChannel(vendor)}, turns, log=done), name, 3, lambda: None)
        for on, name in ((repository, "A"), (other, "B"))
    ]
    await come(repository, *(message(f"nguoi-{n % 6}", f"{n}", f"{n}") for n in range(60)))

    async with running(*(worker.run() for worker in replicas)):
        await until(lambda: all_done(repository, 60))

    for sender in range(6):
        assert [int(text) for who, text in done if who == f"nguoi-{sender}"] == list(range(sender, 60, 6))
