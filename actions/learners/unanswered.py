"""Queries about questions that were not answered well: kept masked, shown to trainers, handled, taken back for a day."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import EvaluationQuestion, QuestionHandling
from actions.learners.keys import Keys
from actions.learners.rows import insert, inserting
from actions.learners.staff_tables import StaffSender
from actions.learners.tables import UnansweredQuestion

UNKNOWN, SUGGESTED, DECLINED, THUMBS_DOWN = "unknown", "suggested", "declined", "thumbs_down"
OUTCOMES = (UNKNOWN, SUGGESTED, DECLINED, THUMBS_DOWN)
SHOWN_MAX = 5000
UNDO_TIME = timedelta(days=1)  # so long handled questions stay, to be taken back
ASKED_TIME = timedelta(days=1)  # so long a tap may still tell whether a question was answered well
HANDLING_BYTES = 6
_BATCH = 500  # SQLite takes only so many values in one statement


@dataclass(frozen=True)
class Unanswered:
    """A question for trainers to look at; the text is masked."""

    masked_text: str
    outcome: str
    best_intent: str | None
    confidence: float | None
    content_version: str
    model_version: str


@dataclass(frozen=True)
class Waiting:
    """A question that waits for a trainer."""

    id: int
    masked_text: str
    outcome: str
    best_intent: str | None
    confidence: float | None
    asked_at: datetime


@dataclass(frozen=True)
class Handling:
    """What a trainer did with some questions, as long as it can be taken back; see `content_tables.QuestionHandling`."""

    id: str
    kind: str
    item: str
    added: Sequence[str]
    tested: Sequence[str]
    handled_by: str
    handled_at: datetime
    count: int


@dataclass(frozen=True)
class Asked:
    """The last question of a conversation, masked, while a tap may still tell whether it was answered well.

    `answer` is what it was answered with; `offered` are the answers that were suggested, `row`
    the question's row among the unanswered ones then. `asked_at` is seconds since 1970.
    """

    text: str
    intent: str | None
    confidence: float | None
    asked_at: float
    answer: str | None = None
    offered: tuple[str, ...] = ()
    row: int | None = None

    def is_of_use(self, now: datetime) -> bool:
        """Tell whether a tap may still mean this question."""
        return now.timestamp() - self.asked_at < ASKED_TIME.total_seconds()


_COLUMNS = [column for column in UnansweredQuestion.__table__.columns if column.name not in ("id", "handling")]
_ROW = select(*(bindparam(column.name, type_=column.type) for column in _COLUMNS)).where(
    ~exists(select(StaffSender.sender_key).where(StaffSender.sender_key == bindparam("sender_key")))
)


class UnansweredQuestions:
    """All access to questions that were not answered well, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def keep(self, unanswered: Unanswered, now: datetime, sender_key: str = "") -> int | None:
        """Keep a question for the trainers; return its number, or None for what the staff tries out.

        Args:
            unanswered: The question.
            now: When it was asked.
            sender_key: Who asked; looked up among the staff's senders, not kept.
        """
        statement = inserting(self._connection, UnansweredQuestion).from_select([column.name for column in _COLUMNS], _ROW)
        row = {"asked_at": now, "sender_key": sender_key, **vars(unanswered)}
        found: int | None = (await self._connection.execute(statement.returning(UnansweredQuestion.id), row)).scalar_one_or_none()
        return found

    async def decline(self, row: int) -> None:
        """Note that none of the suggestions to a question was meant; one that was handled meanwhile stays so."""
        suggested = (UnansweredQuestion.id == row, UnansweredQuestion.outcome == SUGGESTED, UnansweredQuestion.handling.is_(None))
        await self._connection.execute(update(UnansweredQuestion).where(*suggested).values(outcome=DECLINED))

    async def drop(self, row: int) -> None:
        """Forget a question whose suggestion was taken: it is answered."""
        await self._connection.execute(delete(UnansweredQuestion).where(UnansweredQuestion.id == row))

    async def waiting(self, outcomes: Collection[str] = OUTCOMES, since: datetime | None = None, limit: int = SHOWN_MAX) -> list[Waiting]:
        """Return the questions that wait for a trainer, the latest first."""
        columns = [UnansweredQuestion.__table__.c[name] for name in Waiting.__annotations__]
        query = select(*columns).where(UnansweredQuestion.handling.is_(None), UnansweredQuestion.outcome.in_(outcomes))
        if since is not None:
            query = query.where(UnansweredQuestion.asked_at >= since)
        query = query.order_by(UnansweredQuestion.asked_at.desc(), UnansweredQuestion.id.desc()).limit(limit)
        return [Waiting(**row) for row in (await self._connection.execute(query)).mappings()]

    async def counts(self) -> dict[str, int]:
        """Return how many questions wait, by outcome."""
        query = select(UnansweredQuestion.outcome, func.count()).where(UnansweredQuestion.handling.is_(None))
        found = {row[0]: row[1] for row in await self._connection.execute(query.group_by(UnansweredQuestion.outcome))}
        return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}

    async def some(self, rows: Collection[int]) -> list[Waiting]:
        """Return those of some questions that still wait, in the order in which they were asked."""
        chosen = set(rows)
        return [question for question in reversed(await self.waiting()) if question.id in chosen]

    async def handle(
        self,
        rows: Sequence[int],
        kind: str,
        now: datetime,
        *,
        by: str,
        item: str = "",
        added: Sequence[str] = (),
        tested: Sequence[str] = (),
    ) -> Handling | None:
        """Take questions out of the list; they stay for a day, so that it can be taken back.

        Args:
            rows: Their numbers; those that another handled meanwhile are left out.
            kind: `example`, `new` or `dismiss`.
            now: The time.
            by: Who handles them.
            item: The item that got them as examples.
            added: The examples that were added there.
            tested: Those that went into the evaluation set.

        Returns:
            What was done, or None where none of them waited any more.
        """
        number = secrets.token_hex(HANDLING_BYTES)
        count = 0
        for start in range(0, len(rows), _BATCH):
            chosen = (UnansweredQuestion.id.in_(rows[start : start + _BATCH]), UnansweredQuestion.handling.is_(None))
            count += (await self._connection.execute(update(UnansweredQuestion).where(*chosen).values(handling=number))).rowcount
        if not count:
            return None
        row: dict[str, Any] = {"id": number, "kind": kind, "item": item, "added": list(added), "tested": list(tested)}
        row |= {"handled_by": by, "handled_at": now}
        await insert(self._connection, QuestionHandling, row)
        return Handling(**row, count=count)

    async def handling(self, number: str) -> Handling | None:
        """Return what was done, or None where it cannot be taken back any more."""
        row = (await self._connection.execute(select(QuestionHandling.__table__).where(QuestionHandling.id == number))).mappings().first()
        if row is None:
            return None
        query = select(func.count()).where(UnansweredQuestion.handling == number)
        return Handling(**row, count=(await self._connection.execute(query)).scalar_one())

    async def last_handling(self, by: str) -> Handling | None:
        """Return what a person did last, or None where nothing can be taken back."""
        mine = select(QuestionHandling.id).where(QuestionHandling.handled_by == by)
        latest = mine.order_by(QuestionHandling.handled_at.desc(), QuestionHandling.id).limit(1)
        number = (await self._connection.execute(latest)).scalar_one_or_none()
        return None if number is None else await self.handling(number)

    async def take_back(self, number: str) -> int:
        """Let the questions of a handling wait again, and take them out of the evaluation set; return how many."""
        done = await self.handling(number)
        if done is None:
            return 0
        await self._connection.execute(delete(EvaluationQuestion).where(EvaluationQuestion.text.in_(done.tested)))
        mine = update(UnansweredQuestion).where(UnansweredQuestion.handling == number).values(handling=None)
        count = (await self._connection.execute(mine)).rowcount
        await self._connection.execute(delete(QuestionHandling).where(QuestionHandling.id == number))
        return count

    async def retain(self, before: datetime, now: datetime) -> int:
        """Forget questions that were asked before a time, and those that were handled; return how many."""
        done = select(QuestionHandling.id).where(QuestionHandling.handled_at < now - UNDO_TIME)
        gone = or_(UnansweredQuestion.asked_at < before, UnansweredQuestion.handling.in_(done))
        count = (await self._connection.execute(delete(UnansweredQuestion).where(gone))).rowcount
        await self._connection.execute(delete(QuestionHandling).where(QuestionHandling.handled_at < now - UNDO_TIME))
        return count


def sealed(asked: Asked | None, keys: Keys) -> str | None:
    """Return a conversation's last question as it is stored."""
    return None if asked is None else keys.seal_json(asdict(asked))


def unsealed(stored: str | None, keys: Keys) -> Asked | None:
    """Return a conversation's last question as it was sealed.

    Raises:
        SealError: It was sealed with another key.
    """
    if stored is None:
        return None
    fields: Mapping[str, Any] = keys.unseal_json(stored)
    return Asked(**{**fields, "offered": tuple(fields["offered"])})
