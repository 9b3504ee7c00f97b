"""Queries about checks of the content that take long: their last findings are kept, and shown with their date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import ContentCheck
from actions.learners.keys import Keys
from actions.learners.rows import insert

LINKS, EXAMPLES = "links", "examples"


@dataclass(frozen=True)
class Findings:
    """What the last run of a check found, and when it ran."""

    document: Mapping[str, Any]
    checked_at: datetime


class ContentChecks:
    """All access to the findings, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def found(self, name: str) -> Findings | None:
        """Return what a check found when it ran last, or None where it never ran."""
        row = (await self._connection.execute(select(ContentCheck.__table__).where(ContentCheck.name == name))).mappings().first()
        return None if row is None else Findings(row["document"], row["checked_at"])

    async def keep(self, name: str, document: Mapping[str, Any], now: datetime) -> None:
        """Keep what a check found; what the run before found goes."""
        row = {"name": name, "document": dict(document), "checked_at": now}
        await insert(self._connection, ContentCheck, row, replace=("document", "checked_at"))
