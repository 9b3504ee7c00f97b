"""Queries about inbound events: accepted once, claimed in the order of their sender, done with the turn.

A waiting event may be claimed when no earlier one of its sender waits. A claim lapses, so
that an event whose handler was cut off is handled by another.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from actions.learners.keys import Keys, SealError
from actions.learners.rows import inserting
from actions.learners.tables import InboundEvent

WAITING, DONE, DEAD = "waiting", "done", "dead"
URGENT, NORMAL = 0, 1
TRIES_MAX = 3  # after so many failures an event is set aside
LAPSES_MAX = 5  # after so many claims that lapsed too: it may have ended its handler each time
BY_TEXT = "~"  # opens the id of an event whose vendor gives none
SAME_TEXT_WITHIN = timedelta(seconds=4)
# Made once, as it is asked in every turn.
_FINISH = (
    update(InboundEvent)
    .where(InboundEvent.id == bindparam("row"), InboundEvent.claim == bindparam("by"), InboundEvent.state == WAITING)
    .values(state=DONE, sealed_event=None, claim=None, error=None, event_id=bindparam("freed"))
)
_KEY = (InboundEvent.channel, InboundEvent.account, InboundEvent.event_id)


@dataclass(frozen=True)
class NewEvent:
    """An event that came in; `document` is what its handling needs, and is sealed."""

    channel: str
    account: str
    event_id: str
    sender_key: str
    document: dict[str, Any]
    is_urgent: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same event when it comes again."""
        return self.channel, self.account, self.event_id


@dataclass(frozen=True)
class Event:
    """An event that the holder of `claim` handles now."""

    id: int
    channel: str
    account: str
    event_id: str
    sender_key: str
    document: dict[str, Any]
    tries: int
    claim: str
    received_at: datetime


@dataclass(frozen=True)
class Acceptance:
    """What became of a new event: known before or not, claimed by the caller or waiting for its turn."""

    id: int
    is_new: bool
    event: Event | None = None
    state: str = WAITING
    response: dict[str, Any] | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class SetAside:
    """An event that was given up, without what it said."""

    id: int
    channel: str
    tries: int
    error: str | None
    received_at: datetime


class Inbox:
    """All access to inbound events within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def accept(
        self, events: Sequence[NewEvent], claim: str, now: datetime, lease: timedelta, *, room: int | None
    ) -> list[Acceptance]:
        """Make events durable, each once, and claim those whose turn it is.

        Args:
            events: In the order in which they came.
            claim: Who claims.
            now: The time.
            lease: How long a claim is good.
            room: How many may be claimed; urgent ones are all the same. None: nothing is.

        Returns:
            What became of each event, in the same order.
        """
        await self._let_senders_queue(events)
        new = await self._insert(events, claim, now, lease)
        known = await self._known([e for e in events if e.key not in new])
        again = [e for e in events if e.key not in new and self._is_said_again(e, known, now)]
        if again:
            # The one that said it first waits under another id, so that the next is held against the latest.
            freed = literal(BY_TEXT, String).concat(cast(InboundEvent.id, String))
            await self._set(tuple_(*_KEY).in_([e.key for e in again]), event_id=freed)
            new |= await self._insert(again, claim, now, lease)
        held_back = await self._hold_back(events, new, room)
        taken: set[int] = set()
        results = []
        for event in events:
            id_ = new.get(event.key)
            if id_ is None or id_ in taken:
                results.append(known.get(event.key) or Acceptance(id_ or 0, is_new=False))
                continue
            taken.add(id_)
            claimed = None if id_ in held_back else Event(id_, *event.key, event.sender_key, event.document, 1, claim, now)
            results.append(Acceptance(id_, is_new=True, event=claimed))
        return results

    async def claim(self, claim: str, now: datetime, lease: timedelta, limit: int, *, only: int | None = None) -> list[Event]:
        """Claim waiting events whose turn it is, the urgent and then the oldest first; or `only` one of them."""
        values = {"now": now, "lapses_at": now + lease, "by": claim, "limit": limit} | ({} if only is None else {"only": only})
        claimed = await self._connection.execute(_claim_statement(is_one=only is not None), values)
        events, unreadable = [], []
        for row in sorted(claimed.all(), key=lambda row: (row.priority, row.id)):
            try:
                events.append(self._event(row))
            except SealError:
                unreadable.append(row.id)
        if unreadable:  # They must not keep the others from being claimed.
            await self._set(InboundEvent.id.in_(unreadable), state=DEAD, claim=None, error="unreadable")
        return events

    async def finish(self, event: Event) -> bool:
        """Mark an event as done; False where the claim lapsed and another handles or handled it."""
        # Who is answered may say the same again, so an id that was made of the text is freed.
        freed = f"{BY_TEXT}{event.id}" if event.event_id.startswith(BY_TEXT) else event.event_id
        done = await self._connection.execute(_FINISH, {"row": event.id, "by": event.claim, "freed": freed})
        return done.rowcount == 1

    async def keep_response(self, event: Event, response: dict[str, Any]) -> None:
        """Keep what was answered, for a sender who asks for it again under the same id."""
        await self._set(InboundEvent.id == event.id, response=self._keys.seal_document(response))

    async def forget(self, event: Event) -> None:
        """Delete an event, so that the same one may come and be handled anew."""
        await self._connection.execute(delete(InboundEvent).where(InboundEvent.id == event.id))

    async def put_back(self, event: Event, at: datetime, error: str) -> None:
        """Let an event be tried again from a time on."""
        await self._set(self._claimed(event), claim=None, error=error[:64], available_at=at)

    async def set_aside(self, event: Event, error: str) -> bool:
        """Give an event up; it stays, sealed, until it is retried or too old. False where the claim lapsed."""
        return await self._set(self._claimed(event), state=DEAD, claim=None, error=error[:64]) == 1

    async def release(self, claim: str, now: datetime) -> int:
        """Give back everything that is claimed under a claim, at a graceful stop."""
        mine = and_(InboundEvent.claim == claim, InboundEvent.state == WAITING)
        return await self._set(mine, claim=None, available_at=now, tries=InboundEvent.tries - 1)

    async def state_of(self, event_row: int) -> Acceptance | None:
        """Return what became of an event, or None where it is gone."""
        row = (await self._connection.execute(self._states().where(InboundEvent.id == event_row))).first()
        return None if row is None else self._acceptance(row)

    async def set_aside_events(self, limit: int = 100) -> list[SetAside]:
        """Return events that were given up, the latest first."""
        columns = (InboundEvent.id, InboundEvent.channel, InboundEvent.tries, InboundEvent.error, InboundEvent.received_at)
        query = select(*columns).where(InboundEvent.state == DEAD).order_by(InboundEvent.id.desc()).limit(limit)
        return [SetAside(*row) for row in await self._connection.execute(query)]

    async def retry(self, event_row: int, now: datetime) -> bool:
        """Let a given up event be handled after all; False where there is none, or its sender was erased."""
        dead = and_(InboundEvent.id == event_row, InboundEvent.state == DEAD, InboundEvent.sealed_event.is_not(None))
        return await self._set(dead, state=WAITING, tries=0, available_at=now) == 1

    async def counts(self) -> tuple[int, datetime | None, int]:
        """Return how many events wait, since when the oldest does, and how many were given up."""
        waiting = select(func.count(), func.min(InboundEvent.received_at)).where(InboundEvent.state == WAITING)
        number, oldest = (await self._connection.execute(waiting)).one()
        dead = select(func.count()).where(InboundEvent.state == DEAD)
        return number, oldest, (await self._connection.execute(dead)).scalar_one()

    async def _let_senders_queue(self, events: Sequence[NewEvent]) -> None:
        """Keep other replicas from accepting an event of the same senders until this transaction is over.

        Else two of them might each take theirs for the first.
        """
        if self._connection.dialect.name == "postgresql":
            locks = sorted({int(e.sender_key[:16], 16) - 2**63 for e in events})
            statement = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:locks AS bigint[])) AS k")
            await self._connection.execute(statement, {"locks": locks})

    async def _insert(self, events: Sequence[NewEvent], claim: str, now: datetime, lease: timedelta) -> dict[tuple[str, str, str], int]:
        rows = [
            {
                "channel": e.channel, "account": e.account, "event_id": e.event_id, "sender_key": e.sender_key,
                "sealed_event": self._keys.seal_json(e.document), "priority": URGENT if e.is_urgent else NORMAL, "state": WAITING,
                "tries": 1, "claim": claim, "received_at": now, "available_at": now + lease,
            }
            for e in events
        ]  # fmt: skip
        statement = inserting(self._connection, InboundEvent).on_conflict_do_nothing().returning(InboundEvent.id, *_KEY)
        return {(row.channel, row.account, row.event_id): row.id for row in await self._connection.execute(statement, rows)}

    async def _known(self, events: Sequence[NewEvent]) -> dict[tuple[str, str, str], Acceptance]:
        if not events:
            return {}
        rows = (await self._connection.execute(self._states().where(tuple_(*_KEY).in_([e.key for e in events])))).all()
        return {(row.channel, row.account, row.event_id): self._acceptance(row) for row in rows}

    @staticmethod
    def _is_said_again(event: NewEvent, known: dict[tuple[str, str, str], Acceptance], now: datetime) -> bool:
        """Tell whether the same text, without an id, comes too late to be the same message."""
        earlier = known[event.key].received_at if event.event_id.startswith(BY_TEXT) and event.key in known else None
        return earlier is not None and now - earlier > SAME_TEXT_WITHIN

    async def _hold_back(self, events: Sequence[NewEvent], new: dict[tuple[str, str, str], int], room: int | None) -> set[int]:
        """Take the claim from new events that must wait for an earlier one of their sender, or for room; urgent ones wait for none."""
        if not new:
            return set()
        if room is None:
            held_back = set(new.values())
            await self._wait_for_claim(held_back)
            return held_back
        normal = list({e.key: e for e in events if e.key in new and not e.is_urgent}.values())
        keys = {e.sender_key for e in normal}
        ids = list(new.values())
        query = select(InboundEvent.sender_key).where(
            InboundEvent.sender_key.in_(keys), InboundEvent.state == WAITING, InboundEvent.id.not_in(ids)
        )
        busy = set((await self._connection.execute(query)).scalars()) if keys else set()
        busy |= {e.sender_key for e in events if e.key in new and e.is_urgent}
        held_back = set()
        for event in normal:
            if event.sender_key in busy or room <= 0:
                held_back.add(new[event.key])
            else:
                room -= 1
            busy.add(event.sender_key)
        if held_back:
            await self._wait_for_claim(held_back)
        return held_back

    async def _wait_for_claim(self, ids: set[int]) -> None:
        await self._set(InboundEvent.id.in_(ids), claim=None, tries=0, available_at=InboundEvent.received_at)

    def _states(self) -> Select[Any]:
        return select(InboundEvent.id, *_KEY, InboundEvent.state, InboundEvent.response, InboundEvent.received_at)

    def _acceptance(self, row: Row[Any]) -> Acceptance:
        response = None if row.response is None else dict(self._keys.unseal_document(row.response))
        return Acceptance(row.id, is_new=False, state=row.state, response=response, received_at=row.received_at)

    def _event(self, row: Row[Any]) -> Event:
        if row.sealed_event is None:
            raise SealError("nothing is kept of it")
        document = self._keys.unseal_json(row.sealed_event)
        return Event(row.id, row.channel, row.account, row.event_id, row.sender_key, document, row.tries, row.claim, row.received_at)

    def _claimed(self, event: Event) -> ColumnElement[bool]:
        return and_(InboundEvent.id == event.id, InboundEvent.claim == event.claim)

    async def _set(self, condition: ColumnElement[bool], **values: Any) -> int:
        return (await self._connection.execute(update(InboundEvent).where(condition).values(**values))).rowcount


@functools.cache
def _claim_statement(*, is_one: bool) -> ReturningUpdate[Any]:
    """Return the statement that claims events whose turn it is; the CTE keeps PostgreSQL from asking its question twice."""
    earlier = aliased(InboundEvent)
    is_later = or_(earlier.priority < InboundEvent.priority, and_(earlier.priority == InboundEvent.priority, earlier.id < InboundEvent.id))
    is_next = ~exists().where(earlier.sender_key == InboundEvent.sender_key, earlier.state == WAITING, is_later)
    heads = (
        select(InboundEvent.id)
        .where(InboundEvent.state == WAITING, InboundEvent.available_at <= bindparam("now"), is_next)
        .where(InboundEvent.id == bindparam("only") if is_one else true())
        .order_by(InboundEvent.priority, InboundEvent.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("heads")
    )
    return (
        update(InboundEvent)
        .where(InboundEvent.id.in_(select(heads.c.id)))
        .values(claim=bindparam("by"), available_at=bindparam("lapses_at"), tries=InboundEvent.tries + 1)
        .returning(InboundEvent.__table__)
    )
