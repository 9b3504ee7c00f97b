"""Queries about a person's own data: all that is held, erasing it, and the retention times."""

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.exports import Exports
from actions.learners.inbox import DEAD, DONE, WAITING
from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.staff_tables import StaffSender
from actions.learners.statistics_tables import CountedLesson, Turn, Visitor
from actions.learners.tables import (
    Attempt,
    Certificate,
    ClassMember,
    Conversation,
    Erasure,
    FamilyLink,
    FollowUp,
    Identity,
    IdentityLearner,
    InboundEvent,
    LearnerRow,
    LearningClass,
    LearningDay,
    LessonProgress,
    OneTimeCode,
    OutboundMessage,
    Poll,
    ReviewCard,
    Table,
    Tombstone,
)
from actions.learners.unanswered import ASKED_TIME, UnansweredQuestions, unsealed
from actions.local_time import local_date

TOMBSTONE_RETENTION = timedelta(days=7)  # longer than Telegram or Zalo keeps trying to deliver an event
RESPONSE_RETENTION = timedelta(days=1)
EVENT_RETENTION = timedelta(days=7)  # so long the same event is known when it comes again
SET_ASIDE_RETENTION = timedelta(days=30)
POLL_RETENTION = timedelta(days=7)
CONVERSATION_RETENTION = timedelta(days=30)
FOLLOW_UP_RETENTION = timedelta(days=7)  # past its time: the service was away, or the channel closed
RECEIPT_BYTES = 5
_OF_LEARNER: tuple[type[Table], ...] = (
    LessonProgress, Attempt, ReviewCard, LearningDay, Certificate, ClassMember, FamilyLink, OneTimeCode, CountedLesson,
)  # fmt: skip
_LINKED_TO_LEARNER: tuple[type[Table], ...] = (*_OF_LEARNER, IdentityLearner)
_OF_IDENTITY: tuple[type[Table], ...] = (FollowUp,)
_OF_SENDER: tuple[type[Table], ...] = (Conversation, OutboundMessage, Poll, StaffSender, Turn, Visitor)
_SEALED = {"sealed_name": "name", "sealed_address": "address_on_channel"}


class Privacy:
    """All access to a person's data as a whole, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def export(self, learner_id: str) -> dict[str, Any]:
        """Return all that is held of one learner, by table, with names and addresses in clear."""
        identities = select(Identity.__table__).where(Identity.learner_id == learner_id)
        found = {
            "learner": await self._rows(select(LearnerRow.__table__).where(LearnerRow.id == learner_id)),
            "identities": await self._rows(identities),
        }
        for table in _OF_LEARNER:
            found[table.__tablename__] = await self._rows(select(table.__table__).where(table.__table__.c.learner_id == learner_id))
        found["classes"] = await self._rows(select(LearningClass.__table__).where(LearningClass.opened_by == learner_id))
        mine = select(Identity.id).where(Identity.learner_id == learner_id)
        found["helping"] = await self._rows(select(FamilyLink.granted_at).where(FamilyLink.helper_identity_id.in_(mine)))
        for table in _OF_IDENTITY:
            found[table.__tablename__] = await self._rows(select(table.__table__).where(table.__table__.c.identity_id.in_(mine)))
        keys = select(Identity.sender_key).where(Identity.learner_id == learner_id)
        waiting = select(OutboundMessage.__table__).where(OutboundMessage.sender_key.in_(keys))
        found["outbound_messages"] = [row | {"message": self._keys.unseal_document(row["message"])} for row in await self._rows(waiting)]
        for counted in (Visitor, Turn):
            columns = [column for column in counted.__table__.c if column.name != "sender_key"]
            found[counted.__tablename__] = await self._rows(select(*columns).where(counted.__table__.c.sender_key.in_(keys)))
        asked = select(Conversation.sealed_question).where(Conversation.sender_key.in_(keys), Conversation.sealed_question.is_not(None))
        found["last_questions"] = [self._question(stored) for stored in (await self._connection.execute(asked)).scalars() if stored]
        return found

    async def erase(self, sender_key: str, learner_ids: Sequence[str], now: datetime) -> tuple[str, int]:
        """Delete a sender and learners behind it, with everything that hangs on them.

        Args:
            sender_key: The sender who asks; remembered as erased for a week, so that a late
                event brings nobody back.
            learner_ids: The learners to delete; the identity goes when none is left behind it.
            now: The time of the erasure.

        Returns:
            The receipt's number, and how many rows were deleted.
        """
        erased = or_(Identity.sender_key == sender_key, Identity.learner_id.in_(learner_ids))  # A learner may have several channels.
        identities = (await self._connection.execute(select(Identity.id, Identity.sender_key).where(erased))).all()
        rows = 0
        for table in _LINKED_TO_LEARNER:
            rows += await self._delete(table, table.__table__.c.learner_id.in_(learner_ids))
        for code in (await self._connection.execute(select(LearningClass.code).where(LearningClass.opened_by.in_(learner_ids)))).scalars():
            rows += await self._delete(ClassMember, ClassMember.class_code == code)
        rows += await self._delete(LearningClass, LearningClass.opened_by.in_(learner_ids))
        rows += await self._delete(LearnerRow, LearnerRow.id.in_(learner_ids))
        if learner_ids:
            await Exports(self._connection, self._keys).drop_rows()
        for identity in identities:
            for table in _OF_IDENTITY:
                rows += await self._delete(table, table.__table__.c.identity_id == identity.id)
            query = select(func.count()).where(IdentityLearner.identity_id == identity.id)
            if not (await self._connection.execute(query)).scalar_one():
                rows += await self._delete(FamilyLink, FamilyLink.helper_identity_id == identity.id)
                rows += await self._delete(Identity, Identity.id == identity.id)
        rows += await self._delete(Identity, Identity.learner_id.is_(None) & ~self.is_needed())
        sender_keys = {sender_key, *(identity.sender_key for identity in identities)}
        for table in _OF_SENDER:
            rows += await self._delete(table, table.__table__.c.sender_key.in_(sender_keys))
        rows += await self._let_go_of_events(sender_keys)
        receipt = secrets.token_hex(RECEIPT_BYTES).upper()
        await insert(self._connection, Erasure, {"receipt": receipt, "erased_at": now, "rows": rows})
        for key in sorted(sender_keys):
            await insert(self._connection, Tombstone, {"sender_key": key, "erased_at": now}, replace=("erased_at",))
        return receipt, rows

    async def retain(self, now: datetime, unanswered: timedelta, learners: timedelta) -> dict[str, int]:
        """Delete what has outlived its retention time; return how many rows of each kind."""
        deleted = {
            "responses": await self._forget_responses(now - RESPONSE_RETENTION),
            "inbound_events": await self._delete(InboundEvent, self._is_old_event(now)),
            "polls": await self._delete(Poll, Poll.sent_at < now - POLL_RETENTION),
            "conversations": await self._delete(Conversation, Conversation.updated_at < now - CONVERSATION_RETENTION),
            "last_questions": await self._forget_questions(now - ASKED_TIME),
            "unanswered_questions": await UnansweredQuestions(self._connection, self._keys).retain(now - unanswered, now),
            "one_time_codes": await self._delete(OneTimeCode, OneTimeCode.expires_at < now),
            "outbound_messages": await self._delete(OutboundMessage, OutboundMessage.expires_at < now),
            "follow_ups": await self._delete(FollowUp, FollowUp.due_at < now - FOLLOW_UP_RETENTION),
            "turns": await self._delete(Turn, Turn.at < now - EVENT_RETENTION),  # where the counting failed for so long
            "visitors": await self._delete(Visitor, Visitor.last_day < local_date(now - learners)),
            "tombstones": await self._delete(Tombstone, Tombstone.erased_at < now - TOMBSTONE_RETENTION),
            "learners": await self._delete(LearnerRow, LearnerRow.last_active_at < now - learners),
        }
        is_left = ~self.is_needed() | (Identity.seen_at < now - learners)  # A helper who does not come back goes too.
        deleted["identities"] = await self._delete(Identity, Identity.learner_id.is_(None) & is_left)
        return deleted

    def is_needed(self) -> Any:
        """Say which identities without a learner stay: helpers, people to ask again, those with other learners."""
        return or_(
            *(
                select(table.__table__.c[column]).where(table.__table__.c[column] == Identity.id).exists()
                for table, column in (
                    (FamilyLink, "helper_identity_id"),
                    (FollowUp, "identity_id"),
                    (IdentityLearner, "identity_id"),
                )
            ),
            select(OutboundMessage.id).where(OutboundMessage.sender_key == Identity.sender_key).exists(),
        )

    async def _let_go_of_events(self, sender_keys: Collection[str]) -> int:
        """Keep of handled events that they came, so that they are known when they come again, and not from whom."""
        handled = (InboundEvent.sender_key.in_(sender_keys), InboundEvent.state != WAITING)
        nobodys = {"sender_key": None, "response": None, "sealed_event": None}
        named = (InboundEvent.channel == "web", *handled)  # Their ids hold the sender's key.
        rows = await self._delete(InboundEvent, and_(*named))
        return rows + (await self._connection.execute(update(InboundEvent).where(*handled).values(**nobodys))).rowcount

    def _is_old_event(self, now: datetime) -> Any:
        handled = and_(InboundEvent.state == DONE, InboundEvent.received_at < now - EVENT_RETENTION)
        return or_(handled, and_(InboundEvent.state == DEAD, InboundEvent.received_at < now - SET_ASIDE_RETENTION))

    async def _forget_responses(self, before: datetime) -> int:
        old = (InboundEvent.response.is_not(None), InboundEvent.received_at < before)
        return (await self._connection.execute(update(InboundEvent).where(*old).values(response=None))).rowcount

    async def _forget_questions(self, before: datetime) -> int:
        old = (Conversation.sealed_question.is_not(None), Conversation.updated_at < before)
        return (await self._connection.execute(update(Conversation).where(*old).values(sealed_question=None))).rowcount

    def _question(self, stored: str) -> dict[str, Any]:
        asked = unsealed(stored, self._keys)
        assert asked is not None
        return {"text": asked.text, "asked_at": datetime.fromtimestamp(asked.asked_at, UTC)}

    async def _delete(self, table: type[Table], condition: Any) -> int:
        return (await self._connection.execute(delete(table).where(condition))).rowcount

    async def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        rows = (await self._connection.execute(query)).mappings().all()
        return [{_SEALED.get(name, name): self._clear(name, value) for name, value in row.items()} for row in rows]

    def _clear(self, name: str, value: Any) -> Any:
        return self._keys.unseal(value) if name in _SEALED and value else value
