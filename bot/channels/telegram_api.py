"""Calls Telegram's Bot API for the channel, and says in the service's own terms what went wrong."""

import json
import logging
import re
from typing import Any

from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.channels.base import SendError, SendErrorKind

CONNECT_SECONDS, ANSWER_SECONDS, UPLOAD_SECONDS = 5.0, 10.0, 20.0
SENDING_CONNECTIONS, POLLING_CONNECTIONS = 40, 2
DESCRIPTION_MAX_CHARACTERS = 200

# Statuses as the library reads them (telegram/request/_baserequest.py, 22.8); others say what they are by their hundreds.
_KINDS: dict[int, SendErrorKind] = {
    401: "unauthorised",
    403: "blocked",
    404: "unauthorised",  # a token of another shape
    408: "retryable",
    409: "retryable",  # another process polls, or a webhook is set
    429: "throttled",
}
# How Telegram says, with status 400, that nobody is there any more.
_GONE = re.compile(
    r"chat not found|user not found|deactivated|peer_id_invalid|user_is_blocked|chat_write_forbidden|no rights to send", re.IGNORECASE
)


class _ApiError(TelegramError):
    """What the Bot API answered instead of a result, with its status."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(str(document.get("description", "")))
        self.status = status
        parameters = document.get("parameters")
        self.parameters: dict[str, Any] = parameters if isinstance(parameters, dict) else {}


class _ApiRequest(HTTPXRequest):
    """The library's way over HTTP, which keeps the status of an error and logs no answer."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return the status and body of a successful answer.

        Raises:
            TelegramError: It is an error, or no answer of the Bot API.
        """
        status, body = await super().do_request(*args, **kwargs)
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or (status == 200 and "result" not in document):
            raise _ApiError(status, {})
        if status != 200:
            raise _ApiError(status, document)
        return status, body


class ApiBot(Bot):
    """The library's bot, whose answers stay JSON.

    Its own methods make objects of all that was sent and comes back, which takes a third of the
    time of a call, and one update that they cannot read loses all that came with it.
    """

    def __init__(self, api_url: str, token: str) -> None:
        # Below warnings their lines have the token, in the address of each call, or what people wrote.
        for name in ("telegram", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        sending, polling = (
            _ApiRequest(
                connection_pool_size=connections,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
                media_write_timeout=UPLOAD_SECONDS,
                pool_timeout=CONNECT_SECONDS,
            )
            for connections in (SENDING_CONNECTIONS, POLLING_CONNECTIONS)
        )
        super().__init__(token, base_url=f"{api_url.rstrip('/')}/bot", request=sending, get_updates_request=polling)
        self._connections = (sending, polling)

    async def call(self, method: str, read_timeout: float | None = None, **parameters: Any) -> Any:
        """Call a method of the Bot API and return its result; wait `ANSWER_SECONDS` for it, or as long as is said.

        Raises:
            SendError: The call failed; the token is not in it.
        """
        try:
            return await self._post(method, parameters, read_timeout=read_timeout or ANSWER_SECONDS)
        except TelegramError as error:
            raise _send_error(error, self.token) from None

    async def close_connections(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            await connection.shutdown()


def _send_error(error: TelegramError, token: str) -> SendError:
    if not isinstance(error, _ApiError):
        code = "timeout" if isinstance(error, TimedOut) else "network" if isinstance(error, NetworkError) else "unknown"
        return SendError("retryable", code)
    kind = _kind(error)
    said = str(error).replace(token, "•••")[:DESCRIPTION_MAX_CHARACTERS] if kind != "retryable" else ""
    wait, moved_to = error.parameters.get("retry_after"), error.parameters.get("migrate_to_chat_id")
    return SendError(
        kind,
        str(error.status),
        said,
        retry_after_seconds=float(wait) if isinstance(wait, int) else None,
        moved_to=None if moved_to is None else str(moved_to),
    )


def _kind(error: _ApiError) -> SendErrorKind:
    if "migrate_to_chat_id" in error.parameters:
        return "moved"
    if error.status == 400 and _GONE.search(str(error)):
        return "blocked"
    return _KINDS.get(error.status, "final" if 400 <= error.status < 500 else "retryable")
