"""Slow down who guesses passwords, without locking out the person whose login is guessed."""

from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

BY_PAIR = RateLimitItemPerMinute(5, 10)  # one login from one address: five in ten minutes
BY_ADDRESS = RateLimitItemPerMinute(30, 10)
BY_LOGIN = RateLimitItemPerHour(60)  # loose, so that others cannot shut the person out for long


@dataclass(frozen=True)
class Attempt:
    """One try to log in."""

    login: str
    address: str


class LoginThrottle:
    """Counts failures in moving windows, in this process's memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def is_too_many(self, attempt: Attempt) -> bool:
        """Tell whether there were so many failures that this try is not even looked at."""
        return not all([await self._limiter.test(item, *key) for item, key in _windows(attempt)])

    async def note_failure(self, attempt: Attempt) -> None:
        """Count a failure."""
        for item, key in _windows(attempt):
            await self._limiter.hit(item, *key)

    async def forgive(self, attempt: Attempt) -> None:
        """Forget the failures of a person who got in from the same address."""
        await self._limiter.clear(BY_PAIR, "pair", attempt.login, attempt.address)


def _windows(attempt: Attempt) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
    return (
        (BY_PAIR, ("pair", attempt.login, attempt.address)),
        (BY_ADDRESS, ("address", attempt.address)),
        (BY_LOGIN, ("login", attempt.login)),
    )
