"""Queries about outbound messages: written with the turn, claimed in the order of their sender, gone when sent.

A message may be claimed when no earlier one of its sender waits; replies come before what
the bot says of its own accord. Who claims the first of a sender gets the following ones too.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from actions.learners.inbox import DEAD, WAITING
from actions.learners.keys import Keys, SealError
from actions.learners.rows import insert as insert_or_replace
from actions.learners.tables import OutboundMessage, Poll

REPLY, RECEIPT = "reply", "receipt"  # a receipt of an erasure must not stay
COMPOSED = (REPLY, RECEIPT)
REPLY_FIRST, OWN_ACCORD = 0, 1
_Message = OutboundMessage


@dataclass(frozen=True)
class NewMessage:
    """A message to be sent: one call of its channel for the kinds in `COMPOSED`, a neutral reply for others."""

    channel: str
    sender_key: str
    address: str
    message: dict[str, Any]
    lifetime: timedelta
    kind: str = REPLY


@dataclass(frozen=True)
class WaitingMessage:
    """A message that the holder of the claim sends now."""

    id: int
    channel: str
    sender_key: str
    address: str
    message: dict[str, Any]
    kind: str
    tries: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Unsent:
    """A message that was given up, without what it said."""

    id: int
    channel: str
    kind: str
    tries: int
    error: str | None
    created_at: datetime


class Outbox:
    """All access to outbound messages within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def add(self, messages: Sequence[NewMessage], now: datetime) -> None:
        """Keep messages until they are sent, in this order."""
        rows = [
            {
                "channel": m.channel, "sender_key": m.sender_key, "sealed_address": self._keys.seal(m.address),
                "message": self._keys.seal_document(m.message), "kind": m.kind, "state": WAITING,
                "priority": REPLY_FIRST if m.kind in COMPOSED else OWN_ACCORD, "tries": 0,
                "created_at": now, "available_at": now, "expires_at": now + m.lifetime,
            }
            for m in messages
        ]  # fmt: skip
        if rows:
            await self._connection.execute(insert(_Message), rows)

    async def claim(self, channels: Sequence[str], claim: str, now: datetime, lease: timedelta, limit: int) -> list[WaitingMessage]:
        """Claim messages of some channels whose turn it is: up to `limit` senders', each with what follows for them."""
        claimed = {"now": now, "lapses_at": now + lease, "by": claim}
        firsts = await self._connection.execute(_claim_first_statement(), claimed | {"channels": list(channels), "limit": limit})
        rows = list(firsts.all())
        if not rows:
            return []
        # Nobody else can claim what follows: their sender's first message is ours.
        mine = {"senders": list({row.sender_key for row in rows}), "firsts": [row.id for row in rows]}
        rows += (await self._connection.execute(_claim_rest_statement(), claimed | mine)).all()
        messages, unreadable = [], []
        for row in sorted(rows, key=lambda row: (row.priority, row.id)):
            try:
                messages.append(self._waiting(row))
            except SealError:
                unreadable.append(row.id)
        if unreadable:  # They must not keep the others from being claimed.
            await self._set(_Message.id.in_(unreadable), state=DEAD, claim=None, error="unreadable")
        return messages

    async def delete(self, ids: Sequence[int]) -> int:
        """Forget messages: they were sent, or never will be."""
        return (await self._connection.execute(delete(_Message).where(_Message.id.in_(ids)))).rowcount

    async def put_back(self, ids: Sequence[int], at: datetime, error: str | None = None, *, counts: bool = True) -> None:
        """Let messages be tried again from a time on; `counts` where this one was a try."""
        tries = _Message.tries if counts else _Message.tries - 1
        await self._set(_Message.id.in_(ids), claim=None, available_at=at, error=error and error[:64], tries=tries)

    async def set_aside(self, message_id: int, error: str) -> None:
        """Give a message up; it stays, sealed, until it is retried or too old."""
        await self._set(_Message.id == message_id, state=DEAD, claim=None, error=error[:64])

    async def move(self, sender_key: str, address: str) -> None:
        """Send what waits for a sender to another address."""
        await self._set(_Message.sender_key == sender_key, sealed_address=self._keys.seal(address))

    async def drop(self, sender_key: str) -> int:
        """Forget everything that waits for a sender."""
        return (await self._connection.execute(delete(_Message).where(_Message.sender_key == sender_key))).rowcount

    async def drop_own_accord(self, sender_key: str) -> None:
        """Forget what the bot was going to say to a sender of its own accord."""
        mine = (_Message.sender_key == sender_key, _Message.priority == OWN_ACCORD)
        await self._connection.execute(delete(_Message).where(*mine))

    async def drop_kind(self, sender_key: str, kind: str) -> None:
        """Forget what waits for a sender of one kind: a newer one takes its place."""
        await self._connection.execute(delete(_Message).where(_Message.sender_key == sender_key, _Message.kind == kind))

    async def release(self, claim: str, now: datetime) -> int:
        """Give back everything that is claimed under a claim, at a graceful stop."""
        mine = and_(_Message.claim == claim, _Message.state == WAITING)
        return await self._set(mine, claim=None, available_at=now, tries=_Message.tries - 1)

    async def has_waiting(self, sender_key: str) -> bool:
        """Tell whether messages wait for a sender."""
        query = select(_Message.id).where(_Message.sender_key == sender_key, _Message.state == WAITING).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def take(self, sender_key: str, now: datetime) -> list[dict[str, Any]]:
        """Return the messages that wait for a sender, oldest first, and forget them."""
        mine = (_Message.sender_key == sender_key, _Message.state == WAITING)
        taken = (await self._connection.execute(delete(_Message).where(*mine).returning(_Message.__table__))).all()
        rows = [self._waiting(row) for row in sorted(taken, key=lambda row: row.id)]
        return [row.message for row in rows if row.expires_at > now]

    async def unsent(self, limit: int = 100) -> list[Unsent]:
        """Return messages that were given up, the latest first."""
        columns = (_Message.id, _Message.channel, _Message.kind, _Message.tries, _Message.error, _Message.created_at)
        query = select(*columns).where(_Message.state == DEAD).order_by(_Message.id.desc()).limit(limit)
        return [Unsent(*row) for row in await self._connection.execute(query)]

    async def retry(self, message_id: int, now: datetime) -> bool:
        """Let a given up message be sent after all; False where there is none."""
        dead = and_(_Message.id == message_id, _Message.state == DEAD)
        return await self._set(dead, state=WAITING, tries=0, available_at=now) == 1

    async def counts(self, channels: Sequence[str]) -> tuple[int, datetime | None, int]:
        """Return how many messages wait to be sent, since when the oldest does, and how many were given up."""
        waiting = select(func.count(), func.min(_Message.created_at)).where(_Message.state == WAITING, _Message.channel.in_(channels))
        number, oldest = (await self._connection.execute(waiting)).one()
        dead = select(func.count()).where(_Message.state == DEAD)
        return number, oldest, (await self._connection.execute(dead)).scalar_one()

    async def keep_poll(self, poll_id: str, sender_key: str, values: Sequence[str], now: datetime) -> None:
        """Keep what the options of a native poll stand for."""
        row = {"poll_id": poll_id, "sender_key": sender_key, "values": list(values), "sent_at": now}
        await insert_or_replace(self._connection, Poll, row, replace=("sender_key", "values", "sent_at"))

    async def poll_value(self, poll_id: str, sender_key: str, option: int) -> str | None:
        """Return the value of a poll's option, or None where the poll is not known, or is another's."""
        query = select(Poll.values).where(Poll.poll_id == poll_id, Poll.sender_key == sender_key)
        values = (await self._connection.execute(query)).scalar_one_or_none()
        return values[option] if values is not None and 0 <= option < len(values) else None

    def _waiting(self, row: Row[Any]) -> WaitingMessage:
        return WaitingMessage(
            row.id, row.channel, row.sender_key, self._keys.unseal(row.sealed_address), self._keys.unseal_document(row.message),
            row.kind, row.tries, row.created_at, row.expires_at,
        )  # fmt: skip

    async def _set(self, condition: ColumnElement[bool], **values: Any) -> int:
        return (await self._connection.execute(update(_Message).where(condition).values(**values))).rowcount


@functools.cache
def _claim_first_statement() -> ReturningUpdate[Any]:
    """Return the statement that claims senders' first messages; the CTE keeps PostgreSQL from asking its question twice."""
    earlier = aliased(_Message)
    is_later = or_(earlier.priority < _Message.priority, and_(earlier.priority == _Message.priority, earlier.id < _Message.id))
    is_first = ~exists().where(earlier.sender_key == _Message.sender_key, earlier.state == WAITING, is_later)
    firsts = (
        select(_Message.id)
        .where(_Message.state == WAITING, _Message.available_at <= bindparam("now"), is_first)
        .where(_Message.channel.in_(bindparam("channels", expanding=True)))
        .order_by(_Message.priority, _Message.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("firsts")
    )
    return _claiming(_Message.id.in_(select(firsts.c.id)))


@functools.cache
def _claim_rest_statement() -> ReturningUpdate[Any]:
    """Return the statement that claims what else waits for these senders."""
    theirs = _Message.sender_key.in_(bindparam("senders", expanding=True)) & _Message.id.not_in(bindparam("firsts", expanding=True))
    return _claiming(theirs & (_Message.state == WAITING) & (_Message.available_at <= bindparam("now")))


def _claiming(condition: ColumnElement[bool]) -> ReturningUpdate[Any]:
    values = {"claim": bindparam("by"), "available_at": bindparam("lapses_at"), "tries": _Message.tries + 1}
    return update(_Message).where(condition).values(**values).returning(_Message.__table__)
