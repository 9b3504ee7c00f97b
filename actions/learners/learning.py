"""Queries about learning: steps reached, attempts, cards for review, days, certificates."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.rows import insert, inserting
from actions.learners.tables import Attempt, Certificate, LearningDay, LessonProgress, ReviewCard

STREAK_DAYS_MAX = 400  # looked back


@dataclass(frozen=True)
class Progress:
    """How far a learner is in one lesson; `step` counts from 1."""

    lesson: str
    step: int
    updated_at: datetime
    finished_at: datetime | None
    passed_at: datetime | None
    content_version: str = ""


@dataclass(frozen=True)
class Issued:
    """A certificate as it was issued."""

    code: str
    path: str
    path_title: str
    skills: tuple[str, ...]
    name: str
    content_version: str
    issued_at: datetime


_PROGRESS = tuple(field.name for field in fields(Progress))


class Learning:
    """All access to what learners learned, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def reach(self, learner_id: str, lesson: str, step: int, content_version: str, now: datetime) -> None:
        """Note the step at which a learner is in a lesson; it may be an earlier one again."""
        row = {"learner_id": learner_id, "lesson": lesson, "step": step, "furthest_step": step, "content_version": content_version}
        statement = inserting(self._connection, LessonProgress)
        new, known = statement.excluded, LessonProgress
        changed = {
            **{name: new[name] for name in ("step", "content_version", "updated_at")},
            "furthest_step": case((new.furthest_step > known.furthest_step, new.furthest_step), else_=known.furthest_step),
            "started_at": case((known.furthest_step == 0, new.started_at), else_=known.started_at),
        }
        upsert = statement.on_conflict_do_update(index_elements=["learner_id", "lesson"], set_=changed)
        await self._connection.execute(upsert, row | {"started_at": now, "updated_at": now})

    async def finish(self, learner_id: str, lesson: str, now: datetime) -> None:
        """Note that a learner saw the last step of a lesson."""
        await self._set_once(learner_id, lesson, "finished_at", now)

    async def passed(self, learner_id: str, lesson: str, content_version: str, now: datetime) -> None:
        """Note that a learner passed a lesson's quiz; taking it without the lesson counts too."""
        row = {"learner_id": learner_id, "lesson": lesson, "step": 1, "furthest_step": 0, "content_version": content_version}
        await insert(self._connection, LessonProgress, row | {"started_at": now, "updated_at": now})
        await self._set_once(learner_id, lesson, "passed_at", now)

    async def progress(self, learner_id: str) -> dict[str, Progress]:
        """Return how far a learner is in every lesson that was begun, the last touched first."""
        query = select(LessonProgress.__table__).where(LessonProgress.learner_id == learner_id).order_by(LessonProgress.updated_at.desc())
        rows = (await self._connection.execute(query)).mappings()
        return {row["lesson"]: Progress(**{name: row[name] for name in _PROGRESS}) for row in rows}

    async def attempt(self, learner_id: str, now: datetime, **values: Any) -> bool:
        """Keep one answer: sitting, kind, lesson, question, choice, is_right, content_version.

        Returns:
            Whether it is new; the same question of the same sitting counts once.
        """
        row = {"learner_id": learner_id, "attempted_at": now, **values}
        return await insert(self._connection, Attempt, row, keys=("learner_id", "sitting", "question", "lesson"))

    async def attempts_of(self, learner_id: str, lesson: str) -> Counter[str]:
        """Return how often each question of a lesson was asked in quizzes."""
        query = (
            select(Attempt.question, func.count().label("times"))
            .where(Attempt.learner_id == learner_id, Attempt.lesson == lesson, Attempt.kind == "quiz")
            .group_by(Attempt.question)
        )
        return Counter({row.question: row.times for row in await self._connection.execute(query)})

    async def card(self, learner_id: str, lesson: str, question: str) -> dict[str, Any] | None:
        """Return the scheduler's state of one question, or None before the first answer."""
        query = select(ReviewCard.card).where(
            ReviewCard.learner_id == learner_id, ReviewCard.lesson == lesson, ReviewCard.question == question
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def schedule(self, learner_id: str, lesson: str, question: str, due_on: date, card: dict[str, Any]) -> None:
        """Keep when a question comes back."""
        row = {"learner_id": learner_id, "lesson": lesson, "question": question, "due_on": due_on, "card": card}
        await insert(self._connection, ReviewCard, row, replace=("due_on", "card"))

    async def due(self, learner_id: str, today: date, limit: int, lessons: Collection[str]) -> list[tuple[str, str]]:
        """Return the questions of some lessons that are due, as lesson and question, the longest due first."""
        query = (
            select(ReviewCard.lesson, ReviewCard.question)
            .where(ReviewCard.learner_id == learner_id, ReviewCard.due_on <= today, ReviewCard.lesson.in_(lessons))
            .order_by(ReviewCard.due_on, ReviewCard.lesson, ReviewCard.question)
            .limit(limit)
        )
        return [(row.lesson, row.question) for row in await self._connection.execute(query)]

    async def due_counts(self, learner_id: str, today: date, lessons: Collection[str]) -> tuple[int, date | None]:
        """Return how many questions of some lessons are due, and the next day on which one will be."""
        mine = (ReviewCard.learner_id == learner_id, ReviewCard.lesson.in_(lessons))
        count = select(func.count()).where(*mine, ReviewCard.due_on <= today)
        following = select(func.min(ReviewCard.due_on)).where(*mine, ReviewCard.due_on > today)
        return int((await self._connection.execute(count)).scalar_one()), (await self._connection.execute(following)).scalar_one()

    async def learned(self, learner_id: str, today: date) -> None:
        """Note that a learner learned something today."""
        await insert(self._connection, LearningDay, {"learner_id": learner_id, "day": today})

    async def streak(self, learner_id: str, today: date) -> int:
        """Return on how many days in a row a learner learned, up to today or yesterday."""
        query = select(LearningDay.day).where(LearningDay.learner_id == learner_id).order_by(LearningDay.day.desc()).limit(STREAK_DAYS_MAX)
        return streak_of((await self._connection.execute(query)).scalars().all(), today)

    async def issue(self, learner_id: str, issued: Issued) -> None:
        """Keep a certificate; its name is sealed."""
        row = {"code": issued.code, "learner_id": learner_id, "path": issued.path, "path_title": issued.path_title}
        row |= {"sealed_name": self._keys.seal(issued.name)}
        rest = {"skills": list(issued.skills), "content_version": issued.content_version, "issued_at": issued.issued_at}
        await insert(self._connection, Certificate, row | rest)

    async def certificates(self, learner_id: str) -> list[Issued]:
        """Return a learner's certificates, the oldest first."""
        query = select(Certificate.__table__).where(Certificate.learner_id == learner_id).order_by(Certificate.issued_at, Certificate.code)
        return [issued_of(row, self._keys) for row in (await self._connection.execute(query)).mappings()]

    async def _set_once(self, learner_id: str, lesson: str, column: str, now: datetime) -> None:
        mine = (LessonProgress.learner_id == learner_id, LessonProgress.lesson == lesson)
        is_empty = getattr(LessonProgress, column).is_(None)
        await self._connection.execute(update(LessonProgress).where(*mine, is_empty).values({column: now}))
        await self._connection.execute(update(LessonProgress).where(*mine).values(updated_at=now))


def issued_of(row: Any, keys: Keys) -> Issued:
    """Return the certificate that a row of the table holds."""
    return Issued(
        row["code"], row["path"], row["path_title"], tuple(row["skills"]), keys.unseal(row["sealed_name"]),
        row["content_version"], row["issued_at"],
    )  # fmt: skip


def streak_of(days: Sequence[date], today: date) -> int:
    """Return the number of days in a row.

    Args:
        days: Days of learning, the latest first, each once.
        today: The local date; a streak that reached yesterday still counts.
    """
    streak = 0
    expected = today
    for day in days:
        if streak == 0 and day == today - timedelta(days=1):
            expected = day
        if day != expected:
            break
        streak += 1
        expected -= timedelta(days=1)
    return streak
