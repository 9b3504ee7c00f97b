"""How turns ended: the closed list of outcomes, each with its count."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.statistics import questions
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.groups import Part, State, is_enough, parted, shown
from actions.learners.statistics_tables import DailyTurns
from actions.outcome import Outcome

_SHOWN_ELSEWHERE = (Outcome.ANSWERED, Outcome.SUGGESTED, Outcome.UNKNOWN)  # as what was answered, and what was not


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
    known = [place for place, outcome in enumerate(Outcome) if outcome in _SHOWN_ELSEWHERE]
    values = parted(counts, known=known)
    hidden = [count for count, value in zip(counts, values, strict=True) if value is None]
    # Where all others are shown, also elsewhere, the total would tell what is hidden.
    total = shown(sum(counts)) if not hidden or is_enough(hidden) else None
    return Outcomes(state, total, tuple(Part(outcome.value, value) for outcome, value in zip(Outcome, values, strict=True)))
