"""Slow down who guesses passwords, without locking out the person whose login is guessed."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

BY_PAIR = (RateLimitItemPerMinute(5, 10), RateLimitItemPerHour(15, 3))  # one login from one address: who goes on waits longer
BY_ADDRESS = (RateLimitItemPerMinute(30, 10),)
BY_LOGIN = (RateLimitItemPerHour(60),)  # loose, so that others cannot shut the person out for long


@dataclass(frozen=True)
class Attempt:
    """One try to log in."""

    login: str
    address: str


class LoginThrottle:
    """Counts failures in moving windows, in this process's memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def one_at_a_time(self, attempt: Attempt) -> AsyncIterator[None]:
        """Let tries from one address wait for each other, or many at once would all be looked at before one is counted."""
        turn = self._turns.setdefault(attempt.address, asyncio.Lock())
        async with turn:
            yield

    async def wait_minutes(self, attempt: Attempt) -> int:
        """Return how long until a try is looked at again; 0 where it is now."""
        resets = [
            (await self._limiter.get_window_stats(item, *key)).reset_time
            for item, key in _windows(attempt)
            if not await self._limiter.test(item, *key)
        ]
        return max(math.ceil((max(resets) - time.time()) / 60), 1) if resets else 0

    async def note_failure(self, attempt: Attempt) -> None:
        """Count a failure."""
        for item, key in _windows(attempt):
            await self._limiter.hit(item, *key)

    async def forgive(self, attempt: Attempt) -> None:
        """Forget the failures of a person who got in from the same address."""
        for item in BY_PAIR:
            await self._limiter.clear(item, "pair", attempt.login, attempt.address)


def _windows(attempt: Attempt) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
    return (
        *((item, ("pair", attempt.login, attempt.address)) for item in BY_PAIR),
        *((item, ("address", attempt.address)) for item in BY_ADDRESS),
        *((item, ("login", attempt.login)) for item in BY_LOGIN),
    )
