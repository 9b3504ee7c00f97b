"""Queries about those who work with the console: accounts, sessions, links, switches, the audit log."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.staff_tables import AuditEntry, StaffLink, StaffRow, StaffSession, Switch

PERMISSIONS: dict[str, str] = {
    "see": "xem nội dung và thống kê",
    "write": "soạn bài, nhập bảng tính, huấn luyện",
    "review": "duyệt nội dung về luật và an toàn, quay lại bản trước",
    "export": "tải thống kê và báo cáo",
    "operate": "vận hành, ngừng trả lời, xem nhật ký",
    "accounts": "quản lý tài khoản",
}
ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("see",),
    "trainer": ("see", "write"),
    "reviewer": ("see", "write", "review"),
    "admin": tuple(PERMISSIONS),
}
ROLE_TITLES = {"viewer": "Người xem", "trainer": "Người soạn bài", "reviewer": "Người duyệt", "admin": "Quản trị"}
SESSION_IDLE = timedelta(hours=12)
SESSION_LIFETIME = timedelta(days=7)
SESSION_TOUCH = timedelta(minutes=1)  # how exactly the last use of a session is known
LINK_LIFETIME = timedelta(hours=24)
TOKEN_BYTES = 32
SYSTEM = "Hệ thống"


@dataclass(frozen=True)
class Staff:
    """Somebody who is logged in to the console."""

    id: str
    login: str
    name: str
    role: str

    def may(self, permission: str) -> bool:
        """Tell whether this person's role has a permission."""
        return permission in ROLES.get(self.role, ())


@dataclass(frozen=True)
class Link:
    """A one-time link that was followed; `staff_id` is None for the first admin's."""

    staff_id: str | None


class StaffQueries:
    """All access to accounts and to what they did, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def accounts(self) -> list[StaffRow]:
        """Return all accounts, by name."""
        rows = await self._connection.execute(select(StaffRow.__table__).order_by(StaffRow.name, StaffRow.login))
        return [StaffRow(**row) for row in rows.mappings()]

    async def account(self, staff_id: str) -> StaffRow | None:
        """Return an account by its id."""
        return await self._account(StaffRow.id == staff_id)

    async def account_by_login(self, login: str) -> StaffRow | None:
        """Return an account by the name it logs in with."""
        return await self._account(StaffRow.login == login.lower())

    async def add(self, login: str, name: str, role: str, password_hash: str, now: datetime) -> str | None:
        """Add an account; return its id, or None where the login is taken."""
        row = {"id": secrets.token_hex(16), "login": login.lower(), "name": name, "role": role, "password_hash": password_hash}
        is_added = await insert(self._connection, StaffRow, {**row, "is_enabled": True, "created_at": now}, keys=("login",))
        return row["id"] if is_added else None

    async def change(self, staff_id: str, **values: Any) -> None:
        """Change columns of an account; whoever is logged in with it stays so unless `end_sessions` is called too."""
        await self._connection.execute(update(StaffRow).where(StaffRow.id == staff_id).values(**values))

    async def other_admins(self, staff_id: str) -> int:
        """Return how many enabled admins there are beside one account."""
        query = select(func.count()).where(StaffRow.role == "admin", StaffRow.is_enabled, StaffRow.id != staff_id)
        return (await self._connection.execute(query)).scalar_one()

    async def take_totp_step(self, staff_id: str, step: int) -> bool:
        """Note the time step of a code, so that it works once; False where it, or a later one, was used."""
        unused = or_(StaffRow.totp_step.is_(None), StaffRow.totp_step < step)
        taken = update(StaffRow).where(StaffRow.id == staff_id, unused).values(totp_step=step)
        return (await self._connection.execute(taken)).rowcount == 1

    async def open_session(self, staff_id: str, now: datetime) -> str:
        """Begin a session; return its token, which is kept nowhere."""
        await self._connection.execute(delete(StaffSession).where(not_(and_(*_is_open(now)))))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {"token_hash": hash_of(token), "staff_id": staff_id, "created_at": now, "seen_at": now}
        await insert(self._connection, StaffSession, row)
        await self.change(staff_id, last_login_at=now)
        return token

    async def of_session(self, token: str, now: datetime) -> tuple[Staff, datetime] | None:
        """Return who a session belongs to and when it was last used, or None where it ended."""
        query = (
            select(StaffRow.id, StaffRow.login, StaffRow.name, StaffRow.role, StaffSession.seen_at)
            .join(StaffSession, StaffSession.staff_id == StaffRow.id)
            .where(StaffSession.token_hash == hash_of(token), StaffRow.is_enabled)
            .where(*_is_open(now))
        )
        row = (await self._connection.execute(query)).first()
        return None if row is None else (Staff(row.id, row.login, row.name, row.role), row.seen_at)

    async def touch_session(self, token: str, now: datetime) -> None:
        """Note that a session is in use."""
        await self._connection.execute(update(StaffSession).where(StaffSession.token_hash == hash_of(token)).values(seen_at=now))

    async def sessions(self, staff_id: str, now: datetime) -> list[StaffSession]:
        """Return where an account is logged in, the one used last first."""
        query = (
            select(StaffSession.__table__)
            .where(StaffSession.staff_id == staff_id, *_is_open(now))
            .order_by(StaffSession.seen_at.desc(), StaffSession.token_hash)
        )
        rows = await self._connection.execute(query)
        return [StaffSession(**row) for row in rows.mappings()]

    async def end_session(self, token: str) -> None:
        """End one session."""
        await self._connection.execute(delete(StaffSession).where(StaffSession.token_hash == hash_of(token)))

    async def end_sessions(self, staff_id: str, *, but: str | None = None) -> None:
        """End all sessions of an account, but the one with this token."""
        ended = delete(StaffSession).where(StaffSession.staff_id == staff_id)
        await self._connection.execute(ended if but is None else ended.where(StaffSession.token_hash != hash_of(but)))

    async def make_link(self, staff_id: str | None, now: datetime) -> str:
        """Make a one-time link; earlier ones for the same account end. Return its token."""
        same = StaffLink.staff_id.is_(None) if staff_id is None else StaffLink.staff_id == staff_id
        await self._connection.execute(delete(StaffLink).where(or_(same, StaffLink.expires_at <= now)))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await insert(self._connection, StaffLink, {"token_hash": hash_of(token), "staff_id": staff_id, "expires_at": now + LINK_LIFETIME})
        return token

    async def read_link(self, token: str, now: datetime) -> Link | None:
        """Return what a one-time link is for, or None where it does not work any more."""
        query = select(StaffLink.staff_id).where(StaffLink.token_hash == hash_of(token), StaffLink.expires_at > now)
        row = (await self._connection.execute(query)).first()
        if row is None or (row.staff_id is None and await self.accounts()):
            return None  # There is a first admin meanwhile.
        return Link(row.staff_id)

    async def use_link(self, token: str) -> bool:
        """Use a one-time link up; False where another was faster."""
        return (await self._connection.execute(delete(StaffLink).where(StaffLink.token_hash == hash_of(token)))).rowcount == 1

    async def end_links(self, staff_id: str) -> None:
        """Let the one-time links of an account end."""
        await self._connection.execute(delete(StaffLink).where(StaffLink.staff_id == staff_id))

    async def audit(self, staff: Staff | None, action: str, subject: str, now: datetime, **details: Any) -> None:
        """Note who did what; None stands for the service itself."""
        who = {"staff_id": staff.id if staff else None, "staff_name": staff.name if staff else SYSTEM}
        row = {"at": now, **who, "action": action, "subject": subject[:200], "details": details}
        await insert(self._connection, AuditEntry, row)

    async def audit_log(self, *conditions: ColumnElement[bool], limit: int = 100, before: int | None = None) -> list[AuditEntry]:
        """Return entries of the audit log, the latest first.

        Args:
            conditions: Which ones, over the columns of `AuditEntry`.
            limit: How many at the most.
            before: Only entries before this id, for the next page.
        """
        query = select(AuditEntry.__table__).where(*conditions).order_by(AuditEntry.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditEntry.id < before)
        return [AuditEntry(**row) for row in (await self._connection.execute(query)).mappings()]

    async def audited_actions(self) -> Sequence[str]:
        """Return the kinds of actions that are in the audit log."""
        return list((await self._connection.execute(select(AuditEntry.action).distinct().order_by(AuditEntry.action))).scalars())

    async def switch(self, name: str) -> dict[str, Any]:
        """Return a setting that is changed at run time; empty where it was never set."""
        found = (await self._connection.execute(select(Switch.value).where(Switch.name == name))).scalar_one_or_none()
        return found or {}

    async def set_switch(self, name: str, value: dict[str, Any], now: datetime) -> None:
        """Change such a setting."""
        row = {"name": name, "value": value, "changed_at": now}
        await insert(self._connection, Switch, row, replace=("value", "changed_at"))

    async def _account(self, condition: ColumnElement[bool]) -> StaffRow | None:
        row = (await self._connection.execute(select(StaffRow.__table__).where(condition))).mappings().first()
        return None if row is None else StaffRow(**row)


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return StaffSession.seen_at > now - SESSION_IDLE, StaffSession.created_at > now - SESSION_LIFETIME


def hash_of(token: str) -> str:
    """Return what is kept of a token: it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
