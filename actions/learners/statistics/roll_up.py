"""Bring the statistics up to now, in small transactions; called every minute by the jobs."""

from datetime import datetime

from actions.learners.repository import Repository
from actions.learners.statistics.counting import TURNS_AT_ONCE


async def roll_up(repository: Repository, now: datetime) -> int:
    """Count everything that waits; the first time ever, also what was learned before.

    A crash loses and doubles nothing: each transaction counts and notes what it counted.

    Returns:
        How many turns were counted.
    """
    async with repository.transaction() as store:
        await store.counting.begin()
    counted, last = 0, TURNS_AT_ONCE
    while last == TURNS_AT_ONCE:
        async with repository.transaction() as store:
            last = await store.counting.count_turns(TURNS_AT_ONCE)
        counted += last
    async with repository.transaction() as store:
        await store.counting.finished(now)
    return counted
