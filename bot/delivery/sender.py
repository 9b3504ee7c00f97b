"""The sender: says what waits in the outbox, in the order of each person, within budgets, until the vendor took it."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.database import is_away
from actions.learners.outbox import COMPOSED, RECEIPT, WaitingMessage
from actions.learners.repository import Repository, Store
from actions.reply import of_document
from bot import clock
from bot.channels.base import Channel, Limits, SendError, Sent
from bot.delivery.batches import Batches
from bot.delivery.budgets import Budget
from bot.metrics import Metrics

logger = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)  # longer than a message may be in hand, the budget and the slowest call of a vendor together
IN_HAND_SECONDS = 30.0  # what of one person is not begun by then is given back, or its claim might lapse
BUDGET_SECONDS_MAX = 10.0  # what would wait longer for its budget waits in the outbox
POLL_SECONDS = 0.5
GATHER_SECONDS = 0.02  # from one claim to the next: under load, what is written meanwhile is claimed together
SENDERS_AT_ONCE = 64
BATCH = 200
RETRY_SECONDS = (1, 5, 30, 300)  # the last one for ever, until the message is too old
QUOTA_SECONDS = 3600
T = TypeVar("T")


@dataclass(frozen=True)
class _Done:
    """A message that needs no more sending, and what the vendor said."""

    message: WaitingMessage
    sent: Sent | None = None


class _NotNowError(Exception):
    """A message must wait for its budget for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f}")
        self.seconds = seconds


class Sender:
    """Sends for all channels that are pushed to; the web fetches by itself."""

    def __init__(self, repository: Repository, channels: Mapping[str, Channel], claim: str, metrics: Metrics) -> None:
        self._repository, self._channels, self._claim, self._metrics = repository, channels, claim, metrics
        self._budgets = {name: _budget(channel.limits) for name, channel in channels.items()}
        self._done: Batches[_Done, None] = Batches(self._write_done, BATCH)
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._is_full = self._is_written = self._is_stopping = False
        self._unwritten = 0  # how many answers of vendors wait for the database

    def wake(self) -> None:
        """Say that something was written."""
        self._is_written = True
        self._wake.set()

    async def run(self) -> None:
        """For ever, claim messages and send them."""
        if not self._channels:
            return
        while True:
            self._wake.clear()
            # What was sent must be noted before more is claimed: its own claim may have lapsed meanwhile.
            room = 0 if self._unwritten else SENDERS_AT_ONCE - len(self._tasks)
            self._is_full = room <= 0
            messages = await self._claim_some(room) if room > 0 else []
            self._is_written = self._is_written and bool(messages)
            for _, of_one in itertools.groupby(sorted(messages, key=lambda m: m.sender_key), key=lambda m: m.sender_key):
                task = asyncio.create_task(self._send_all(list(of_one)))
                self._tasks.add(task)
                task.add_done_callback(self._finished)
            claimed_at = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            await asyncio.sleep(max(claimed_at + GATHER_SECONDS - time.monotonic(), 0))

    async def stop(self, seconds: float) -> None:
        """Finish the calls in hand, within so many seconds; give the rest back."""
        self._is_stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._repository.transaction() as store:
            await store.outbox.release(self._claim, clock.now())

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._is_full or self._is_written:
            self._wake.set()  # What was written meanwhile for the same person had to wait.

    async def _claim_some(self, room: int) -> list[WaitingMessage]:
        try:
            async with self._repository.transaction() as store:
                return await store.outbox.claim(list(self._channels), self._claim, clock.now(), LEASE, room)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("outbox.not_claimed", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
            return []

    async def _send_all(self, messages: Sequence[WaitingMessage]) -> None:
        """Send what waits for one person; what cannot be sent now holds back what follows it."""
        deadline = time.monotonic() + IN_HAND_SECONDS
        for place, message in enumerate(messages):
            if self._is_stopping:
                return
            if time.monotonic() > deadline:
                await self._until_written(self._put_off, 0.0, messages[place:])
                return
            try:
                done = _Done(message, await self._send(message))
            except _NotNowError as error:
                await self._until_written(self._put_off, error.seconds, messages[place:])
                return
            except SendError as error:
                refusal = error
            except Exception:
                logger.exception("outbox.failed", channel=message.channel, message=message.id)
                refusal = SendError("final", "fault")
            else:
                await self._note_done(done)
                continue
            if await self._until_written(self._heed, refusal, messages[place:]):
                return

    async def _send(self, message: WaitingMessage) -> Sent | None:
        channel = self._channels[message.channel]
        if message.expires_at <= clock.now():
            self._count(message, "expired")
            return None
        calls = [message.message] if message.kind in COMPOSED else channel.compose([of_document(message.message)])
        sent: Sent | None = None
        for call in calls:
            seconds = await self._budgets[message.channel].wait(message.sender_key, BUDGET_SECONDS_MAX)
            if seconds > 0:
                raise _NotNowError(seconds)
            sent = await channel.send(message.address, call)
        self._count(message, "sent")
        self._metrics.send_delay_seconds.labels(message.channel).observe((clock.now() - message.created_at).total_seconds())
        return sent

    async def _heed(self, error: SendError, messages: Sequence[WaitingMessage]) -> bool:
        """Do what an error of a vendor asks for; return whether the rest of this person's messages waits too."""
        message = messages[0]
        self._count(message, error.kind)
        logger.info("outbox.refused", channel=message.channel, message=message.id, kind=error.kind, code=error.code, tries=message.tries)
        ids = [m.id for m in messages]
        async with self._repository.transaction() as store:
            match error.kind:
                case "blocked":
                    await store.people.block(message.sender_key, clock.now())
                    await store.outbox.drop(message.sender_key)
                case "window_closed":
                    await store.outbox.delete(ids)
                case "final":
                    await self._give_up(store, message, error.code)
                    return False
                case "moved" if error.moved_to:
                    await store.outbox.move(message.sender_key, error.moved_to)
                    await store.outbox.put_back(ids, clock.now(), error.code)
                case _:
                    wait = self._pause_seconds(error, message)
                    await store.outbox.put_back(ids[:1], clock.now() + wait, error.code, counts=error.kind != "throttled")
                    await store.outbox.put_back(ids[1:], clock.now(), counts=False)
        return True

    async def _put_off(self, seconds: float, messages: Sequence[WaitingMessage]) -> None:
        ids = [message.id for message in messages]
        async with self._repository.transaction() as store:
            await store.outbox.put_back(ids[:1], clock.now() + timedelta(seconds=seconds), counts=False)
            await store.outbox.put_back(ids[1:], clock.now(), counts=False)

    async def _give_up(self, store: Store, message: WaitingMessage, code: str) -> None:
        if message.kind == RECEIPT:
            await store.outbox.delete([message.id])
        else:
            await store.outbox.set_aside(message.id, code)

    def _pause_seconds(self, error: SendError, message: WaitingMessage) -> timedelta:
        if error.kind == "throttled":
            seconds = error.retry_after_seconds or RETRY_SECONDS[1]
            self._budgets[message.channel].pause(message.sender_key, seconds)
            return timedelta(seconds=seconds)
        if error.kind == "quota":
            return timedelta(seconds=QUOTA_SECONDS)
        return timedelta(seconds=RETRY_SECONDS[min(message.tries, len(RETRY_SECONDS)) - 1])

    async def _note_done(self, done: _Done) -> None:
        try:
            await self._until_written(self._done.add, done)
        except Exception:
            logger.exception("outbox.not_noted", channel=done.message.channel, message=done.message.id)
            try:
                await self._until_written(self._write_done, [done])  # The fault may be another's of the same batch.
            except Exception:  # noqa: BLE001 - whatever cannot be noted of it: what was sent must not be sent again
                await self._until_written(self._write_done, [_Done(done.message)])

    async def _write_done(self, done: Sequence[_Done]) -> list[None]:
        now = clock.now()
        async with self._repository.transaction() as store:
            await store.outbox.delete([d.message.id for d in done])
            for one in done:
                await self._note(store, one, now)
        return [None] * len(done)

    async def _note(self, store: Store, done: _Done, now: Any) -> None:
        message, sent = done.message, done.sent
        if sent is None:
            return
        if sent.poll_id is not None:
            await store.outbox.keep_poll(sent.poll_id, message.sender_key, message.message.get("values", ()), now)
        at_first = self._channels[message.channel].limits.free_replies
        if sent.free_replies is not None:
            await store.keep_free_replies(message.sender_key, sent.free_replies)
        elif at_first is not None:
            await store.spend_free_reply(message.sender_key, at_first)
        if message.kind not in COMPOSED:
            await store.open_menu(message.sender_key, of_document(message.message).choices, now)

    async def _until_written(self, write: Callable[..., Awaitable[T]], *what: Any) -> T:
        """Write what a vendor said; while the database is away, try again: the call itself must not be made twice."""
        waits = False
        try:
            while True:
                try:
                    return await write(*what)
                except (SQLAlchemyError, OSError) as error:
                    if not is_away(error):
                        raise
                    logger.warning("outbox.not_written", error=type(error).__name__)
                self._unwritten += not waits
                waits = True
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._unwritten -= waits

    def _count(self, message: WaitingMessage, result: str) -> None:
        self._metrics.sends.labels(message.channel, result).inc()


def _budget(limits: Limits) -> Budget:
    return Budget(limits.messages_per_second, limits.chat_messages_per_second)
