"""How many lessons were started, finished and passed, and by how many people; by day, week, channel, path and lesson."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import people
from actions.learners.statistics.chains import people_of_weeks
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Part, Point, State, in_series, is_hidden, is_small, parted
from actions.learners.statistics.lesson_counts import EVENTS, FINISHED, PASSED, STARTED
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import CountedLesson, DailyLearning

_DAYS: Mapping[str, Any] = {STARTED: CountedLesson.started_on, FINISHED: CountedLesson.finished_on, PASSED: CountedLesson.passed_on}
_DIMENSIONS = ("day", "channel", "path", "lesson")
Numbers = Mapping[Any, int]  # by day, by channel, by path or by lesson
Counts = Mapping[str, Mapping[str, Numbers]]  # of each dimension, of each event


@dataclass(frozen=True)
class Progress:
    """What was started, finished, or passed: `people` counts each learner once; all else each lesson of each learner once.

    A number by which fewer than five people would be known is None.
    """

    event: str
    people: int | None = None
    lessons: int | None = None
    by_day: tuple[Point, ...] = ()
    by_week: tuple[Point, ...] = ()
    by_channel: tuple[Part, ...] = ()
    by_path: tuple[Part, ...] = ()
    by_lesson: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Learned:
    """The learning of a period."""

    state: State
    started: Progress = Progress(STARTED)
    finished: Progress = Progress(FINISHED)
    passed: Progress = Progress(PASSED)


@dataclass(frozen=True)
class _Groups:
    """How many people, at least, are behind the numbers."""

    people: int
    by_day: Numbers
    by_week: Numbers
    by_channel: Numbers
    by_path: Numbers

    def is_found_by_others(self, wanted: Filter) -> bool:
        """Tell whether what the filter leaves, or leaves out, is a small group."""
        chosen = ((wanted.channel, self.by_channel), (wanted.path, self.by_path))
        return any(name and is_hidden(name, groups) for name, groups in chosen)


async def learning(connection: AsyncConnection, wanted: Filter) -> Learned:
    """Return what was started, finished and passed in a period; each counts on the day on which it happened."""
    state = await people.state_of(connection, wanted)
    if state != "shown":
        return Learned(state)
    counts = {dimension: await _counts(connection, wanted, dimension) for dimension in _DIMENSIONS}
    started, finished, passed = [await _progress(connection, wanted, event, counts) for event in EVENTS]
    return Learned(state, started, finished, passed)


async def _progress(connection: AsyncConnection, wanted: Filter, event: str, counts: Counts) -> Progress:
    of_day, of_lesson = counts["day"][event], counts["lesson"][event]
    if wanted.class_code:
        groups = await _of_class(connection, wanted, event)
    elif wanted.topic:
        groups = await _of_topic(connection, wanted, event, counts)
    else:
        groups = await _of_all(connection, wanted, event)
    if is_small(groups.people) or groups.is_found_by_others(wanted):
        return Progress(event)
    by_day, by_week = in_series(of_day, wanted, groups.by_day, groups.by_week)
    return Progress(
        event, groups.people, sum(of_day.values()), by_day, by_week,
        _parts(counts["channel"][event], groups.by_channel), _parts(counts["path"][event], groups.by_path), _parts(of_lesson, of_lesson),
    )  # fmt: skip


async def _counts(connection: AsyncConnection, wanted: Filter, dimension: str) -> dict[str, dict[Any, int]]:
    """Return how many lessons of each event there were, by one dimension."""
    table = _of_members(wanted) if wanted.class_code else DailyLearning.__table__
    column = table.c[dimension]
    query = select(table.c.event, column, func.sum(table.c.count)).where(*_conditions(table, wanted))
    found: dict[str, dict[Any, int]] = {event: {} for event in EVENTS}
    for event, name, count in await connection.execute(query.group_by(table.c.event, column).order_by(table.c.event, column)):
        found[event][name] = int(count)
    return found


def _conditions(table: Any, wanted: Filter) -> list[Any]:
    conditions = [table.c.day.between(wanted.since, wanted.until)]
    conditions += [table.c.channel == wanted.channel] if wanted.channel else []
    conditions += [table.c.path == wanted.path] if wanted.path else []
    return conditions + ([table.c.lesson.in_(wanted.lessons)] if wanted.topic else [])


def _of_members(wanted: Filter) -> Any:
    """Return the learning of a class, as the counts would hold it."""
    one, is_mine = CountedLesson, CountedLesson.learner_id.in_(members_of(wanted))
    columns = (one.channel, one.path, one.lesson)
    events = [
        select(day.label("day"), *columns, literal(event).label("event"), literal(1).label("count")).where(is_mine, day.is_not(None))
        for event, day in _DAYS.items()
    ]
    return union_all(*events).subquery()


def members_of(wanted: Filter) -> Any:
    """Return the query of all learners of a class; a lesson's channel and path are those of its beginning."""
    return people.members(Filter(wanted.since, wanted.until, class_code=wanted.class_code))


async def _of_all(connection: AsyncConnection, wanted: Filter, event: str) -> _Groups:
    days = await people.people_by_day(connection, wanted, event)
    channels = await people.by_channel(connection, wanted, event)
    paths = await people.by_path(connection, wanted, event)
    weeks = people_of_weeks(days, wanted)
    return _Groups(sum(day.first for day in days), {day.day: day.people for day in days}, weeks, channels, paths)


async def _of_class(connection: AsyncConnection, wanted: Filter, event: str) -> _Groups:
    one, day = CountedLesson, _DAYS[event]
    mine = (one.learner_id.in_(members_of(wanted)), *_of_lessons(wanted, event))
    seen: list[dict[Any, set[str]]] = [defaultdict(set) for _ in range(4)]
    for learner_id, on, channel, path in await connection.execute(select(one.learner_id, day, one.channel, one.path).where(*mine)):
        week = next(week.start for week in wanted.weeks if week.start <= on <= week.end)
        for found, name in zip(seen, (on, week, channel, path), strict=True):
            found[name].add(learner_id)
    everyone = {learner_id for learners in seen[0].values() for learner_id in learners}
    return _Groups(len(everyone), *({name: len(learners) for name, learners in found.items()} for found in seen))


async def _of_topic(connection: AsyncConnection, wanted: Filter, event: str, counts: Counts) -> _Groups:
    """Return the people of a few lessons; of each part only how many there were at least: nobody starts a lesson twice."""
    lessons = max(len(wanted.lessons), 1)
    if lessons == 1:
        total = sum(counts["day"][event].values())
    else:
        mine = (*_of_lessons(wanted, event), CountedLesson.learner_id.not_in(staff_learners()))
        learners = select(CountedLesson.learner_id).where(*mine).group_by(CountedLesson.learner_id).subquery()
        total = int((await connection.execute(select(func.count()).select_from(learners))).scalar_one())
    day, channel, path = [{name: -(-n // lessons) for name, n in counts[x][event].items()} for x in ("day", "channel", "path")]
    weeks = {start: -(-n // lessons) for start, n in _weekly(counts["day"][event], wanted).items()}
    return _Groups(total, day, weeks, channel, path)


def _of_lessons(wanted: Filter, event: str) -> list[Any]:
    one = CountedLesson
    conditions: list[Any] = [_DAYS[event].between(wanted.since, wanted.until)]
    conditions += [one.channel == wanted.channel] if wanted.channel else []
    conditions += [one.path == wanted.path] if wanted.path else []
    return conditions + ([one.lesson.in_(wanted.lessons)] if wanted.topic else [])


def _weekly(of_day: Numbers, wanted: Filter) -> dict[date, int]:
    return {week.start: sum(count for day, count in of_day.items() if week.start <= day <= week.end) for week in wanted.weeks}


def _parts(counts: Numbers, groups: Numbers) -> tuple[Part, ...]:
    values = parted(list(counts.values()), [groups.get(name, 0) for name in counts])
    return tuple(Part(name, value) for name, value in zip(counts, values, strict=True))
