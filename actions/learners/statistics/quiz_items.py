"""Which questions of the quizzes are answered wrongly most, and by which choice; each learner's first answer counts."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import people
from actions.learners.statistics.days import local_day
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import SMALLEST_GROUP, State, parted
from actions.learners.statistics.learning import members_of
from actions.learners.statistics_tables import ALL, CountedLesson, DailyAnswers
from actions.learners.tables import Attempt

MINIMUM = 20  # people; below, a share says little


@dataclass(frozen=True)
class ChoiceCount:
    """How many people took a choice at their first answer; `choice` counts from 0 in the order of the content version.

    None where a group of fewer than five would be known by it.
    """

    content_version: str
    choice: int
    is_right: bool
    people: int | None


@dataclass(frozen=True)
class QuizItem:
    """One question of a quiz: how many answered it, how many wrongly at first, and which choices they took."""

    lesson: str
    question: str
    people: int
    wrong: int | None
    choices: tuple[ChoiceCount, ...]

    @property
    def wrong_percent(self) -> float | None:
        """The share of wrong first answers, 0 to 100."""
        return None if self.wrong is None else 100 * self.wrong / self.people

    @property
    def most_chosen_wrong(self) -> ChoiceCount | None:
        """The wrong choice that most people took; None where nobody took one, or it is hidden."""
        wrong = [one for one in self.choices if not one.is_right and one.people]
        return max(wrong, key=lambda one: one.people or 0, default=None)


@dataclass(frozen=True)
class QuizItems:
    """The questions with enough answers, the one most often wrong first, those whose share is hidden last."""

    state: State
    items: tuple[QuizItem, ...] = ()


Same = Callable[[str, str, str, int], Hashable]  # content version, lesson, question, choice -> what makes choices the same
SameIn = Callable[[Collection[str]], Awaitable[Same]]  # the content versions that occur -> that of their choices


async def quiz_items(connection: AsyncConnection, wanted: Filter, minimum: int = MINIMUM, same_in: SameIn | None = None) -> QuizItems:
    """Return the questions by their share of wrong first answers.

    Args:
        connection: The open transaction.
        wanted: What is asked for; a learner's first answer counts on its day, if that lies in the period.
        minimum: How many people must have answered a question; five at the least.
        same_in: Reads content versions, and tells which of their choices are one, by their words;
            without it, each version's choices are counted by themselves.
    """
    state = await people.state_of(connection, wanted)
    if state != "shown":
        return QuizItems(state)
    found: dict[tuple[str, str], list[ChoiceCount]] = defaultdict(list)
    for lesson, question, version, choice, is_right, count in await connection.execute(_query(wanted)):
        found[lesson, question].append(ChoiceCount(version, choice, is_right, int(count)))
    least = max(minimum, SMALLEST_GROUP)
    same = None if same_in is None else await same_in({one.content_version for choices in found.values() for one in choices})
    items = [_item(lesson, question, _merged(lesson, question, choices, same)) for (lesson, question), choices in found.items()]
    enough = [item for item in items if item.people >= least]
    return QuizItems(state, tuple(sorted(enough, key=lambda one: (one.wrong is None, -(one.wrong_percent or 0), one.lesson, one.question))))


def _item(lesson: str, question: str, choices: Sequence[ChoiceCount]) -> QuizItem:
    total = sum(one.people or 0 for one in choices)
    wrong = sum(one.people or 0 for one in choices if not one.is_right)
    shown_wrong = parted([wrong, total - wrong])[0]
    shown: list[ChoiceCount] = []
    for is_right in (True, False):  # each adds up to a number of its own
        same = [one for one in choices if one.is_right == is_right]
        hidden = [None] * len(same) if shown_wrong is None else parted([one.people or 0 for one in same])
        shown += [ChoiceCount(one.content_version, one.choice, is_right, n) for one, n in zip(same, hidden, strict=True)]
    return QuizItem(lesson, question, total, shown_wrong, tuple(shown))


def _merged(lesson: str, question: str, choices: Sequence[ChoiceCount], same: Same | None) -> list[ChoiceCount]:
    """Return the choices with those of different versions added up where they are one; the latest version's number stays."""
    if same is None:
        return list(choices)
    merged: dict[Hashable, ChoiceCount] = {}
    for one in choices:
        key = (same(one.content_version, lesson, question, one.choice), one.is_right)
        before = merged[key].people or 0 if key in merged else 0
        merged[key] = ChoiceCount(one.content_version, one.choice, one.is_right, before + (one.people or 0))
    return list(merged.values())


def _query(wanted: Filter) -> Any:
    table = _of_members(wanted) if wanted.class_code else DailyAnswers.__table__
    names = ("lesson", "question", "content_version", "choice", "is_right")
    columns = [table.c[name] for name in names]
    conditions = [table.c.day.between(wanted.since, wanted.until)]
    if wanted.class_code:
        conditions += [table.c.is_first]
        conditions += [table.c.channel == wanted.channel] if wanted.channel else []
        conditions += [table.c.path == wanted.path] if wanted.path else []
    else:
        conditions += [table.c.channel == (wanted.channel or ALL), table.c.path == (wanted.path or ALL)]
    conditions += [table.c.lesson.in_(wanted.lessons)] if wanted.topic else []
    return select(*columns, func.sum(table.c.count)).where(*conditions).group_by(*columns).order_by(*columns)


def _of_members(wanted: Filter) -> Any:
    """Return the answers of a class, as the counts would hold them."""
    same = (Attempt.learner_id, Attempt.lesson, Attempt.question)
    number = func.row_number().over(partition_by=same, order_by=Attempt.id)
    one, counted = Attempt, CountedLesson
    names = (one.lesson, one.question, one.content_version, one.choice, one.is_right)
    return (
        select(
            local_day(one.attempted_at).label("day"), counted.channel, counted.path, *names,
            (number == 1).label("is_first"), literal(1).label("count"),
        )
        .join(counted, (counted.learner_id == one.learner_id) & (counted.lesson == one.lesson))
        .where(one.learner_id.in_(members_of(wanted)), one.kind == "quiz", one.id <= counted.attempt_id)
        .subquery()
    )  # fmt: skip
