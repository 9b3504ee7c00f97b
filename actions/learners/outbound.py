"""Queries about what the bot says of its own accord: whom to remind, whom to ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.outbox import NewMessage, Outbox
from actions.learners.rows import insert
from actions.learners.tables import Conversation, FollowUp, Identity, LearnerRow, ReviewCard


@dataclass(frozen=True)
class Remindable:
    """A learner who may be reminded now, where, and of how many questions."""

    learner_id: str
    identity_id: int
    channel: str
    seen_at: datetime
    address: str | None
    due: int
    ignored: int
    free_replies: int | None = None


@dataclass(frozen=True)
class DueFollowUp:
    """Somebody who is to be asked again now, and where."""

    identity_id: int
    guide: str
    address: str | None
    channel: str
    seen_at: datetime
    free_replies: int | None = None


# A channel's window begins with what was heard last; an identity notes that a few minutes late, and longer.
_SEEN_AT = func.coalesce(Conversation.heard_at, Identity.seen_at).label("seen_at")


class Outbound:
    """All access to messages of the bot's own accord, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def follow_up(self, identity_id: int, guide: str, due_at: datetime) -> None:
        """Keep that somebody wants to be asked again."""
        await insert(
            self._connection, FollowUp, {"identity_id": identity_id, "guide": guide, "due_at": due_at}, replace=("guide", "due_at")
        )

    async def has_follow_up(self, sender_key: str) -> bool:
        """Tell whether a sender waits to be asked again."""
        query = select(FollowUp.identity_id).join(Identity, Identity.id == FollowUp.identity_id).where(Identity.sender_key == sender_key)
        return (await self._connection.execute(query)).first() is not None

    async def cancel_follow_up(self, sender_key: str) -> None:
        """Forget that somebody wanted to be asked again."""
        mine = select(Identity.id).where(Identity.sender_key == sender_key)
        await self._connection.execute(delete(FollowUp).where(FollowUp.identity_id.in_(mine)))

    async def take_due_follow_ups(self, now: datetime, limit: int) -> list[DueFollowUp]:
        """Return the follow-ups whose time has come, and forget them."""
        query = (
            select(FollowUp.identity_id, FollowUp.guide, LearnerRow.address, Identity.channel, _SEEN_AT, Conversation.free_replies)
            .join(Identity, Identity.id == FollowUp.identity_id)
            .outerjoin(Conversation, Conversation.sender_key == Identity.sender_key)
            .outerjoin(LearnerRow, LearnerRow.id == Identity.learner_id)
            .where(FollowUp.due_at <= now, Identity.blocked_at.is_(None))
            .order_by(FollowUp.due_at)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        await self._connection.execute(delete(FollowUp).where(FollowUp.identity_id.in_([row.identity_id for row in rows])))
        return [DueFollowUp(*row) for row in rows]

    async def remindable(self, hours: Sequence[int], today: date, day_began_at: datetime, limit: int) -> list[Remindable]:
        """Return learners who asked to be reminded at one of these hours, have something due, and were not reminded today."""
        due = (
            select(func.count())
            .where(ReviewCard.learner_id == LearnerRow.id, ReviewCard.due_on <= today)
            .correlate(LearnerRow)
            .scalar_subquery()
        )
        query = (
            select(LearnerRow, Identity.id.label("identity_id"), Identity.channel, _SEEN_AT, due.label("due"), Conversation.free_replies)
            .join(Identity, Identity.learner_id == LearnerRow.id)
            .outerjoin(Conversation, Conversation.sender_key == Identity.sender_key)
            .where(
                Identity.blocked_at.is_(None),
                LearnerRow.reminder_hour.in_(hours),
                (LearnerRow.reminded_at.is_(None)) | (LearnerRow.reminded_at < day_began_at),
                exists().where(ReviewCard.learner_id == LearnerRow.id, ReviewCard.due_on <= today),
            )
            .order_by(_SEEN_AT.desc())
            .limit(limit)
        )
        found: dict[str, Remindable] = {}
        for row in (await self._connection.execute(query)).mappings():
            was_ignored = row["reminded_at"] is not None and row["reminded_at"] > row["last_active_at"]
            ignored = row["reminders_ignored"] + was_ignored
            one = Remindable(
                row["id"], row["identity_id"], row["channel"], row["seen_at"], row["address"], row["due"], ignored, row["free_replies"]
            )
            found.setdefault(one.learner_id, one)  # Somebody with two channels is reminded on the one seen last.
        return list(found.values())

    async def reminded(self, learner_id: str, ignored: int, now: datetime) -> None:
        """Note that a learner was reminded, and how many reminders before this one were ignored."""
        await self._connection.execute(
            update(LearnerRow).where(LearnerRow.id == learner_id).values(reminded_at=now, reminders_ignored=ignored)
        )

    async def send(self, identity_id: int, kind: str, reply: dict[str, Any], now: datetime, lifetime: timedelta) -> None:
        """Let a message wait for its channel; an older one of the same kind gives way."""
        query = select(Identity.channel, Identity.sender_key, Identity.sealed_address).where(Identity.id == identity_id)
        to = (await self._connection.execute(query)).one()
        outbox = Outbox(self._connection, self._keys)
        await outbox.drop_kind(to.sender_key, kind)
        address = self._keys.unseal(to.sealed_address)
        await outbox.add([NewMessage(to.channel, to.sender_key, address, reply, lifetime, kind)], now)
