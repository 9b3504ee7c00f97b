"""What goes in and out of the fake of Zalo's OpenAPI: calls, messages, shapes, and what of a message is refused.

Limits, codes and shapes are those of docs.zaloplatforms.com as digested on 2026-11-23.
"""

import email.parser
import email.policy
import json
import urllib.parse
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TEXT_MAX, BUTTONS_MAX, TITLE_MAX, PAYLOAD_MAX, PICTURE_MAX_BYTES = 2000, 5, 100, 1000, 2**20
BUTTON_TYPES = {"oa.query.hide", "oa.query.show", "oa.open.url", "oa.open.phone", "oa.open.sms"}
_FILE = "https://photo-stal.zdn.vn/fake"
ATTACHMENTS: dict[str, dict[str, Any]] = {
    "image": {"type": "image", "payload": {"url": f"{_FILE}.jpg", "thumbnail": f"{_FILE}-small.jpg"}},
    "gif": {"type": "gif", "payload": {"url": f"{_FILE}.gif", "thumbnail": f"{_FILE}-small.gif"}},
    "audio": {"type": "audio", "payload": {"url": f"{_FILE}.amr"}},
    "video": {"type": "video", "payload": {"url": f"{_FILE}.mp4", "thumbnail": f"{_FILE}.jpg", "description": ""}},
    "sticker": {"type": "sticker", "payload": {"url": f"{_FILE}.png", "id": "21979"}},
    "location": {"type": "location", "payload": {"coordinates": {"latitude": "21.0285", "longitude": "105.8542"}}},
    "business_card": {"type": "link", "payload": {"description": '{"phone":"0900000000"}', "url": "https://zalo.me/0"}},
    "file": {"type": "file", "payload": {"size": "1024", "name": "don.pdf", "checksum": "0", "type": "pdf", "url": f"{_FILE}.pdf"}},
    "link": {"type": "link", "payload": {"thumbnail": "", "description": "Trang lạ", "url": "https://vi-du.example/qua"}},
}


@dataclass(frozen=True)
class Button:
    title: str
    type: str
    payload: Any


@dataclass(frozen=True)
class SentMessage:
    """What a person sees of the account."""

    message_id: str
    text: str
    buttons: tuple[Button, ...]
    picture: bytes | None
    at: datetime


@dataclass
class Call:
    """One call of the API. `document` shows no token; `error` is the code that it was answered with, None for no answer."""

    path: str
    document: dict[str, Any]
    token: str = field(repr=False)
    error: int | None = None


@dataclass(frozen=True)
class Event:
    """One webhook request, as it was, or would have been, posted; header names are lower-case."""

    headers: dict[str, str]
    body: bytes
    document: dict[str, Any]
    is_delivered: bool = False


@dataclass(frozen=True)
class Delivery:
    """One try to post an event; `status` is 0 where nobody answered in time."""

    event_name: str
    status: int
    num_retry: int


@dataclass
class Person:
    spoke_at: datetime | None = None
    replies_left: int | None = None
    refusal: int = 0  # the code that every message to this person gets


class VendorError(Exception):
    """A call is answered with an error code."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code


def content_of(message: dict[str, Any]) -> tuple[str, tuple[Button, ...], str | None]:
    """Return a message's text, buttons, and the id of its picture if it has one."""
    text, attachment = message.get("text", ""), message.get("attachment")
    if not isinstance(text, str) or (attachment is None and not text):
        raise VendorError(-201, "text is invalid")
    if len(text.encode("utf-16-le")) // 2 > TEXT_MAX:
        raise VendorError(-210, "text is over 2000 characters")
    if attachment is None:
        return text, (), None
    payload = attachment.get("payload", {})
    if attachment.get("type") != "template" or ("buttons" in payload and "template_type" in payload):
        raise VendorError(-201, "attachment is invalid")
    if payload.get("template_type") == "media":
        return text, (), _attachment_id(payload.get("elements", []))
    if not text:
        raise VendorError(-201, "text is invalid")
    buttons = payload.get("buttons", [])
    if not 1 <= len(buttons) <= BUTTONS_MAX:
        raise VendorError(-210, "buttons must be 1 to 5")
    return text, tuple(_button(button) for button in buttons), None


def _attachment_id(elements: list[dict[str, Any]]) -> str:
    if len(elements) != 1 or elements[0].get("media_type") != "image":
        raise VendorError(-201, "elements is invalid")
    return str(elements[0].get("attachment_id", ""))


def _button(button: dict[str, Any]) -> Button:
    title, kind, payload = button.get("title"), button.get("type"), button.get("payload")
    if not isinstance(title, str) or not title or kind not in BUTTON_TYPES:
        raise VendorError(-201, "title or type is invalid")
    if len(title) > TITLE_MAX or (isinstance(payload, str) and len(payload) > PAYLOAD_MAX):
        raise VendorError(-210, "title or payload is too long")
    if kind.startswith("oa.query") and not (isinstance(payload, str) and payload):
        raise VendorError(-201, "payload is invalid")
    return Button(title, kind, payload)


def form_of(body: bytes) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(body.decode()))


def document_of(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise VendorError(-201, "body is invalid")
    return document


def picture_of(content_type: str, body: bytes) -> bytes:
    """Return the picture in the field `file` of a multipart form."""
    whole = f"Content-Type: {content_type}\r\n\r\n".encode() + body
    for part in email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole).iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            return _checked(part.get_payload(decode=True) or b"")
    raise VendorError(-201, "file is invalid")


def _checked(picture: bytes) -> bytes:
    if not picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise VendorError(-201, "file is not a jpg or png")
    if len(picture) > PICTURE_MAX_BYTES:
        raise VendorError(-210, "file is over 1 MB")
    return picture
