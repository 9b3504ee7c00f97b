"""Read and write the learners' database; the only place with queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from actions.learners.tables import ContentVersion, Conversation, HandledMessage, Table, UnansweredQuestion
from actions.reply import Choice

HANDLED_MESSAGE_RETENTION = timedelta(days=1)
CONVERSATION_RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class Unanswered:
    """A question for trainers to look at; the text is masked."""

    masked_text: str
    outcome: str
    best_intent: str | None
    confidence: float | None
    content_version: str
    model_version: str


class Repository:
    """All access to one database. Every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def check(self) -> None:
        """Ask the database for a sign of life; raises what the driver raises."""
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def publish(self, version: str, document: str, now: datetime) -> bool:
        """Store a content version and make it the active one.

        Returns:
            Whether the version is new; publishing the same content again is harmless.
        """
        async with self._engine.begin() as connection:
            row = {"version": version, "document": document, "published_at": now, "is_active": False}
            is_new = await _insert(connection, ContentVersion, row)
            await connection.execute(update(ContentVersion).values(is_active=ContentVersion.version == version))
        return is_new

    async def active_content(self) -> tuple[str, str] | None:
        """Return the active version and its document, or None before the first publishing."""
        query = select(ContentVersion.version, ContentVersion.document).where(ContentVersion.is_active)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return (row.version, row.document) if row else None

    async def open_choices(self, sender_key: str) -> tuple[Choice, ...]:
        """Return the menu that is open for a sender, in the order it is numbered."""
        query = select(Conversation.open_choices).where(Conversation.sender_key == sender_key)
        async with self._engine.connect() as connection:
            stored = (await connection.execute(query)).scalar_one_or_none()
        return tuple(Choice(**choice) for choice in stored or ())

    async def handled(self, sender_key: str, message_id: str) -> dict[str, Any] | None:
        """Return what was answered to a message before, or None."""
        query = select(HandledMessage.response).where(HandledMessage.sender_key == sender_key, HandledMessage.message_id == message_id)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def finish_turn(
        self,
        sender_key: str,
        choices: Sequence[Choice],
        now: datetime,
        *,
        message_id: str | None = None,
        response: dict[str, Any] | None = None,
        unanswered: Unanswered | None = None,
    ) -> None:
        """Store all that a turn leaves behind, in one transaction."""
        open_choices = [{"label": c.label, "value": c.value} for c in choices]
        async with self._engine.begin() as connection:
            row = {"sender_key": sender_key, "open_choices": open_choices, "updated_at": now}
            await _insert(connection, Conversation, row, replace=("open_choices", "updated_at"))
            if message_id is not None:
                handled = {"sender_key": sender_key, "message_id": message_id, "response": response, "handled_at": now}
                await _insert(connection, HandledMessage, handled)
            if unanswered is not None:
                await connection.execute(
                    UnansweredQuestion.__table__.insert().values(asked_at=now, **vars(unanswered))  # type: ignore[attr-defined]
                )

    async def unanswered_questions(self) -> list[UnansweredQuestion]:
        """Return the questions that wait for a trainer, oldest first."""
        query = select(UnansweredQuestion.__table__).order_by(UnansweredQuestion.asked_at)
        async with self._engine.connect() as connection:
            return [UnansweredQuestion(**row) for row in (await connection.execute(query)).mappings()]

    async def purge(self, now: datetime, unanswered_retention: timedelta) -> int:
        """Delete what has outlived its retention time; return how many rows."""
        old = (
            delete(HandledMessage).where(HandledMessage.handled_at < now - HANDLED_MESSAGE_RETENTION),
            delete(Conversation).where(Conversation.updated_at < now - CONVERSATION_RETENTION),
            delete(UnansweredQuestion).where(UnansweredQuestion.asked_at < now - unanswered_retention),
        )
        async with self._engine.begin() as connection:
            return sum([(await connection.execute(statement)).rowcount for statement in old])


async def _insert(connection: AsyncConnection, table: type[Table], row: dict[str, Any], replace: Sequence[str] = ()) -> bool:
    """Insert a row; where its key exists already, replace the named columns or leave it be."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = insert(table).values(**row)
    keys = [column.name for column in table.__table__.primary_key]
    if replace:
        statement = statement.on_conflict_do_update(index_elements=keys, set_={name: row[name] for name in replace})
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    written = await connection.execute(statement.returning(*table.__table__.primary_key))
    return written.first() is not None
