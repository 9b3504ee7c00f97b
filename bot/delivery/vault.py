"""Where a channel's changing access is kept: sealed in the database, renewed by one replica at a time."""

from datetime import timedelta
from typing import Any

from actions.learners.repository import Repository
from bot import clock


class DatabaseVault:
    """The tokens of one account."""

    def __init__(self, repository: Repository, holder: str, channel: str, account: str) -> None:
        self._repository, self._holder, self._channel, self._account = repository, holder, channel, account
        self._lease = f"token:{channel}:{account}"[:64]

    async def read(self) -> dict[str, Any] | None:
        """Return the tokens, or None before the first."""
        async with self._repository.reading() as store:
            return await store.leases.tokens(self._channel, self._account)

    async def write(self, tokens: dict[str, Any]) -> None:
        """Keep the tokens; they are durable when this returns."""
        async with self._repository.transaction() as store:
            await store.leases.keep_tokens(self._channel, self._account, tokens, clock.now())

    async def mark_lost(self) -> None:
        """Note that a person must give consent again."""
        async with self._repository.transaction() as store:
            await store.leases.mark_lost(self._channel, self._account, clock.now())

    async def hold(self, seconds: float) -> bool:
        """Become the only one who may renew."""
        async with self._repository.transaction() as store:
            return await store.leases.hold(self._lease, self._holder, clock.now(), timedelta(seconds=seconds))

    async def release(self) -> None:
        """Let others renew."""
        async with self._repository.transaction() as store:
            await store.leases.release(self._lease, self._holder)
