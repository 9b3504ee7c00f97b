"""All reading of statistics within one transaction; the console's page, the exports and the reports call it as `store.statistics`."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.statistics.choices import Choices, choices
from actions.learners.statistics.class_progress import Classes, class_progress
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.funnel import Funnels, LessonFunnel, funnel, funnels
from actions.learners.statistics.learner_rows import AttemptLine, LearnerLine, attempt_rows, learner_rows
from actions.learners.statistics.learning import Learned, learning
from actions.learners.statistics.outcomes import Outcomes, outcomes
from actions.learners.statistics.people import People, people
from actions.learners.statistics.questions import TOP, Questions, Unanswered, questions, unanswered
from actions.learners.statistics.quiz_items import MINIMUM, QuizItems, SameIn, quiz_items
from actions.learners.statistics_tables import StatisticsMark


class Statistics:
    """Each method answers one question; groups of fewer than five people are hidden in what it returns."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def people(self, wanted: Filter) -> People:
        """Return how many people came."""
        return await people(self._connection, wanted)

    async def learning(self, wanted: Filter) -> Learned:
        """Return what was started, finished and passed."""
        return await learning(self._connection, wanted)

    async def funnels(self, wanted: Filter) -> Funnels:
        """Return where learners stop, by lesson."""
        return await funnels(self._connection, wanted)

    async def funnel(self, wanted: Filter, lesson: str) -> LessonFunnel:
        """Return where learners of one lesson stop."""
        return await funnel(self._connection, wanted, lesson)

    async def class_progress(self, wanted: Filter) -> Classes:
        """Return how far the classes are."""
        return await class_progress(self._connection, wanted)

    async def questions(self, wanted: Filter, limit: int = TOP) -> Questions:
        """Return what was asked and answered."""
        return await questions(self._connection, wanted, limit)

    async def unanswered(self, wanted: Filter, limit: int = TOP) -> Unanswered:
        """Return what could not be answered."""
        return await unanswered(self._connection, wanted, limit)

    async def outcomes(self, wanted: Filter) -> Outcomes:
        """Return how turns ended."""
        return await outcomes(self._connection, wanted)

    async def quiz_items(self, wanted: Filter, minimum: int = MINIMUM, same_in: SameIn | None = None) -> QuizItems:
        """Return which questions of the quizzes are answered wrongly most."""
        return await quiz_items(self._connection, wanted, minimum, same_in)

    async def choices(self, wanted: Filter) -> Choices:
        """Return what a filter of this period may hold."""
        return await choices(self._connection, wanted)

    def learner_rows(self, wanted: Filter) -> AsyncIterator[LearnerLine]:
        """Yield one row a learner, for an export."""
        return learner_rows(self._connection, self._keys, wanted)

    def attempt_rows(self, wanted: Filter) -> AsyncIterator[AttemptLine]:
        """Yield one row an attempt, for an export."""
        return attempt_rows(self._connection, self._keys, wanted)

    async def counted_at(self) -> datetime | None:
        """Return when all that waited was counted last."""
        return (await self._connection.execute(select(StatisticsMark.counted_at))).scalar_one_or_none()
