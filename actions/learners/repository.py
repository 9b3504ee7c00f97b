"""Read and write the learners' database; every method, and every turn, is one transaction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from actions.learners.content_checks import ContentChecks
from actions.learners.contents import Contents
from actions.learners.database import for_reading, for_writing
from actions.learners.exports import Exports
from actions.learners.inbox import Inbox
from actions.learners.keys import Keys
from actions.learners.learning import Issued, Learning, issued_of
from actions.learners.leases import Leases
from actions.learners.models import Models
from actions.learners.operations import Operations
from actions.learners.outbound import Outbound
from actions.learners.outbox import Outbox
from actions.learners.people import People
from actions.learners.privacy import Privacy
from actions.learners.rotation import rotate
from actions.learners.rows import insert
from actions.learners.sharing import Sharing
from actions.learners.staff import StaffQueries
from actions.learners.staff_senders import StaffSenders
from actions.learners.statistics.access import Statistics
from actions.learners.statistics.counting import Counting
from actions.learners.tables import (
    ActiveKey,
    Certificate,
    Conversation,
    Identity,
    RetentionRun,
)
from actions.learners.training import TrainingJobs
from actions.learners.unanswered import Asked, UnansweredQuestions, sealed, unsealed
from actions.learners.uploads import Uploads
from actions.reply import Choice

# Asked in every turn, so they are made once.
_OF_CONVERSATION = (Conversation.open_choices, Conversation.position, Conversation.sealed_question)
_OPEN = select(*_OF_CONVERSATION).where(Conversation.sender_key == bindparam("key"))
_OPEN_FOR_UPDATE = _OPEN.with_for_update()
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OpenConversation:
    """What is open for a sender: the menu in the order it is numbered, the position in an activity, the last question."""

    choices: tuple[Choice, ...] = ()
    position: dict[str, Any] | None = None
    asked: Asked | None = None


class Store:
    """Everything that one turn reads and writes, in one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection = connection
        self.keys = keys
        self.people = People(connection, keys)
        self.learning = Learning(connection, keys)
        self.sharing = Sharing(connection, keys)
        self.staff_senders = StaffSenders(connection, keys)
        self.operations = Operations(connection, keys)
        self.outbound = Outbound(connection, keys)
        self.inbox = Inbox(connection, keys)
        self.outbox = Outbox(connection, keys)
        self.leases = Leases(connection, keys)
        self.privacy = Privacy(connection, keys)
        self.contents = Contents(connection, keys)
        self.uploads = Uploads(connection, keys)
        self.models = Models(connection, keys)
        self.training = TrainingJobs(connection, keys)
        self.unanswered = UnansweredQuestions(connection, keys)
        self.content_checks = ContentChecks(connection, keys)
        self.staff = StaffQueries(connection, keys)
        self.counting = Counting(connection, keys)
        self.statistics = Statistics(connection, keys)
        self.exports = Exports(connection, keys)

    async def open_conversation(self, sender_key: str) -> OpenConversation:
        """Return what is open for a sender, and keep others from changing it until the turn is over."""
        row = (await self._connection.execute(_OPEN_FOR_UPDATE, {"key": sender_key})).first()
        if row is None:
            # So that a second device waits here too, there must be a row to lock.
            await insert(self._connection, Conversation, {"sender_key": sender_key, "open_choices": [], "updated_at": _NEVER})
            row = (await self._connection.execute(_OPEN_FOR_UPDATE, {"key": sender_key})).first()
        return _conversation(row, self.keys)

    async def keep_conversation(
        self,
        sender_key: str,
        choices: Sequence[Choice],
        position: dict[str, Any] | None,
        now: datetime,
        *,
        asked: Asked | None = None,
        heard_at: datetime | None = None,
    ) -> None:
        """Store the menu, position and question that a turn leaves open, and when the sender was heard, where it was."""
        open_choices = [{"label": c.label, "value": c.value} for c in choices]
        menu = self.keys.seal_document(open_choices)  # A choice may name a person.
        row = {"sender_key": sender_key, "open_choices": menu, "position": position, "updated_at": now}
        row["sealed_question"] = sealed(asked, self.keys)
        if heard_at is not None:
            row |= {"heard_at": heard_at, "free_replies": None}
        await insert(self._connection, Conversation, row, replace=[name for name in row if name != "sender_key"])

    async def open_menu(self, sender_key: str, choices: Sequence[Choice], now: datetime) -> None:
        """Let the choices of a message of the bot's own accord be the open menu; the position stays."""
        open_now = await self.open_conversation(sender_key)
        await self.keep_conversation(sender_key, choices, open_now.position, now, asked=open_now.asked)

    async def position_elsewhere(self, learner_id: str, sender_key: str) -> dict[str, Any] | None:
        """Return where a learner stands on another channel, the one used last."""
        query = (
            select(Conversation.position)
            .join(Identity, Identity.sender_key == Conversation.sender_key)
            .where(Identity.learner_id == learner_id, Conversation.sender_key != sender_key, Conversation.position.is_not(None))
            .order_by(Conversation.updated_at.desc())
            .limit(1)
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def keep_free_replies(self, sender_key: str, left: int) -> None:
        """Note how many messages to a sender are still free of charge, as the vendor says."""
        await self._connection.execute(update(Conversation).where(Conversation.sender_key == sender_key).values(free_replies=left))

    async def spend_free_reply(self, sender_key: str, at_first: int) -> None:
        """Count a message to a sender that was free, of so many since the sender was heard."""
        left = func.coalesce(Conversation.free_replies, at_first) - 1
        await self._connection.execute(update(Conversation).where(Conversation.sender_key == sender_key).values(free_replies=left))

    async def certificate(self, code: str) -> Issued | None:
        """Return a certificate by its code."""
        row = (await self._connection.execute(select(Certificate.__table__).where(Certificate.code == code))).mappings().first()
        return None if row is None else issued_of(row, self.keys)


class Repository:
    """All access to one database."""

    def __init__(self, engine: AsyncEngine, keys: Keys) -> None:
        self._engine = engine
        self._writing = for_writing(engine)
        self._reading = for_reading(engine)
        # SQLite has one writer; waiting here is fair and quick, waiting in the driver is neither.
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
        self.keys = keys

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def check(self) -> None:
        """Ask the database for a sign of life; raises what the driver raises."""
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        """Open a transaction for reading and writing; it is kept when the block ends well, else undone."""
        async with self._one_writer, self._writing.begin() as connection:
            yield Store(connection, self.keys)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Store]:
        """Open a transaction for reading only; other transactions may write meanwhile."""
        async with self._reading.connect() as connection:
            yield Store(connection, self.keys)

    async def peek(self, sender_key: str) -> OpenConversation:
        """Return what is open for a sender, without a lock."""
        async with self._reading.connect() as connection:
            return _conversation((await connection.execute(_OPEN, {"key": sender_key})).first(), self.keys)

    async def retain(self, now: datetime, unanswered: timedelta, learners: timedelta) -> dict[str, int]:
        """Delete what has outlived its retention time, and note the run; return how many rows of each kind."""
        async with self._writing.begin() as connection:
            deleted = await Privacy(connection, self.keys).retain(now, unanswered, learners)
            await Uploads(connection, self.keys).forget(now)
            await Exports(connection, self.keys).forget(now)
            await insert(connection, RetentionRun, {"ran_at": now, "deleted": deleted})
        await self.scrub()
        return deleted

    async def last_retention(self) -> datetime | None:
        """Return when the retention job last ran."""
        query = select(RetentionRun.ran_at).order_by(RetentionRun.ran_at.desc()).limit(1)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def settle_key(self) -> bool:
        """Tell whether the data was made with this key; the first key of an empty database is noted."""
        async with self._writing.begin() as connection:
            known = (await connection.execute(select(ActiveKey.fingerprint))).scalar_one_or_none()
            if known is None:
                await insert(connection, ActiveKey, {"fingerprint": self.keys.fingerprint})
        return known in (None, self.keys.fingerprint)

    async def rotate(self, new: Keys) -> dict[str, int]:
        """Change to a new secret key; see `rotation.rotate`."""
        async with self._writing.begin() as connection:
            while await Counting(connection, self.keys).count_turns():
                pass  # Of guests, only the counts go on.
            renewed = await rotate(connection, self.keys, new)
        await self.scrub()
        return renewed

    async def scrub(self) -> None:
        """After an erasure, empty SQLite's log of changes, which still holds the old pages."""
        if self._engine.dialect.name != "sqlite":
            return
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def _conversation(row: Any, keys: Keys) -> OpenConversation:
    if row is None:
        return OpenConversation()
    choices = tuple(Choice(**choice) for choice in keys.unseal_document(row.open_choices))
    return OpenConversation(choices, row.position, unsealed(row.sealed_question, keys))
