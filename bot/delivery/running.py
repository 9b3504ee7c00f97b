"""Everything of delivery that runs by itself beside the web app: worker, sender, polling, spool, gauges."""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import clock
from bot.channels.base import Channel, SendError
from bot.delivery.receiver import DatabaseAwayError

if TYPE_CHECKING:
    from bot.service import Service

logger = structlog.get_logger(__name__)
STOP_SECONDS = 20.0  # of the thirty that a stop may take; the rest is the web server's
GAUGES_SECONDS = 5.0
REPLAY_SECONDS = 1.0
RETRY_SECONDS = (1, 5, 15, 60)
POLL_LEASE = timedelta(seconds=90)  # longer than a long poll


class Delivery:
    """The running parts of one replica; started and stopped with the app."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to handle, send, poll and replay."""
        service = self._service
        parts: list[Coroutine[Any, Any, None]] = [service.worker.run(), service.sender.run(), self._replay(), self._measure()]
        parts += [self._set_up(channel) for channel in service.channels.values()]
        self._tasks = [asyncio.create_task(part) for part in parts]

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, give the rest back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for part in (self._service.worker, self._service.sender):
            try:
                await part.stop(STOP_SECONDS / 2)
            except (SQLAlchemyError, OSError) as error:
                logger.warning("delivery.not_given_back", error=type(error).__name__)  # The claims lapse.
        for channel in self._service.channels.values():
            await channel.close()
        if self._service.receiver.spool is not None:
            self._service.receiver.spool.close()

    async def _set_up(self, channel: Channel) -> None:
        """Tell the vendor about the bot, trying until it listens; then poll, where that is the way."""
        for tries in range(10**9):
            try:
                await channel.start()
                break
            except SendError as error:
                self._service.channel_states.failed(channel.name, error.code)
                logger.warning("channel.not_started", channel=channel.name, kind=error.kind, code=error.code)
            except Exception:
                self._service.channel_states.failed(channel.name, "fault")
                logger.exception("channel.not_started", channel=channel.name)
            await asyncio.sleep(_pause(tries))
        self._service.channel_states.ready(channel.name)
        logger.info("channel.started", channel=channel.name, is_polling=channel.is_polling)
        if channel.is_polling:
            await self._poll(channel)

    async def _poll(self, channel: Channel) -> None:
        """For ever, fetch events and make them durable; one replica at a time."""
        failures = 0
        lease = f"poll:{channel.name}:{channel.account}"[:64]
        try:
            while True:
                try:
                    if not await self._hold(lease):
                        await asyncio.sleep(POLL_LEASE.total_seconds() / 3)
                        continue
                    events = await channel.fetch()
                    self._service.channel_states.worked(channel.name)
                    await self._service.receive(channel, events)
                    channel.confirm()
                    failures = 0
                    for event in events:
                        await channel.acknowledge(event)
                except (SendError, SQLAlchemyError, DatabaseAwayError, OSError) as error:
                    code = str(getattr(error, "code", type(error).__name__))
                    self._service.channel_states.failed(channel.name, code)
                    logger.warning("channel.not_fetched", channel=channel.name, error=code)
                    wait = getattr(error, "retry_after_seconds", None)
                    await asyncio.sleep(wait or _pause(failures))
                    failures += 1
                except Exception:
                    logger.exception("channel.not_fetched", channel=channel.name)
                    await asyncio.sleep(_pause(failures))
                    failures += 1
        finally:
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self._service.repository.transaction() as store:
                    await store.leases.release(lease, self._service.id)

    async def _hold(self, lease: str) -> bool:
        async with self._service.repository.transaction() as store:
            return await store.leases.hold(lease, self._service.id, clock.now(), POLL_LEASE)

    async def _replay(self) -> None:
        while True:
            try:
                await self._service.receiver.replay()
            except Exception:
                logger.exception("spool.not_replayed")
            await asyncio.sleep(REPLAY_SECONDS)

    async def _measure(self) -> None:
        """For ever, show how much waits and since when."""
        service, metrics = self._service, self._service.metrics
        while True:
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with service.repository.reading() as store:
                    queues = {"inbox": await store.inbox.counts(), "outbox": await store.outbox.counts(list(service.channels))}
                now = clock.now()
                for name, (waiting, oldest, given_up) in queues.items():
                    metrics.waiting.labels(name).set(waiting)
                    metrics.oldest_seconds.labels(name).set(_seconds_since(oldest, now))
                    metrics.given_up.labels(name).set(given_up)
            if service.receiver.spool is not None:
                metrics.waiting.labels("spool").set(service.receiver.spool.waiting)
            await asyncio.sleep(GAUGES_SECONDS)


def _pause(tries: int) -> float:
    return RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else (now - moment).total_seconds()
