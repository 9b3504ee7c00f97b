"""Queries about people: identities, the learners behind them, and what they chose."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.tables import Identity, IdentityLearner, LearnerRow, Tombstone

_SEEN_EVERY = timedelta(minutes=5)
# Asked in every turn, so it is made once.
_LEARNER_OF = (
    select(LearnerRow.__table__, Identity.id.label("identity_id"), Identity.blocked_at)
    .join(Identity, Identity.learner_id == LearnerRow.id)
    .where(Identity.sender_key == bindparam("sender_key"))
    .with_for_update(of=LearnerRow)
)


@dataclass(frozen=True)
class Learner:
    """A learner as the actions know them; `name` is what the learner chose to be called."""

    id: str
    identity_id: int
    address: str | None
    name: str | None
    is_large_text: bool
    path: str | None
    consented_at: datetime
    last_active_at: datetime
    reminder_hour: int | None = None
    reminded_at: datetime | None = None
    is_blocked: bool = False


class People:
    """All access to identities and learners within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def learner(self, sender_key: str) -> Learner | None:
        """Return who learns at a sender at the moment, or None for a guest; locks the row for the transaction."""
        row = (await self._connection.execute(_LEARNER_OF, {"sender_key": sender_key})).mappings().first()
        return None if row is None else self._learner(row)

    async def touch(self, learner: Learner, now: datetime) -> None:
        """Note that a learner was here; at most every few minutes, to spare writes, but at once after a reminder."""
        is_reminded = learner.reminded_at is not None and learner.reminded_at > learner.last_active_at
        if now - learner.last_active_at < _SEEN_EVERY and not is_reminded:
            return
        await self.change(learner.id, last_active_at=now, reminders_ignored=0)
        await self._connection.execute(update(Identity).where(Identity.id == learner.identity_id).values(seen_at=now))

    async def identity_id(self, sender_key: str, channel: str, sender: str, now: datetime) -> int:
        """Return the identity of a sender, made when it is not there; its address is sealed."""
        row = {"sender_key": sender_key, "channel": channel, "sealed_address": self._keys.seal(sender), "seen_at": now}
        await insert(self._connection, Identity, row, keys=["sender_key"], replace=("seen_at",))
        query = select(Identity.id).where(Identity.sender_key == sender_key)
        return int((await self._connection.execute(query)).scalar_one())

    async def identity_of(self, sender_key: str) -> int | None:
        """Return the identity of a sender, or None for a guest who never needed one."""
        return (await self._connection.execute(select(Identity.id).where(Identity.sender_key == sender_key))).scalar_one_or_none()

    async def add(self, identity_id: int, now: datetime, name: str | None = None) -> Learner:
        """Make a learner who gave consent now, and let them learn at an identity."""
        learner_id = uuid.uuid4().hex
        sealed = self._keys.seal(name) if name else None
        row = {"id": learner_id, "sealed_name": sealed, "is_large_text": False, "consented_at": now, "last_active_at": now}
        await insert(self._connection, LearnerRow, row | {"reminders_ignored": 0})
        await self.join(identity_id, learner_id)
        return Learner(learner_id, identity_id, None, name, is_large_text=False, path=None, consented_at=now, last_active_at=now)

    async def join(self, identity_id: int, learner_id: str) -> None:
        """Let a learner learn at another identity too, and from now on."""
        await insert(self._connection, IdentityLearner, {"identity_id": identity_id, "learner_id": learner_id})
        await self.switch(identity_id, learner_id)

    async def switch(self, identity_id: int, learner_id: str) -> None:
        """Let a learner of an identity be the one who learns there."""
        await self._connection.execute(update(Identity).where(Identity.id == identity_id).values(learner_id=learner_id))

    async def of_identity(self, identity_id: int) -> list[Learner]:
        """Return the learners of an identity, the first consent first."""
        query = (
            select(LearnerRow.__table__, IdentityLearner.identity_id)
            .join(IdentityLearner, IdentityLearner.learner_id == LearnerRow.id)
            .where(IdentityLearner.identity_id == identity_id)
            .order_by(LearnerRow.consented_at, LearnerRow.id)
        )
        return [self._learner(row) for row in (await self._connection.execute(query)).mappings()]

    async def change(self, learner_id: str, **values: Any) -> None:
        """Change columns of a learner; `name` is sealed on its way."""
        if "name" in values:
            name = values.pop("name")
            values["sealed_name"] = self._keys.seal(name) if name else None
        await self._connection.execute(update(LearnerRow).where(LearnerRow.id == learner_id).values(**values))

    async def was_erased_since(self, sender_key: str, moment: datetime) -> bool:
        """Tell whether a sender was erased at or after a moment."""
        query = select(Tombstone.erased_at).where(Tombstone.sender_key == sender_key, Tombstone.erased_at >= moment)
        return (await self._connection.execute(query)).first() is not None

    async def block(self, sender_key: str, now: datetime) -> None:
        """Note that a person stopped the bot: nothing more is said to them of its own accord."""
        await self._connection.execute(update(Identity).where(Identity.sender_key == sender_key).values(blocked_at=now))

    async def unblock(self, sender_key: str) -> None:
        """Note that a person is back."""
        back = update(Identity).where(Identity.sender_key == sender_key, Identity.blocked_at.is_not(None)).values(blocked_at=None)
        await self._connection.execute(back)

    async def count(self, identity_id: int) -> int:
        """Return how many learners an identity has."""
        query = select(func.count()).where(IdentityLearner.identity_id == identity_id)
        return int((await self._connection.execute(query)).scalar_one())

    async def remove(self, learner_id: str) -> None:
        """Delete a learner and, by the tables' rules, all that hangs on them."""
        await self._connection.execute(delete(LearnerRow).where(LearnerRow.id == learner_id))

    def _learner(self, row: Any) -> Learner:
        sealed = row["sealed_name"]
        return Learner(
            row["id"], row["identity_id"], row["address"], self._keys.unseal(sealed) if sealed else None,
            is_large_text=row["is_large_text"], path=row["path"], consented_at=row["consented_at"],
            last_active_at=row["last_active_at"], reminder_hour=row["reminder_hour"], reminded_at=row["reminded_at"],
            is_blocked=row.get("blocked_at") is not None,
        )  # fmt: skip
