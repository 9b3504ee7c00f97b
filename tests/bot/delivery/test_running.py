"""Everything of delivery together: started, polled, measured, stopped, without its database."""

import asyncio
import json
import logging
from datetime import timedelta

import pytest
import structlog
from prometheus_client import generate_latest
from sqlalchemy.exc import OperationalError

from actions.learners.tables import InboundEvent, Lease, OutboundMessage
from bot import clock
from bot.channels.base import SendError
from bot.delivery import running, worker
from bot.logs import configure_logs
from bot.turn import Message
from tests.bot.delivery.given import Outage, line, message, nothing_waits, states, table, until
from tests.fakes.line_channel import Fault, refusal

POLLING = {"is_polling": True}
SLUGS = ("cong-an-goi-dien", "otp-la-gi")


@pytest.fixture(autouse=True)
def _quick(quick):
    """Nothing here waits long."""


def gauges(service):
    return generate_latest(service.metrics.registry).decode()


def full_disk(_data):
    raise OSError(28, "No space left on device")


async def test_an_event_is_answered_on_its_channel(service, start, vendor):
    start(service)

    await service.receive(line(service), [message("hoa", "menu", "1"), message("lan", "menu", "1b")])

    await until(lambda: vendor.to("hoa") and vendor.to("lan"))
    assert vendor.to("hoa") == vendor.to("lan")


async def test_an_event_that_comes_again_is_answered_once(service, start, vendor):
    start(service)

    for _ in range(3):
        await service.receive(line(service), [message("hoa", "menu", "1")])
        await until(lambda: nothing_waits(service))

    assert len(vendor.to("hoa")) == 1
    assert service.metrics.events.labels("line", "repeated")._value.get() == 2


async def test_who_types_the_same_without_ids_after_the_answer_is_answered_again(service, start, vendor):
    start(service)
    read, gate = service.turns.read, asyncio.Event()

    async def slowly(*arguments, **options):
        await gate.wait()
        return await read(*arguments, **options)

    service.turns.read = slowly
    for n in range(1, 4):
        gate.clear()
        await service.receive(line(service), [message("hoa", "menu"), message("hoa", "menu")])
        gate.set()
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
    await until(lambda: 'banso_waiting{queue="spool"} 4.0' in gauges(service))
    outage.is_on = False
    await until(lambda: len(vendor.to("hoa")) >= 4)
    await until(lambda: nothing_waits(service))

    assert vendor.to("hoa")[0] == vendor.to("hoa")[2] != vendor.to("hoa")[1] == vendor.to("hoa")[3]
    assert len(vendor.to("hoa")) == 4
    await until(lambda: 'banso_waiting{queue="spool"} 0.0' in gauges(service))


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
    vendor.faults.append(refusal("retryable"))

    await service.receive(line(service), [message("hoa", "tôi vừa bị lừa", "1")])
    await until(lambda: vendor.calls)
    outage.is_on = False

    await until(lambda: vendor.to("hoa"))


async def test_a_stop_finishes_the_turn_in_hand_and_closes_everything(replicas, start, vendor, nlu, spools):
    service = replicas(spool=spools())
    delivery = start(service)
    finishing = asyncio.Event()
    read = service.turns.read

    async def slowly(*arguments, **options):
        finishing.set()
        await asyncio.sleep(0.05)
        return await read(*arguments, **options)

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

    await service.receive(line(service), [message("hoa", "menu", "1")])
    await until(
        lambda: 'banso_waiting{queue="inbox"} 1.0' not in gauges(service) and 'banso_waiting{queue="outbox"} 1.0' in gauges(service)
    )

    shown = gauges(service)
    assert 'banso_waiting_oldest_seconds{queue="outbox"}' in shown
    assert 'banso_given_up{queue="inbox"} 0.0' in shown
    vendor.gate.set()


async def test_the_same_web_message_whose_response_is_not_kept_any_more_is_told_so_at_once(service, monkeypatch):
    monkeypatch.setattr("bot.service.ANSWER_SECONDS", 10**6)
    await service.handle("web", "hoa", Message("menu"), "m1")
    async with service.repository.transaction() as store:
        await store._connection.execute(InboundEvent.__table__.update().values(response=None))

    with pytest.raises(TimeoutError):
        await service.handle("web", "hoa", Message("menu"), "m1")


async def test_what_an_exception_quotes_is_in_no_log(replicas, start, vendor, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "RETRY_SECONDS", (0.01, 0.01))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configuration = structlog.get_config()
    configure_logs("DEBUG", tmp_path / "service.log")
    structlog.configure(cache_logger_on_first_use=False)  # Or other tests could not see what is logged.
    try:
        service = replicas()

        async def quote(read, *_, **_options):
            raise ValueError(f"cannot read {read.text}")

        service.turns.read = quote
        vendor.faults.append(Fault(RuntimeError("/bot123:token/send")))
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
