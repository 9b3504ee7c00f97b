"""The service behind every channel: its parts, what the web asks of it, and its jobs."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions import reminder
from actions.context import Context, Sender
from actions.learners.inbox import WAITING, Event, NewEvent
from actions.learners.learning import Issued
from actions.learners.repository import OpenConversation, Repository
from actions.learners.sharing import is_code
from actions.learners.statistics.roll_up import roll_up
from actions.menu import show_main_menu
from actions.reply import of_document
from bot import clock
from bot.channels.base import Channel, Inbound, SendError
from bot.content import ContentFollower
from bot.delivery.channel_states import ChannelStates
from bot.delivery.handler import ClaimLostError, EventHandler
from bot.delivery.receiver import LEASE, DatabaseAwayError, Receiver
from bot.delivery.sender import Sender as OutboxSender
from bot.delivery.spool import Spool
from bot.delivery.worker import Worker
from bot.metrics import Metrics
from bot.stopping import StopFollower
from bot.turn import Message, TurnHandler
from bot.understanding import NluClient, NluUnavailableError
from bot.web.own_pages import OwnPages

logger = structlog.get_logger(__name__)
WEB = "web"
ANSWER_SECONDS = 20.0  # as long as the web page waits
NLU_CHECK_SECONDS = 2.0
CONTENT_CHECK_SECONDS = 1.0
JOBS_SECONDS = 60.0
JOBS_LEASE = timedelta(minutes=3)
RETENTION_EVERY = timedelta(days=1)
TURNS_AT_ONCE = 16


@dataclass(frozen=True)
class Retention:
    """How long is kept: questions that were not understood, and learners who do not come back."""

    unanswered: timedelta
    learners: timedelta


@dataclass(frozen=True)
class Doors:
    """Where else events come from than the web, where they are kept while the database is away, and how many are handled at once."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    spool: Spool | None = None
    turns_at_once: int = TURNS_AT_ONCE


@dataclass(frozen=True)
class Health:
    """Which parts work; the service is ready when all do."""

    database: bool
    nlu: bool

    @property
    def is_ready(self) -> bool:
        """Whether questions can be answered."""
        return self.database and self.nlu


class Service:
    """Serves senders of all channels; holds the parts of the line."""

    def __init__(
        self,
        turns: TurnHandler,
        nlu: NluClient,
        repository: Repository,
        metrics: Metrics,
        *,
        content_version: str,
        public_url: str,
        retention: Retention,
        doors: Doors | None = None,
    ) -> None:
        self.turns = turns
        self.metrics = metrics
        doors = doors or Doors()
        self.channels = dict(doors.channels)
        self.repository = repository
        self.id = uuid.uuid4().hex  # what this replica's claims and leases are held under
        self.pages = OwnPages()
        self.channel_states = ChannelStates()
        self._nlu = nlu
        self._retention = retention
        self._last_health: Health | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.sender = OutboxSender(repository, self.channels, self.id, metrics)
        self.handler = EventHandler(turns, repository, metrics, content_version, public_url, self.channels)
        self.content = ContentFollower(repository, self.handler)
        self.stop = StopFollower(repository, self.handler)
        self.worker = Worker(repository, self.handler, self.id, doors.turns_at_once, self.sender.wake)
        self.receiver = Receiver(repository, self.id, is_urgent=turns.is_urgent, room=self.worker.room, spool=doors.spool)
        # The web waits for its answer, so its events are claimed whether the worker has room or not.
        self._web = Receiver(repository, self.id, is_urgent=turns.is_urgent, room=lambda: 10**6, text_max_characters=10**5)

    async def receive(self, channel: Channel, events: Sequence[Inbound]) -> None:
        """Make events of a channel durable, and begin to handle those whose turn it is.

        Raises:
            DatabaseAwayError: They can be kept nowhere.
        """
        for inbound in events:
            started = time.perf_counter()
            new = self.receiver.new_event(channel.name, channel.account, inbound)
            received = await self.receiver.receive(new)
            self.metrics.accept_seconds.labels(channel.name).observe(time.perf_counter() - started)
            acceptance = received.acceptance
            result = "spooled" if acceptance is None else "accepted" if acceptance.is_new else "repeated"
            self.metrics.events.labels(channel.name, result).inc()
            if acceptance is None and new.is_urgent:
                self._spawn(self._say_urgent(channel, new))
            if acceptance is None or not acceptance.is_new:
                continue
            if acceptance.event is not None:
                self.worker.start(acceptance.event)
            else:
                self.worker.later()

    async def _say_urgent(self, channel: Channel, new: NewEvent) -> None:
        """Answer panic although nothing can be stored; the event waits on the disk, and is answered once more from there."""
        document = new.document
        meaning = await self.turns.read(Message(document["text"], document["choice"]), OpenConversation())
        try:
            for call in channel.compose(self.turns.urgent(meaning, clock.today()).replies):
                await channel.send(document["address"], call)
        except SendError as error:
            logger.warning("turn.not_said", channel=channel.name, kind=error.kind, code=error.code)
            return
        logger.warning("turn.not_stored", channel=channel.name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def handle(self, channel: str, sender: str, message: Message, message_id: str | None = None) -> dict[str, Any]:
        """Answer a message of somebody who waits for the answer.

        Args:
            channel: The channel's name.
            sender: The platform's address of the sender; a guest's is kept as a hash only.
            message: What came in.
            message_id: The sender's own id of this message; the same id again gets the
                same response, and nothing is done twice.

        Returns:
            The response document of the REST API.

        Raises:
            SQLAlchemyError: Nothing was stored.
            DatabaseAwayError: The database is away, and the message is not urgent.
            TimeoutError: Another handles an earlier message of this sender, and does not end.
        """
        inbound = Inbound(sender, message_id, message.text, message.choice)
        scope = "" if message_id is None else f"{self.repository.keys.sender_key(channel, sender)}:"
        new = self._web.new_event(channel, "", inbound, scope=scope)
        try:
            received = await self._web.receive(new)
        except DatabaseAwayError:
            meaning = await self.turns.read(Message(message.text, message.choice), OpenConversation()) if new.is_urgent else None
            if meaning is None or not meaning.is_urgent:
                raise
            logger.exception("turn.not_stored", channel=channel)
            return self.handler.urgent_response(meaning)
        assert received.acceptance is not None  # The web has no spool: who waits keeps the message.
        acceptance = received.acceptance
        if acceptance.response is not None:
            return acceptance.response
        if acceptance.event is not None:
            return await self._answer(acceptance.event)
        return await self._wait_for(acceptance.id)

    async def _answer(self, event: Event) -> dict[str, Any]:
        try:
            return await self.handler.handle(event)
        except ClaimLostError:
            return await self._wait_for(event.id)
        except Exception:
            with contextlib.suppress(SQLAlchemyError, OSError):  # Where even this fails, the claim lapses and the worker handles it.
                async with self.repository.transaction() as store:
                    await store.inbox.forget(event)  # The sender knows that it failed, and may send it again.
            raise

    async def _wait_for(self, event_row: int) -> dict[str, Any]:
        """Wait until an event's turn has come, here or in another replica."""
        pause = 0.005
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            async with self.repository.transaction() as store:
                claimed = await store.inbox.claim(self.id, clock.now(), LEASE, 1, only=event_row)
                state = await store.inbox.state_of(event_row)
            if claimed:
                return await self._answer(claimed[0])
            if state is not None and state.response is not None:
                return state.response
            if state is None or state.state != WAITING:
                break  # It was given up, or its response is not kept any more.
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.25)
        raise TimeoutError("an earlier message of this sender is not done")

    @property
    def model_version(self) -> str:
        """The version of the NLU model that was last seen loaded."""
        return self._nlu.model_version

    @property
    def nlu(self) -> NluClient:
        """What asks the NLU server, and may be told of another one."""
        return self._nlu

    async def take_waiting(self, channel: str, sender: str) -> list[dict[str, Any]]:
        """Return the messages that wait for a sender, each once; their choices become the open menu."""
        key = self.repository.keys.sender_key(channel, sender)
        async with self.repository.reading() as store:
            if not await store.outbox.has_waiting(key):
                return []
        async with self.repository.transaction() as store:
            now = clock.now()
            waiting = await store.outbox.take(key, now)
            if waiting:
                choices = [choice for reply in waiting for choice in of_document(reply).choices]
                await store.open_menu(key, choices, now)
        return waiting

    def welcome(self) -> dict[str, Any]:
        """Return the greeting with the main menu; it belongs to no sender and stores nothing."""
        return self.handler.response(show_main_menu(self.turns.curriculum, "welcome"))

    async def explain(self, text: str) -> dict[str, Any]:
        """Answer a question without storing anything; add the ranking and the decision."""
        meaning = await self.turns.read(Message(text), OpenConversation())
        async with self.repository.reading() as store:
            who = Sender("explain", "", "")
            context = Context(self.turns.curriculum, self.handler.content_version, store, who, clock.now(), self.handler.public_url)
            result = await self.turns.act(meaning, context)
        understanding = meaning.understanding
        ranking = understanding.ranking if understanding else ()
        return self.handler.response(result, context) | {
            "normalised": understanding.normalised if understanding else "",
            "decision": understanding.decision if understanding else "",
            "ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking],
        }

    async def health(self) -> Health:
        """Ask the database and the NLU server for a sign of life."""
        health = Health(await self._database_works(), await self._nlu_works())
        self.metrics.nlu_up.set(health.nlu)
        if health != self._last_health:
            logger.info("health.changed", database=health.database, nlu=health.nlu)
            self._last_health = health
        return health

    async def _database_works(self) -> bool:
        try:
            await self.repository.check()
        except Exception:  # noqa: BLE001 - whatever the driver raises: a database that fails is not ready
            return False
        return True

    async def _nlu_works(self) -> bool:
        try:
            await self._nlu.check()
        except NluUnavailableError:
            return False
        return True

    async def watch(self) -> None:
        """For ever, see whether the parts work, write due reminders, and once a day forget what is old."""
        worked_at = 0.0
        while True:
            await self.health()
            if time.monotonic() - worked_at > JOBS_SECONDS or not worked_at:
                worked_at = time.monotonic()
                await self._work()
            await asyncio.sleep(NLU_CHECK_SECONDS if not self._nlu.model_version else 5 * NLU_CHECK_SECONDS)

    async def _work(self) -> None:
        try:
            async with self.repository.transaction() as store:
                if not await store.leases.hold("jobs", self.id, clock.now(), JOBS_LEASE):
                    return  # Another replica does them.
            await roll_up(self.repository, clock.now())
            if not self.handler.notice:  # What is due waits until the bot answers again.
                await self.write_due_messages()
            last = await self.repository.last_retention()
            if last is None or clock.now() - last >= RETENTION_EVERY:
                deleted = await self.repository.retain(clock.now(), self._retention.unanswered, self._retention.learners)
                logger.info("retention.done", **deleted)
        except (SQLAlchemyError, OSError) as error:  # asyncpg tells of a server that is away by an OSError.
            logger.warning("jobs.failed", error=type(error).__name__)

    async def follow_content(self) -> None:
        """For ever, take up what was published, and whether answering is stopped, here or in another replica."""
        while True:
            try:
                await self.stop.follow()
                await self.content.follow()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("content.not_read", error=type(error).__name__)
            await asyncio.sleep(CONTENT_CHECK_SECONDS)

    async def write_due_messages(self) -> int:
        """Write the reminders and follow-ups whose time has come; return how many."""
        async with self.repository.transaction() as store:
            written = await reminder.write_due_messages(store, self.turns.curriculum, clock.now())
        if written:
            logger.info("reminders.written", count=written)
        return written

    async def certificate(self, code: str) -> Issued | None:
        """Return a certificate by its code, or None."""
        if not is_code(code):
            return None
        async with self.repository.reading() as store:
            return await store.certificate(code)

    async def class_name(self, code: str) -> str | None:
        """Return the name of a class by its code, or None."""
        if not is_code(code):
            return None
        async with self.repository.reading() as store:
            return await store.sharing.class_name(code)

    async def export(self, code: str) -> dict[str, Any] | None:
        """Return a learner's data by the code that was given for it, or None for a wrong or late one."""
        if not is_code(code):
            return None
        async with self.repository.transaction() as store:
            learner_id = await store.sharing.read_code("export", code, clock.now())
            return None if learner_id is None else await store.privacy.export(learner_id)

    async def close(self) -> None:
        """Close all connections."""
        await self._nlu.close()
        await self.repository.close()
