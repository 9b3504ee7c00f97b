"""Queries for those who operate the bot: channels, what went wrong, retention runs, the database itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.tables import InboundEvent, OutboundMessage, RetentionRun

LATEST_EVENTS = 20_000  # so many are looked at for the last event of each channel, however many there are


@dataclass(frozen=True)
class Trouble:
    """What went wrong last with messages of a channel that are still there."""

    error: str
    at: datetime


@dataclass(frozen=True)
class Database:
    """What kind of database it is, and how large."""

    kind: str
    size_bytes: int


class Operations:
    """All access to the state of the service within one transaction; nothing of it tells of a person."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def last_events(self) -> Mapping[str, datetime]:
        """Return when the last event of each channel came in, as far as it is among the latest ones."""
        latest = select(InboundEvent.channel, InboundEvent.received_at).order_by(InboundEvent.received_at.desc()).limit(LATEST_EVENTS)
        rows = latest.subquery()
        query = select(rows.c.channel, func.max(rows.c.received_at).label("at")).group_by(rows.c.channel)
        return {row.channel: row.at for row in await self._connection.execute(query)}

    async def troubles(self) -> Mapping[str, Trouble]:
        """Return for each channel the error of the latest message that could not be sent, or not at once."""
        query = (
            select(OutboundMessage.channel, OutboundMessage.error, func.max(OutboundMessage.created_at).label("at"))
            .where(OutboundMessage.error.is_not(None))
            .group_by(OutboundMessage.channel, OutboundMessage.error)
            .order_by(func.max(OutboundMessage.created_at))
        )
        return {row.channel: Trouble(row.error, row.at) for row in await self._connection.execute(query)}

    async def retention_runs(self, limit: int = 10) -> list[RetentionRun]:
        """Return the last runs of the retention job, the latest first."""
        query = select(RetentionRun.__table__).order_by(RetentionRun.ran_at.desc()).limit(limit)
        return [RetentionRun(**row) for row in (await self._connection.execute(query)).mappings()]

    async def database(self) -> Database:
        """Return the kind and size of the database."""
        if self._connection.dialect.name == "postgresql":
            size = (await self._connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
            return Database("PostgreSQL", size)
        pages, bytes_each = [(await self._connection.execute(text(f"PRAGMA {name}"))).scalar_one() for name in ("page_count", "page_size")]
        return Database("SQLite", pages * bytes_each)
