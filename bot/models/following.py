"""Serve the bank's active model from an NLU server of our own; another one takes its place without a dropped message."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.repository import Repository
from bot import clock
from bot.models.files import fetch_file
from bot.models.nlu_process import NluProcess
from bot.settings import Settings, SettingsError
from bot.understanding import NluClient, NluServer, NluUnavailableError

logger = structlog.get_logger(__name__)
FOLLOW_SECONDS = 2.0
START_SECONDS = 120.0
GRACE_SECONDS = 1.0  # beyond the time that a question may take
WARM_TEXTS = ("xin chào", "mã OTP là gì, có ai gọi hỏi thì đọc không", "co nguoi goi bao toi trung thuong xe may")
RETRY_SECONDS = (60.0, 300.0, 1800.0)  # after a model that could not be started; at once where it is activated anew
ProcessMaker = Callable[[Settings, Path], NluProcess]


class _NotServedError(Exception):
    """The new server is not fit to answer; the message says why, in Vietnamese."""


@dataclass
class _Trouble:
    """A model that could not be taken up: since when it is active, how often it was tried, when it is tried again."""

    name: str
    since: datetime
    tries: int
    again_at: float


class ModelFollower:
    """The NLU server of one replica: kept running, exchanged when another model becomes active."""

    def __init__(
        self, settings: Settings, repository: Repository, nlu: NluClient, process: NluProcess, make: ProcessMaker = NluProcess
    ) -> None:
        self._settings, self._repository, self._nlu = settings, repository, nlu
        self._process, self._make = process, make
        self._watch: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._trouble: _Trouble | None = None

    async def run(self) -> None:
        """For ever, keep the server running, and take up the active model."""
        self._keep_running()
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                await self.follow()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("model.not_read", error=type(error).__name__)

    async def stop(self) -> None:
        """Stop every server that runs."""
        for task in (self._watch, *self._retiring):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (self._watch, *self._retiring) if task is not None), return_exceptions=True)
        await self._process.stop()

    async def follow(self) -> bool:
        """Take up the active model where it is another one; return whether it was.

        Raises:
            SQLAlchemyError: The database cannot be read; the server goes on as it is.
        """
        async with self._repository.reading() as store:
            active = await store.models.active_since()
        if active is None or active[0] == self._process.model or not self._is_to_be_tried(*active):
            return False
        try:
            await self._exchange(active[0])
        except (_NotServedError, SettingsError) as error:
            await self._note(*active, str(error))
            return False
        self._trouble = None
        return True

    async def _exchange(self, name: str) -> None:
        path = await fetch_file(self._repository, self._settings, name)
        if path is None:
            raise _NotServedError("tệp của mô hình không còn trong kho")
        started = time.monotonic()
        process = self._make(self._settings, path)
        server = self._nlu.server(process.url)
        try:
            await process.start()
            await _until_fit(process, server)
        except BaseException:
            await server.close()
            await process.stop()
            raise
        # From here on nothing waits: a question is asked of the old server, or of the new one.
        before, self._process = self._process, process
        watch, self._watch = self._watch, None
        retired = self._nlu.switch(server, name)
        self._keep_running()
        retiring = asyncio.create_task(self._retire(before, watch, retired))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)
        logger.info("model.taken_up", model=name, seconds=round(time.monotonic() - started, 1))

    async def _retire(self, process: NluProcess, watch: asyncio.Task[None] | None, server: NluServer) -> None:
        """Stop a server once it has answered what it was asked."""
        try:
            await asyncio.sleep(self._settings.nlu_timeout_seconds + GRACE_SECONDS)
        finally:
            if watch is not None:
                watch.cancel()
            await server.close()
            await process.stop()

    def _keep_running(self) -> None:
        self._watch = asyncio.create_task(self._process.keep_running())

    def _is_to_be_tried(self, name: str, since: datetime) -> bool:
        trouble = self._trouble
        return trouble is None or (trouble.name, trouble.since) != (name, since) or time.monotonic() >= trouble.again_at

    async def _note(self, name: str, since: datetime, error: str) -> None:
        """Remember that a model could not be started, and tell people; the one before goes on."""
        known = self._trouble
        tries = known.tries + 1 if known is not None and (known.name, known.since) == (name, since) else 1
        self._trouble = _Trouble(name, since, tries, time.monotonic() + RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1])
        logger.error("model.not_taken_up", model=name, kept=self._process.model, tries=tries, error=error)
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._repository.transaction() as store:
                await store.staff.audit(None, "model.swap_failed", name, clock.now(), kept=self._process.model, error=error, tries=tries)


async def _until_fit(process: NluProcess, server: NluServer) -> None:
    """Wait until a new server has its model, and let it answer a few questions: the first ones take longer.

    Raises:
        _NotServedError: It ended, is too slow, or does not answer.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.has_ended:
            raise _NotServedError("máy chủ NLU mới không chạy được; xem nlu.log")
        if time.monotonic() > deadline:
            raise _NotServedError(f"máy chủ NLU mới chưa sẵn sàng sau {START_SECONDS:.0f} giây; xem nlu.log")
        with contextlib.suppress(NluUnavailableError):
            if await server.model() != process.model:
                raise _NotServedError("máy chủ NLU mới nạp nhầm mô hình; xem nlu.log")
            break
        await asyncio.sleep(0.25)
    try:
        for text in (*WARM_TEXTS, *WARM_TEXTS):
            await server.parse(text)
    except NluUnavailableError as error:
        raise _NotServedError(f"máy chủ NLU mới không trả lời được câu thử ({error}); xem nlu.log") from error
