"""What a webhook request of Zalo's Official Account API means to the service, once its signature is right; used by zalo_oa."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from actions.reply import CHOICE_VALUE_MAX_BYTES
from bot.channels.base import Attachment, Inbound, RefusedError, Request
from bot.channels.texts import whole

logger = structlog.get_logger(__name__)

# docs.zaloplatforms.com, Official Account, as digested on 2026-11-23.
SIGNATURE_HEADER, SERVER_HEADER = "x-zevent-signature", "x-zevent-server"
ATTACHMENTS: dict[str, Attachment] = {
    "text": "", "image": "photo", "gif": "photo", "audio": "voice", "video": "video", "sticker": "sticker",
    "location": "location", "business_card": "contact", "file": "file", "link": "link",
}  # fmt: skip
DEEDS: dict[str, dict[str, str]] = {
    "follow": {"choice": "welcome"},
    "user_click_chatnow": {"choice": "welcome"},
    "unfollow": {"kind": "blocked"},
    "user_withdraw": {"kind": "withdrawn"},
}

# A tapped button comes back as text; the mark tells it from a hashtag that somebody typed.
MARK = "#bs:"
ANONYMOUS = "anon:"
_ADDRESS = re.compile(r"[!-9;-~]{1,64}")  # no colon, which parts the two ids of an anonymous address
_EVENT_ID = re.compile(r"[!-~]{1,120}")
_TIMESTAMP = re.compile(r"\d{1,20}")
_CAPTIONED = ("", "photo", "video", "file", "link")  # Of the others nothing is read: a contact is somebody else's data.


@dataclass(frozen=True)
class Receiver:
    """Whose events are taken: the ids of the app and the account, and the key that the vendor signs with."""

    app_id: str
    oa_id: str
    secret_key: str = field(repr=False)

    def read(self, request: Request) -> list[Inbound]:
        """Return the event of a request, none where it is no citizen's doing.

        Raises:
            RefusedError: The signature is not right, or the body is no event.
        """
        event = self._verified(request)
        if request.headers.get(SERVER_HEADER, "").strip().upper() == "ZNS":
            return []  # It is about a template message; this service sends none.
        return _events(event, self.oa_id)

    def _verified(self, request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "the body must be application/json")
        shown = request.headers.get(SIGNATURE_HEADER, "").strip().lower().removeprefix("mac=").strip()
        if not shown:
            raise RefusedError(403, "the signature is missing")
        try:
            event = json.loads(request.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body is not JSON") from None
        timestamp = str(event.get("timestamp")) if isinstance(event, dict) else ""
        if not _TIMESTAMP.fullmatch(timestamp):
            raise RefusedError(400, "the body is not an event")
        if not self._is_signed(self.app_id, request.body, timestamp, shown):
            if self._is_signed(self.oa_id, request.body, timestamp, shown):
                logger.warning("zalo_oa.signature_by_oa_id")  # Some say it is so; until it is seen live it counts as forged.
            raise RefusedError(403, "the signature is wrong")
        if str(event.get("app_id")) != self.app_id:
            raise RefusedError(403, "the event is another app's")
        return dict(event)

    def _is_signed(self, first: str, body: bytes, timestamp: str, shown: str) -> bool:
        """Compare with sha256(app id + body + timestamp + OA secret key), the vendor's formula, read 2026-11-23."""
        due = hashlib.sha256(first.encode() + body + timestamp.encode() + self.secret_key.encode()).hexdigest()
        return hmac.compare_digest(due.encode(), shown.encode(errors="replace"))


def _events(event: dict[str, Any], account: str) -> list[Inbound]:
    """Return what a signed event says; none where it is no citizen's doing, another account's, or incomplete.

    Such an event is taken all the same: the vendor switches a webhook off that refuses.
    """
    if str(event.get("oa_id") or _part(event, "recipient").get("id") or account) != account:
        logger.warning("zalo_oa.event_of_another_account")  # An app may serve several; or BANSO_ZALO_OA_ID is wrong.
        return []
    name, message = str(event.get("event_name")), _part(event, "message")
    who, _, kind = name.partition("_send_")
    if who in ("user", "anonymous") and kind in ATTACHMENTS:
        sender, conversation = _id(_part(event, "sender").get("id")), _id(message.get("conversation_id"))
        address = sender if who == "user" else f"{ANONYMOUS}{sender}:{conversation}" if sender and conversation else ""
        event_id = _id(message.get("msg_id"), _EVENT_ID)
        what = _said_by_person(kind, message)
    elif name in DEEDS:
        address = _id(_part(event, "follower").get("id") or event.get("user_id") or _part(event, "sender").get("id"))
        event_id, what = "", DEEDS[name]
    else:
        return []
    if not address:
        logger.warning("zalo_oa.event_incomplete", event_name=name)
        return []
    seen = hashlib.sha256(f"{name}|{address}|{event['timestamp']}".encode()).hexdigest()
    return [Inbound(address, event_id or seen, **what)]


def _said_by_person(kind: str, message: Mapping[str, Any]) -> dict[str, Any]:
    attachment, text = ATTACHMENTS[kind], ""
    if attachment in _CAPTIONED:
        text = whole(message.get("text"))
    if attachment == "link" and not text:
        attachments = message.get("attachments")
        first = attachments[0] if isinstance(attachments, list) and attachments else None
        text = whole(_part(first, "payload").get("url")) if isinstance(first, dict) else ""
    value = text.removeprefix(MARK).strip() if kind == "text" and text.startswith(MARK) else ""
    if value and len(value) <= CHOICE_VALUE_MAX_BYTES and value.isascii() and value.isprintable():
        return {"choice": value}
    return {"text": text, "attachment": attachment}


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _id(value: Any, shape: re.Pattern[str] = _ADDRESS) -> str:
    """Return an id as a string, empty where it is none; numbers beyond 2^53 stay whole."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if shape.fullmatch(text) else ""
