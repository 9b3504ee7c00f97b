"""Queries about what one replica at a time does, and about the access of accounts that changes by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.rows import insert
from actions.learners.tables import ChannelToken, Lease


class Leases:
    """All access to leases and tokens within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def hold(self, name: str, holder: str, now: datetime, lifetime: timedelta) -> bool:
        """Take a lease, or go on holding it; False where another holds it."""
        row = {"name": name, "holder": holder, "expires_at": now + lifetime}
        if await insert(self._connection, Lease, row):
            return True
        is_free = or_(Lease.holder == holder, Lease.expires_at <= now)
        taken = update(Lease).where(Lease.name == name, is_free).values(holder=holder, expires_at=now + lifetime)
        return (await self._connection.execute(taken)).rowcount == 1

    async def release(self, name: str, holder: str) -> None:
        """Let others take a lease."""
        await self._connection.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))

    async def tokens(self, channel: str, account: str) -> dict[str, Any] | None:
        """Return the tokens of an account, or None."""
        query = select(ChannelToken.sealed_tokens).where(ChannelToken.channel == channel, ChannelToken.account == account)
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        return None if sealed is None else dict(self._keys.unseal_json(sealed))

    async def keep_tokens(self, channel: str, account: str, tokens: dict[str, Any], now: datetime) -> None:
        """Keep the tokens of an account, sealed; the alarm ends."""
        row = {"channel": channel, "account": account, "sealed_tokens": self._keys.seal_json(tokens), "refreshed_at": now, "lost_at": None}
        await insert(self._connection, ChannelToken, row, replace=("sealed_tokens", "refreshed_at", "lost_at"))

    async def mark_lost(self, channel: str, account: str, now: datetime) -> None:
        """Note that an account's access is gone and a person must act."""
        mine = (ChannelToken.channel == channel, ChannelToken.account == account)
        await self._connection.execute(update(ChannelToken).where(*mine, ChannelToken.lost_at.is_(None)).values(lost_at=now))

    async def token_states(self) -> list[tuple[str, str, datetime, datetime | None]]:
        """Return for each account with tokens: channel, account, when they were renewed, since when they are lost."""
        columns = (ChannelToken.channel, ChannelToken.account, ChannelToken.refreshed_at, ChannelToken.lost_at)
        return [(row.channel, row.account, row.refreshed_at, row.lost_at) for row in await self._connection.execute(select(*columns))]
