"""What people ask, and what could not be answered: counts of turns, by topic, answer, day and week."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import people
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Part, Point, State, in_series, parted, shown
from actions.learners.statistics_tables import ALL, DailyTurns
from actions.learners.unanswered import DECLINED, OUTCOMES, SUGGESTED, THUMBS_DOWN, UNKNOWN
from actions.outcome import Outcome

TOP = 20


@dataclass(frozen=True)
class AnswerPart:
    """How often an answer was given, or was the best guess; None where fewer than five times."""

    answer: str
    topic: str
    value: int | None


@dataclass(frozen=True)
class Questions:
    """The questions that were answered in a period; by class they are not kept."""

    state: State
    total: int | None = None
    by_day: tuple[Point, ...] = ()
    by_week: tuple[Point, ...] = ()
    topics: tuple[Part, ...] = ()
    answers: tuple[AnswerPart, ...] = ()


@dataclass(frozen=True)
class KindOfFailure:
    """One way of not being answered: unknown, suggested, declined or thumbs_down."""

    kind: str
    total: int | None
    by_day: tuple[Point, ...]
    by_week: tuple[Point, ...]


@dataclass(frozen=True)
class Unanswered:
    """What could not be answered in a period; by class it is not kept.

    Attributes:
        total: How many questions were unknown, or got an answer or suggestions that were
            refused. What was suggested and not refused is no part of it.
        kinds: Each kind; `suggested` are all questions that got suggestions.
        topics: The topics of the best guesses, the most frequent first; an empty name where there was no guess.
        answers: The answers that were guessed, or given and refused, the most frequent first.
    """

    state: State
    total: int | None = None
    kinds: tuple[KindOfFailure, ...] = ()
    topics: tuple[Part, ...] = ()
    answers: tuple[AnswerPart, ...] = ()


def is_answered() -> ColumnElement[bool]:
    """Say which turns gave an answer."""
    return and_(DailyTurns.outcome == Outcome.ANSWERED.value, DailyTurns.verdict == "")


_KINDS: Mapping[str, ColumnElement[bool]] = {
    UNKNOWN: and_(DailyTurns.outcome == Outcome.UNKNOWN.value, DailyTurns.verdict == ""),
    SUGGESTED: and_(DailyTurns.outcome == Outcome.SUGGESTED.value, DailyTurns.verdict == ""),
    DECLINED: DailyTurns.verdict == DECLINED,
    THUMBS_DOWN: DailyTurns.verdict == THUMBS_DOWN,
}
_FAILURES = (UNKNOWN, DECLINED, THUMBS_DOWN)  # what was suggested may have been what was meant


async def questions(connection: AsyncConnection, wanted: Filter, limit: int = TOP) -> Questions:
    """Return what was asked and answered; each look at an answer counts, also by a tap."""
    if (state := await state_of(connection, wanted)) != "shown":
        return Questions(state)
    days = await _by_day(connection, wanted, is_answered())
    topics = await _by_topic(connection, wanted, is_answered())
    answers = await _by_answer(connection, wanted, is_answered())
    by_day, by_week = in_series(days, wanted)
    return Questions(state, shown(sum(days.values())), by_day, by_week, _ranked(topics)[:limit], answers[:limit])


async def unanswered(connection: AsyncConnection, wanted: Filter, limit: int = TOP) -> Unanswered:
    """Return what could not be answered, by kind and by best guess."""
    if (state := await state_of(connection, wanted)) != "shown":
        return Unanswered(state)
    days = {kind: await _by_day(connection, wanted, _KINDS[kind]) for kind in OUTCOMES}
    sums = {kind: sum(days[kind].values()) for kind in OUTCOMES}
    totals = dict(zip(_FAILURES, parted([sums[kind] for kind in _FAILURES]), strict=True)) | {SUGGESTED: shown(sums[SUGGESTED])}
    failed = or_(*(_KINDS[kind] for kind in _FAILURES))
    topics = await _by_topic(connection, wanted, failed)
    answers = await _by_answer(connection, wanted, failed)
    return Unanswered(
        state, shown(sum(sums[kind] for kind in _FAILURES)),
        tuple(KindOfFailure(kind, totals[kind], *in_series(days[kind], wanted)) for kind in OUTCOMES),
        _ranked(topics)[:limit], answers[:limit],
    )  # fmt: skip


async def state_of(connection: AsyncConnection, wanted: Filter) -> State:
    """Tell whether turns of this filter are kept, and of enough people."""
    return "not_kept" if wanted.class_code else await people.state_of(connection, wanted)


def conditions_of(wanted: Filter) -> list[Any]:
    """Return which turns a filter means."""
    conditions = [*people.in_period(DailyTurns, wanted)]
    conditions += [DailyTurns.channel == (wanted.channel or ALL), DailyTurns.path == (wanted.path or ALL)]
    return conditions + ([DailyTurns.topic == wanted.topic] if wanted.topic else [])


async def _by_day(connection: AsyncConnection, wanted: Filter, which: ColumnElement[bool]) -> dict[date, int]:
    query = select(DailyTurns.day, func.sum(DailyTurns.count)).where(*conditions_of(wanted), which).group_by(DailyTurns.day)
    return {day: int(count) for day, count in await connection.execute(query)}


async def _by_topic(connection: AsyncConnection, wanted: Filter, which: ColumnElement[bool]) -> dict[str, int]:
    query = select(DailyTurns.topic, func.sum(DailyTurns.count)).where(*conditions_of(wanted), which).group_by(DailyTurns.topic)
    return {topic: int(count) for topic, count in await connection.execute(query)}


async def _by_answer(connection: AsyncConnection, wanted: Filter, which: ColumnElement[bool]) -> tuple[AnswerPart, ...]:
    """Return the answers, the most frequent first, hidden ones last."""
    columns = (DailyTurns.answer, DailyTurns.topic)
    query = select(*columns, func.sum(DailyTurns.count)).where(*conditions_of(wanted), which).group_by(*columns).order_by(*columns)
    by_topic: dict[str, dict[str, int]] = defaultdict(dict)
    for answer, topic, count in await connection.execute(query):
        by_topic[topic][answer] = int(count)
    topics = zip(by_topic.items(), parted([sum(answers.values()) for answers in by_topic.values()]), strict=True)
    found = []
    for (topic, answers), of_topic in topics:  # The answers of a topic add up to its number.
        parts = zip(answers, parted(list(answers.values())), strict=True)
        found += [AnswerPart(answer, topic, None if of_topic is None else value) for answer, value in parts if answer]
    return tuple(sorted(found, key=lambda part: (part.value is None, -(part.value or 0), part.answer)))


def _ranked(counts: Mapping[str, int]) -> tuple[Part, ...]:
    """Return the parts, the most frequent first, hidden ones last."""
    names = sorted(counts)
    found = [Part(name, value) for name, value in zip(names, parted([counts[name] for name in names]), strict=True)]
    return tuple(sorted(found, key=lambda part: (part.value is None, -(part.value or 0), part.name)))
