"""Zalo Bot: messages of Zalo's Bot Platform, by webhook or, to try things out, by polling.

The vendor has no buttons, so menus are numbered lists. It has no key against sending twice
either: a message whose answer got lost is sent again, and may be seen twice. `getUpdates`
takes no receipt: the event that is on its way to us, or that we hold, when the network or
this process fails is lost, so a service runs by webhook.
"""

import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
import structlog

from actions.reply import Reply
from bot.channels.base import Channel, Inbound, Limits, Outgoing, RefusedError, Request, SendError, SendErrorKind, Sent, Surroundings
from bot.channels.texts import joined, menu, merged, said, told, units
from bot.channels.zalo_bot_parsing import read_event
from bot.settings import SettingsError

logger = structlog.get_logger(__name__)

# Limits and codes: the vendor's pages as of 2026-01-28, in github.com/lamdt1/ckvn-bot docs/zalo-bot-doc.md, read 2026-11-23.
TEXT_MAX_CHARACTERS = 2000  # of a message and of a caption
SECRET_CHARACTERS = range(8, 257)
SECRET_HEADER = "x-bot-api-secret-token"  # noqa: S105 - a header's name
SECRET_USE = "zalo-bot-webhook"  # noqa: S105 - what the secret is for
WEBHOOK_PATH = "/hooks/zalo-bot"
POLL_SECONDS = 25
TIMEOUT = httpx.Timeout(connect=5, read=15, write=10, pool=5)
POLL_TIMEOUT = httpx.Timeout(connect=5, read=POLL_SECONDS + 10, write=10, pool=5)
QUOTA_WAIT_SECONDS = 60.0  # The vendor says "quota exceeded" and names no time.
PICTURE_ALT_MAX_CHARACTERS = 500
TOKEN_SHAPE = re.compile(r"([0-9]{1,20}):[A-Za-z0-9._~!$&'()*+,;=@-]+")
ERRORS: dict[int, SendErrorKind] = {
    400: "final",
    401: "unauthorised",
    403: "retryable",  # "internal server error"
    404: "final",
    408: "retryable",
    429: "throttled",
}
GONE = ("chat not found", "user not found", "blocked by")  # The vendor's words are not documented.


def make(surroundings: Surroundings) -> Channel | None:
    """Return the channel, or None where it is not set up.

    Raises:
        SettingsError: A setting of the channel cannot be used.
    """
    settings = surroundings.settings
    token, given = settings.zalo_bot_token.get_secret_value().strip(), settings.zalo_bot_webhook_secret.get_secret_value()
    if not token:
        return None
    if TOKEN_SHAPE.fullmatch(token) is None:
        raise SettingsError("BANSO_ZALO_BOT_TOKEN không đúng dạng <số>:<chữ>. Hãy chép lại nguyên vẹn mã mà Zalo Bot Creator gửi bạn.")
    if given and not _is_secret(given):
        raise SettingsError("BANSO_ZALO_BOT_WEBHOOK_SECRET cần từ 8 tới 256 ký tự a–z, A–Z, 0–9 hoặc dấu, không có khoảng trắng.")
    derived = given or surroundings.secret(SECRET_USE)
    secret = derived if _is_secret(derived) else ""
    if settings.zalo_bot_mode == "webhook" and not (surroundings.is_public and secret):
        raise SettingsError(
            "BANSO_ZALO_BOT_MODE=webhook cần BANSO_PUBLIC_URL mở bằng https:// và một mã bí mật (BANSO_ZALO_BOT_WEBHOOK_SECRET). "
            "Hãy đặt các biến đó, hoặc đặt BANSO_ZALO_BOT_MODE=polling để thử."
        )
    return ZaloBot(surroundings, token, secret)


class ZaloBot:
    """One bot of Zalo's Bot Platform."""

    name = "zalo_bot"
    limits = Limits(TEXT_MAX_CHARACTERS, buttons_max=0, button_label_max_characters=0)

    def __init__(self, surroundings: Surroundings, token: str, secret: str) -> None:
        settings = surroundings.settings
        self.account = token.partition(":")[0]
        self._secret, self._public_url, self._is_public = secret, surroundings.public_url, surroundings.is_public
        self._held: Sequence[Inbound] = []
        is_reachable = surroundings.is_public and bool(secret)
        self._is_polling = settings.zalo_bot_mode == "polling" or (settings.zalo_bot_mode == "auto" and not is_reachable)
        self._http = httpx.AsyncClient(base_url=settings.zalo_bot_api_url, timeout=TIMEOUT, transport=_TokenTransport(token))

    @property
    def is_polling(self) -> bool:
        """Whether events are fetched instead of pushed to the webhook."""
        return self._is_polling

    def parse(self, request: Request) -> Sequence[Inbound]:
        """Return the event of a webhook request, if it is one that a citizen made.

        Raises:
            RefusedError: The secret is not ours, or the body is no event.
        """
        shown = request.headers.get(SECRET_HEADER, "")
        if not self._secret or not hmac.compare_digest(shown.encode(errors="replace"), self._secret.encode()):
            raise RefusedError(403, "the secret token is missing or wrong")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "the body must be application/json")
        try:
            document = json.loads(request.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body is not JSON") from None
        return read_event(document)

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        """Return a turn in as few messages as its length allows; the first picture is shown, others are told."""
        pictured = next((n for n, reply in enumerate(replies) if self._is_showable(reply)), None)
        bubbles = [said(reply, is_shown=n == pictured) for n, reply in enumerate(replies)]
        image = None if pictured is None else replies[pictured].image
        room = TEXT_MAX_CHARACTERS - (0 if image is None else units(told(image.alt)) + 2)
        parts = merged(bubbles, menu(replies), room)
        messages: list[Outgoing] = [{"method": "sendMessage", "text": part} for part in parts]
        if image is not None:
            place = -1 if pictured == len(replies) - 1 else 0
            shown = {"method": "sendPhoto", "photo": f"{self._public_url}{image.path}", "alt": image.alt}
            messages = messages or [{"text": ""}]
            messages[place] = shown | ({"caption": messages[place]["text"]} if messages[place]["text"] else {})
        return messages

    async def send(self, address: str, message: Outgoing) -> Sent:
        """Make one call; a picture that the vendor does not take is told instead.

        Raises:
            SendError: The vendor did not take it.
        """
        parameters = {name: value for name, value in message.items() if name not in ("method", "alt")} | {"chat_id": address}
        try:
            await self._call(message["method"], parameters)
        except SendError as error:
            if message["method"] != "sendPhoto" or error.kind != "final":
                raise
            logger.warning("zalo_bot.picture_refused", code=error.code)
            words = joined(message.get("caption"), told(message["alt"]))
            await self._call("sendMessage", {"chat_id": address, "text": words})
        return Sent()

    async def acknowledge(self, event: Inbound) -> None:
        """Do nothing: the vendor has no buttons, so nothing waits for a receipt."""

    async def start(self) -> None:
        """Tell the vendor where our webhook is, or that there is none.

        Raises:
            SendError: The vendor cannot be reached or refuses the account.
        """
        if not self.is_polling:
            await self._call("setWebhook", {"url": f"{self._public_url}{WEBHOOK_PATH}", "secret_token": self._secret})
            return
        try:
            await self._call("deleteWebhook", {})
        except SendError as error:
            if error.kind != "final":  # It may refuse to delete what is not there.
                raise

    async def fetch(self) -> Sequence[Inbound]:
        """Wait up to `POLL_SECONDS` for one event; the vendor gives each once, so it is held here until `confirm`.

        Raises:
            SendError: The vendor cannot be reached or refuses.
        """
        if not self._held:
            self._held = await self._next_events()
        return self._held

    def confirm(self) -> None:
        """Let the events of the last `fetch` go; the vendor takes no receipt."""
        self._held = []

    def class_link(self, code: str) -> str | None:
        """Return None: no link into a chat with a payload is documented."""
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _is_showable(self, reply: Reply) -> bool:
        return self._is_public and reply.image is not None and units(reply.image.alt) <= PICTURE_ALT_MAX_CHARACTERS

    async def _next_events(self) -> Sequence[Inbound]:
        try:
            document = await self._call("getUpdates", {"timeout": POLL_SECONDS}, POLL_TIMEOUT)
        except SendError as error:
            if error.code == "408":
                return []
            if error.kind == "final":  # Somebody set a webhook; asking again helps once it is gone.
                raise SendError("retryable", error.code, "polling is refused while a webhook is set") from None
            raise
        try:
            return read_event(document) if document else []
        except RefusedError as error:
            logger.warning("zalo_bot.event_skipped", reason=error.detail)
            return []

    async def _call(self, method: str, parameters: dict[str, Any], limit: httpx.Timeout | None = None) -> Any:
        response, fault = None, ""
        try:
            response = await self._http.post(f"/{method}", json=parameters, timeout=limit or httpx.USE_CLIENT_DEFAULT)
        except httpx.TimeoutException:
            fault = "timeout"
        except (httpx.HTTPError, httpx.InvalidURL):
            fault = "network"
        if response is None:
            raise SendError("retryable", fault, "no answer from the Zalo Bot API")
        return _result(response)


class _TokenTransport(httpx.AsyncHTTPTransport):
    """Puts the token into the address at the last moment, so that no log or error of the client can show it."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._folder = f"/bot{token}/".encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to `…/<method>` as one to `…/bot<token>/<method>`."""
        path, _, method = request.url.raw_path.rpartition(b"/")
        url = request.url.copy_with(raw_path=path + self._folder + method)
        return await super().handle_async_request(
            httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
        )


def _is_secret(secret: str) -> bool:
    return len(secret) in SECRET_CHARACTERS and all("!" <= character <= "~" for character in secret)


def _result(response: httpx.Response) -> Any:
    """Return the result in an answer; the vendor's own words stay out of the error, they may name a person."""
    try:
        document = response.json()
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and document.get("ok") is True:
        return document.get("result")
    if not isinstance(document, dict) or "ok" not in document:
        if response.status_code < 400:
            raise SendError("retryable", "bad_answer", "the answer is not of the Zalo Bot API")
        document = {}
    code = response.status_code
    if re.fullmatch(r"[1-9][0-9]{2}", str(document.get("error_code"))):
        code = int(document["error_code"])
    kind = ERRORS.get(code, "final" if 400 <= code < 500 else "retryable")
    if kind == "final" and any(words in str(document.get("description")).lower() for words in GONE):
        kind = "blocked"
    raise SendError(kind, str(code), retry_after_seconds=QUOTA_WAIT_SECONDS if kind == "throttled" else None)
