"""What goes in and out of the fake of Telegram's Bot API: calls, messages, shapes, and how a request is read."""

import contextlib
import ipaddress
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

CALLBACK_DATA_MAX_BYTES, BUTTONS_MAX, BUTTONS_MAX_A_ROW = 64, 100, 8
JSON_PARAMETERS = {"reply_markup", "options", "link_preview_options", "allowed_updates", "commands", "correct_option_ids"}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an error, a slow answer, none at all, or one that is no JSON.

    `method` is the one it waits for, "" any but getUpdates. With `is_after_effect` the call has
    taken effect before things go wrong; a slow call takes effect in any case.
    """

    kind: Literal["error", "slow", "drop", "nonsense"]
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] | None = None
    seconds: float = 0.0
    is_after_effect: bool = False
    method: str = ""


@dataclass
class Call:
    """One call as it came in, without the token; `code` is what it was answered with, 0 for no answer."""

    method: str
    parameters: dict[str, Any]
    code: int = 200


@dataclass(frozen=True)
class Button:
    text: str
    data: str


@dataclass(frozen=True)
class BotMessage:
    """What a person sees of the bot: a text or a picture's caption, or a poll, with the rows of buttons below it."""

    message_id: int
    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    picture: bytes | None = None
    poll: dict[str, Any] | None = None

    @property
    def buttons(self) -> list[Button]:
        return [button for row in self.rows for button in row]


class ApiError(Exception):
    """A call is answered with an error."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad_request(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def person(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Mơ", "last_name": "Nguyễn Thị", "language_code": "vi"}


def chat_shape(chat_id: int) -> dict[str, Any]:
    if chat_id > 0:
        return {"id": chat_id, "first_name": "Mơ", "last_name": "Nguyễn Thị", "type": "private"}
    return {"id": chat_id, "title": "Tổ dân phố 5", "type": "supergroup" if chat_id < -(10**12) else "group"}


def now_in_seconds() -> int:
    return int(time.time())


def entity(kind: str, text: str, found: re.Match[str]) -> dict[str, Any]:
    return {"type": kind, "offset": units(text[: found.start()]), "length": units(found[0])}


def chat_of(update: dict[str, Any]) -> int:
    (content,) = (value for key, value in update.items() if key != "update_id")
    place = content.get("message", content)
    return int((place.get("chat") or place.get("user") or place["from"])["id"])


def as_seen(message: dict[str, Any], files: dict[str, bytes]) -> BotMessage:
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", [])
    rows = tuple(tuple(Button(button["text"], button["callback_data"]) for button in row) for row in keyboard)
    picture = files[message["photo"][-1]["file_id"]] if message.get("photo") and message["from"]["is_bot"] else None
    return BotMessage(message["message_id"], message.get("text") or message.get("caption") or "", rows, picture, message.get("poll"))


def check_buttons(rows: list[list[dict[str, str]]]) -> None:
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS_MAX or any(len(row) > BUTTONS_MAX_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    for button in buttons:
        if not button["text"].strip():
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA_MAX_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")


def failure(error: ApiError) -> tuple[int, bytes]:
    document: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters is not None:
        document["parameters"] = error.parameters
    return error.code, json.dumps(document).encode()


def parameters(content_type: str, body: bytes, query: str) -> dict[str, Any]:
    kind, _, rest = content_type.partition(";")
    given: dict[str, Any] = dict(parse_qsl(query))
    if kind == "application/json":
        return {**given, **json.loads(body or b"{}")}
    if kind == "multipart/form-data":
        given |= _parts(body, rest.partition("boundary=")[2].strip().strip('"').encode())
    else:
        given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: json.loads(value) if name in JSON_PARAMETERS and isinstance(value, str) else value for name, value in given.items()}


def _parts(body: bytes, boundary: bytes) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part[2:-2].partition(b"\r\n\r\n")  # Around each part is a line feed.
        name = re.search(rb'name="([^"]*)"', head)
        assert name is not None
        found[name[1].decode()] = content if b"filename=" in head else content.decode()
    return found


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
