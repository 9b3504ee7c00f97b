"""How turns ended: the closed list of outcomes, each with its count."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import questions
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Part, State, parted, shown
from actions.learners.statistics_tables import DailyTurns
from actions.outcome import Outcome


@dataclass(frozen=True)
class Outcomes:
    """All outcomes in the order of the list, also those that did not occur; by class they are not kept.

    With a topic, only turns that led to one of its answers, or whose best guess is one, are counted.
    """

    state: State
    turns: int | None = None
    parts: tuple[Part, ...] = ()


async def outcomes(connection: AsyncConnection, wanted: Filter) -> Outcomes:
    """Return how many turns of a period ended in each outcome."""
    if (state := await questions.state_of(connection, wanted)) != "shown":
        return Outcomes(state)
    query = select(DailyTurns.outcome, func.sum(DailyTurns.count)).where(*questions.conditions_of(wanted)).group_by(DailyTurns.outcome)
    found = {outcome: int(count) for outcome, count in await connection.execute(query)}
    counts = [found.get(outcome.value, 0) for outcome in Outcome]
    parts = tuple(Part(outcome.value, value) for outcome, value in zip(Outcome, parted(counts), strict=True))
    return Outcomes(state, shown(sum(counts)), parts)
