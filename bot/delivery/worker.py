"""The worker: takes waiting events in their order, several at once, and gives up on those that cannot be handled."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.curriculum.text import render
from actions.learners.database import is_away
from actions.learners.inbox import LAPSES_MAX, TRIES_MAX, Event
from actions.learners.outbox import NewMessage
from actions.learners.repository import Repository
from actions.menu import MAIN_MENU
from actions.reply import Reply
from bot import clock
from bot.delivery.handler import REPLY_LIFETIME, ClaimLostError, EventHandler
from bot.delivery.receiver import LEASE

logger = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
RETRY_SECONDS = (1, 5)  # after the first and the second failure
DATABASE_RETRY_SECONDS = 0.5


class Worker:
    """Handles events of this process's own receiver at once, and others' when they wait."""

    def __init__(self, repository: Repository, handler: EventHandler, claim: str, turns_at_once: int, wrote: Callable[[], None]) -> None:
        self._repository, self._handler, self._claim = repository, handler, claim
        self._turns_at_once, self._wrote = turns_at_once, wrote
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._backlog = 0  # events that this process knows to wait; others are found by looking now and then
        self.is_running = False

    def room(self) -> int:
        """Return how many more events may be handled now; none while the worker does not run."""
        return max(self._turns_at_once - len(self._tasks), 0) if self.is_running else 0

    def start(self, event: Event) -> None:
        """Handle an event that was claimed for this process."""
        task = asyncio.create_task(self._handle(event))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def later(self) -> None:
        """Note that an event was accepted and waits for its turn, or for room."""
        self._backlog += 1

    async def run(self) -> None:
        """For ever, claim events and handle them."""
        self.is_running = True
        while True:
            self._wake.clear()
            started = await self._claim_some()
            self._backlog = max(self._backlog - started, 0)
            if not started:
                await _wait(self._wake, POLL_SECONDS)

    async def stop(self, seconds: float) -> None:
        """Finish the turns in hand, within so many seconds; give the rest back."""
        self.is_running = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._repository.transaction() as store:
            await store.inbox.release(self._claim, clock.now())

    async def _claim_some(self) -> int:
        room = self.room()
        if not room:
            return 0
        try:
            async with self._repository.transaction() as store:
                events = await store.inbox.claim(self._claim, clock.now(), LEASE, room)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("inbox.not_claimed", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
            return 0
        for event in events:
            self.start(event)
        return len(events)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wrote()
        if self._backlog:
            self._wake.set()

    async def _handle(self, event: Event) -> None:
        if event.tries > LAPSES_MAX:
            logger.error("inbox.lapsed", channel=event.channel, row=event.id, tries=event.tries)
            await self._give_back(event, "lapsed")
            return
        deadline = time.monotonic() + LEASE.total_seconds() / 2
        while True:
            try:
                await self._handler.handle(event)
            except ClaimLostError:
                logger.info("inbox.claim_lost", channel=event.channel, row=event.id)
            except Exception as error:
                if is_away(error):
                    # The event is not to blame. Later, its claim lapses.
                    if time.monotonic() < deadline:
                        await asyncio.sleep(DATABASE_RETRY_SECONDS)
                        continue
                    logger.warning("inbox.database_away", channel=event.channel, row=event.id, error=type(error).__name__)
                    return
                logger.exception("inbox.failed", channel=event.channel, row=event.id, tries=event.tries)
                await self._give_back(event, type(error).__name__)
            return

    async def _give_back(self, event: Event, error: str) -> None:
        """Let a failed event be tried again, or set it aside and say so to the sender."""
        now = clock.now()
        async with self._repository.transaction() as store:
            if event.tries < TRIES_MAX:
                await store.inbox.put_back(event, now + timedelta(seconds=RETRY_SECONDS[event.tries - 1]), error)
                return
            if not await store.inbox.set_aside(event, error):
                return  # The claim lapsed; another handles it.
            self._handler.metrics.set_aside.labels(event.channel).inc()
            channel = self._handler.channels.get(event.channel)
            if channel is not None and event.document["kind"] == "message":
                curriculum = self._handler.turns.curriculum
                sorry = Reply(render(curriculum.messages["failed"], curriculum), (MAIN_MENU,))
                address = event.document["address"]
                messages = [NewMessage(event.channel, event.sender_key, address, m, REPLY_LIFETIME) for m in channel.compose([sorry])]
                await store.outbox.add(messages, now)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait until an event is set, but not for ever."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
