"""The tables of the learners' database; each change comes with a migration."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SENDER_KEY_CHARACTERS = 64  # hexadecimal HMAC-SHA-256


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Table(DeclarativeBase):
    """Base of all tables."""


class ContentVersion(Table):
    """One published, immutable version of the content; exactly one is active."""

    __tablename__ = "content_versions"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_active: Mapped[bool]


class Conversation(Table):
    """The open menu of one sender; the sender is known by a keyed hash only."""

    __tablename__ = "conversations"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    open_choices: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class HandledMessage(Table):
    """What was answered to a message that carried an id, so that sending it again is harmless."""

    __tablename__ = "handled_messages"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    response: Mapped[dict[str, Any]] = mapped_column(JSON)
    handled_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UnansweredQuestion(Table):
    """A question that was not understood, masked, kept until a trainer has handled it."""

    __tablename__ = "unanswered_questions"
    __table_args__ = (Index("ix_unanswered_questions_asked_at", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    masked_text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(32))
    best_intent: Mapped[str | None] = mapped_column(String(32))
    confidence: Mapped[float | None]
    content_version: Mapped[str] = mapped_column(String(32))
    model_version: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
