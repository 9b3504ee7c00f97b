"""A little HTTP server that behaves as the Zalo Bot Platform does; tests and the demo page drive it.

It takes GET and POST with a query, a form or JSON, as the vendor does; multipart it does not.
It posts webhooks to this machine only, and unlike the vendor it takes plain http for them.
"""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.http_server import Answer, HttpRequest, HttpServer, as_json, is_loopback, with_fault

TOKEN = "123456789:fake-zalo-bot-token"
TEXT_MAX = 2000  # UTF-16 units, the stricter reading of "characters"
SECRET_MIN, SECRET_MAX = 8, 256
POLL_SECONDS = 30
DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Internal Server Error",
    404: "Not Found",
    408: "Request Timeout",
    429: "Quota exceeded",
}


@dataclass
class Call:
    """One call of the API as it came in, without the token; `code` is what it was answered with, 0 for no answer."""

    method: str
    parameters: dict[str, Any]
    code: int = 0
    at: float = field(default_factory=time.time)


class ApiError(Exception):
    """A call is answered with an error."""

    def __init__(self, code: int, description: str = "") -> None:
        super().__init__(code)
        self.code, self.description = code, description or DESCRIPTIONS.get(code, "Error")


class FakeZaloBot(HttpServer):
    """One bot and the people who write to it.

    Attributes:
        calls: The calls of the API, in order.
        is_wrapped: Whether webhooks carry `{"ok", "result"}` around the event, as the vendor's pages show it.
        photo_field: `photo` as on the vendor's pages, or `photo_url` as seen live.
        is_status_told: Whether an error's code is the HTTP status too, or that is 200.
        statuses: What the webhook answered, 0 for nothing.
    """

    def __init__(self, token: str = TOKEN, *, retries: int = 3, retry_seconds: float = 0.05) -> None:
        super().__init__()
        self.token = token
        self.calls: list[Call] = []
        self.is_wrapped, self.photo_field, self.is_status_told = True, "photo", True
        self.statuses: list[int] = []
        self._retries, self._retry_seconds = retries, retry_seconds
        self._webhook: dict[str, Any] = {"url": "", "secret_token": "", "updated_at": 0}
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._chats: dict[str, list[dict[str, Any]]] = {}

    # What people do.

    def meet(self, user: str) -> None:
        """Let a chat with a person begin without a word."""
        self._chats.setdefault(user, [])

    def leave(self, user: str) -> None:
        """Let a chat be gone, as if the person had removed it."""
        self._chats.pop(user, None)

    async def say(self, user: str, text: str) -> str:
        """Let a person write a text; return the message's id."""
        return await self._happen("text", user, text=text)

    async def send_image(self, user: str, caption: str = "") -> str:
        """Let a person send a picture."""
        return await self._happen("image", user, **{self.photo_field: "https://photo.example.vn/1.jpg", "caption": caption})

    async def send_voice(self, user: str) -> str:
        """Let a person send a voice message."""
        return await self._happen("voice", user, voice_url="https://voice.example.vn/1.aac", message_type="CHAT_VOICE")

    async def send_sticker(self, user: str) -> str:
        """Let a person send a sticker."""
        return await self._happen("sticker", user, sticker="0e078a2fa66a4f34167b", url="https://sticker.example.vn/1.png")

    async def send_unsupported(self, user: str) -> str:
        """Let a person send what Zalo hides from bots; so does everything that a protected person sends."""
        return await self._happen("unsupported", user)

    async def say_in_group(self, group: str, user: str, text: str) -> str:
        """Let a person mention the bot in a group."""
        return await self._happen("text", user, chat={"id": group, "chat_type": "GROUP"}, text=text)

    async def post(self, event: dict[str, Any]) -> None:
        """Give any event to the bot: to its webhook, or to the next getUpdates."""
        if self._webhook["url"]:
            await self._deliver(event)
        else:
            self._waiting.put_nowait(event)

    def messages(self, user: str) -> list[dict[str, Any]]:
        """Return what the bot said to a person: `kind`, `text`, `photo`, `message_id`, `date`."""
        return list(self._chats.get(user, ()))

    async def _happen(self, kind: str, user: str, *, chat: dict[str, str] | None = None, **content: str) -> str:
        self.meet(user if chat is None else chat["id"])
        message = {
            "from": {"id": user, "display_name": "Nguyễn Thị Mơ", "is_bot": False},
            "chat": chat or {"id": user, "chat_type": "PRIVATE"},
            **content,
            "message_id": secrets.token_hex(10),
            "date": time.time_ns() // 1_000_000,
        }
        await self.post({"event_name": f"message.{kind}.received", "message": message})
        return str(message["message_id"])

    async def _deliver(self, event: dict[str, Any]) -> None:
        """Post an event, again when it fails; the vendor's own rules of that are not published."""
        url, secret = self._webhook["url"], self._webhook["secret_token"]
        if not is_loopback(url):
            return
        body = json.dumps({"ok": True, "result": event} if self.is_wrapped else event, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": secret}
        for attempt in range(1 + self._retries):
            status = await self._post_webhook(url, body, headers)
            self.statuses.append(status)
            if 200 <= status < 300:
                return
            await asyncio.sleep(self._retry_seconds * 2**attempt)

    # The API.

    async def _answer(self, request: HttpRequest) -> Answer | None:
        given = dict(parse_qsl(request.query, keep_blank_values=True)) | _parameters(request.body, request.content_type)
        call = Call(request.path.rpartition("/")[2], given)
        self.calls.append(call)
        answer = await with_fault(
            self._next_fault(call.method),
            lambda: self._carry_out(call, request),
            lambda fault: self._refusal(call, ApiError(fault.code, fault.description)),
        )
        if answer is None:
            call.code = 0
        return answer

    async def _carry_out(self, call: Call, request: HttpRequest) -> Answer:
        try:
            self._check(request.path, call)
            is_poll = call.method == "getUpdates"
            result = await self._get_update(call, request.reader) if is_poll else METHODS[call.method](self, call.parameters)
        except ApiError as error:
            return self._refusal(call, error)
        call.code = 200
        return as_json({"ok": True, "result": result})

    def _refusal(self, call: Call, error: ApiError) -> Answer:
        call.code = error.code
        document = {"ok": False, "description": error.description, "error_code": error.code}
        return as_json(document, error.code if self.is_status_told else 200)

    def _check(self, path: str, call: Call) -> None:
        folder, _, _ = path.rpartition("/")
        if folder != f"/bot{self.token}":
            raise ApiError(401 if folder.startswith("/bot") else 404)
        if call.method not in METHODS:
            raise ApiError(404)

    async def _get_update(self, call: Call, reader: asyncio.StreamReader) -> dict[str, Any]:
        """Wait for one event; it is gone once it is answered, whoever heard it."""
        if self._webhook["url"]:
            raise ApiError(400, "Bad Request: a webhook is set")
        next_event = asyncio.ensure_future(self._waiting.get())
        hung_up = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait(
                {next_event, hung_up}, timeout=float(call.parameters.get("timeout") or POLL_SECONDS), return_when=asyncio.FIRST_COMPLETED
            )
            if next_event.done():
                return next_event.result()
            if hung_up.done():
                raise ConnectionResetError
            raise ApiError(408)
        finally:
            next_event.cancel()
            hung_up.cancel()
            await asyncio.wait({next_event, hung_up})

    def _get_me(self, _: dict[str, Any]) -> dict[str, Any]:
        account = self.token.partition(":")[0]
        return {"id": account, "account_name": "bot.BanSo", "account_type": "BASIC", "can_join_groups": False}

    def _set_webhook(self, parameters: dict[str, Any]) -> dict[str, Any]:
        url, secret = str(parameters.get("url") or ""), str(parameters.get("secret_token") or "")
        if not url.startswith("https://") and not is_loopback(url):
            raise ApiError(400, "Bad Request: url must be https")
        if not SECRET_MIN <= len(secret) <= SECRET_MAX:
            raise ApiError(400, "Bad Request: secret_token must have 8 to 256 characters")
        self._webhook = {"url": url, "secret_token": secret, "updated_at": time.time_ns() // 1_000_000}
        return self._webhook_info({})

    def _delete_webhook(self, _: dict[str, Any]) -> dict[str, Any]:
        self._webhook = {"url": "", "secret_token": "", "updated_at": time.time_ns() // 1_000_000}
        return self._webhook_info({})

    def _webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self._webhook["url"], "updated_at": self._webhook["updated_at"]}

    def _send_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._keep(parameters, "text", text=_text(parameters.get("text"), "text"))

    def _send_photo(self, parameters: dict[str, Any]) -> dict[str, Any]:
        photo = str(parameters.get("photo") or "")
        if not photo.startswith(("https://", "http://")):
            raise ApiError(400, "Bad Request: photo must be a URL")
        caption = _text(parameters["caption"], "caption") if "caption" in parameters else ""
        return self._keep(parameters, "photo", photo=photo, text=caption)

    def _send_sticker(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._keep(parameters, "sticker", text="", sticker=_text(parameters.get("sticker"), "sticker"))

    def _send_chat_action(self, parameters: dict[str, Any]) -> None:
        if parameters.get("action") != "typing":
            raise ApiError(400, "Bad Request: unknown action")
        self._chat(parameters)

    def _chat(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            return self._chats[str(parameters["chat_id"])]
        except KeyError:
            raise ApiError(400, "Bad Request: chat not found") from None

    def _keep(self, parameters: dict[str, Any], kind: str, **content: str) -> dict[str, Any]:
        sent = {"message_id": secrets.token_hex(10), "date": time.time_ns() // 1_000_000}
        self._chat(parameters).append({"kind": kind, **content, **sent})
        return sent


METHODS = {
    "getMe": FakeZaloBot._get_me,
    "getUpdates": FakeZaloBot._get_update,
    "setWebhook": FakeZaloBot._set_webhook,
    "deleteWebhook": FakeZaloBot._delete_webhook,
    "getWebhookInfo": FakeZaloBot._webhook_info,
    "sendMessage": FakeZaloBot._send_message,
    "sendPhoto": FakeZaloBot._send_photo,
    "sendSticker": FakeZaloBot._send_sticker,
    "sendChatAction": FakeZaloBot._send_chat_action,
}


def _parameters(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode("utf-16-le")) // 2 <= TEXT_MAX:
        raise ApiError(400, f"Bad Request: {name} must have 1 to {TEXT_MAX} characters")
    return value
