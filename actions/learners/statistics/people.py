"""How many people came: different ones, new ones, those who came again; by day, week, channel and path."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics.chains import (
    FIRST_OF_WEEK,
    LAST_TIME,
    TIME_BEFORE_LAST,
    PeopleOfDay,
    chain_of,
    days_in,
    people_of_weeks,
)
from actions.learners.statistics.counting import VISIT
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Part, Point, State, is_hidden, is_small, parted, shown
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import ALL, NEVER, DailyPeople
from actions.learners.tables import ClassMember, Identity, LearnerRow, LearningDay

_SUMS = ("people", "first", "first_two", "new", "first_of_week")


@dataclass(frozen=True)
class People:
    """The people of a period; by a topic they are not kept, and by a class those count who learned something."""

    state: State
    people: int | None = None
    new: int | None = None
    returning: int | None = None
    by_day: tuple[Point, ...] = ()
    by_week: tuple[Point, ...] = ()
    by_channel: tuple[Part, ...] = ()
    by_path: tuple[Part, ...] = ()


async def people(connection: AsyncConnection, wanted: Filter) -> People:
    """Return how many people came in a period.

    Args:
        connection: The open transaction.
        wanted: What is asked for; `new` are those who never came before, `returning` those who
            came on two days of the period or more. By channel, the parts make up the total; by path
            they need not, as somebody may have been on two.
    """
    if wanted.topic:
        return People("not_kept")
    if (state := await state_of(connection, wanted)) != "shown":
        return People(state)
    if wanted.class_code:
        days = days_in([chain_of(seen) for seen in await _days_of_class(connection, wanted)], wanted)
        channels: tuple[Part, ...] = ()
        paths: tuple[Part, ...] = ()
    else:
        days = await people_by_day(connection, wanted, VISIT)
        channels = _parts(await by_channel(connection, wanted, VISIT))
        paths = _parts(await by_path(connection, wanted, VISIT))
    total, new = sum(day.first for day in days), sum(day.new for day in days)
    twice = sum(day.first_two for day in days) - total
    by_day = {day.day: day.people for day in days}
    weeks = people_of_weeks(days, wanted)
    return People(
        state, shown(total), parted([new, total - new])[0], parted([twice, total - twice])[0],
        tuple(Point(day, shown(by_day.get(day, 0))) for day in wanted.days),
        tuple(Point(start, shown(count)) for start, count in weeks.items()),
        channels, paths,
    )  # fmt: skip


async def state_of(connection: AsyncConnection, wanted: Filter) -> State:
    """Tell whether a filter leaves a group that may be shown, and none that is found by subtraction from the others."""
    if wanted.class_code:
        everyone = await _members(connection, wanted, is_whole=True)
        chosen = await _members(connection, wanted)
        return "few" if is_small(everyone) or is_small(chosen) or is_small(everyone - chosen) else "shown"
    if wanted.channel and is_hidden(wanted.channel, await by_channel(connection, wanted, VISIT)):
        return "few"
    if wanted.path and is_hidden(wanted.path, await by_path(connection, wanted, VISIT)):
        return "few"
    return "shown"


async def people_by_day(connection: AsyncConnection, wanted: Filter, metric: str) -> list[PeopleOfDay]:
    """Return the people of each day in which there was anybody, from the counts."""
    table, count = DailyPeople, DailyPeople.count
    is_last, is_before_last = table.rank == LAST_TIME, table.rank == TIME_BEFORE_LAST
    is_first = table.previous_day < wanted.since
    conditions = (
        is_last, and_(is_last, is_first), and_(is_before_last, is_first), and_(is_last, table.previous_day == NEVER),
        table.rank == FIRST_OF_WEEK,
    )  # fmt: skip
    sums = [func.sum(case((condition, count), else_=0)) for condition in conditions]
    query = select(table.day, *sums).where(*_views(wanted, metric), *in_period(table, wanted)).group_by(table.day).order_by(table.day)
    return [PeopleOfDay(day, *map(int, numbers)) for day, *numbers in await connection.execute(query)]


async def by_channel(connection: AsyncConnection, wanted: Filter, metric: str) -> dict[str, int]:
    """Return how many different people there were by channel, whichever channel is asked for."""
    views = (DailyPeople.metric == metric, DailyPeople.channel != ALL, DailyPeople.path == (wanted.path or ALL))
    return await _different(connection, wanted, DailyPeople.channel, views)


async def by_path(connection: AsyncConnection, wanted: Filter, metric: str) -> dict[str, int]:
    """Return how many different people there were by path, whichever path is asked for; those on none have an empty name."""
    views = (DailyPeople.metric == metric, DailyPeople.channel == (wanted.channel or ALL), DailyPeople.path != ALL)
    return await _different(connection, wanted, DailyPeople.path, views)


def in_period(table: Any, wanted: Filter) -> tuple[Any, ...]:
    """Return the condition that a row's day lies in the period."""
    return (table.day.between(wanted.since, wanted.until),)


async def _different(connection: AsyncConnection, wanted: Filter, column: Any, views: Sequence[Any]) -> dict[str, int]:
    is_first = (DailyPeople.rank == LAST_TIME, DailyPeople.previous_day < wanted.since)
    query = select(column, func.sum(DailyPeople.count)).where(*views, *in_period(DailyPeople, wanted), *is_first).group_by(column)
    return {name: int(count) for name, count in await connection.execute(query.order_by(column))}


def _views(wanted: Filter, metric: str) -> tuple[Any, ...]:
    table = DailyPeople
    return table.metric == metric, table.channel == (wanted.channel or ALL), table.path == (wanted.path or ALL)


def _parts(counts: dict[str, int]) -> tuple[Part, ...]:
    return tuple(Part(name, value) for name, value in zip(counts, parted(list(counts.values())), strict=True))


async def _members(connection: AsyncConnection, wanted: Filter, *, is_whole: bool = False) -> int:
    chosen = members(Filter(wanted.since, wanted.until, class_code=wanted.class_code) if is_whole else wanted)
    return int((await connection.execute(select(func.count()).select_from(chosen.subquery()))).scalar_one())


def members(wanted: Filter) -> Select[Any]:
    """Return the query of the learners of a class, those of the staff left out; of a channel and path where these are asked for."""
    query = (
        select(ClassMember.learner_id)
        .join(LearnerRow, LearnerRow.id == ClassMember.learner_id)
        .where(ClassMember.class_code == wanted.class_code, ClassMember.learner_id.not_in(staff_learners()))
    )
    if wanted.path:
        query = query.where(LearnerRow.path == wanted.path)
    if wanted.channel:
        reached = select(Identity.id).where(Identity.learner_id == ClassMember.learner_id, Identity.channel == wanted.channel)
        query = query.where(reached.exists())
    return query


async def _days_of_class(connection: AsyncConnection, wanted: Filter) -> list[list[Any]]:
    """Return the days on which each learner of a class learned something."""
    mine = (LearningDay.learner_id.in_(members(wanted)), LearningDay.day <= wanted.until)
    days: dict[str, list[Any]] = {}
    for row in await connection.execute(select(LearningDay.learner_id, LearningDay.day).where(*mine)):
        days.setdefault(row.learner_id, []).append(row.day)
    return list(days.values())
