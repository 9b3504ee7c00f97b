"""Rate budgets of one account: so many messages a second over all and to one chat; pauses that the vendor asks for."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CHATS_REMEMBERED = 10_000
ROUNDING_SECONDS = 1e-6


@dataclass
class _Bucket:
    """A token bucket; `ready_at` is when the next token is there, on the monotonic clock."""

    per_second: float
    burst: float
    ready_at: float = 0.0
    paused_until: float = 0.0

    def seconds(self, now: float) -> float:
        """Return the seconds until the next token is there."""
        return max(self._next(now) - now, 0.0)

    def take(self, now: float) -> None:
        """Take the next token, now or in advance."""
        self.ready_at = self._next(now) + 1 / self.per_second

    def _next(self, now: float) -> float:
        # Nothing is saved up over a pause: after it, the rate holds as well.
        return max(self.ready_at, now - (self.burst - 1) / self.per_second, self.paused_until)


@dataclass
class Budget:
    """The budget of one account.

    Over all, messages go one by one at the account's rate, so that no second has more of them.
    A vendor that answers "too many" does not say whether it means the account or the chat. The
    chat is paused at once; when a second chat is told so during that pause, the account is.
    """

    per_second: float | None
    chat_per_second: float | None
    chat_burst: float = 3.0
    clock: Callable[[], float] = time.monotonic
    _account: _Bucket | None = field(default=None, init=False)
    _chats: dict[str, _Bucket] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.per_second is not None:
            self._account = _Bucket(self.per_second, 1.0)

    async def wait(self, chat: str, seconds_max: float) -> float:
        """Wait until a message may go to a chat: for the chat's turn, then for the account's.

        Returns:
            0 when it may go now. Where that would take longer than `seconds_max`: at once, for
            how many seconds to come back.
        """
        for bucket in (self._chat(chat), self._account):
            is_waiting = bucket is not None
            while bucket is not None and is_waiting:
                now = self.clock()
                seconds = max(bucket.seconds(now), self._paused(chat, now))
                if seconds > seconds_max:
                    return seconds
                bucket.take(now)
                if seconds > 0:
                    await asyncio.sleep(seconds)
                is_waiting = bucket.paused_until - self.clock() > ROUNDING_SECONDS  # A pause may have come meanwhile.
        return 0.0

    def pause(self, chat: str, seconds: float) -> None:
        """Heed a vendor's "too many": no message to this chat, or to any, for so many seconds."""
        now = self.clock()
        others = any(bucket.paused_until > now for name, bucket in self._chats.items() if name != chat)
        bucket = self._chat(chat)
        if bucket is not None:
            bucket.paused_until = max(bucket.paused_until, now + seconds)
        if self._account is not None and (others or bucket is None):
            self._account.paused_until = max(self._account.paused_until, now + seconds)

    def _paused(self, chat: str, now: float) -> float:
        return max((b.paused_until - now for b in (self._account, self._chat(chat)) if b is not None), default=0.0)

    def _chat(self, chat: str) -> _Bucket | None:
        if self.chat_per_second is None:
            return None
        if chat not in self._chats:
            if len(self._chats) >= CHATS_REMEMBERED:
                now = self.clock()
                self._chats = {name: b for name, b in self._chats.items() if max(b.ready_at, b.paused_until) > now}
            self._chats[chat] = _Bucket(self.chat_per_second, self.chat_burst)
        return self._chats[chat]
