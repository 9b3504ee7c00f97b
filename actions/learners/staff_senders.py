"""Queries about senders of the staff, whose tests enter no statistics."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.sharing import new_code
from actions.learners.staff import hash_of
from actions.learners.staff_tables import StaffCode, StaffSender

CODE_LIFETIME = timedelta(minutes=15)


class StaffSenders:
    """All access to senders of the staff within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def make_code(self, staff_id: str, now: datetime) -> str:
        """Make a code that marks one sender; an earlier one of the same person ends."""
        await self._connection.execute(delete(StaffCode).where(or_(StaffCode.staff_id == staff_id, StaffCode.expires_at <= now)))
        code = new_code()
        await insert(self._connection, StaffCode, {"token_hash": hash_of(code), "staff_id": staff_id, "expires_at": now + CODE_LIFETIME})
        return code

    async def take_code(self, code: str, now: datetime) -> str | None:
        """Return whose code it is and use it up; None for a wrong, used or late one."""
        taken = delete(StaffCode).where(StaffCode.token_hash == hash_of(code), StaffCode.expires_at > now).returning(StaffCode.staff_id)
        return (await self._connection.execute(taken)).scalar_one_or_none()

    async def mark(self, sender_key: str, staff_id: str, now: datetime) -> bool:
        """Note that a sender belongs to the staff; False where that is known."""
        return await insert(self._connection, StaffSender, {"sender_key": sender_key, "staff_id": staff_id, "added_at": now})

    async def is_marked(self, sender_key: str) -> bool:
        """Tell whether a sender belongs to the staff."""
        query = select(StaffSender.sender_key).where(StaffSender.sender_key == sender_key)
        return (await self._connection.execute(query)).scalar_one_or_none() is not None

    async def senders_of(self, staff_id: str) -> int:
        """Return how many senders somebody marked."""
        return (await self._connection.execute(select(func.count()).where(StaffSender.staff_id == staff_id))).scalar_one()

    async def unmark(self, staff_id: str) -> int:
        """Let what somebody's senders do from now on count again; return how many they were."""
        return (await self._connection.execute(delete(StaffSender).where(StaffSender.staff_id == staff_id))).rowcount
