"""Make the files that were asked for, one at a time over all replicas, in a process beside the service; order the monthly reports."""

import asyncio
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.learners.exports import LEASE_LIFETIME, REPORT, File
from actions.learners.repository import Repository, Store
from actions.learners.staff import Staff
from actions.local_time import local_time
from bot import clock
from bot.apart import run_apart
from bot.settings import Settings
from bot.statistics.report import SWITCH, Month, Plan

logger = structlog.get_logger(__name__)
LOOK_SECONDS = 2.0
BEAT_SECONDS = LEASE_LIFETIME.total_seconds() / 4
FAILED = "Lỗi của phần mềm khi lập tệp. Người vận hành xem nhật ký service.log."
REPORT_FORMATS = ("pdf", "xlsx")


class FileRunner:
    """The part of one replica that makes files."""

    def __init__(self, repository: Repository, settings: Settings, holder: str) -> None:
        self._repository, self._settings, self._holder = repository, settings, holder

    async def run(self) -> None:
        """For ever, make the files that wait and order the reports that are due."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.order_reports(clock.now(), clock.today())
                await self.work()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("exports.not_read", error=type(error).__name__)

    async def order_reports(self, now: datetime, today: date) -> Month | None:
        """Ask for the report of the month before, where it is due and not there; return the month."""
        async with self._repository.reading() as store:
            month = Plan.read(await store.staff.switch(SWITCH)).due(today)
            if month is None or await store.exports.has_report(str(month), now):
                return None
        async with self._repository.transaction() as store:
            if not await store.exports.hold(self._holder, now) or await store.exports.has_report(str(month), now):
                return None  # Another replica does it, or did.
            await ask_for_report(store, month, now, by=None)
        return month

    async def work(self) -> File | None:
        """Make one file; return it as it is then, or None where there is nothing to do, or another replica does it."""
        async with self._repository.reading() as store:
            if not await store.exports.has_waiting():
                return None
        async with self._repository.transaction() as store:
            if not await store.exports.hold(self._holder, clock.now()):
                return None
            file = await store.exports.claim(clock.now())
        if file is None:
            return None
        await self._make(file)
        async with self._repository.reading() as store:
            return await store.exports.file(file.id)

    async def _make(self, file: File) -> None:
        making = asyncio.create_task(run_apart("bot.statistics.work", {"number": file.id, "settings": self._plain_settings()}))
        try:
            while not making.done() and await self._beat():
                await asyncio.wait([making], timeout=BEAT_SECONDS)
            if not making.done():
                return  # Another replica took this one for dead, and makes the file.
            code, _ = making.result()
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
        logger.info("export.made", number=file.id, kind=file.kind, code=code)
        if code:
            async with self._repository.transaction() as store:
                await store.exports.end(file.id, clock.now(), FAILED)

    async def _beat(self) -> bool:
        """Keep the right to make files; a database that is away for a moment takes it from nobody."""
        try:
            async with self._repository.transaction() as store:
                return await store.exports.hold(self._holder, clock.now())
        except (SQLAlchemyError, OSError) as error:
            logger.warning("exports.not_noted", error=type(error).__name__)
            return True

    def _plain_settings(self) -> dict[str, Any]:
        """Return what another process needs to open the same database, for its standard input only."""
        settings = self._settings
        plain = {"data_dir": str(settings.data_path), "database_url": settings.effective_database_url}
        key = {"secret_key": settings.secret_key.get_secret_value(), "secret_key_file": settings.secret_key_file}
        return plain | {name: str(value) for name, value in key.items() if value}


async def ask_for_report(store: Store, month: Month, now: datetime, *, by: Staff | None) -> None:
    """Ask for a month's report in all formats, and note who did; None stands for the schedule."""
    for form in REPORT_FORMATS:
        name = f"bao-cao-{month}-{local_time(now):%Y%m%d-%H%M%S}.{form}"
        await store.exports.ask(REPORT, form, str(month), name, now, by=by.id if by else None)
    await store.staff.audit(by, "statistics.report", str(month), now)
