"""What an update of Telegram's Bot API means to the service; pure, for the webhook and for polling alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, PollAnswer, Update, User

from bot.channels.base import Attachment, Inbound, InboundKind

ALLOWED_UPDATES = ("message", "callback_query", "poll_answer", "my_chat_member")
TEXT_MAX_CHARACTERS = 4096  # core.telegram.org/bots/api#message, read 2026-11-23
CALLBACK_DATA_MAX_BYTES = 64  # core.telegram.org/bots/api#inlinekeyboardbutton, read 2026-11-23
ID_MAX = 2**52  # core.telegram.org/bots/api#chat: "at most 52 significant bits", read 2026-11-23
UPDATE_ID_MAX = 2**63

# The first that a message has counts: an animation is a document as well, a venue a location.
_ATTACHMENTS: tuple[tuple[str, Attachment], ...] = (
    ("photo", "photo"),
    ("live_photo", "photo"),
    ("voice", "voice"),
    ("audio", "voice"),
    ("video_note", "voice"),
    ("sticker", "sticker"),
    ("animation", "sticker"),
    ("video", "video"),
    ("document", "file"),
    ("contact", "contact"),
    ("venue", "location"),
    ("location", "location"),
    ("poll", "unsupported"),
    ("dice", "unsupported"),
    ("game", "unsupported"),
    ("story", "unsupported"),
    ("paid_media", "unsupported"),
    ("checklist", "unsupported"),
)
_COMMAND = re.compile(r"(/[A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?=\s|$)")  # core.telegram.org/bots/api#botcommand
_CLASS_PAYLOAD = re.compile(r"lop_([A-Z]{1,32})")
_LESSON_PAYLOAD = re.compile(r"bai_([a-z0-9-]{1,32})")
_POLL_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KINDS: dict[str, InboundKind] = {"kicked": "blocked", "member": "unblocked"}
# What the library raises over values of another type than the Bot API's.
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError, OSError, RecursionError)


class UnreadableUpdateError(Exception):
    """Something that is no update, or one whose parts are not as the Bot API describes them.

    Attributes:
        is_update: Whether it is an update at all; one of a later Bot API may be.
    """

    def __init__(self, *, is_update: bool) -> None:
        super().__init__("an update of an unknown shape" if is_update else "no update")
        self.is_update = is_update


@dataclass(frozen=True)
class Me:
    """The bot itself: its id, and its name without @, empty while Telegram was not asked yet."""

    id: int
    username: str = ""


def read_update(document: object, me: Me) -> list[Inbound]:
    """Return the events of an update, none where it is of no use.

    Args:
        document: The update, as JSON.
        me: Who is addressed in groups and by commands.

    Raises:
        UnreadableUpdateError: It is no update, or none of a known shape.
    """
    number = update_id(document)
    if number is None:
        raise UnreadableUpdateError(is_update=False)
    assert isinstance(document, Mapping)
    try:
        # Other kinds are not read at all: what cannot be used shall not be able to fail either.
        update = Update.de_json({"update_id": number} | {kind: document[kind] for kind in ALLOWED_UPDATES if kind in document})
        found = _read(update, me)
    except _UNREADABLE:
        raise UnreadableUpdateError(is_update=True) from None
    return [] if found is None else [found]


def update_id(document: object) -> int | None:
    """Return the id of an update, None where the document is none."""
    found = document.get("update_id") if isinstance(document, Mapping) else None
    return found if type(found) is int and 0 <= found < UPDATE_ID_MAX else None


def _read(update: Update, me: Me) -> Inbound | None:
    event_id = str(update.update_id)
    if update.message is not None:
        return _of_message(update.message, event_id, me)
    if update.callback_query is not None:
        return _of_tap(update.callback_query, event_id)
    if update.poll_answer is not None:
        return _of_vote(update.poll_answer, event_id)
    if update.my_chat_member is not None:
        return _of_membership(update.my_chat_member, event_id)
    return None


def _of_message(message: Message, event_id: str, me: Me) -> Inbound | None:
    address = _address(message.chat)
    if address is None or not _is_person(message.from_user):
        return None
    text = _words(message.text or message.caption)
    command = _COMMAND.match(text)
    is_for_another = command is not None and _is_for_another(command, me)
    if message.chat.type != Chat.PRIVATE:
        is_group = message.chat.type in (Chat.GROUP, Chat.SUPERGROUP)
        is_addressed = not is_for_another and (command is not None or _is_mentioned(text, me) or _is_reply_to(message, me))
        return Inbound(address, event_id, attachment="group") if is_group and is_addressed else None
    if is_for_another and me.username:
        return None
    attachment = _attachment(message)
    if command is not None and not attachment:
        return _of_command(command, text, address, event_id)
    if not text and not attachment:
        return None  # A service message, like one that pins another.
    if attachment and not text and isinstance(message.media_group_id, str):
        # Pictures that were sent together come one by one; a single answer to them is enough.
        event_id = f"album:{message.media_group_id[:64]}"
    return Inbound(address, event_id, text, attachment=attachment)


def _of_command(command: re.Match[str], text: str, address: str, event_id: str) -> Inbound:
    rest = text[command.end() :]
    if command[1].lower() != "/start":
        return Inbound(address, event_id, command[1] + rest)
    payload = rest.strip()
    choice = "welcome"
    if found := _CLASS_PAYLOAD.fullmatch(payload):
        choice = f"ask-join:{found[1]}"
    elif found := _LESSON_PAYLOAD.fullmatch(payload):
        choice = f"lesson:{found[1]}"
    return Inbound(address, event_id, choice=choice)


def _of_tap(query: CallbackQuery, event_id: str) -> Inbound | None:
    chat = query.message.chat if query.message is not None else None
    address = _address(query.from_user if chat is None else chat)
    receipt = query.id if isinstance(query.id, str) and query.id.isascii() else ""
    if address is None or not receipt or not _is_person(query.from_user):
        return None
    if chat is not None and chat.type != Chat.PRIVATE:
        # Whoever taps in a group acts before everybody's eyes, and on what may be another's.
        return Inbound(address, event_id, attachment="group", receipt=receipt) if chat.type in (Chat.GROUP, Chat.SUPERGROUP) else None
    data = query.data
    if not isinstance(data, str) or not (data.isascii() and data.isprintable() and 1 <= len(data) <= CALLBACK_DATA_MAX_BYTES):
        return None
    return Inbound(address, event_id, choice=data, receipt=receipt)


def _of_vote(answer: PollAnswer, event_id: str) -> Inbound | None:
    address = _address(answer.user)
    if address is None or not _is_person(answer.user) or not _POLL_ID.fullmatch(answer.poll_id):
        return None
    if len(answer.option_ids) != 1 or type(answer.option_ids[0]) is not int or not 0 <= answer.option_ids[0] < 100:
        return None  # A vote that was taken back, or one in a poll of another kind.
    return Inbound(address, event_id, choice=f"poll:{answer.poll_id}:{answer.option_ids[0]}")


def _of_membership(change: ChatMemberUpdated, event_id: str) -> Inbound | None:
    address = _address(change.chat)
    kind = _KINDS.get(change.new_chat_member.status)
    if address is None or kind is None or change.chat.type != Chat.PRIVATE:
        return None
    return Inbound(address, event_id, kind=kind)


def _attachment(message: Message) -> Attachment:
    return next((kind for name, kind in _ATTACHMENTS if getattr(message, name)), "")


def _address(of: Chat | User | None) -> str | None:
    found: Any = None if of is None else of.id
    return str(found) if type(found) is int and 0 < abs(found) < ID_MAX else None


def _is_person(user: User | None) -> bool:
    return user is not None and user.is_bot is False


def _words(text: object) -> str:
    """Return a text without halves of characters, which no database and no log can hold."""
    return text.encode(errors="replace").decode()[:TEXT_MAX_CHARACTERS] if isinstance(text, str) else ""


def _is_for_another(command: re.Match[str], me: Me) -> bool:
    return command[2] is not None and command[2].lower() != me.username.lower()


def _is_mentioned(text: str, me: Me) -> bool:
    return bool(me.username) and re.search(rf"@{re.escape(me.username)}\b", text, re.IGNORECASE | re.ASCII) is not None


def _is_reply_to(message: Message, me: Me) -> bool:
    said = message.reply_to_message
    return said is not None and said.from_user is not None and said.from_user.id == me.id
