"""Limits at the door: the size of a body, messages a minute per sender and per address."""

import ipaddress

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.problems import ProblemError, problem
from bot.web.staff_browser import SESSION_COOKIE

BODY_MAX_BYTES = 64 * 1024
HOOK_BODY_MAX_BYTES = 256 * 1024
CONSOLE_BODY_MAX_BYTES = 1024 * 1024
SHEETS_PATH = "/quantri/bang-tinh"
SHEETS_BODY_MAX_BYTES = 10 * 1024 * 1024 + BODY_MAX_BYTES  # the file, and the form around it
LIMITS = (("/hooks/", HOOK_BODY_MAX_BYTES), ("/quantri/vao", BODY_MAX_BYTES), ("/quantri", CONSOLE_BODY_MAX_BYTES))
RETRY_AFTER_SECONDS = 60
_TOO_LONG = "Tin nhắn quá dài. Bạn gửi ngắn hơn nhé."


class RateLimits:
    """Moving windows of one minute, in this process's memory."""

    def __init__(self, sender_messages_per_minute: int, address_requests_per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_sender = RateLimitItemPerMinute(sender_messages_per_minute)
        self._per_address = RateLimitItemPerMinute(address_requests_per_minute)

    async def check_sender(self, sender: str, *, is_urgent: bool = False) -> None:
        """Count a message of a sender; an urgent one is never too many.

        Raises:
            ProblemError: 429, when it is one too many.
        """
        if not is_urgent:
            await self._check(self._per_sender, "sender", sender)

    async def check_address(self, address: str) -> None:
        """Count a request of a network address; this machine's own are not counted.

        Raises:
            ProblemError: 429, when it is one too many.
        """
        if not is_loopback(address):
            await self._check(self._per_address, "address", address)

    async def _check(self, item: RateLimitItemPerMinute, kind: str, key: str) -> None:
        if not await self._limiter.hit(item, kind, key):
            detail = "Bạn gửi hơi nhanh. Bạn chờ một phút rồi gửi tiếp nhé."
            raise ProblemError(429, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def is_loopback(address: str) -> bool:
    """Tell whether a network address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class BodyLimit:
    """ASGI middleware that refuses bodies over `BODY_MAX_BYTES`, or `HOOK_BODY_MAX_BYTES`, however they are sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body first, then hand it on whole."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        limit = _limit_of(scope)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                is_sheet = scope["path"] == SHEETS_PATH
                detail = "Tệp quá lớn, hoặc chưa đăng nhập. Hãy chia thành nhiều tệp dưới 10 MB." if is_sheet else _TOO_LONG
                await problem(413, detail)(scope, receive, send)
                return
            if not message.get("more_body"):
                break
        body = b"".join(chunks)
        is_read = False

        async def replay() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


def _limit_of(scope: Scope) -> int:
    """Return how many bytes a request may have; spreadsheets may be large, but only from a browser that seems logged in."""
    session = f"{SESSION_COOKIE}=".encode()
    if scope["path"] == SHEETS_PATH and any(name == b"cookie" and session in value for name, value in scope["headers"]):
        return SHEETS_BODY_MAX_BYTES
    return next((limit for path, limit in LIMITS if scope["path"].startswith(path)), BODY_MAX_BYTES)
