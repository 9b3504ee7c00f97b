"""Queries about files made of the statistics: asked for, made one at a time over all replicas, kept for a while."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.leases import Leases
from actions.learners.rows import inserting
from actions.learners.statistics_tables import Export, ExportPart

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LEARNERS, ATTEMPTS, REPORT = "learners", "attempts", "report"
LIFETIMES: dict[str, timedelta] = {LEARNERS: timedelta(days=1), ATTEMPTS: timedelta(days=1), REPORT: timedelta(days=1100)}
LEASE, LEASE_LIFETIME = "exports", timedelta(seconds=60)
TRIES_MAX = 2
WAITING_MAX = 20  # files that wait at once
RETRY_AFTER = timedelta(days=1)  # a scheduled report that failed
LOST = "Dịch vụ đã dừng giữa chừng mấy lần khi đang lập tệp này. Hãy yêu cầu lại."


@dataclass(frozen=True)
class File:
    """A file without its content; see `statistics_tables.Export`."""

    id: int
    kind: str
    format: str
    filter: str
    name: str
    requested_by: str | None
    requested_at: datetime
    state: str
    tries: int
    row_count: int
    size_bytes: int
    ended_at: datetime | None
    error: str
    expires_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in (WAITING, RUNNING)


class Exports:
    """All access to files made of the statistics, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._leases = connection, Leases(connection, keys)

    async def has_room(self) -> bool:
        """Tell whether people may ask for another file: few enough wait."""
        waiting = select(func.count()).where(Export.state.in_((WAITING, RUNNING)))
        return bool((await self._connection.execute(waiting)).scalar_one() < WAITING_MAX)

    async def ask(self, kind: str, form: str, wanted: str, name: str, now: datetime, *, by: str | None) -> int:
        """Let a file wait to be made; return its number.

        Args:
            kind: What its rows are.
            form: csv, xlsx or pdf.
            wanted: The filter, as the query of an address.
            name: Of the file.
            now: The time.
            by: Who asks; None for the schedule.
        """
        row: dict[str, Any] = {
            "kind": kind,
            "format": form,
            "filter": wanted,
            "name": name,
            "requested_by": by,
            "requested_at": now,
            "state": WAITING,
        }
        row |= {"tries": 0, "row_count": 0, "size_bytes": 0, "error": "", "expires_at": now + LIFETIMES[kind]}
        made = inserting(self._connection, Export).values(row).returning(Export.id)
        return int((await self._connection.execute(made)).scalar_one())

    async def files(self, *kinds: str, limit: int = 50) -> list[File]:
        """Return the files of some kinds, the latest first."""
        query = select(Export.__table__).where(Export.kind.in_(kinds)).order_by(Export.id.desc()).limit(limit)
        return [File(**row) for row in (await self._connection.execute(query)).mappings()]

    async def file(self, number: int) -> File | None:
        """Return a file by its number."""
        row = (await self._connection.execute(select(Export.__table__).where(Export.id == number))).mappings().first()
        return None if row is None else File(**row)

    async def has_report(self, wanted: str, now: datetime) -> bool:
        """Tell whether a report of a month is there, is being made, or failed so lately that it is not tried again yet."""
        is_good = or_(Export.state != FAILED, Export.requested_at > now - RETRY_AFTER)
        query = select(Export.id).where(Export.kind == REPORT, Export.filter == wanted, is_good).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def has_waiting(self) -> bool:
        """Tell whether there is something to make, or something that a process which died was making."""
        query = select(Export.id).where(Export.state.in_((WAITING, RUNNING))).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def hold(self, holder: str, now: datetime) -> bool:
        """Take the right to make files, or keep it; False where another replica has it."""
        return await self._leases.hold(LEASE, holder, now, LEASE_LIFETIME)

    async def claim(self, now: datetime) -> File | None:
        """Return the file that is next, now being made; only for the holder, while it makes none itself.

        What is still said to be made was left by a process that died: it begins anew, but not for ever.
        """
        lost = update(Export).where(Export.state == RUNNING, Export.tries >= TRIES_MAX)
        await self._connection.execute(lost.values(state=FAILED, error=LOST, ended_at=now))
        query = select(Export.id).where(Export.state.in_((WAITING, RUNNING))).order_by(Export.id).limit(1)
        number = (await self._connection.execute(query)).scalar_one_or_none()
        if number is None:
            return None
        begun = update(Export).where(Export.id == number).values(state=RUNNING, tries=Export.tries + 1, row_count=0, size_bytes=0)
        await self._connection.execute(begun)
        await self._connection.execute(delete(ExportPart).where(ExportPart.export_id == number))
        return await self.file(number)

    async def add_part(self, number: int, place: int, content: bytes, row_count: int) -> None:
        """Add a part of a file that is being made, and note how many rows it has so far."""
        row = {"export_id": number, "number": place, "content": zlib.compress(content)}
        await self._connection.execute(inserting(self._connection, ExportPart).values(row))
        grown = update(Export).where(Export.id == number)
        await self._connection.execute(grown.values(row_count=row_count, size_bytes=Export.size_bytes + len(content)))

    async def end(self, number: int, now: datetime, error: str = "") -> None:
        """Note that a file is made, or why it could not be; what was made of it goes then."""
        if error:
            await self._connection.execute(delete(ExportPart).where(ExportPart.export_id == number))
        ended = update(Export).where(Export.id == number, Export.state == RUNNING)
        await self._connection.execute(ended.values(state=FAILED if error else DONE, error=error[:500], ended_at=now))

    async def content(self, number: int) -> AsyncIterator[bytes]:
        """Yield the parts of a file, one query each, so that a long one needs no memory."""
        place = 0
        while True:
            query = select(ExportPart.content).where(ExportPart.export_id == number, ExportPart.number == place)
            part = (await self._connection.execute(query)).scalar_one_or_none()
            if part is None:
                return
            yield zlib.decompress(part)
            place += 1

    async def drop_rows(self) -> None:
        """Drop the files with rows of learners, because one of these erased what is held; what is being made begins anew."""
        has_rows = Export.kind.in_((LEARNERS, ATTEMPTS))
        await self._connection.execute(delete(Export).where(has_rows, Export.state == DONE))
        await self._connection.execute(update(Export).where(has_rows, Export.state == RUNNING).values(state=WAITING, tries=0))

    async def forget(self, now: datetime) -> None:
        """Forget what has expired."""
        await self._connection.execute(delete(Export).where(Export.expires_at <= now))
