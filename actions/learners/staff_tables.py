"""The tables of those who work with the console: accounts, sessions, links, switches, the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from actions.learners.tables import SENDER_KEY_CHARACTERS, BigId, Table, UtcDateTime

TOKEN_HASH_CHARACTERS = 64
_STAFF = "staff.id"


class StaffRow(Table):
    """One account of the console; `role` is trainer, reviewer, admin or viewer."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str] = mapped_column(Text)
    sealed_totp: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int | None]  # the time step of the code used last, which is not taken again
    is_enabled: Mapped[bool] = mapped_column(Boolean, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StaffSession(Table):
    """One browser that is logged in; only a hash of its token is kept."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(TOKEN_HASH_CHARACTERS), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey(_STAFF, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffLink(Table):
    """A link that works once: it sets the password of an account, or makes the first admin (`staff_id` None)."""

    __tablename__ = "staff_links"

    token_hash: Mapped[str] = mapped_column(String(TOKEN_HASH_CHARACTERS), primary_key=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey(_STAFF, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffSender(Table):
    """A sender who belongs to the staff or to a test; left out of all statistics."""

    __tablename__ = "staff_senders"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey(_STAFF, ondelete="CASCADE"), index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffCode(Table):
    """A code by which somebody of the staff marks a sender of theirs as one for testing; it works once."""

    __tablename__ = "staff_codes"

    token_hash: Mapped[str] = mapped_column(String(TOKEN_HASH_CHARACTERS), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey(_STAFF, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(Table):
    """Who did what, when; nothing of it is ever changed."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    staff_id: Mapped[str | None] = mapped_column(String(32), index=True)
    staff_name: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class Switch(Table):
    """A setting that is changed while the service runs: the stop of answering, the open statistics, the schedule of reports."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
