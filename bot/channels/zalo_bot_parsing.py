"""What an event of Zalo's Bot Platform means to the service, by webhook or by polling; pure, used by zalo_bot."""

import hashlib
import re
from typing import Any

from bot.channels.base import Attachment, Inbound, RefusedError
from bot.channels.texts import whole

# The vendor's pages as of 2026-01-28, in github.com/lamdt1/ckvn-bot docs/zalo-bot-doc.md, read 2026-11-23.
ATTACHMENTS: dict[str, Attachment] = {
    "message.text.received": "",
    "message.image.received": "photo",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    # Links and files, and whatever a child, a disabled person or one who cannot read sends.
    "message.unsupported.received": "unsupported",
}
EVENT_ID_MAX_CHARACTERS = 120
ID_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")


def read_event(document: Any) -> list[Inbound]:
    """Return the event in a document, wrapped as the vendor's pages show it or bare as it is seen live; none where it is of no use.

    Raises:
        RefusedError: It is no event.
    """
    event = document.get("result", document) if isinstance(document, dict) else None
    if not isinstance(event, dict) or not isinstance(event.get("event_name"), str):
        raise RefusedError(400, "the body is not an event")
    if event["event_name"] not in ATTACHMENTS:
        return []
    message = event.get("message")
    if not isinstance(message, dict):
        raise RefusedError(400, "the event has no message")
    sender, chat = (value if isinstance(value, dict) else {} for value in (message.get("from"), message.get("chat")))
    address, message_id = _identifier(chat.get("id")), _identifier(message.get("message_id"))
    if sender.get("is_bot") is True:
        return []
    event_id = _event_id(address, message_id)
    if str(chat.get("chat_type") or "PRIVATE").upper() != "PRIVATE":
        return [Inbound(address, event_id, attachment="group")]
    attachment = ATTACHMENTS[event["event_name"]]
    text = _text(message.get("caption" if attachment == "photo" else "text")) if attachment in ("", "photo") else ""
    return [Inbound(address, event_id, text, attachment=attachment)] if text or attachment else []


def _event_id(address: str, message_id: str) -> str:
    plain = f"{address}:{message_id}"
    return plain if len(plain) <= EVENT_ID_MAX_CHARACTERS else hashlib.sha256(plain.encode()).hexdigest()


def _identifier(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if ID_SHAPE.fullmatch(text) is None:
        raise RefusedError(400, "the event has no id of its chat or message")
    return text


def _text(value: Any) -> str:
    """Return a text without halves of characters, which no database takes."""
    if value is not None and not isinstance(value, str):
        raise RefusedError(400, "the text is not a text")
    text = whole(value)
    return text if text.strip() else ""
