"""Zalo Official Account: signed webhooks in, consultation messages out.

The vendor counts the messages that a person may get free of charge, so a whole turn is
merged into one. It has no key against sending twice: a message whose answer got lost is
sent again, and may be seen twice.
"""

import hashlib
import hmac
import json
import re
import unicodedata
import weakref
from asyncio import Lock
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from actions.reply import CHOICE_VALUE_MAX_BYTES, Choice, Image, Reply
from bot import clock
from bot.channels import zalo_oa_errors
from bot.channels.base import Attachment, Inbound, Limits, Outgoing, RefusedError, Request, SendError, Sent, Surroundings
from bot.channels.zalo_oa_access import Access
from bot.settings import SettingsError

logger = structlog.get_logger(__name__)

# docs.zaloplatforms.com, Official Account, as digested on 2026-11-23.
TEXT_MAX_CHARACTERS = 2000
BUTTONS_MAX = 5
TITLE_MAX_CHARACTERS = 100
PICTURE_MAX_BYTES = 2**20
PICTURE_LIFETIME = timedelta(days=6)  # The vendor keeps an upload for 7 days.
MESSAGE_PATH, ANONYMOUS_PATH, UPLOAD_PATH = "/v3.0/oa/message/cs", "/v2.0/oa/message", "/v2.0/oa/upload/image"
SIGNATURE_HEADER, SERVER_HEADER = "x-zevent-signature", "x-zevent-server"
# A tapped button comes back as text; the mark tells it from a hashtag that somebody typed.
MARK = "#bs:"
ANONYMOUS = "anon:"

TIMEOUT = httpx.Timeout(connect=5, read=15, write=15, pool=5)
PICTURES_REMEMBERED = 1000
_ADDRESS = re.compile(r"[!-9;-~]{1,64}")  # no colon, which parts the two ids of an anonymous address
_EVENT_ID = re.compile(r"[!-~]{1,120}")
_TIMESTAMP = re.compile(r"\d{1,20}")
# Where a long text may be parted: between paragraphs, lines, sentences, words.
_BORDERS = tuple(re.compile(border) for border in (r"(\n{2,})", r"(\n+)", r"(\n+|(?<=[^\d\s][.!?…])\s+)", r"(\s+)"))
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
_CAPTIONED = ("", "photo", "video", "file", "link")  # Of the others nothing is read: a contact is somebody else's data.


def make(surroundings: Surroundings) -> "ZaloOA | None":
    """Return the channel, or None where it is not set up.

    Raises:
        SettingsError: Some of its settings are missing.
    """
    settings = surroundings.settings
    if not settings.zalo_oa_id:
        return None
    needed = {
        "BANSO_ZALO_OA_APP_ID": settings.zalo_oa_app_id,
        "BANSO_ZALO_OA_APP_SECRET": settings.zalo_oa_app_secret.get_secret_value(),
        "BANSO_ZALO_OA_SECRET_KEY": settings.zalo_oa_secret_key.get_secret_value(),
    }
    missing = [name for name, value in needed.items() if not value.strip()]
    if missing:
        raise SettingsError(
            f"BANSO_ZALO_OA_ID đã đặt, còn thiếu {', '.join(missing)}. Hãy chép các giá trị này từ trang quản lý ứng dụng Zalo."
        )
    return ZaloOA(surroundings)


class ZaloOA:
    """One Official Account."""

    name = "zalo_oa"
    limits = Limits(TEXT_MAX_CHARACTERS, BUTTONS_MAX, TITLE_MAX_CHARACTERS, window_hours=168, reminder_hours=48, free_replies=8)

    def __init__(self, surroundings: Surroundings) -> None:
        settings = surroundings.settings
        self.account = settings.zalo_oa_id
        self._app_id = settings.zalo_oa_app_id
        self._secret_key = settings.zalo_oa_secret_key.get_secret_value().strip()
        self._url = settings.zalo_oa_api_url.rstrip("/")
        self._http = httpx.AsyncClient(timeout=TIMEOUT)
        self._access = Access(settings, surroundings.vault(self.name, self.account), self._http)
        self._picture = surroundings.picture
        self._uploads: dict[str, tuple[str, datetime]] = {}
        self._uploading: weakref.WeakValueDictionary[str, Lock] = weakref.WeakValueDictionary()

    @property
    def is_polling(self) -> bool:
        """Whether events are fetched: never, the vendor only pushes."""
        return False

    def parse(self, request: Request) -> Sequence[Inbound]:
        """Return the event of a webhook request, if it is one that a citizen made.

        There is no limit on the age of an event: the vendor posts the same body again for up
        to two hours; `event_id` tells what came before.

        Raises:
            RefusedError: The signature is not right, or the body is no event.
        """
        event = self._verified(request)
        if request.headers.get(SERVER_HEADER, "").strip().upper() == "ZNS":
            return []  # It is about a template message; this service sends none.
        return _events(event, self.account)

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        """Return a turn in as few messages as its length allows; the first picture is shown, others are told.

        A message holds `text`, and maybe `buttons`, `picture`, and `menu`: the choices as a
        list, for where the text has none and buttons cannot be shown.
        """
        shown = next((reply.image for reply in replies if reply.image is not None), None)
        choices = [choice for reply in replies for choice in reply.choices]
        body = _joined(*(_said(reply, shown) for reply in replies))
        parts, menu = _parted(body), _menu(choices)
        needs_list = len(choices) > BUTTONS_MAX or any(_title(c.label) != _line(c.label) for c in choices)
        # No form of the vendor's has a picture and buttons in one message.
        if needs_list or not parts or (shown is not None and choices and len(parts) == 1):
            parts, menu = _parted(_joined(body, menu)), ""
        messages: list[Outgoing] = [{"text": part} for part in parts] or ([] if shown is None else [{"text": ""}])
        if shown is not None:
            messages[0] |= {"picture": {"path": shown.path, "told": _told(shown)}}
        if choices:
            messages[-1] |= {"buttons": [{"title": _title(c.label), "value": c.value} for c in choices[:BUTTONS_MAX]]}
        if menu:
            messages[-1] |= {"menu": menu}
        return messages

    async def send(self, address: str, message: Outgoing) -> Sent:
        """Make one call; words are never held up by a picture that cannot be shown.

        Raises:
            SendError: The vendor did not take it.
        """
        text, picture, buttons = message["text"], message.get("picture"), message.get("buttons", [])
        if not address.startswith(ANONYMOUS) and picture is not None:
            sent = await self._send_picture(address, text, picture["path"])
            if sent is not None:
                return sent
        told = _joined(picture["told"] if picture else "", text)
        if address.startswith(ANONYMOUS):
            return await self._send_anonymous(address, _joined(told, message.get("menu", "")))
        *before, last = _parted(told)
        for part in before:
            await self._send(address, {"text": part})
        return await self._send(address, {"text": last} | (_template({"buttons": [_button(b) for b in buttons]}) if buttons else {}))

    async def acknowledge(self, event: Inbound) -> None:
        """Do nothing: a tap is a message, which needs no receipt."""

    async def start(self) -> None:
        """See that there is an access token, and keep it fresh from now on.

        Raises:
            SendError: There is none, and none can be had.
        """
        await self._access.start()

    async def fetch(self) -> Sequence[Inbound]:
        """Refuse: the vendor only pushes events.

        Raises:
            SendError: Always.
        """
        raise SendError("final", "no_polling", "events only come to the webhook")

    def confirm(self) -> None:
        """Do nothing: nothing was fetched."""

    def class_link(self, code: str) -> str | None:
        """Return None: no link into a chat with a payload is documented."""
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self._access.close()
        await self._http.aclose()

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
        if not self._is_signed(self._app_id, request.body, timestamp, shown):
            if self._is_signed(self.account, request.body, timestamp, shown):
                logger.warning("zalo_oa.signature_by_oa_id")  # Some say it is so; until it is seen live it counts as forged.
            raise RefusedError(403, "the signature is wrong")
        if str(event.get("app_id")) != self._app_id:
            raise RefusedError(403, "the event is another app's")
        return dict(event)

    def _is_signed(self, first: str, body: bytes, timestamp: str, shown: str) -> bool:
        """Compare with sha256(app id + body + timestamp + OA secret key), the vendor's formula, read 2026-11-23."""
        due = hashlib.sha256(first.encode() + body + timestamp.encode() + self._secret_key.encode()).hexdigest()
        return hmac.compare_digest(due.encode(), shown.encode(errors="replace"))

    async def _send(self, user_id: str, message: dict[str, Any]) -> Sent:
        answer = await self._access.call(self._url + MESSAGE_PATH, json={"recipient": {"user_id": user_id}, "message": message})
        return Sent(free_replies=zalo_oa_errors.free_replies(answer))

    async def _send_anonymous(self, address: str, text: str) -> Sent:
        _, anonymous_id, conversation_id = address.split(":")
        recipient = {"anonymous_id": anonymous_id, "conversation_id": conversation_id}
        for part in _parted(text):
            await self._access.call(self._url + ANONYMOUS_PATH, json={"recipient": recipient, "message": {"text": part}})
        return Sent()

    async def _send_picture(self, user_id: str, text: str, path: str) -> Sent | None:
        """Send a text with its picture; None where the picture cannot be had or is not taken."""
        for _ in range(2):
            attachment_id = await self._attachment(path)
            if attachment_id is None:
                return None
            element = {"media_type": "image", "attachment_id": attachment_id}
            shown = _template({"template_type": "media", "elements": [element]})
            try:
                return await self._send(user_id, ({"text": text} if text else {}) | shown)
            except SendError as error:
                if error.code != zalo_oa_errors.ATTACHMENT_CODE:
                    raise
                self._uploads.pop(path, None)
        logger.warning("zalo_oa.picture_not_taken")
        return None

    async def _attachment(self, path: str) -> str | None:
        """Return the vendor's id of a picture, uploaded when it is not there yet."""
        async with self._uploading.setdefault(path, Lock()):
            known, until = self._uploads.get(path, ("", clock.now()))
            if until > clock.now():
                return known
            picture = await self._picture(path)
            if picture is None or len(picture) > PICTURE_MAX_BYTES:
                return None
            try:
                answer = await self._access.call(self._url + UPLOAD_PATH, files={"file": ("picture.png", picture, "image/png")})
            except SendError as error:
                logger.warning("zalo_oa.picture_not_uploaded", code=error.code)
                return None
            attachment_id = answer["data"].get("attachment_id") if isinstance(answer.get("data"), dict) else None
            if not isinstance(attachment_id, str):
                return None
            while len(self._uploads) >= PICTURES_REMEMBERED:
                self._uploads.pop(next(iter(self._uploads)))
            self._uploads[path] = (attachment_id, clock.now() + PICTURE_LIFETIME)
            return attachment_id


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
        text = _whole(message.get("text"))
    if attachment == "link" and not text:
        attachments = message.get("attachments")
        first = attachments[0] if isinstance(attachments, list) and attachments else None
        text = _whole(_part(first, "payload").get("url")) if isinstance(first, dict) else ""
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


def _whole(value: Any) -> str:
    """Return a text without halves of characters, which no database takes."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else ""


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Mapping[str, str]) -> dict[str, str]:
    return {"title": button["title"], "type": "oa.query.hide", "payload": MARK + button["value"]}


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _said(reply: Reply, shown: Image | None) -> str:
    text = unicodedata.normalize("NFC", reply.text).strip()
    return _joined(text, "" if reply.image is None or reply.image is shown else _told(reply.image))


def _told(image: Image) -> str:
    return f"(Hình: {_line(image.alt)})"


def _title(label: str) -> str:
    """Return a label as a button can carry it, cut between words."""
    line = _line(label)
    if _units(line) <= TITLE_MAX_CHARACTERS:
        return line
    while _units(line) >= TITLE_MAX_CHARACTERS:
        line = line.rpartition(" ")[0] or line[: TITLE_MAX_CHARACTERS // 2]
    return f"{line}…"


def _menu(choices: Sequence[Choice]) -> str:
    lines = [f"{number}. {_line(choice.label)}" for number, choice in enumerate(choices, 1)]
    return "\n".join(("Trả lời bằng số:", *lines)) if lines else ""


def _units(text: str) -> int:
    """Count UTF-16 units: no page says what the vendor counts, and they are never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parted(text: str) -> list[str]:
    """Return a text in the fewest parts that fit, parted at the widest borders that give so few."""
    if _units(text) <= TEXT_MAX_CHARACTERS:
        return [text] if text else []
    return min((_packed(text, level) for level in range(len(_BORDERS) - 1)), key=len)


def _packed(text: str, level: int) -> list[str]:
    """Join pieces as long as they fit; a piece that does not fit alone is parted at narrower borders."""
    if level == len(_BORDERS):
        step = TEXT_MAX_CHARACTERS if _units(text) == len(text) else TEXT_MAX_CHARACTERS // 2
        return [text[at : at + step] for at in range(0, len(text), step)]
    pieces, parts = _BORDERS[level].split(text), [""]
    for border, piece in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        longer = parts[-1] + border + piece if parts[-1] else piece
        if _units(longer) <= TEXT_MAX_CHARACTERS:
            parts[-1] = longer
        else:
            parts += [piece] if _units(piece) <= TEXT_MAX_CHARACTERS else _packed(piece, level + 1)
    return [part for part in parts if part]
