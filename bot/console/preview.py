"""How turns look on each channel: composed by the channels themselves, then put into bubbles that a page can show."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import SecretStr

from actions.curriculum.model import Curriculum
from actions.curriculum.tree import Item
from actions.reply import Image, Reply, as_document
from bot.channels import telegram_messages
from bot.channels.base import Channel, Outgoing, Surroundings
from bot.channels.telegram import Telegram
from bot.channels.texts import clean, label, line, units
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOA
from bot.console.scenes import Viewer, scenes_of
from bot.settings import Settings

ChannelName = Literal["web", "telegram", "zalo_oa", "zalo_bot"]
CHANNEL_TITLES: dict[ChannelName, str] = {"web": "Trang web", "telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
PUBLIC_URL = "https://vi-du.invalid"  # Zalo shows pictures of a public service only.
SOURCE = "\n\nNguồn: "


@dataclass(frozen=True)
class Poll:
    """A native quiz poll: its options, the place of the right one, and what is said to it."""

    options: tuple[str, ...]
    right: int
    explanation: str


@dataclass(frozen=True)
class Bubble:
    """One message as it looks on a channel.

    `source` is the part of the text that the channel sets apart. `rows` are its buttons. `length`
    counts as the channel does; `limit` is None where there is none.
    """

    text: str
    rows: tuple[tuple[str, ...], ...] = ()
    poll: Poll | None = None
    image: Image | None = None
    source: str = ""
    length: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class Part:
    """One turn: what it is, the field of the form that it comes from, the messages, and what the channel's limits did to it."""

    title: str
    field: str
    bubbles: tuple[Bubble, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """How it is looked at: on which channel, how the reader is addressed, with large letters and short sentences or not."""

    channel: ChannelName = "web"
    address: str = "bạn"
    is_large: bool = False


async def preview(item: Item, curriculum: Curriculum, look: Look, now: datetime) -> list[Part]:
    """Return what a citizen gets of an item.

    Args:
        item: An answer, lesson, guide or drill that the content has.
        curriculum: The content.
        look: How it is looked at.
        now: The time; decides whether a review is overdue.
    """
    scenes = await scenes_of(curriculum, item, now, Viewer(look.address, look.is_large))
    return [
        Part(scene.title, scene.field, *shown(look.channel, scene.result.replies))
        if scene.result is not None
        else Part(scene.title, scene.field, warnings=(scene.problem,))
        for scene in scenes
    ]


def shown(channel: ChannelName, replies: Sequence[Reply]) -> tuple[tuple[Bubble, ...], tuple[str, ...]]:
    """Return the messages in which a channel says a turn, and what its limits did to it."""
    if channel == "web":
        return tuple(_web(replies)), ()
    calls = _channel(channel).compose(replies)
    bubble, warnings = _LOOKS[channel]
    return tuple(bubble(call, replies) for call in calls), tuple(warnings(replies, calls))


def _web(replies: Sequence[Reply]) -> Iterator[Bubble]:
    """As chat.js shows it: the sources set apart, a picture below, the choices one below another, numbered over all bubbles."""
    number = 1
    for reply, document in zip(replies, map(as_document, replies), strict=True):
        said, mark, source = document["text"].partition(SOURCE)
        rows = tuple((f"{n}. {choice['label']}",) for n, choice in enumerate(document["choices"], number))
        number += len(rows)
        yield Bubble(said, rows, image=reply.image, source=f"{mark}{source}".strip(), length=units(document["text"]))


def _telegram(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    rows = tuple(tuple(button["text"] for button in row) for row in call["keyboard"])
    if call["method"] == "poll":
        poll = Poll(tuple(call["options"]), call["right"], call["explanation"])
        return Bubble(call["question"], rows, poll, length=units(call["question"]), limit=telegram_messages.QUESTION_MAX_UNITS)
    is_photo = call["method"] == "photo"
    limit = telegram_messages.CAPTION_MAX_UNITS if is_photo else telegram_messages.TEXT_MAX_UNITS
    return Bubble(call["text"], rows, image=_image(call.get("picture"), replies), length=units(call["text"]), limit=limit)


def _telegram_warnings(replies: Sequence[Reply], _calls: Sequence[Outgoing]) -> Iterator[str]:
    number = 1
    for reply in replies:
        calls = telegram_messages.compose([reply])
        is_poll = any(call["method"] == "poll" for call in calls)
        if reply.poll is not None and not is_poll:
            yield "Câu hỏi hoặc lựa chọn quá dài cho câu đố của Telegram (300 và 100 ký tự), nên hiện thành nút bấm."
        if len(calls) > 1 + (is_poll and reply.image is not None):
            limit = telegram_messages.TEXT_MAX_UNITS if reply.image is None else telegram_messages.CAPTION_MAX_UNITS
            yield f"Chữ dài {units(clean(reply.text))} ký tự, quá {limit}: gửi thành {len(calls)} tin."
        if is_poll and reply.poll is not None and units(clean(reply.poll.explanation)) > telegram_messages.EXPLANATION_MAX_UNITS:
            yield f"Lời giải thích của câu đố dài quá {telegram_messages.EXPLANATION_MAX_UNITS} ký tự, bị cắt bớt."
        for n, choice in enumerate(reply.choices, number):
            if not is_poll and units(label(n, choice)) > telegram_messages.LABEL_MAX_CHARACTERS:
                yield f"Nhãn nút “{choice.label}” dài, bị cắt trên nút; bản đầy đủ nằm trong chữ."
        number += len(reply.choices)


def _zalo_oa(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    picture = call.get("picture")
    # No form of the vendor's has a picture and buttons in one message.
    rows = () if picture else tuple((button["title"],) for button in call.get("buttons", ()))
    image = _image(picture and picture["path"], replies)
    return Bubble(call["text"], rows, image=image, length=units(call["text"]), limit=ZaloOA.limits.text_max_characters)


def _zalo_oa_warnings(replies: Sequence[Reply], calls: Sequence[Outgoing]) -> Iterator[str]:
    choices, limits = [choice for reply in replies for choice in reply.choices], ZaloOA.limits
    if len(calls) > 1:
        yield f"Dài quá {limits.text_max_characters} ký tự: gửi thành {len(calls)} tin, mỗi tin tính vào số tin miễn phí."
    if any("picture" in call and "buttons" in call for call in calls):
        yield "Có ảnh nên không có nút; các lựa chọn viết thành danh sách số."
    elif len(choices) > limits.buttons_max:
        yield f"Có {len(choices)} lựa chọn, chỉ {limits.buttons_max} cái đầu có nút; tất cả viết thành danh sách số."
    long = [choice.label for choice in choices if units(line(choice.label)) > limits.button_label_max_characters]
    yield from (f"Nhãn nút “{text}” dài, bị cắt trên nút; bản đầy đủ nằm trong danh sách số." for text in long)
    yield from _told(replies)


def _zalo_bot(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    text = call.get("text") or call.get("caption") or ""
    return Bubble(text, image=_image(call.get("photo"), replies), length=units(text), limit=ZaloBot.limits.text_max_characters)


def _zalo_bot_warnings(replies: Sequence[Reply], calls: Sequence[Outgoing]) -> Iterator[str]:
    if len(calls) > 1:
        yield f"Dài quá {ZaloBot.limits.text_max_characters} ký tự: gửi thành {len(calls)} tin."
    if any(reply.choices for reply in replies):
        yield "Kênh này không có nút: người dân trả lời bằng số."
    yield from _told(replies)


def _told(replies: Sequence[Reply]) -> Iterator[str]:
    if sum(reply.image is not None for reply in replies) > 1:
        yield "Chỉ ảnh đầu được hiện; ảnh sau được tả bằng chữ."


def _image(path: Any, replies: Sequence[Reply]) -> Image | None:
    return next((r.image for r in replies if r.image is not None and path and str(path).endswith(r.image.path)), None)


def _surroundings() -> Surroundings:
    async def nothing(_path: str) -> None:
        return None

    settings = Settings(
        public_url=PUBLIC_URL, telegram_token=SecretStr("1:preview"), zalo_bot_token=SecretStr("1:preview"), zalo_oa_id="1",
        zalo_oa_app_id="1", data_dir=Path(),
    )  # fmt: skip
    return Surroundings(settings, nothing, lambda _channel, _account: cast("Any", None), lambda _use: "preview-secret")


@functools.cache
def _channel(name: ChannelName) -> Channel:
    """Return a channel that only composes: nothing is set up, nobody is reached."""
    match name:
        case "telegram":
            return Telegram(_surroundings(), "1:preview", "preview-secret")
        case "zalo_oa":
            return ZaloOA(_surroundings())
        case _:
            return ZaloBot(_surroundings(), "1:preview", "preview-secret")


_Shows = Callable[[Outgoing, Sequence[Reply]], Bubble]
_Warns = Callable[[Sequence[Reply], Sequence[Outgoing]], Iterator[str]]
_LOOKS: dict[str, tuple[_Shows, _Warns]] = {
    "telegram": (_telegram, _telegram_warnings),
    "zalo_oa": (_zalo_oa, _zalo_oa_warnings),
    "zalo_bot": (_zalo_bot, _zalo_bot_warnings),
}
