"""Count at once all that was learned before there were statistics: once, in the database, where millions of rows lie.

What comes out is what counting learner by learner would have made of it (`learner_counting`).
"""

from typing import Any

from sqlalchemy import Date, SmallInteger, String, and_, case, cast, func, insert, literal, null, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics.chains import FIRST_OF_WEEK, LAST_TIME, TIME_BEFORE_LAST
from actions.learners.statistics.days import local_day, monday_of
from actions.learners.statistics.learner_counting import QUIZ
from actions.learners.statistics.lesson_counts import FINISHED, PASSED, STARTED
from actions.learners.statistics.staff_traffic import staff_learners
from actions.learners.statistics_tables import ALL, NEVER, CountedLesson, DailyAnswers, DailyCohort, DailyLearning, DailyPeople
from actions.learners.tables import Attempt, Identity, IdentityLearner, LearnerRow, LessonProgress, Table

_DAYS = {STARTED: CountedLesson.started_on, FINISHED: CountedLesson.finished_on, PASSED: CountedLesson.passed_on}
_WHERE = (CountedLesson.channel, CountedLesson.path, CountedLesson.lesson)


async def fill(connection: AsyncConnection) -> None:
    """Fill the empty tables of the statistics from what learners did so far."""
    await _insert(connection, CountedLesson, _lessons())
    await _insert(connection, DailyLearning, _learning())
    longest = (await connection.execute(select(func.max(CountedLesson.step)))).scalar_one() or 0
    await _insert(connection, DailyCohort, _cohorts(longest))
    for metric, day in _DAYS.items():
        for is_by_channel in (True, False):
            for is_by_path in (True, False):
                await _insert(connection, DailyPeople, _people(metric, day, is_by_channel=is_by_channel, is_by_path=is_by_path))
    await _insert(connection, DailyAnswers, _first_answers())
    for channel, path in ((ALL, None), (None, ALL), (ALL, ALL)):
        await _insert(connection, DailyAnswers, _wider_view(channel, path))


async def _insert(connection: AsyncConnection, table: type[Table], query: Any) -> None:
    """Insert what a query returns; its columns are named as the table's."""
    await connection.execute(insert(table).from_select(list(query.selected_columns.keys()), query))


def _lessons() -> Any:
    """Return the lessons of each learner, those that were read joined with those whose questions were answered."""
    progress, none = LessonProgress, null()
    read = select(
        progress.learner_id, progress.lesson, progress.furthest_step.label("step"),
        case((progress.furthest_step > 0, local_day(progress.started_at))).label("started_on"),
        local_day(progress.finished_at).label("finished_on"), local_day(progress.passed_at).label("passed_on"),
        literal(0).label("has_tried"), literal(0).label("attempt_id"),
    )  # fmt: skip
    tried = func.max(case((Attempt.kind == QUIZ, 1), else_=0))
    answered = select(
        Attempt.learner_id, Attempt.lesson, literal(0), cast(none, Date), cast(none, Date), cast(none, Date), tried, func.max(Attempt.id)
    ).group_by(Attempt.learner_id, Attempt.lesson)
    both = union_all(read, answered).subquery()
    homes = _homes()
    most = [func.max(both.c[name]).label(name) for name in ("step", "started_on", "finished_on", "passed_on", "attempt_id")]
    return (
        select(
            both.c.learner_id, both.c.lesson, func.coalesce(homes.c.channel, "").label("channel"),
            func.coalesce(LearnerRow.path, "").label("path"), (func.max(both.c.has_tried) > 0).label("has_tried"), *most,
        )
        .join(LearnerRow, LearnerRow.id == both.c.learner_id)
        .outerjoin(homes, homes.c.learner_id == both.c.learner_id)
        .where(both.c.learner_id.not_in(staff_learners()))
        .group_by(both.c.learner_id, both.c.lesson, homes.c.channel, LearnerRow.path)
    )  # fmt: skip


def _homes() -> Any:
    """Return the channel that each learner used last."""
    columns = (Identity.channel, Identity.seen_at, Identity.id)
    joined = select(IdentityLearner.learner_id, *columns).join(Identity, Identity.id == IdentityLearner.identity_id)
    both = union(joined, select(Identity.learner_id, *columns).where(Identity.learner_id.is_not(None))).subquery()
    place = func.row_number().over(partition_by=both.c.learner_id, order_by=(both.c.seen_at.desc(), both.c.id.desc()))
    ranked = select(both.c.learner_id, both.c.channel, place.label("place")).subquery()
    return select(ranked.c.learner_id, ranked.c.channel).where(ranked.c.place == 1).subquery()


def _learning() -> Any:
    counts = [
        select(day.label("day"), *_WHERE, literal(event, String).label("event"), func.count().label("count"))
        .where(day.is_not(None))
        .group_by(day, *_WHERE)
        for event, day in _DAYS.items()
    ]
    return union_all(*counts)


def _cohorts(longest: int) -> Any:
    """Return how many reached each stage, of those who started."""
    beyond = {
        DailyCohort.FINISHED: CountedLesson.finished_on.is_not(None),
        DailyCohort.TRIED: CountedLesson.has_tried,
        DailyCohort.PASSED: CountedLesson.passed_on.is_not(None),
    }
    steps = {step: CountedLesson.step >= step for step in range(1, longest + 1)}
    counts = [
        select(CountedLesson.started_on.label("day"), *_WHERE, cast(stage, SmallInteger).label("stage"), func.count().label("count"))
        .where(CountedLesson.started_on.is_not(None), is_reached)
        .group_by(CountedLesson.started_on, *_WHERE)
        for stage, is_reached in (steps | beyond).items()
    ]
    return union_all(*counts)


def _people(metric: str, day: Any, *, is_by_channel: bool, is_by_path: bool) -> Any:
    """Return the links of all learners' chains in one view; see `chains`."""
    channel = CountedLesson.channel if is_by_channel else literal(ALL, String)
    path = CountedLesson.path if is_by_path else literal(ALL, String)
    columns = (CountedLesson.learner_id, channel.label("channel"), path.label("path"), day.label("day"))
    seen = select(*columns).where(day.is_not(None)).distinct().subquery()
    person = (seen.c.learner_id, seen.c.channel, seen.c.path)
    earlier = [func.lag(seen.c.day, n).over(partition_by=person, order_by=seen.c.day) for n in (1, 2)]
    before = [func.coalesce(day_before, NEVER).label(f"before_{n}") for n, day_before in enumerate(earlier, start=1)]
    days = select(seen.c.channel, seen.c.path, seen.c.day, *before).cte("days")
    never = literal(NEVER, Date)
    links = (
        (LAST_TIME, days.c.before_1, None),
        (TIME_BEFORE_LAST, days.c.before_2, None),
        (FIRST_OF_WEEK, never, days.c.before_1 < monday_of(days.c.day)),
    )
    counts = []
    for rank, previous, condition in links:
        names = (literal(metric, String).label("metric"), days.c.channel, days.c.path, days.c.day)
        query = select(*names, cast(rank, SmallInteger).label("rank"), previous.label("previous_day"), func.count().label("count"))
        query = query if condition is None else query.where(condition)
        counts.append(query.group_by(days.c.channel, days.c.path, days.c.day, *([] if condition is not None else [previous])))
    return union_all(*counts)


def _first_answers() -> Any:
    same = (Attempt.learner_id, Attempt.lesson, Attempt.question)
    names = ("id", "learner_id", "lesson", "question", "content_version", "choice", "is_right", "attempted_at")
    place = func.row_number().over(partition_by=same, order_by=Attempt.id).label("place")
    ranked = select(*(Attempt.__table__.c[name] for name in names), place).where(Attempt.kind == QUIZ).subquery()
    day = local_day(ranked.c.attempted_at)
    what = [ranked.c[name] for name in ("lesson", "question", "content_version", "choice", "is_right")]
    counted = and_(CountedLesson.learner_id == ranked.c.learner_id, CountedLesson.lesson == ranked.c.lesson)
    return (
        select(CountedLesson.channel, CountedLesson.path, day.label("day"), *what, func.count().label("count"))
        .join(CountedLesson, counted)
        .where(ranked.c.place == 1, ranked.c.id <= CountedLesson.attempt_id)  # What came since is counted with its turn.
        .group_by(CountedLesson.channel, CountedLesson.path, day, *what)
    )


def _wider_view(channel: str | None, path: str | None) -> Any:
    """Return the counts of all channels, or all paths, from those of each."""
    table = DailyAnswers.__table__
    kept = [table.c[name] for name in ("day", "lesson", "question", "content_version", "choice", "is_right")]
    narrow = [column for column, wide in ((table.c.channel, channel), (table.c.path, path)) if wide is None]
    wide = [literal(ALL, String).label(name) for name, value in (("channel", channel), ("path", path)) if value is not None]
    own = (table.c.channel != ALL, table.c.path != ALL)
    return select(*narrow, *wide, *kept, func.sum(table.c.count).label("count")).where(*own).group_by(*narrow, *kept)
