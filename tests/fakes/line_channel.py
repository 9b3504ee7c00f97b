"""A small channel of a vendor named Line: it has little to say, and fails in every way that a test plans."""

import asyncio
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.reply import Reply
from bot.channels.base import Inbound, Limits, Outgoing, RefusedError, Request, SendError, Sent

SECRET = "line-secret-4711"
HEADERS = {"content-type": "application/json", "x-line-secret": SECRET}
LIMITS = Limits(text_max_characters=2000, buttons_max=20, button_label_max_characters=60)


@dataclass(frozen=True)
class Fault:
    """One call that goes wrong; with `has_effect` only its answer is lost."""

    error: Exception
    has_effect: bool = False


def refusal(kind, code="code", **fields) -> Fault:
    """Return a fault of one of the kinds that a vendor's answer may have."""
    return Fault(SendError(kind, code, **fields))


@dataclass
class LineVendor:
    """The vendor's side, shared by all replicas.

    `said` holds what took effect, in its order. `faults` are used up one by one, those of an
    address before those of any. While `gate` is closed, calls wait in `under_way`.
    """

    said: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    faults_of: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    answers: deque[Sent] = field(default_factory=deque)
    under_way: list[str] = field(default_factory=list)
    at_once_max: int = 0
    seconds: float = 0.0
    waiting: list[Inbound] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()

    def to(self, address: str) -> list[str]:
        """Return what was said to an address."""
        return [text for who, text in self.said if who == address]

    async def take(self, address: str, text: str) -> Sent:
        self.calls.append((address, text))
        self.under_way.append(address)
        self.at_once_max = max(self.at_once_max, len(self.under_way))
        try:
            await asyncio.sleep(self.seconds)
            await self.gate.wait()
        finally:
            self.under_way.remove(address)
        faults = self.faults_of[address] or self.faults
        fault = faults.popleft() if faults else None
        if fault is None or fault.has_effect:
            self.said.append((address, text))
        if fault is not None:
            raise fault.error
        return self.answers.popleft() if self.answers else Sent()


@dataclass
class LineChannel:
    """One replica's channel; set `failing_starts` to let so many starts fail."""

    vendor: LineVendor
    name: str = "line"
    account: str = "1"
    limits: Limits = LIMITS
    is_polling: bool = False
    failing_starts: list[Exception] = field(default_factory=list)
    failing_fetches: list[Exception] = field(default_factory=list)
    starts: int = 0
    fetches: int = 0
    is_closed: bool = False
    fetched: int = 0

    def parse(self, request: Request) -> Sequence[Inbound]:
        if not hmac.compare_digest(request.headers.get("x-line-secret", "").encode(errors="replace"), SECRET.encode()):
            raise RefusedError(403, "the secret is wrong")
        if request.headers.get("content-type") != "application/json":
            raise RefusedError(415, "the content type must be application/json")
        try:
            return [Inbound(**event) for event in json.loads(request.body)["events"]]
        except (ValueError, KeyError, TypeError):
            raise RefusedError(400, "the body is no events") from None

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        return [
            {"text": reply.text, "labels": [choice.label for choice in reply.choices], "values": [choice.value for choice in reply.choices]}
            for reply in replies
        ]

    async def send(self, address: str, message: Outgoing) -> Sent:
        return await self.vendor.take(address, message["text"])

    async def acknowledge(self, event: Inbound) -> None:
        if event.receipt:
            self.vendor.acknowledged.append(event.receipt)

    async def start(self) -> None:
        self.starts += 1
        if self.failing_starts:
            raise self.failing_starts.pop(0)

    async def fetch(self) -> Sequence[Inbound]:
        self.fetches += 1
        if self.failing_fetches:
            raise self.failing_fetches.pop(0)
        if not self.vendor.waiting:
            await asyncio.sleep(0.01)
        found = list(self.vendor.waiting)
        self.fetched = len(found)
        return found

    def confirm(self) -> None:
        del self.vendor.waiting[: self.fetched]
        self.fetched = 0

    def class_link(self, code: str) -> str | None:
        return f"https://line.vn/{code}"

    async def close(self) -> None:
        self.is_closed = True
