"""Zalo Official Account: signed webhooks in, consultation messages out.

The vendor counts the messages that a person may get free of charge, so a whole turn is
merged into one. It has no key against sending twice: a message whose answer got lost is
sent again, and may be seen twice.
"""

import weakref
from asyncio import Lock
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog

from actions.reply import Reply
from bot import clock
from bot.channels import zalo_oa_errors
from bot.channels.base import Inbound, Limits, Outgoing, Request, SendError, Sent, Surroundings
from bot.channels.texts import line, menu, merged, said, told, units
from bot.channels.zalo_oa_access import Access
from bot.channels.zalo_oa_parsing import ANONYMOUS, MARK, Receiver
from bot.settings import SettingsError

logger = structlog.get_logger(__name__)

# docs.zaloplatforms.com, Official Account, as digested on 2026-11-23.
TEXT_MAX_CHARACTERS = 2000
BUTTONS_MAX = 5
TITLE_MAX_CHARACTERS = 100
PICTURE_MAX_BYTES = 2**20
PICTURE_LIFETIME = timedelta(days=6)  # The vendor keeps an upload for 7 days.
MESSAGE_PATH, ANONYMOUS_PATH, UPLOAD_PATH = "/v3.0/oa/message/cs", "/v2.0/oa/message", "/v2.0/oa/upload/image"
TIMEOUT = httpx.Timeout(connect=5, read=15, write=15, pool=5)
PICTURES_REMEMBERED = 1000


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
        self._receiver = Receiver(settings.zalo_oa_app_id, self.account, settings.zalo_oa_secret_key.get_secret_value().strip())
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
        return self._receiver.read(request)

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        """Return a turn in as few messages as its length allows; the first picture is shown, others are told.

        A message holds `text`, and maybe `buttons`, `picture`, and `menu`: the choices as a
        list, for where the text has none and buttons cannot be shown.
        """
        shown = next((reply.image for reply in replies if reply.image is not None), None)
        choices = [choice for reply in replies for choice in reply.choices]
        bubbles = [said(reply, is_shown=reply.image is shown) for reply in replies]
        parts, listed = merged(bubbles, "", TEXT_MAX_CHARACTERS), menu(replies)
        needs_list = len(choices) > BUTTONS_MAX or any(_title(c.label) != line(c.label) for c in choices)
        # No form of the vendor's has a picture and buttons in one message.
        if needs_list or not parts or (shown is not None and choices and len(parts) == 1):
            parts, listed = merged(bubbles, listed, TEXT_MAX_CHARACTERS), ""
        messages: list[Outgoing] = [{"text": part} for part in parts] or ([] if shown is None else [{"text": ""}])
        if shown is not None:
            messages[0] |= {"picture": {"path": shown.path, "told": told(shown.alt)}}
        if choices:
            messages[-1] |= {"buttons": [{"title": _title(c.label), "value": c.value} for c in choices[:BUTTONS_MAX]]}
        if listed:
            messages[-1] |= {"menu": listed}
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
        words = [picture["told"] if picture else "", text]
        if address.startswith(ANONYMOUS):
            return await self._send_anonymous(address, merged(words, message.get("menu", ""), TEXT_MAX_CHARACTERS))
        *before, last = merged(words, "", TEXT_MAX_CHARACTERS)
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

    async def _send(self, user_id: str, message: dict[str, Any]) -> Sent:
        answer = await self._access.call(self._url + MESSAGE_PATH, json={"recipient": {"user_id": user_id}, "message": message})
        return Sent(free_replies=zalo_oa_errors.free_replies(answer))

    async def _send_anonymous(self, address: str, parts: Sequence[str]) -> Sent:
        _, anonymous_id, conversation_id = address.split(":")
        recipient = {"anonymous_id": anonymous_id, "conversation_id": conversation_id}
        for part in parts:
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


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Mapping[str, str]) -> dict[str, str]:
    return {"title": button["title"], "type": "oa.query.hide", "payload": MARK + button["value"]}


def _title(label: str) -> str:
    """Return a label as a button can carry it, cut between words."""
    title = line(label)
    if units(title) <= TITLE_MAX_CHARACTERS:
        return title
    while units(title) >= TITLE_MAX_CHARACTERS:
        title = title.rpartition(" ")[0] or title[: TITLE_MAX_CHARACTERS // 2]
    return f"{title}…"
