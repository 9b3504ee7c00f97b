"""A vault in memory, shared by as many replicas as a test wants; it fails when it is told to."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import clock


@dataclass
class Shelf:
    """What all replicas share. Set `failing_reads` or `failing_writes` to let so many of them fail."""

    kept: str | None = None
    is_lost: bool = False
    losses: int = 0
    holder: str = ""
    held_until: datetime | None = None
    written: list[dict[str, Any]] = field(default_factory=list)
    failing_reads: int = 0
    failing_writes: int = 0


class VaultAwayError(Exception):
    """The database cannot be reached."""


class MemoryVault:
    """One replica's hand on the shelf."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()
        self._name = str(uuid.uuid4())

    def replica(self) -> "MemoryVault":
        """Return another replica's hand on the same shelf."""
        return MemoryVault(self.shelf)

    @property
    def tokens(self) -> dict[str, Any] | None:
        """What is kept, for a test to look at."""
        return None if self.shelf.kept is None else dict(json.loads(self.shelf.kept))

    async def read(self) -> dict[str, Any] | None:
        if self.shelf.failing_reads:
            self.shelf.failing_reads -= 1
            raise VaultAwayError
        return self.tokens

    async def write(self, tokens: dict[str, Any]) -> None:
        if self.shelf.failing_writes:
            self.shelf.failing_writes -= 1
            raise VaultAwayError(repr(tokens))  # A driver's error may show what was to be written.
        self.shelf.kept = json.dumps(tokens)
        self.shelf.is_lost = False
        self.shelf.written.append(dict(tokens))

    async def mark_lost(self) -> None:
        self.shelf.losses += not self.shelf.is_lost
        self.shelf.is_lost = True

    async def hold(self, seconds: float) -> bool:
        now = clock.now()
        is_free = self.shelf.held_until is None or self.shelf.held_until <= now
        if not is_free and self.shelf.holder != self._name:
            return False
        self.shelf.holder, self.shelf.held_until = self._name, now + timedelta(seconds=seconds)
        return True

    async def release(self) -> None:
        if self.shelf.holder == self._name:
            self.shelf.held_until = None
