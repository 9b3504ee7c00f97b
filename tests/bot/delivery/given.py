"""What the tests of delivery begin with: replicas over one database, a database that goes away, and patience."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from actions.learners.database import open_database
from actions.learners.outbox import NewMessage
from actions.learners.repository import Repository
from actions.learners.tables import InboundEvent, OutboundMessage
from bot import clock
from bot.channels.base import Inbound
from bot.delivery.handler import ClaimLostError, EventHandler
from bot.metrics import Metrics
from bot.service import Doors, Retention, Service
from bot.turn import TurnHandler
from bot.understanding import NluClient
from tests.conftest import KEYS

HOUR = timedelta(hours=1)
QUESTION = "công an gọi điện bảo tôi liên quan vụ án"


class Outage:
    """Lets a repository's database be away: whatever begins a transaction fails, as it does when nothing answers."""

    def __init__(self, *repositories: Repository) -> None:
        self.is_on = False
        self.refused = 0
        self.last = 10**9  # so many more transactions are refused, then the database is back
        for repository in repositories:
            event.listen(repository._engine.sync_engine, "begin", self._begin)

    def _begin(self, _connection: object) -> None:
        if self.is_on and self.refused < self.last:
            self.refused += 1
            raise OperationalError("BEGIN", {}, ConnectionRefusedError("nobody listens"))


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is so; that it never is, is a failure."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(*parts):
    """Let coroutines that never end run beside a test."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_replica(url, nlu, curriculum, normaliser, channels=(), spool=None, *, turns_at_once=16):
    """Return a service, one of several over a database."""
    client = NluClient(nlu.url, 2.0)
    doors = Doors({channel.name: channel for channel in channels}, spool, turns_at_once)
    return Service(
        TurnHandler(curriculum, client, normaliser), client, Repository(open_database(url), KEYS), Metrics(), content_version="test",
        public_url="http://x", retention=Retention(timedelta(90), timedelta(730)), doors=doors,
    )  # fmt: skip


def message(sender, text="", event_id=None, **fields):
    return Inbound(sender, event_id, text, **fields)


def sender_key(sender, channel="line"):
    return KEYS.sender_key(channel, sender)


def outgoing(sender, text, *, kind="reply", lifetime=HOUR, channel="line", choices=()):
    """Return a message for the outbox: a call of the channel, or a neutral reply of the bot's own accord."""
    document = {"text": text, "labels": [], "values": []}
    if kind not in ("reply", "receipt"):
        document = {"text": text, "choices": [{"label": c.label, "value": c.value} for c in choices], "image": None}
    return NewMessage(channel, sender_key(sender, channel), sender, document, lifetime, kind)


async def write(repository, messages, now):
    async with repository.transaction() as store:
        await store.outbox.add(messages, now)


async def table(repository, of):
    """Return all rows of a table, in the order in which they came."""
    async with repository.reading() as store:
        found = await store._connection.execute(select(of.__table__).order_by(of.__table__.primary_key.columns.values()[0]))
        return [dict(row) for row in found.mappings()]


async def states(repository):
    """Return the state of each event, in the order in which they came."""
    return [row["state"] for row in await table(repository, InboundEvent)]


async def unsent(repository):
    """Return what the outbox holds: state and error of each message."""
    return [(row["state"], row["error"]) for row in await table(repository, OutboundMessage)]


class ListHandler(EventHandler):
    """Handles events by writing down what they said, in the order in which that took effect; fails on what a test names."""

    def __init__(self, repository, channels, turns=None, *, log=None):
        super().__init__(turns, repository, Metrics(), "test", "http://x", channels)
        self.handled: list[tuple[str, str]] = [] if log is None else log
        self.tried: list[str] = []
        self.failing: dict[str, list[Exception]] = {}
        self.at_once = self.at_once_max = 0
        self.gates: dict[str, asyncio.Event] = {}

    async def handle(self, event):
        said, sender = event.document["text"], event.document["address"]
        self.tried.append(said)
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            if said in self.gates:
                await self.gates[said].wait()
            if self.failing.get(said):
                raise self.failing[said].pop(0)
            async with self.repository.transaction() as store:
                if not await store.inbox.finish(event):
                    raise ClaimLostError(event.id)
            self.handled.append((sender, said))
            return {}
        finally:
            self.at_once -= 1


async def claimed(service, inbound, *, channel="line", scope=""):
    """Let an event come in and be claimed; return it."""
    new = service.receiver.new_event(channel, "1", inbound, scope=scope)
    async with service.repository.transaction() as store:
        (acceptance,) = await store.inbox.accept([new], service.id, clock.now(), timedelta(seconds=30), room=1)
    assert acceptance.event is not None
    return acceptance.event


async def handled(service, inbound, **fields):
    """Let an event come in and be handled; return the response."""
    return await service.handler.handle(await claimed(service, inbound, **fields))


async def waiting(repository, sender, channel="line"):
    """Return what waits for a sender: kind and words of each message."""
    async with repository.reading() as store:
        found = await store._connection.execute(
            select(OutboundMessage.__table__).where(OutboundMessage.sender_key == sender_key(sender, channel)).order_by(OutboundMessage.id)
        )
        return [(row["kind"], KEYS.unseal_document(row["message"])["text"]) for row in found.mappings()]


def line(service):
    return service.channels["line"]


async def nothing_waits(service):
    """Tell whether every event was handled and everything said."""
    handled = {row["state"] for row in await table(service.repository, InboundEvent)} <= {"done", "dead"}
    return handled and await table(service.repository, OutboundMessage) == []
