"""Count what some learners learned: what is there now, less what was counted of it before."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.rows import inserting
from actions.learners.statistics.cells import Cells, add_to, views_of
from actions.learners.statistics.days import local_day
from actions.learners.statistics.lesson_counts import Counted, cells_of
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import CountedLesson, DailyAnswers
from actions.learners.tables import Attempt, Identity, IdentityLearner, LearnerRow, LessonProgress
from actions.local_time import local_date

QUIZ = "quiz"
_STATE = ("step", "started_on", "finished_on", "passed_on", "has_tried")


@dataclass
class _OneLearner:
    """What was counted of a learner, and what is to be counted, by lesson; `marks` tell the last attempt."""

    channel: str = ""
    path: str = ""
    before: dict[str, Counted] = field(default_factory=dict)
    after: dict[str, Counted] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def lesson(self, slug: str) -> Counted:
        """Return a lesson as it is to be counted; where a lesson is new, the learner's channel and path become its own."""
        return self.after.get(slug) or Counted(slug, self.channel, self.path)

    def become(self, lesson: Counted) -> None:
        """Let a lesson be counted so."""
        if self.after.get(lesson.lesson) != lesson:
            self.after[lesson.lesson] = lesson
            self.changed.add(lesson.lesson)


async def count_learners(connection: AsyncConnection, learner_ids: Sequence[str]) -> None:
    """Bring the counts up to what these learners learned; those of the staff are passed over.

    Args:
        connection: The open transaction, in which nobody else counts.
        learner_ids: At most so many as fit one statement; some may be gone.
    """
    learners = await _known(connection, learner_ids)
    if not learners:
        return
    await _read_progress(connection, learners)
    cells = await _read_attempts(connection, learners)
    for learner in learners.values():
        if learner.changed:
            cells.update(cells_of(learner.after.values()))
            cells.subtract(cells_of(learner.before.values()))
    await add_to(connection, cells)
    await _keep(connection, learners)


async def _known(connection: AsyncConnection, learner_ids: Sequence[str]) -> dict[str, _OneLearner]:
    """Return the learners with their channel and path, and what was counted of them."""
    query = select(LearnerRow.id, LearnerRow.path).where(LearnerRow.id.in_(learner_ids), LearnerRow.id.not_in(staff_learners()))
    learners = {row.id: _OneLearner(path=row.path or "") for row in await connection.execute(query)}
    for learner_id, channel in await _channels(connection, learners):
        learners[learner_id].channel = channel
    counted = select(CountedLesson.__table__).where(CountedLesson.learner_id.in_(learners))
    for row in await connection.execute(counted):
        learner = learners[row.learner_id]
        state = {name: getattr(row, name) for name in _STATE}
        learner.before[row.lesson] = learner.after[row.lesson] = Counted(row.lesson, row.channel, row.path, **state)
        learner.marks[row.lesson] = row.attempt_id
    return learners


async def _channels(connection: AsyncConnection, learner_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Return each learner's channels, the one used last at the end."""
    columns = (Identity.channel, Identity.seen_at, Identity.id)
    chosen = list(learner_ids)
    joined = (
        select(IdentityLearner.learner_id, *columns)
        .join(Identity, Identity.id == IdentityLearner.identity_id)
        .where(IdentityLearner.learner_id.in_(chosen))
    )
    both = union(joined, select(Identity.learner_id, *columns).where(Identity.learner_id.in_(chosen))).subquery()
    query = select(both.c.learner_id, both.c.channel).order_by(both.c.seen_at, both.c.id)
    return [(row.learner_id, row.channel) for row in await connection.execute(query)]


async def _read_progress(connection: AsyncConnection, learners: dict[str, _OneLearner]) -> None:
    table = LessonProgress
    columns = (table.learner_id, table.lesson, table.furthest_step, table.started_at, table.finished_at, table.passed_at)
    for row in await connection.execute(select(*columns).where(table.learner_id.in_(learners))):
        learner = learners[row.learner_id]
        lesson = replace(
            learner.lesson(row.lesson),
            step=row.furthest_step,
            started_on=local_date(row.started_at) if row.furthest_step else None,
            finished_on=row.finished_at and local_date(row.finished_at),
            passed_on=row.passed_at and local_date(row.passed_at),
        )
        learner.become(lesson)


async def _read_attempts(connection: AsyncConnection, learners: dict[str, _OneLearner]) -> Cells:
    """Count what the learners answered for the first time in a quiz, among the attempts that are new."""
    answered = await _answered(connection, learners)
    cells: Cells = Counter()
    for row in await connection.execute(_new_attempts(learners)):
        learner = learners[row.learner_id]
        lesson = learner.lesson(row.lesson)
        if row.kind == QUIZ and not lesson.has_tried:
            lesson = replace(lesson, has_tried=True)
        learner.become(lesson)
        learner.marks[row.lesson] = row.id
        learner.changed.add(row.lesson)
        known = (row.learner_id, row.lesson, row.question)
        if row.kind != QUIZ or known in answered:
            continue
        answered.add(known)
        for view in views_of(lesson.channel, lesson.path):
            cells[DailyAnswers, (*view, row.day, row.lesson, row.question, row.content_version, row.choice, row.is_right)] += 1
    return cells


def _new_attempts(learners: Collection[str]) -> Any:
    counted = and_(CountedLesson.learner_id == Attempt.learner_id, CountedLesson.lesson == Attempt.lesson)
    columns = (Attempt.id, Attempt.learner_id, Attempt.lesson, Attempt.question, Attempt.kind, Attempt.choice, Attempt.is_right)
    return (
        select(*columns, Attempt.content_version, local_day(Attempt.attempted_at).label("day"))
        .outerjoin(CountedLesson, counted)
        .where(Attempt.learner_id.in_(learners), Attempt.id > func.coalesce(CountedLesson.attempt_id, 0))
        .order_by(Attempt.id)
    )


async def _answered(connection: AsyncConnection, learners: dict[str, _OneLearner]) -> set[tuple[str, str, str]]:
    """Return which questions of a quiz were counted already, by learner and lesson."""
    marked = [learner_id for learner_id, learner in learners.items() if any(learner.marks.values())]
    if not marked:
        return set()
    counted = and_(CountedLesson.learner_id == Attempt.learner_id, CountedLesson.lesson == Attempt.lesson)
    query = (
        select(Attempt.learner_id, Attempt.lesson, Attempt.question)
        .join(CountedLesson, counted)
        .where(Attempt.learner_id.in_(marked), Attempt.kind == QUIZ, Attempt.id <= CountedLesson.attempt_id)
        .distinct()
    )
    return {(row.learner_id, row.lesson, row.question) for row in await connection.execute(query)}


async def _keep(connection: AsyncConnection, learners: dict[str, _OneLearner]) -> None:
    """Note what is counted now."""
    rows = [
        {"learner_id": learner_id, **vars(learner.after[slug]), "attempt_id": learner.marks.get(slug, 0)}
        for learner_id, learner in learners.items()
        for slug in sorted(learner.changed)
    ]
    if not rows:
        return
    statement = inserting(connection, CountedLesson)
    new = {name: statement.excluded[name] for name in (*_STATE, "attempt_id")}
    await connection.execute(statement.on_conflict_do_update(index_elements=["learner_id", "lesson"], set_=new), rows)
