"""The tables of the learners' database; each change comes with a migration.

A person is known by `sender_key`, a keyed hash of the channel's address. An identity is an
address that agreed to be remembered; behind it stand one or more learners (several people,
one phone), and a learner may be reached through several identities.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SENDER_KEY_CHARACTERS = 64  # hexadecimal HMAC-SHA-256
_LEARNER = "learners.id"
_IDENTITY = "identities.id"
_WAITING = text("state = 'waiting'")
BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in INTEGER columns.


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Table(DeclarativeBase):
    """Base of all tables."""


class Conversation(Table):
    """The open menu of one sender, and where an open lesson, quiz, guide or drill stands."""

    __tablename__ = "conversations"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    open_choices: Mapped[dict[str, str]] = mapped_column(JSON)  # sealed, as are responses
    position: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    free_replies: Mapped[int | None]
    sealed_question: Mapped[str | None] = mapped_column(Text)


class InboundEvent(Table):
    """One event of a channel, made durable before it is acknowledged, handled once in effect.

    `state` is waiting, done or dead. A waiting event may be claimed from `available_at` on; a
    claim moves that to the time at which it lapses. `sealed_event` goes when the event is
    done; `response` is kept for channels that ask for it again. `sender_key` is empty once
    the sender was erased.
    """

    __tablename__ = "inbound_events"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id", name="uq_inbound_events_event"),
        Index("ix_inbound_events_waiting", "sender_key", "priority", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_inbound_events_order", "priority", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_inbound_events_received_at", "received_at"),
        Index("ix_inbound_events_sender_key", "sender_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    sender_key: Mapped[str | None] = mapped_column(String(SENDER_KEY_CHARACTERS))
    sealed_event: Mapped[str | None] = mapped_column(Text)
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    claim: Mapped[str | None] = mapped_column(String(36))
    error: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UnansweredQuestion(Table):
    """A question that was not understood or not answered well, masked, kept until a trainer has handled it.

    `outcome` is unknown, suggested, declined (none of the suggestions) or thumbs_down.
    `handling` names what a trainer did with it; handled questions stay for a day, to be taken back.
    """

    __tablename__ = "unanswered_questions"
    __table_args__ = (Index("ix_unanswered_questions_asked_at", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    masked_text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(32))
    best_intent: Mapped[str | None] = mapped_column(String(32))
    confidence: Mapped[float | None] = mapped_column(Float)
    content_version: Mapped[str] = mapped_column(String(32))
    model_version: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handling: Mapped[str | None] = mapped_column(String(12), index=True)


class LearnerRow(Table):
    """One learner: a random id, and what the learner agreed to have remembered."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    address: Mapped[str | None] = mapped_column(String(8))
    sealed_name: Mapped[str | None] = mapped_column(Text)
    is_large_text: Mapped[bool] = mapped_column(default=False)
    path: Mapped[str | None] = mapped_column(String(32))
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_active_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reminder_hour: Mapped[int | None]
    reminders_ignored: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Identity(Table):
    """An address on a channel, sealed; `learner_id` is who learns there at the moment."""

    __tablename__ = "identities"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    sealed_address: Mapped[str] = mapped_column(Text)
    learner_id: Mapped[str | None] = mapped_column(ForeignKey(_LEARNER, ondelete="SET NULL"), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdentityLearner(Table):
    """Which learners may be chosen at an identity."""

    __tablename__ = "identity_learners"

    identity_id: Mapped[int] = mapped_column(ForeignKey(_IDENTITY, ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True, index=True)


class LessonProgress(Table):
    """How far a learner is in a lesson; `step` counts from 1, `furthest_step` is 0 for who took only the quiz."""

    __tablename__ = "lesson_progress"

    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(32), primary_key=True)
    step: Mapped[int]
    furthest_step: Mapped[int]
    content_version: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    passed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LearningDay(Table):
    """A local date on which a learner learned something."""

    __tablename__ = "learning_days"

    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class Attempt(Table):
    """One answer to one question of a quiz, review or drill; never counted twice.

    `sitting` is the one time that the quiz was taken. `choice` counts from 0 in the order of
    the content version.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("learner_id", "sitting", "question", "lesson", name="uq_attempts_sitting"),
        Index("ix_attempts_attempted_at", "attempted_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"))
    sitting: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(8))
    lesson: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(String(32))
    choice: Mapped[int]
    is_right: Mapped[bool]
    content_version: Mapped[str] = mapped_column(String(32))
    attempted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewCard(Table):
    """When a question comes back (FSRS); `card` is the scheduler's own state."""

    __tablename__ = "review_cards"
    __table_args__ = (Index("ix_review_cards_due", "learner_id", "due_on"),)

    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(32), primary_key=True)
    question: Mapped[str] = mapped_column(String(32), primary_key=True)
    due_on: Mapped[date]
    card: Mapped[dict[str, Any]] = mapped_column(JSON)


class Certificate(Table):
    """A certificate for a finished path; its code verifies it."""

    __tablename__ = "certificates"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(String(32))
    path_title: Mapped[str] = mapped_column(Text)
    skills: Mapped[list[str]] = mapped_column(JSON)
    sealed_name: Mapped[str] = mapped_column(Text)
    content_version: Mapped[str] = mapped_column(String(32))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LearningClass(Table):
    """A class that a learner opened; its code lets others join."""

    __tablename__ = "classes"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClassMember(Table):
    """Who is in a class."""

    __tablename__ = "class_members"

    class_code: Mapped[str] = mapped_column(ForeignKey("classes.code", ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FamilyLink(Table):
    """A helper who may see a learner's progress, until the learner takes it back."""

    __tablename__ = "family_links"

    helper_identity_id: Mapped[int] = mapped_column(ForeignKey(_IDENTITY, ondelete="CASCADE"), primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), primary_key=True, index=True)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OneTimeCode(Table):
    """A code that stands for a permission for a short time: `family` or `export`."""

    __tablename__ = "one_time_codes"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    learner_id: Mapped[str] = mapped_column(ForeignKey(_LEARNER, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FollowUp(Table):
    """Somebody who asked to be asked again, a day after a guide."""

    __tablename__ = "follow_ups"

    identity_id: Mapped[int] = mapped_column(ForeignKey(_IDENTITY, ondelete="CASCADE"), primary_key=True)
    guide: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OutboundMessage(Table):
    """One message to a sender that waits to be sent, or fetched; the row goes when it was.

    `state` is waiting or dead; claims work as with inbound events. `priority` lets replies go
    before what the bot says of its own accord.
    """

    __tablename__ = "outbound_messages"
    __table_args__ = (
        Index("ix_outbound_messages_waiting", "sender_key", "priority", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_outbound_messages_order", "priority", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_outbound_messages_sender_key", "sender_key"),
        Index("ix_outbound_messages_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS))
    sealed_address: Mapped[str] = mapped_column(Text)
    message: Mapped[dict[str, Any]] = mapped_column(JSON)  # sealed
    kind: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    claim: Mapped[str | None] = mapped_column(String(36))
    error: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Poll(Table):
    """A native quiz poll that was sent: whose it is, and the values its options stand for."""

    __tablename__ = "polls"

    poll_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), index=True)
    values: Mapped[list[str]] = mapped_column(JSON)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Lease(Table):
    """Something that one replica at a time does: polling, renewing a token, the jobs."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(36))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChannelToken(Table):
    """The access of a channel's account that changes by itself, sealed; `lost_at` asks for a person."""

    __tablename__ = "channel_tokens"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed_tokens: Mapped[str] = mapped_column(Text)
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Erasure(Table):
    """The receipt of an erasure; it says nothing of whose it was."""

    __tablename__ = "erasures"

    receipt: Mapped[str] = mapped_column(String(16), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int]


class Tombstone(Table):
    """A sender who was erased, for as long as a late event may still arrive."""

    __tablename__ = "tombstones"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RetentionRun(Table):
    """One run of the retention job, and how many rows it deleted of each kind."""

    __tablename__ = "retention_runs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ran_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    deleted: Mapped[dict[str, int]] = mapped_column(JSON)


class ActiveKey(Table):
    """The fingerprint of the secret key that all hashes and seals were made with: one row."""

    __tablename__ = "active_key"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
