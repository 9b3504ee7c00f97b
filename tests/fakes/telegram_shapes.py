"""What goes in and out of the fake of Telegram's Bot API: calls, messages, shapes, and how parameters are read."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

JSON_PARAMETERS = {"reply_markup", "options", "link_preview_options", "allowed_updates", "commands", "correct_option_ids"}


@dataclass
class Call:
    """One call as it came in, without the token; `code` is what it was answered with, 0 for no answer."""

    method: str
    parameters: dict[str, Any]
    code: int = 0


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


def text_content(text: str) -> dict[str, Any]:
    entities = [_entity("bot_command", text, found) for found in re.finditer(r"^/\w+(@\w+)?", text)]
    entities += [_entity("mention", text, found) for found in re.finditer(r"(?<![\w/])@\w{4,}", text)]
    return {"text": text} | ({"entities": entities} if entities else {})


def _entity(kind: str, text: str, found: re.Match[str]) -> dict[str, Any]:
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


def poll_shape(poll_id: str, given: dict[str, Any], options: list[str]) -> dict[str, Any]:
    return {
        "id": poll_id,
        "question": given["question"],
        "options": [{"text": o, "voter_count": 0, "persistent_id": str(n)} for n, o in enumerate(options)],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": given.get("is_anonymous", "true") in ("true", True),
        "type": given.get("type", "regular"),
        "allows_multiple_answers": False,
        "correct_option_ids": given.get("correct_option_ids", []),
        "explanation": str(given.get("explanation", "")),
    }


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
