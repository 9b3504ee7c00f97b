"""Bring the statistics up to now, in small transactions; called every minute by the jobs."""

from datetime import datetime

from actions.learners.repository import Repository
from actions.learners.statistics.counting import TURNS_AT_ONCE

CATCH_UP_ROUNDS = 20  # of some learners each, so that after an upgrade the other jobs of a minute come to their turn


async def roll_up(repository: Repository, now: datetime, catch_up_rounds: int = CATCH_UP_ROUNDS) -> int:
    """Count everything that waits, and go on with learners from before there were statistics.

    A crash loses and doubles nothing: each transaction counts and notes what it counted.

    Returns:
        How many turns were counted.
    """
    counted, last = 0, TURNS_AT_ONCE
    while last == TURNS_AT_ONCE:
        async with repository.transaction() as store:
            last = await store.counting.count_turns(TURNS_AT_ONCE)
        counted += last
    for _ in range(catch_up_rounds):
        async with repository.transaction() as store:
            if not await store.counting.catch_up():
                break
    async with repository.transaction() as store:
        await store.counting.finished(now)
    return counted
