"""Everything of delivery together: started, polled, stopped, cut off, two replicas over one database."""

import asyncio
import json
import random
from datetime import timedelta

import pytest
from prometheus_client import generate_latest
from sqlalchemy.exc import OperationalError

from actions.learners.tables import InboundEvent, Lease, OutboundMessage
from bot import clock
from bot.channels.base import SendError
from bot.delivery import receiver, running, sender, worker
from bot.delivery.running import Delivery
from bot.delivery.spool import Spool
from bot.logs import configure_logs
from bot.turn import Message
from tests.bot.delivery.given import Outage, message, sender_key, states, table, until
from tests.conftest import KEYS
from tests.fakes.cut_line import CutLine

POLLING = {"is_polling": True}
SLUGS = ("cong-an-goi-dien", "otp-la-gi")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for module in (worker, sender):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(worker, "DATABASE_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(running, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(running, "REPLAY_SECONDS", 0.02)
    monkeypatch.setattr(running, "GAUGES_SECONDS", 0.02)


@pytest.fixture
async def start():
    """Start delivery of a service; whatever still runs at the end is stopped."""
    started = []

    def begin(service):
        started.append(Delivery(service))
        started[-1].start()
        return started[-1]

    yield begin
    for delivery in started:
        await delivery.stop()


@pytest.fixture
def spools(tmp_path):
    """Make spools in one folder, each as a process of its own would."""
    made = []

    def make():
        made.append(Spool(tmp_path / "spool", KEYS))
        made[-1].open()
        return made[-1]

    yield make
    for spool in made:
        spool.close()


def line(service):
    return service.channels["line"]


async def nothing_waits(service):
    waiting = [row for row in await table(service.repository, InboundEvent) if row["state"] == "waiting"]
    return not waiting and await table(service.repository, OutboundMessage) == []


async def test_an_event_is_answered_on_its_channel(service, start, vendor):
    start(service)

    await service.receive(line(service), [message("hoa", "menu", "1"), message("lan", "menu", "1b")])

    await until(lambda: vendor.to("hoa") and vendor.to("lan"))
    assert "Bạn Số" in vendor.to("hoa")[0] or vendor.to("hoa")


async def test_an_event_that_comes_again_is_answered_once(service, start, vendor):
    start(service)

    for _ in range(3):
        await service.receive(line(service), [message("hoa", "menu", "1")])
        await until(lambda: nothing_waits(service))

    assert len(vendor.to("hoa")) == 1
    assert service.metrics.events.labels("line", "repeated")._value.get() == 2


async def test_who_types_the_same_without_ids_after_the_answer_is_answered_again(service, start, vendor):
    start(service)

    for n in range(1, 4):
        await service.receive(line(service), [message("hoa", "menu"), message("hoa", "menu")])
        await until(lambda n=n: len(vendor.to("hoa")) == n)
        await until(lambda: nothing_waits(service))


async def test_what_is_fetched_is_durable_before_it_is_confirmed_and_acknowledged_after(replicas, start, vendor):
    service = replicas(line=POLLING)
    vendor.waiting.append(message("hoa", "menu", "1", receipt="r1"))
    start(service)

    await until(lambda: vendor.acknowledged == ["r1"])

    assert vendor.waiting == []
    assert len(await states(service.repository)) == 1
    await until(lambda: vendor.to("hoa"))


@pytest.mark.parametrize("keeps", [True, False], ids=["with a spool", "with nothing to keep them in"])
async def test_what_cannot_be_kept_is_not_confirmed_and_comes_again(replicas, start, vendor, spools, keeps, monkeypatch):
    service = replicas(line=POLLING, spool=spools() if keeps else None)
    outage = Outage(service.repository)
    start(service)
    await until(lambda: line(service).fetches > 1)
    if keeps:
        monkeypatch.setattr(service.receiver.spool, "_write", full_disk)
    outage.is_on = True
    vendor.waiting.append(message("hoa", "menu", "1"))
    await until(lambda: outage.refused > 5)
    confirmed = not vendor.waiting

    outage.is_on = False
    await until(lambda: vendor.to("hoa"))

    assert not confirmed
    await until(lambda: not vendor.waiting)
    assert len(vendor.to("hoa")) == 1


def full_disk(_data):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(SendError("retryable", "timeout"), id="vendor away"),
        pytest.param(SendError("throttled", "429", retry_after_seconds=0.02), id="throttled"),
        pytest.param(SendError("unauthorised", "401"), id="token refused"),
        pytest.param(OperationalError("SELECT", {}, OSError()), id="database away"),
        pytest.param(RuntimeError("a fault of the adapter"), id="a fault of the adapter"),
    ],
)
async def test_polling_goes_on_whatever_the_start_and_a_fetch_raise(replicas, start, vendor, error):
    service = replicas(line=POLLING | {"failing_starts": [error] * 2, "failing_fetches": [error] * 2})
    vendor.waiting.append(message("hoa", "menu", "1"))

    start(service)

    await until(lambda: vendor.to("hoa"))
    assert line(service).starts == 3


async def test_of_two_replicas_one_polls_and_the_other_takes_over_when_it_stops(replicas, start, vendor, monkeypatch):
    monkeypatch.setattr(running, "POLL_LEASE", timedelta(seconds=0.3))
    first, second = replicas(line=POLLING), replicas(line=POLLING)
    stopping = start(first)
    await until(lambda: line(first).fetches > 0)
    start(second)
    await until(lambda: line(first).fetches > 5)
    polled_meanwhile = line(second).fetches

    await stopping.stop()

    assert polled_meanwhile == 0
    assert {row["holder"] for row in await table(first.repository, Lease)} <= {second.id}
    vendor.waiting.append(message("hoa", "menu", "1"))
    await until(lambda: vendor.to("hoa"))
    assert line(second).fetches > 0


async def test_a_replica_that_was_killed_loses_the_polling_when_its_lease_ends(replicas, start, vendor, time_machine):
    first, second = replicas(line=POLLING), replicas(line=POLLING)
    async with first.repository.transaction() as store:
        assert await store.leases.hold("poll:line:1", first.id, clock.now(), running.POLL_LEASE)
    time_machine.move_to(clock.now() + running.POLL_LEASE, tick=True)

    start(second)

    await until(lambda: line(second).fetches > 0)


async def test_while_the_database_is_away_events_wait_on_the_disk_then_all_are_answered_in_order(replicas, start, vendor, spools):
    service = replicas(spool=spools())
    start(service)
    outage = Outage(service.repository)
    outage.is_on = True
    values = [f"answer:{slug}" for slug in (*SLUGS, *SLUGS)]

    for n, value in enumerate(values):
        await service.receive(line(service), [message("hoa", choice=value, event_id=f"{n}")])
    gauges = generate_latest(service.metrics.registry).decode
    await until(lambda: 'banso_waiting{queue="spool"} 4.0' in gauges())
    outage.is_on = False
    await until(lambda: len(vendor.to("hoa")) >= 4)
    await until(lambda: nothing_waits(service))

    assert vendor.to("hoa")[0] == vendor.to("hoa")[2] != vendor.to("hoa")[1] == vendor.to("hoa")[3]
    assert len(vendor.to("hoa")) == 4
    await until(lambda: 'banso_waiting{queue="spool"} 0.0' in gauges())


async def test_panic_is_answered_at_once_although_the_database_is_away(replicas, start, vendor, spools, logged):
    service = replicas(spool=spools())
    start(service)
    outage = Outage(service.repository)
    outage.is_on = True

    await service.receive(line(service), [message("hoa", "tôi vừa bị lừa", "1"), message("lan", choice="emergency", event_id="2")])
    await service.receive(line(service), [message("mai", "menu", "3")])
    await until(lambda: vendor.to("hoa") and vendor.to("lan"))
    at_once = [who for who, _ in vendor.said]
    outage.is_on = False
    await until(lambda: vendor.to("mai"))

    assert "ngân hàng" in vendor.to("hoa")[0]
    assert "mai" not in at_once
    assert "turn.not_stored" in [entry["event"] for entry in logged]


async def test_panic_that_cannot_be_said_either_waits_on_the_disk(replicas, start, vendor, spools):
    service = replicas(spool=spools())
    start(service)
    outage = Outage(service.repository)
    outage.is_on = True
    vendor.faults.append(__import__("tests.fakes.line_channel", fromlist=["refusal"]).refusal("retryable"))

    await service.receive(line(service), [message("hoa", "tôi vừa bị lừa", "1")])
    await until(lambda: vendor.calls)
    outage.is_on = False

    await until(lambda: vendor.to("hoa"))


async def test_a_stop_finishes_the_turn_in_hand_and_closes_everything(replicas, start, vendor, nlu, spools):
    service = replicas(spool=spools())
    delivery = start(service)
    finishing = asyncio.Event()
    read = service.turns.read

    async def slowly(*arguments):
        finishing.set()
        await asyncio.sleep(0.05)
        return await read(*arguments)

    service.turns.read = slowly
    await until(lambda: service.worker.is_running)
    await service.receive(line(service), [message("hoa", "menu", "1"), message("hoa", "menu", "2")])
    await finishing.wait()

    await delivery.stop()

    assert line(service).is_closed
    rows = await table(service.repository, InboundEvent)
    assert [(row["state"], row["claim"]) for row in rows] == [("done", None), ("waiting", None)]
    assert [row["claim"] for row in await table(service.repository, OutboundMessage)] == [None] * (1 - len(vendor.said))
    other = replicas()
    start(other)
    await until(lambda: len(vendor.to("hoa")) == 2)


async def test_a_stop_while_the_database_is_away_ends_as_well(replicas, start, spools, logged):
    service = replicas(spool=spools())
    delivery = start(service)
    await until(lambda: service.worker.is_running)
    outage = Outage(service.repository)
    outage.is_on = True

    await delivery.stop()

    assert line(service).is_closed
    assert [entry["event"] for entry in logged].count("delivery.not_given_back") == 2


async def test_what_waits_is_shown(replicas, start, vendor):
    service = replicas()
    vendor.gate.clear()
    start(service)
    gauges = generate_latest(service.metrics.registry).decode

    await service.receive(line(service), [message("hoa", "menu", "1")])
    await until(lambda: 'banso_waiting{queue="outbox"} 1.0' in generate_latest(service.metrics.registry).decode())

    shown = generate_latest(service.metrics.registry).decode()
    assert 'banso_waiting{queue="inbox"} 0.0' in shown
    assert 'banso_waiting_oldest_seconds{queue="outbox"}' in shown
    assert 'banso_given_up{queue="inbox"} 0.0' in shown
    assert gauges is not None
    vendor.gate.set()


async def test_the_same_web_message_whose_response_is_not_kept_any_more_is_told_so_at_once(service, monkeypatch):
    monkeypatch.setattr("bot.service.ANSWER_SECONDS", 10**6)
    await service.handle("web", "hoa", Message("menu"), "m1")
    async with service.repository.transaction() as store:
        await store._connection.execute(InboundEvent.__table__.update().values(response=None))

    with pytest.raises(TimeoutError):
        await service.handle("web", "hoa", Message("menu"), "m1")


async def test_what_an_exception_quotes_is_in_no_log(replicas, start, vendor, tmp_path, monkeypatch):
    import logging

    import structlog

    monkeypatch.setattr(worker, "RETRY_SECONDS", (0.01, 0.01))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configuration = structlog.get_config()
    configure_logs("DEBUG", tmp_path / "service.log")
    try:
        service = replicas()

        async def quote(read, *_):
            raise ValueError(f"cannot read {read.text}")

        service.turns.read = quote
        vendor.faults.append(__import__("tests.fakes.line_channel", fromlist=["Fault"]).Fault(RuntimeError("/bot123:token/send")))
        start(service)
        await service.receive(line(service), [message("hoa", "dấu vết riêng", "1")])
        await until(lambda: vendor.calls)
        await until(lambda: "outbox.failed" in (tmp_path / "service.log").read_text())
    finally:
        structlog.configure(**configuration)
        root.handlers[:] = handlers
        root.setLevel(level)

    log = (tmp_path / "service.log").read_text()
    entries = [json.loads(row) for row in log.splitlines()]
    failed = next(entry for entry in entries if entry["event"] == "inbox.failed")
    assert (failed["exception"], failed["raised_at"][-1].split()[-1]) == ("ValueError", "quote")
    assert "dấu vết" not in log
    assert "token" not in log


async def expected(service):
    """What each of some answers says first."""
    return {slug: (await service.handle("web", "biết-trước", Message(choice=f"answer:{slug}")))["replies"][0]["text"] for slug in SLUGS}


class Crowd:
    """Some people who ask in turn, each for one answer and another; their vendor brings every event one to three times."""

    def __init__(self, seed, people=6, questions=8):
        self.random = random.Random(seed)
        self.asked = {f"nguoi-{n}": [self.random.choice(SLUGS) for _ in range(questions)] for n in range(people)}

    async def ask(self, replicas, between):
        """Bring the events of each person in their order, to any replica, until it was acknowledged."""

        async def bring(who):
            for n, slug in enumerate(self.asked[who]):
                event = message(who, choice=f"answer:{slug}", event_id=f"{who}-{n}")
                for _ in range(self.random.randint(1, 3)):
                    service = self.random.choice(replicas)
                    await service.receive(line(service), [event])
                await between()

        await asyncio.gather(*(bring(who) for who in self.asked))

    def check(self, vendor, texts, *, twice=0):
        """See that each was answered in the order of asking; a reply may have come `twice` only next to itself."""
        doubled = 0
        for who, slugs in self.asked.items():
            said = [text for text in vendor.to(who) if text in texts.values()]
            wanted = [texts[slug] for slug in slugs]
            while said and wanted:
                assert said[0] == wanted[0], who
                said.pop(0)
                wanted.pop(0)
                while len(said) > len(wanted) and said and doubled < twice:
                    said.pop(0)
                    doubled += 1
            assert (said, wanted) == ([], []), who


async def test_two_replicas_answer_everything_once_and_in_order(replicas, start, vendor):
    first, second = replicas(), replicas()
    texts = await expected(first)
    for service in (first, second):
        start(service)
    crowd = Crowd(1)

    await crowd.ask([first, second], lambda: asyncio.sleep(0.001))
    await until(lambda: nothing_waits(first))

    crowd.check(vendor, texts)
    assert set(await states(first.repository)) == {"done"}


async def test_when_a_replica_is_killed_the_other_answers_what_it_held_and_nothing_is_lost(replicas, start, vendor, time_machine):
    first, second = replicas(), replicas()
    texts = await expected(second)
    killed = start(first)
    start(second)
    crowd = Crowd(2)
    vendor.seconds = 0.003
    asking = asyncio.create_task(crowd.ask([first, second], lambda: asyncio.sleep(0.001)))
    await until(lambda: len(vendor.said) > 10)

    for task in [*killed._tasks, *first.worker._tasks, *first.sender._tasks]:
        task.cancel()
    first.receive = second.receive  # The load balancer notes it.
    await asking
    await asyncio.sleep(0.05)
    for task in [*first.worker._tasks, *first.sender._tasks]:
        task.cancel()
    time_machine.move_to(clock.now() + max(receiver.LEASE, sender.LEASE), tick=True)
    await until(lambda: nothing_waits(second))

    people = len(crowd.asked)
    for who, slugs in crowd.asked.items():
        said = vendor.to(who)
        assert len(slugs) <= len(said) <= len(slugs) + 1, who  # One call of each person may have been cut off.
        assert without_one(said, [texts[slug] for slug in slugs]), who
    assert len(vendor.said) <= people * 8 + people
    assert await states(second.repository).__await__().__next__ if False else set(await states(second.repository)) == {"done"}


def without_one(said, wanted):
    """Tell whether what was said is what was wanted, one of it perhaps twice in a row."""
    doubles = [place for place in range(1, len(said)) if said[place] == said[place - 1]]
    return said == wanted or any(said[:place] + said[place + 1 :] == wanted for place in doubles)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_line_to_the_database_that_is_cut_for_a_while_loses_and_doubles_nothing(
    database_url, nlu, curriculum, normaliser, vendor, start, spools
):
    from tests.bot.delivery.given import make_replica
    from tests.fakes.line_channel import LineChannel

    async with CutLine(database_url) as cut_line:
        service = make_replica(cut_line.url, nlu, curriculum, normaliser, [LineChannel(vendor)], spools())
        texts = await expected(service)
        delivery = start(service)
        crowd = Crowd(3)
        vendor.seconds = 0.002

        async def sometimes_cut():
            await asyncio.sleep(0.01)
            if len(cuts) < 3 and crowd.random.random() < 0.2:
                cuts.append(1)
                cut_line.cut()
                await asyncio.sleep(0.15)
                cut_line.mend()

        cuts = []
        await crowd.ask([service], sometimes_cut)
        cut_line.mend()
        await until(lambda: settled(service))
        await delivery.stop()
        await service.close()

    assert cuts
    crowd.check(vendor, texts)
    assert sender_key("nguoi-0") is not None


async def settled(service):
    if service.receiver.spool.waiting:
        return False
    try:
        return await nothing_waits(service)
    except (OperationalError, OSError):
        return False
