"""Telegram: a bot of the Bot API, by webhook or by long polling; made by `bot.channels.base.open_channels`.

The library python-telegram-bot brings the types and the calls; dialogue, queue and pace are the service's own.
"""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from telegram import BotCommand, InputFile

from actions.reply import Reply
from bot.channels import telegram_messages
from bot.channels.base import Inbound, Limits, Outgoing, RefusedError, Request, SendError, Sent, Surroundings
from bot.channels.telegram_api import ANSWER_SECONDS, ApiBot
from bot.channels.telegram_parsing import ALLOWED_UPDATES, Me, UnreadableUpdateError, read_update, update_id
from bot.settings import SettingsError

WEBHOOK_PATH = "/hooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of the header
WEBHOOK_CONNECTIONS = 40
POLL_SECONDS = 25
CHAT_PER_SECOND = 1.0  # core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this, read 2026-11-23
REMEMBERED_PICTURES = 500
CONTENT_PICTURES = "/pictures/"  # what lies elsewhere, like a certificate, may be withdrawn

# core.telegram.org/bots/api#authorizing-your-bot and #setwebhook, read 2026-11-23.
_TOKEN = re.compile(r"(\d{1,15}):[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

logger = structlog.get_logger(__name__)


def make(surroundings: Surroundings) -> "Telegram | None":
    """Return the channel, or None where no token is set.

    Raises:
        SettingsError: The token, the webhook's secret or its address cannot be used.
    """
    settings = surroundings.settings
    token = settings.telegram_token.get_secret_value().strip()
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        raise SettingsError("BANSO_TELEGRAM_TOKEN phải có dạng <số>:<chữ> như BotFather đã cấp; hãy chép lại nguyên dòng đó.")
    secret = settings.telegram_webhook_secret.get_secret_value() or surroundings.secret("telegram-webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise SettingsError("BANSO_TELEGRAM_WEBHOOK_SECRET chỉ gồm A–Z, a–z, 0–9, _ và -, tối đa 256 ký tự; hoặc để trống.")
    if settings.telegram_mode == "webhook" and not surroundings.is_public:
        raise SettingsError(
            "BANSO_TELEGRAM_MODE=webhook cần một địa chỉ mà Telegram gọi tới được: hãy đặt BANSO_PUBLIC_URL mở bằng https://, "
            "hoặc đặt BANSO_TELEGRAM_MODE=polling."
        )
    return Telegram(surroundings, token, secret)


class Telegram:
    """One Telegram bot."""

    name = "telegram"

    def __init__(self, surroundings: Surroundings, token: str, secret: str) -> None:
        self.account = token.partition(":")[0]
        mode = surroundings.settings.telegram_mode
        self.is_polling = not surroundings.is_public if mode == "auto" else mode == "polling"
        per_second = surroundings.settings.telegram_messages_per_second
        self.limits: Limits = replace(telegram_messages.LIMITS, messages_per_second=per_second, chat_messages_per_second=CHAT_PER_SECOND)
        self._surroundings = surroundings
        self._secret = secret
        self._bot = ApiBot(surroundings.settings.telegram_api_url, token)
        self._me = Me(int(self.account))
        self._file_ids: dict[str, str] = {}  # of pictures that Telegram has already, by their paths
        self._offset = self._next_offset = 0

    def parse(self, request: Request) -> Sequence[Inbound]:
        """Return the events of a webhook request; none where it is understood but of no use.

        Raises:
            RefusedError: It is forged or malformed.
        """
        given = request.headers.get(SECRET_HEADER, "").encode(errors="replace")
        if not hmac.compare_digest(given, self._secret.encode()) or not self._secret:
            raise RefusedError(403, "the secret token is missing or wrong")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "the content type must be application/json")
        try:
            document = json.loads(request.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body is no JSON") from None
        try:
            return read_update(document, self._me)
        except UnreadableUpdateError as error:
            if not error.is_update:
                raise RefusedError(400, "the body is no update") from None
            # Refused, it would come again and again, and hold up those behind it.
            logger.warning("telegram.update_unreadable")
            return []

    def compose(self, replies: Sequence[Reply]) -> Sequence[Outgoing]:
        """Return the calls that say these replies, within Telegram's limits; pure."""
        return telegram_messages.compose(replies)

    async def send(self, address: str, message: Outgoing) -> Sent:
        """Make one of these calls; what Telegram does not take as a picture or poll is said in words.

        Raises:
            SendError: Telegram did not take it.
        """
        method = message["method"]
        try:
            if method == "photo":
                return await self._send_photo(address, message)
            if method == "poll":
                return await self._send_poll(address, message)
        except SendError as error:
            if error.kind != "final":
                raise
            logger.warning("telegram.said_in_words", method=method, code=error.code)
        await self._send_words(address, message.get("words", message))
        return Sent()

    async def acknowledge(self, event: Inbound) -> None:
        """Stop the little clock on a tapped button; best effort."""
        if not event.receipt:
            return
        try:
            await self._bot.call("answerCallbackQuery", callback_query_id=event.receipt)
        except SendError as error:
            logger.debug("telegram.not_acknowledged", code=error.code)

    async def start(self) -> None:
        """Ask who the bot is; set the webhook, or take it away to poll; say what the bot does and can be told.

        Raises:
            SendError: Telegram cannot be reached or refuses the account.
            SettingsError: There is no secret for the webhook.
        """
        me = await self._bot.call("getMe")
        self._me = Me(self._me.id, str(me.get("username") or ""))
        if self.is_polling:
            await self._bot.call("deleteWebhook", drop_pending_updates=False)
        else:
            await self._set_webhook()
        try:
            await self._show_profile()
        except SendError as error:
            if error.kind not in ("throttled", "final"):
                raise
            logger.warning("telegram.profile_not_set", code=error.code)  # The chat works without.

    async def fetch(self) -> Sequence[Inbound]:
        """Wait for the next events by long polling; they come again until `confirm` was called.

        Raises:
            SendError: Telegram cannot be reached or refuses; 409 where somebody else polls or a webhook is set.
        """
        updates = await self._bot.call(
            "getUpdates", POLL_SECONDS + ANSWER_SECONDS, offset=self._offset, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
        )
        events: list[Inbound] = []
        for update in updates:
            self._next_offset = max(self._next_offset, (update_id(update) or 0) + 1)
            try:
                events += read_update(update, self._me)
            except UnreadableUpdateError:
                logger.warning("telegram.update_unreadable")
        if not events:
            self.confirm()  # Nothing of it is to be kept.
        return events

    def confirm(self) -> None:
        """Note that the events of the last `fetch` are durable."""
        self._offset = self._next_offset

    def class_link(self, code: str) -> str | None:
        """Return an address that opens the chat and joins a class, or None while the bot's name is not known."""
        return f"https://t.me/{self._me.username}?start=lop_{code}" if self._me.username else None

    async def close(self) -> None:
        """Close all connections."""
        await self._bot.close_connections()

    async def _set_webhook(self) -> None:
        if not self._secret:
            raise SettingsError("BANSO_TELEGRAM_WEBHOOK_SECRET đang trống; hãy đặt một mã bí mật, hoặc đặt BANSO_TELEGRAM_MODE=polling.")
        await self._bot.call(
            "setWebhook",
            url=f"{self._surroundings.public_url}{WEBHOOK_PATH}",
            secret_token=self._secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=WEBHOOK_CONNECTIONS,
        )

    async def _show_profile(self) -> None:
        commands = [BotCommand(name, description) for name, description in telegram_messages.COMMANDS]
        await self._bot.call("setMyCommands", commands=commands)
        await self._bot.call("setMyCommands", commands=commands, language_code="vi")
        await self._bot.call("setMyDescription", description=telegram_messages.DESCRIPTION)
        await self._bot.call("setMyShortDescription", short_description=telegram_messages.SHORT_DESCRIPTION)

    async def _send_words(self, address: str, message: Outgoing) -> None:
        await self._bot.call(
            "sendMessage", chat_id=address, text=message["text"], link_preview_options={"is_disabled": True}, reply_markup=_markup(message)
        )

    async def _send_photo(self, address: str, message: Outgoing) -> Sent:
        path = message["picture"]
        known = self._file_ids.get(path)
        picture: str | InputFile | None = known
        if known is None:
            content = await self._surroundings.picture(path)
            picture = None if content is None else InputFile(content, filename="hinh.png")
        if picture is None:
            await self._send_words(address, message["words"])
            return Sent()
        try:
            sent = await self._bot.call(
                "sendPhoto", chat_id=address, photo=picture, caption=message["text"] or None, reply_markup=_markup(message)
            )
        except SendError as error:
            if error.kind == "final":
                self._file_ids.pop(path, None)  # It may be the id that is refused.
            raise
        if known is None:
            self._remember(path, sent)
        return Sent()

    async def _send_poll(self, address: str, message: Outgoing) -> Sent:
        sent = await self._bot.call(
            "sendPoll",
            chat_id=address,
            question=message["question"],
            options=[{"text": option} for option in message["options"]],
            type="quiz",
            is_anonymous=False,  # votes in others are not told to the bot
            correct_option_ids=[message["right"]],
            explanation=message["explanation"] or None,
            reply_markup=_markup(message),
        )
        poll = sent.get("poll")
        return Sent(poll_id=poll.get("id") if isinstance(poll, dict) else None)

    def _remember(self, path: str, sent: dict[str, Any]) -> None:
        sizes = sent.get("photo")
        largest = sizes[-1] if isinstance(sizes, list) and sizes else None
        if not path.startswith(CONTENT_PICTURES) or not isinstance(largest, dict) or not isinstance(largest.get("file_id"), str):
            return
        while len(self._file_ids) >= REMEMBERED_PICTURES:
            del self._file_ids[next(iter(self._file_ids))]
        self._file_ids[path] = largest["file_id"]


def _markup(message: Outgoing) -> dict[str, Any] | None:
    return {"inline_keyboard": message["keyboard"]} if message["keyboard"] else None
