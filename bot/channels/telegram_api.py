"""Calls Telegram's Bot API for the channel, and says in the service's own terms what went wrong."""

import json
import logging
import re
from typing import Any

import aiohttp
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

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


class _ApiRequest(BaseRequest):
    """The library's way over HTTP, by aiohttp, which takes a third of httpx's time; it keeps the status of an error and logs no answer."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """How long an answer is waited for, unless a call says otherwise; in seconds."""
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """Open the connections."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=self._connections))

    async def shutdown(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: Any = None, *_other_timeouts: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """Return the status and body of a successful answer.

        Raises:
            TelegramError: It is an error, or no answer of the Bot API.
        """
        await self.initialize()
        assert self._session is not None
        seconds = read_timeout if isinstance(read_timeout, int | float) else ANSWER_SECONDS
        has_files = request_data is not None and request_data.contains_files
        timeout = aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=seconds, total=seconds + (UPLOAD_SECONDS if has_files else 0))
        try:
            async with self._session.request(method, url, data=_form(request_data), timeout=timeout, allow_redirects=False) as response:
                status, body = response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None
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
        for name in ("telegram", "aiohttp"):
            logging.getLogger(name).setLevel(logging.WARNING)
        sending, polling = _ApiRequest(SENDING_CONNECTIONS), _ApiRequest(POLLING_CONNECTIONS)
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


def _form(data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    """Return the parameters of a call as a form, with files in parts of it."""
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, media_type) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form


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
