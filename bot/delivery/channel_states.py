"""How this replica's channels do: when each was set up, what went wrong last; shown to operators."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot import clock


@dataclass(frozen=True)
class ChannelState:
    """One channel, as this replica sees it since its start."""

    ready_at: datetime | None = None
    worked_at: datetime | None = None
    error: str = ""
    failed_at: datetime | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing went wrong since it last worked."""
        return self.ready_at is not None and (self.failed_at is None or (self.worked_at or self.ready_at) >= self.failed_at)


class ChannelStates:
    """The states of all channels by name."""

    def __init__(self) -> None:
        self._states: dict[str, ChannelState] = {}

    def of(self, channel: str) -> ChannelState:
        """Return the state of a channel."""
        return self._states.get(channel, ChannelState())

    def ready(self, channel: str) -> None:
        """Note that the vendor knows the bot."""
        self._states[channel] = replace(self.of(channel), ready_at=clock.now())

    def worked(self, channel: str) -> None:
        """Note that the vendor was reached."""
        self._states[channel] = replace(self.of(channel), worked_at=clock.now())

    def failed(self, channel: str, error: str) -> None:
        """Note what went wrong."""
        self._states[channel] = replace(self.of(channel), error=error, failed_at=clock.now())
