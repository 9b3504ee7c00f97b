"""The tables of the statistics: what waits to be counted, what was counted of whom, the counts by day, and files made of them.

Days are local dates of Vietnam. The counts tell of nobody; what hangs on a person (`turns`,
`visitors`, `counted_lessons`) goes with that person, and the counts stay.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from actions.learners.tables import SENDER_KEY_CHARACTERS, BigId, Table, UtcDateTime

ALL = "*"  # stands for every channel, or every path
NEVER = date(1, 1, 1)  # the day before the first, where there is none
_SLUG = 32
# The people of a topic's lessons are looked up; most rows have none of these days.
_EVENTS_OF_LESSONS = [(event, f"{event}_on", f"{event}_on IS NOT NULL") for event in ("started", "finished", "passed")]


class Turn(Table):
    """One turn that waits to be counted, for a minute or so; `verdict` is declined or thumbs_down, else empty.

    `topic` and `answer` are those of the answer that was given; where there was none, the best guess.
    """

    __tablename__ = "turns"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(String(16))
    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS))
    outcome: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(String(_SLUG))
    answer: Mapped[str] = mapped_column(String(_SLUG))


class Visitor(Table):
    """The last two days on which a sender came while on a path; `path` is `*` for all of the sender's days."""

    __tablename__ = "visitors"

    sender_key: Mapped[str] = mapped_column(String(SENDER_KEY_CHARACTERS), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    last_day: Mapped[date]
    previous_day: Mapped[date]


class CountedLesson(Table):
    """What the counts hold of one learner in one lesson; `channel` and `path` are those of the beginning.

    `started_on` is None for somebody who took only the quiz. `step` is the furthest one;
    `attempt_id` the last attempt that was counted.
    """

    __tablename__ = "counted_lessons"
    __table_args__ = tuple(
        Index(f"ix_counted_lessons_{event}", "lesson", day, "learner_id", postgresql_where=text(there), sqlite_where=text(there))
        for event, day, there in _EVENTS_OF_LESSONS
    )

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(String(_SLUG))
    step: Mapped[int] = mapped_column(SmallInteger)
    started_on: Mapped[date | None]
    finished_on: Mapped[date | None]
    passed_on: Mapped[date | None]
    has_tried: Mapped[bool] = mapped_column(Boolean, server_default=false())
    attempt_id: Mapped[int] = mapped_column(BigId)


class DailyPeople(Table):
    """On a day, how many people did something whose last time before (`rank` 1), or last but one (2), was `previous_day`.

    From these, the number of different people in any period is exact: each person counts at
    their first time in the period, which is the one whose last time lies before it.
    """

    __tablename__ = "daily_people"

    metric: Mapped[str] = mapped_column(String(8), primary_key=True)  # visit, started, finished, passed
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    previous_day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class DailyTurns(Table):
    """How many turns of a day ended so, with this topic and answer; each counts in four views, so that a reader needs only one.

    The views are its own channel and path, all channels, all paths, and all of both.
    """

    __tablename__ = "daily_turns"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(12), primary_key=True)
    topic: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    answer: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class DailyLearning(Table):
    """How many learners started, finished or passed a lesson on a day."""

    __tablename__ = "daily_learning"

    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    event: Mapped[str] = mapped_column(String(8), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class DailyCohort(Table):
    """Of the learners who started a lesson on a day, how many reached a stage since, up to now.

    `stage` is a step from 1 on, or one of `FINISHED`, `TRIED` (the quiz) and `PASSED`.
    """

    __tablename__ = "daily_cohorts"
    FINISHED, TRIED, PASSED = 1001, 1002, 1003

    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    lesson: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)


class DailyAnswers(Table):
    """How many learners took a choice of a question on a day, at their first answer to it in a quiz; in four views, as turns are."""

    __tablename__ = "daily_answers"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    path: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    lesson: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    question: Mapped[str] = mapped_column(String(_SLUG), primary_key=True)
    content_version: Mapped[str] = mapped_column(String(32), primary_key=True)
    choice: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    is_right: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class StatisticsMark(Table):
    """Whether what was there before the statistics is counted, and when the counting last ran; one row, locked meanwhile."""

    __tablename__ = "statistics_marks"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    has_begun: Mapped[bool]
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Export(Table):
    """A file that somebody asked for, or that is made each month; `state` is waiting, running, done or failed.

    `kind` is learners, attempts or report; `filter` is the query of the page's address, for a
    report with its month. `requested_by` is None for what the schedule asks for.
    """

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(8))
    format: Mapped[str] = mapped_column(String(4))
    filter: Mapped[str] = mapped_column(String(500))
    name: Mapped[str] = mapped_column(String(100))
    requested_by: Mapped[str | None] = mapped_column(String(32))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(SmallInteger)
    row_count: Mapped[int] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(500))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExportPart(Table):
    """A part of a file, compressed by zlib; all parts in their order are the file."""

    __tablename__ = "export_parts"

    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
