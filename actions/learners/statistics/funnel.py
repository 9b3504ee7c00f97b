"""Where learners stop: of those who started a lesson in the period, how many reached each step, its end, its quiz, and passed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import people
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import State, is_small, staged
from actions.learners.statistics.learning import members_of
from actions.learners.statistics.lesson_counts import Counted
from actions.learners.statistics_tables import CountedLesson, DailyCohort


@dataclass(frozen=True)
class LessonFunnel:
    """The funnel of one lesson, in people; a stage is None where a group of fewer than five would be known by it.

    Attributes:
        lesson: The lesson's slug.
        steps: How many reached step 1, 2, 3 …; the first is how many started.
        finished: How many saw the last step.
        tried: How many answered a question of the quiz.
        passed: How many passed the quiz.
        is_hidden: So few started that nothing is shown.
    """

    lesson: str
    steps: tuple[int | None, ...]
    finished: int | None
    tried: int | None
    passed: int | None
    is_hidden: bool = False

    @property
    def started(self) -> int | None:
        """How many started the lesson."""
        return self.steps[0] if self.steps else 0

    @property
    def stopped_at(self) -> tuple[int | None, ...]:
        """How many went no further than step 1, 2, 3 …, and did not finish; for the last step, how many reached it without its end."""
        return tuple(
            None if here is None or there is None else max(here - there, 0)
            for here, there in zip(self.steps, (*self.steps, self.finished)[1:], strict=True)
        )

    @property
    def worst_step(self) -> int | None:
        """The step, from 1 on, at which most stopped; None where nobody did, or none is shown."""
        stops = [(count, -n) for n, count in enumerate(self.stopped_at, start=1) if count]
        return -max(stops)[1] if stops else None


@dataclass(frozen=True)
class Funnels:
    """The funnels of all lessons that were started in a period, the one most started first."""

    state: State
    lessons: tuple[LessonFunnel, ...] = ()


async def funnels(connection: AsyncConnection, wanted: Filter) -> Funnels:
    """Return the funnel of each lesson; people count to the day on which they started it, whenever they went on."""
    state = await people.state_of(connection, wanted)
    if state != "shown":
        return Funnels(state)
    stages = await (_stages_of_class(connection, wanted) if wanted.class_code else _stages(connection, wanted))
    found = [_funnel(lesson, counts) for lesson, counts in stages.items()]
    started = {lesson: counts[1] for lesson, counts in stages.items()}
    return Funnels(state, tuple(sorted(found, key=lambda one: (one.is_hidden, 0 if one.is_hidden else -started[one.lesson], one.lesson))))


async def funnel(connection: AsyncConnection, wanted: Filter, lesson: str) -> LessonFunnel:
    """Return the funnel of one lesson; one without steps where nobody started it."""
    found = await funnels(connection, wanted)
    empty = LessonFunnel(lesson, (), 0, 0, 0) if found.state == "shown" else LessonFunnel(lesson, (), None, None, None, is_hidden=True)
    return next((one for one in found.lessons if one.lesson == lesson), empty)


def _funnel(lesson: str, counts: Mapping[int, int]) -> LessonFunnel:
    length = max((stage for stage in counts if stage < DailyCohort.FINISHED), default=0)
    wanted = (*range(1, length + 1), DailyCohort.FINISHED, DailyCohort.TRIED, DailyCohort.PASSED)
    if is_small(counts.get(1, 0)):
        return LessonFunnel(lesson, (None,) * length, None, None, None, is_hidden=True)
    *steps, finished, tried, passed = staged([counts.get(stage, 0) for stage in wanted])
    return LessonFunnel(lesson, tuple(steps), finished, tried, passed)


async def _stages(connection: AsyncConnection, wanted: Filter) -> dict[str, Counter[int]]:
    table = DailyCohort
    query = select(table.lesson, table.stage, func.sum(table.count)).where(*people.in_period(table, wanted), *_where(table, wanted))
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for lesson, stage, count in await connection.execute(query.group_by(table.lesson, table.stage)):
        found[lesson][stage] = int(count)
    return found


async def _stages_of_class(connection: AsyncConnection, wanted: Filter) -> dict[str, Counter[int]]:
    table = CountedLesson
    mine = (table.learner_id.in_(members_of(wanted)), table.started_on.between(wanted.since, wanted.until))
    names = ("lesson", "channel", "path", "step", "started_on", "finished_on", "passed_on", "has_tried")
    found: dict[str, Counter[int]] = defaultdict(Counter)
    query = select(*(table.__table__.c[name] for name in names)).where(*mine, *_where(table, wanted))
    for row in (await connection.execute(query)).mappings():
        found[row["lesson"]].update(Counted(**row).stages)
    return found


def _where(table: Any, wanted: Filter) -> list[Any]:
    conditions = [table.channel == wanted.channel] if wanted.channel else []
    conditions += [table.path == wanted.path] if wanted.path else []
    return conditions + ([table.lesson.in_(wanted.lessons)] if wanted.topic else [])
