"""A little HTTP server that behaves as the Zalo Bot Platform does; tests and the demo page drive it.

It takes GET and POST with a query, a form or JSON, as the vendor does; multipart it does not.
It posts webhooks to this machine only, and unlike the vendor it takes plain http for them.
"""

import asyncio
import contextlib
import ipaddress
import json
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

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


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an error, a slow answer, or none at all.

    `method` is the one it waits for, "" any but getUpdates. With `is_after_effect` the message
    is delivered before things go wrong; a slow call takes effect in any case, before or after the wait.
    """

    kind: Literal["error", "slow", "drop", "nonsense"]
    code: int = 0
    description: str = ""
    seconds: float = 0.0
    is_after_effect: bool = False
    method: str = ""


@dataclass
class Call:
    """One call of the API as it came in: the token is not part of it."""

    method: str
    parameters: dict[str, Any]
    code: int = 200
    at: float = field(default_factory=time.time)


class ApiError(Exception):
    """A call is answered with an error."""

    def __init__(self, code: int, description: str = "") -> None:
        super().__init__(code)
        self.code, self.description = code, description or DESCRIPTIONS.get(code, "Error")


class FakeZaloBot:
    """One bot and the people who write to it.

    Attributes:
        calls: The calls of the API, in order.
        faults: What goes wrong with the next calls, one after another.
        is_wrapped: Whether webhooks carry `{"ok", "result"}` around the event, as the vendor's pages show it.
        photo_field: `photo` as on the vendor's pages, or `photo_url` as seen live.
        is_status_told: Whether an error's code is the HTTP status too, or that is 200.
        statuses: What the webhook answered, 0 for nothing.
    """

    def __init__(self, token: str = TOKEN, *, retries: int = 3, retry_seconds: float = 0.05) -> None:
        self.token, self.url = token, ""
        self.calls: list[Call] = []
        self.faults: deque[Fault] = deque()
        self.is_wrapped, self.photo_field, self.is_status_told = True, "photo", True
        self.statuses: list[int] = []
        self._retries, self._retry_seconds = retries, retry_seconds
        self._webhook: dict[str, Any] = {"url": "", "secret_token": "", "updated_at": 0}
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._chats: dict[str, list[dict[str, Any]]] = {}
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=10, trust_env=False)

    async def __aenter__(self) -> "FakeZaloBot":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()
        await self._http.aclose()

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
        if not _is_loopback(url):
            return
        body = json.dumps({"ok": True, "result": event} if self.is_wrapped else event, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": secret}
        for attempt in range(1 + self._retries):
            status = 0
            with contextlib.suppress(httpx.HTTPError):
                status = (await self._http.post(url, content=body, headers=headers)).status_code
            self.statuses.append(status)
            if 200 <= status < 300:
                return
            await asyncio.sleep(self._retry_seconds * 2**attempt)

    # The API.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection is to be closed."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length") or 0))
        target = urlsplit(head[0].split(" ")[1])
        method = target.path.rpartition("/")[2]
        call = Call(method, dict(parse_qsl(target.query, keep_blank_values=True)) | _parameters(body, headers.get("content-type", "")))
        fault = self._next_fault(method)
        if fault is not None and fault.kind == "slow" and not fault.is_after_effect:
            await asyncio.sleep(fault.seconds)
            fault = None
        if fault is not None and not fault.is_after_effect:
            return await self._go_wrong(fault, call, writer, None)
        try:
            self._check(unquote(target.path), call)
            result = await self._get_update(call, reader) if method == "getUpdates" else self._act(call)
        except ApiError as error:
            return await self._refuse(error, call, writer)
        self.calls.append(call)
        if fault is not None:
            return await self._go_wrong(fault, None, writer, result)
        return await _answer(writer, 200, {"ok": True, "result": result})

    def _next_fault(self, method: str) -> Fault | None:
        if self.faults and (self.faults[0].method or (method if method != "getUpdates" else "")) == method:
            return self.faults.popleft()
        return None

    async def _go_wrong(self, fault: Fault, call: Call | None, writer: asyncio.StreamWriter, result: Any) -> bool:
        """Do what a fault says; `call` is the call that had no effect, None where it had one."""
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "error":
            return await self._refuse(ApiError(fault.code, fault.description), call or Call("", {}), writer)
        if call is not None:
            call.code = 0
            self.calls.append(call)
        if fault.kind == "drop":
            writer.transport.abort()
            return False
        if fault.kind == "nonsense":
            return await _answer(writer, fault.code or 200, "<html>Gateway</html>")
        return await _answer(writer, 200, {"ok": True, "result": result})

    async def _refuse(self, error: ApiError, call: Call, writer: asyncio.StreamWriter) -> bool:
        if call.method:
            call.code = error.code
            self.calls.append(call)
        document = {"ok": False, "description": error.description, "error_code": error.code}
        return await _answer(writer, error.code if self.is_status_told else 200, document)

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

    def _act(self, call: Call) -> Any:
        return METHODS[call.method](self, call.parameters)

    def _get_me(self, _: dict[str, Any]) -> dict[str, Any]:
        account = self.token.partition(":")[0]
        return {"id": account, "account_name": "bot.BanSo", "account_type": "BASIC", "can_join_groups": False}

    def _set_webhook(self, parameters: dict[str, Any]) -> dict[str, Any]:
        url, secret = str(parameters.get("url") or ""), str(parameters.get("secret_token") or "")
        if not url.startswith("https://") and not _is_loopback(url):
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


def _is_loopback(url: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


async def _answer(writer: asyncio.StreamWriter, status: int, document: Any) -> bool:
    data = document.encode() if isinstance(document, str) else json.dumps(document, ensure_ascii=False).encode()
    kind = "text/html" if isinstance(document, str) else "application/json"
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    await writer.drain()
    return True
