"""How far the classes are: of their members, how many started, finished and passed a lesson in a period."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import people
from actions.learners.statistics.choices import classes
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import State, staged
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import CountedLesson
from actions.learners.tables import ClassMember


@dataclass(frozen=True)
class ClassProgress:
    """One class of five or more, in people; None where it would tell of fewer than five, also of those who did not."""

    code: str
    name: str
    members: int
    started: int | None
    finished: int | None
    passed: int | None


@dataclass(frozen=True)
class Classes:
    """The classes that are large enough, the newest first."""

    state: State
    classes: tuple[ClassProgress, ...] = ()


async def class_progress(connection: AsyncConnection, wanted: Filter) -> Classes:
    """Return how far each class is, or the one that is asked for; channel and path are those at a lesson's beginning."""
    state = await people.state_of(connection, wanted)
    if state != "shown":
        return Classes(state)
    counts = {row.class_code: (row.started, row.finished, row.passed) for row in await connection.execute(_query(wanted))}
    found = []
    for one in await classes(connection):
        if wanted.class_code in ("", one.code):
            _, *stages = staged([one.members, *counts.get(one.code, (0, 0, 0))])
            found.append(ClassProgress(one.code, one.name, one.members, *stages))
    return Classes(state, tuple(found))


def _query(wanted: Filter) -> Any:
    one = CountedLesson
    days = {"started": one.started_on, "finished": one.finished_on, "passed": one.passed_on}
    numbers = [
        func.count(case((day.between(wanted.since, wanted.until), one.learner_id)).distinct()).label(name) for name, day in days.items()
    ]
    query = (
        select(ClassMember.class_code, *numbers)
        .join(one, one.learner_id == ClassMember.learner_id)
        .where(ClassMember.learner_id.not_in(staff_learners()))
        .group_by(ClassMember.class_code)
    )
    conditions = {"channel": one.channel, "path": one.path}
    for name, column in conditions.items():
        query = query.where(column == getattr(wanted, name)) if getattr(wanted, name) else query
    query = query.where(ClassMember.class_code == wanted.class_code) if wanted.class_code else query
    return query.where(one.lesson.in_(wanted.lessons)) if wanted.topic else query
