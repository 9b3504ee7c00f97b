"""What a channel is: it parses an inbound request and sends a neutral reply; it knows nothing of dialogue.

Each file of this folder holds one channel. `open_channels` finds those that are set up by
calling the function `make` of every file. A channel never opens the database: what it must
keep, it is handed.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from actions.reply import Reply
from bot.settings import Settings

Attachment = Literal["", "photo", "voice", "sticker", "video", "file", "contact", "location", "link", "unsupported", "group"]
InboundKind = Literal["message", "blocked", "unblocked", "withdrawn"]
Outgoing = dict[str, Any]  # one call of the vendor's API, as JSON can hold it


@dataclass(frozen=True)
class Request:
    """A webhook request as it came in; header names are lower-case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Inbound:
    """One event of a channel, neutral of it.

    Attributes:
        address: Where a reply goes: a chat's or user's id.
        event_id: The vendor's id of the event, None where it has none; at most 120 characters.
        text: What was typed; the caption of a picture; empty for other things.
        choice: The value of a tapped button, or what a deep link stands for. A poll's answer is
            `poll:<poll id>:<place of the option>`.
        attachment: What came beside or instead of text.
        kind: `blocked` and `unblocked` when the person stops or starts the bot, `withdrawn` when
            all data of the person is to be erased.
        receipt: What the channel's `acknowledge` needs, empty where nothing is to be acknowledged.
    """

    address: str
    event_id: str | None
    text: str = ""
    choice: str | None = None
    attachment: Attachment = ""
    kind: InboundKind = "message"
    receipt: str = ""


@dataclass(frozen=True)
class Sent:
    """What a vendor said to a message it took.

    `poll_id` is the id of a native poll, `free_replies` how many free messages to this person
    are left, where the vendor tells.
    """

    poll_id: str | None = None
    free_replies: int | None = None


@dataclass(frozen=True)
class Limits:
    """What a channel can carry, for previews and for the rules of sending.

    `window_hours`: how long after a person's last message a reply may be sent; None: always.
    `reminder_hours`: the same for what the bot says of its own accord. `free_replies`: how many
    messages are free in that window; None: all. `messages_per_second` and
    `chat_messages_per_second` are the rates to keep to, over all and to one chat.
    """

    text_max_characters: int
    buttons_max: int
    button_label_max_characters: int
    window_hours: int | None = None
    reminder_hours: int | None = None
    free_replies: int | None = None
    messages_per_second: float | None = None
    chat_messages_per_second: float | None = None


class Channel(Protocol):
    """One account on one channel."""

    name: str
    account: str
    limits: Limits

    def parse(self, request: Request) -> Sequence[Inbound]:
        """Return the events of a webhook request; none where it is understood but of no use.

        Raises:
            RefusedError: It is forged or malformed.
        """

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        """Return the calls that say these replies, within the channel's limits; pure."""

    async def send(self, address: str, message: Outgoing) -> Sent:
        """Make one of these calls.

        Raises:
            SendError: The vendor did not take it.
        """

    async def acknowledge(self, event: Inbound) -> None:
        """Tell the vendor that a tap was seen; best effort, after the event is durable."""

    async def start(self) -> None:
        """Set up what the vendor keeps of the bot: commands, description, the webhook's address.

        Raises:
            SendError: The vendor cannot be reached or refuses the account.
        """

    async def fetch(self) -> Sequence[Inbound]:
        """Wait for the next events by long polling; only called where `is_polling`.

        Events come again until `confirm` was called, as far as the vendor allows.

        Raises:
            SendError: The vendor cannot be reached or refuses.
        """

    def confirm(self) -> None:
        """Note that the events of the last `fetch` are durable."""

    @property
    def is_polling(self) -> bool:
        """Whether events are fetched instead of pushed to the webhook."""

    def class_link(self, code: str) -> str | None:
        """Return an address that opens this channel and joins a class, or None."""

    async def close(self) -> None:
        """Close all connections."""


class RefusedError(Exception):
    """A webhook request that is answered with an error status and otherwise ignored."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


SendErrorKind = Literal[
    "retryable",  # a time-out, a fault of the vendor, no network
    "throttled",  # too many messages; `retry_after_seconds` says how long to wait
    "blocked",  # the person stopped the bot or is gone
    "window_closed",  # the person was not here for too long
    "quota",  # the account's or the person's messages are used up
    "unauthorised",  # the account's token does not work; a person must act
    "moved",  # the chat has the address `moved_to` now
    "final",  # the message itself is refused; sending it again is of no use
]


class SendError(Exception):
    """A vendor did not take a message.

    Attributes:
        kind: What to do about it.
        code: The vendor's code, or the name of the fault; stable, for logs and statistics.
        retry_after_seconds: How long a throttled sender must wait, where the vendor says.
        moved_to: The new address of a chat that moved.
    """

    def __init__(
        self, kind: SendErrorKind, code: str, message: str = "", *, retry_after_seconds: float | None = None, moved_to: str | None = None
    ) -> None:
        super().__init__(f"{kind}: {code} {message}".strip())
        self.kind, self.code, self.message = kind, code, message
        self.retry_after_seconds, self.moved_to = retry_after_seconds, moved_to

    @property
    def is_retryable(self) -> bool:
        """Whether the same message may be taken later."""
        return self.kind in ("retryable", "throttled", "unauthorised", "moved")


class Vault(Protocol):
    """Where a channel's changing access is kept; handed in, so that a channel opens no database."""

    async def read(self) -> dict[str, Any] | None:
        """Return what is kept, or None."""

    async def write(self, tokens: dict[str, Any]) -> None:
        """Keep it, sealed; it is durable when this returns."""

    async def mark_lost(self) -> None:
        """Raise the alarm: consent is gone, a person must give it again."""

    async def hold(self, seconds: float) -> bool:
        """Become the only one, over all replicas, who may renew for so many seconds; False where another is."""

    async def release(self) -> None:
        """Let others renew again."""


@dataclass(frozen=True)
class Surroundings:
    """What channels are made with, beside the settings."""

    settings: Settings
    picture: Callable[[str], Awaitable[bytes | None]]
    vault: Callable[[str, str], Vault]  # for a channel's name and account
    secret: Callable[[str], str] = field(default=lambda _use: "")  # a secret of the service's own, derived for a use

    @property
    def public_url(self) -> str:
        """The address by which people, and vendors, reach the service."""
        return self.settings.effective_public_url

    @property
    def is_public(self) -> bool:
        """Whether a vendor can reach the service: the public address is https."""
        return self.public_url.startswith("https://")


def open_channels(surroundings: Surroundings) -> dict[str, Channel]:
    """Return the channels that are set up, by their names."""
    import bot.channels

    found: dict[str, Channel] = {}
    for module in pkgutil.iter_modules(bot.channels.__path__):
        make = getattr(importlib.import_module(f"bot.channels.{module.name}"), "make", None)
        channel: Channel | None = make(surroundings) if make is not None else None
        if channel is not None:
            found[channel.name] = channel
    return found
