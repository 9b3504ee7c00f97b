"""What the statistics can be filtered by: the channels, paths and topics that occur, and the classes that are large enough."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics.counting import VISIT
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import SMALLEST_GROUP
from actions.learners.statistics.people import by_channel, by_path
from actions.learners.statistics.questions import conditions_of
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import DailyTurns
from actions.learners.tables import ClassMember, LearningClass


@dataclass(frozen=True)
class ClassChoice:
    """A class with five learners or more."""

    code: str
    name: str
    members: int


@dataclass(frozen=True)
class Choices:
    """What a filter may hold; the paths are slugs, without that of people on none."""

    channels: tuple[str, ...]
    paths: tuple[str, ...]
    topics: tuple[str, ...]
    classes: tuple[ClassChoice, ...]


async def choices(connection: AsyncConnection, wanted: Filter) -> Choices:
    """Return what a filter of this period may hold."""
    period = Filter(wanted.since, wanted.until)
    channels = await by_channel(connection, period, VISIT)
    paths = await by_path(connection, period, VISIT)
    topics = select(DailyTurns.topic).where(*conditions_of(period), DailyTurns.topic != "").distinct()
    found = (await connection.execute(topics.order_by(DailyTurns.topic))).scalars().all()
    return Choices(tuple(channels), tuple(path for path in paths if path), tuple(found), await classes(connection))


async def classes(connection: AsyncConnection) -> tuple[ClassChoice, ...]:
    """Return the classes that are large enough, the newest first."""
    count = func.count(ClassMember.learner_id)
    query = (
        select(LearningClass.code, LearningClass.name, count)
        .join(ClassMember, ClassMember.class_code == LearningClass.code)
        .where(ClassMember.learner_id.not_in(staff_learners()))
        .group_by(LearningClass.code, LearningClass.name, LearningClass.opened_at)
        .having(count >= SMALLEST_GROUP)
        .order_by(LearningClass.opened_at.desc(), LearningClass.code)
    )
    return tuple(ClassChoice(*row) for row in await connection.execute(query))
