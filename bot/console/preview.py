"""What a citizen gets of an item, on each channel, made by the code that makes it."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import SecretStr

from actions import drill, guide, lesson, quiz
from actions.answer import DEVICE_LABELS, give_answer, give_device_steps, give_more
from actions.brevity import shorten
from actions.context import Context, Sender
from actions.curriculum.model import Curriculum, Script
from actions.curriculum.text import render
from actions.curriculum.tree import Item
from actions.learners.repository import Store
from actions.local_time import local_date
from actions.outcome import Outcome
from actions.position import Asked, Position
from actions.reply import Image, Reply, Result
from bot import clock
from bot.channels.base import Channel, Outgoing, Surroundings
from bot.channels.telegram import Telegram
from bot.channels.texts import units
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_oa import ZaloOA
from bot.settings import Settings

ChannelName = Literal["web", "telegram", "zalo_oa", "zalo_bot"]
CHANNEL_TITLES: dict[ChannelName, str] = {"web": "Trang web", "telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
PUBLIC_URL = "https://vi-du.invalid"


@dataclass(frozen=True)
class Bubble:
    """One message as it looks on a channel; `rows` are its buttons, `length` counts as the channel does."""

    text: str
    rows: tuple[tuple[str, ...], ...] = ()
    options: tuple[str, ...] = ()
    image: Image | None = None
    length: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class Part:
    """One moment of the conversation: what it is, the messages, and what the channel made of them that one may not expect."""

    title: str
    bubbles: tuple[Bubble, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """How it is looked at: on which channel, how the reader is addressed, with large letters and short sentences or not."""

    channel: ChannelName = "web"
    address: str = "bạn"
    is_large: bool = False


def preview(item: Item, curriculum: Curriculum, look: Look) -> list[Part]:
    """Return what a citizen gets of an item.

    Args:
        item: An answer, lesson, guide or drill that the content has.
        curriculum: The content.
        look: How it is looked at.
    """
    said = curriculum.addressing(look.address)
    parts: list[Part] = []
    try:
        for title, result in _results(item, said, look):
            parts.append(_part(title, shorten(result) if look.is_large else result, look.channel))
    except (LookupError, RuntimeError):  # A draft may lack what published content has: a fact, a right choice.
        parts.append(Part("Phần còn lại", (), ("Chưa xem thử được: hãy sửa các lỗi ở trên trước.",)))
    return parts


def _results(item: Item, curriculum: Curriculum, look: Look) -> Iterator[tuple[str, Result]]:
    match item.kind:
        case "answer" if item.slug in curriculum.answers:
            yield from _of_answer(item.slug, curriculum)
        case "lesson" if item.slug in curriculum.lessons:
            yield from _of_lesson(item.slug, curriculum, is_large=look.is_large)
        case "guide" if item.slug in curriculum.guides:
            yield from _of_guide(curriculum.guides[item.slug], curriculum)
        case "drill" if item.slug in curriculum.drills:
            yield from _of_drill(curriculum.drills[item.slug], curriculum)


def _of_answer(slug: str, curriculum: Curriculum) -> Iterator[tuple[str, Result]]:
    answer, today = curriculum.answers[slug], local_date(clock.now())
    yield "Câu trả lời", give_answer(curriculum, slug, today)
    if answer.more:
        yield "Sau khi bấm “Xem thêm”", give_more(curriculum, slug, today)
    for device in answer.devices:
        yield f"Sau khi bấm “{DEVICE_LABELS[device]}”", give_device_steps(curriculum, device, slug, today)


def _of_lesson(slug: str, curriculum: Curriculum, *, is_large: bool) -> Iterator[tuple[str, Result]]:
    shown = curriculum.lessons[slug]
    context = _context(curriculum)
    greeting = context.say("lesson_start", title=shown.title, goal=shown.goal, total=len(shown.steps))
    yield "Mở bài", Result((Reply(greeting),), Outcome.LESSON)
    for number, step in enumerate(shown.steps, 1):
        words = step.simple if is_large else step.text
        yield (
            f"Bước {number}",
            Result((lesson.bubble(context, shown, number, words, other="full" if is_large else "simple"),), Outcome.LESSON),
        )
        if not is_large:
            yield f"Bước {number}, sau khi bấm “Nói dễ hiểu hơn”", Result((Reply(context.render(step.simple)),), Outcome.LESSON)
    for number, question in enumerate(shown.questions.values(), 1):
        context.position = _sitting(slug, question.slug)
        yield f"Câu đố {number}", quiz.ask(context)
        for place, choice in enumerate(question.choices):
            mark = "đúng" if choice.is_right else "chưa đúng"
            told = Reply(quiz.feedback(context, question, place))
            yield f"Câu đố {number}, chọn “{render(choice.text, curriculum)}” ({mark})", Result((told,), Outcome.QUIZ)


def _of_guide(script: Script, curriculum: Curriculum) -> Iterator[tuple[str, Result]]:
    for step in script.steps.values():
        yield f"Bước {step.slug}", guide.step_shown(_context(curriculum), script, step)


def _of_drill(script: Script, curriculum: Curriculum) -> Iterator[tuple[str, Result]]:
    context = _context(curriculum)
    intro = context.say("drill_start", title=script.title, role=script.role, intro=context.render(script.intro))
    yield "Mở đầu", Result((Reply(intro),), Outcome.DRILL)
    heard = tuple(
        Asked(lesson=script.slug, question=s.slug, choice=0, is_right=n % 2 == 0) for n, s in enumerate(script.steps.values()) if s.choices
    )
    for step in script.steps.values():
        position = Position(kind="drill", slug=script.slug, at=context.now, step=step.slug, sitting="00000000", asked=heard)
        context.position = position
        if step.choices:
            yield f"Lượt {step.slug}", Result((drill.line_shown(context, script, step),), Outcome.DRILL)
        else:
            yield f"Kết thúc {step.slug}", drill.show_ending(context, script, step, position)


def _sitting(slug: str, question: str) -> Position:
    asked = (Asked(lesson=slug, question=question),)
    return Position(kind="quiz", slug=slug, at=clock.now(), sitting="00000000", asked=asked)


def _context(curriculum: Curriculum) -> Context:
    nothing = cast("Store", None)  # A guest's turn up to here reads and writes nothing.
    return Context(curriculum, "", nothing, Sender("preview", "", ""), clock.now(), PUBLIC_URL)


def _part(title: str, result: Result, channel: ChannelName) -> Part:
    if channel == "web":
        bubbles = tuple(Bubble(r.text, tuple((c.label,) for c in r.choices), image=r.image, length=units(r.text)) for r in result.replies)
        return Part(title, bubbles)
    made = _channel(channel)
    calls = made.compose(result.replies)
    shown = tuple(_LOOKS[channel](call, result.replies) for call in calls)
    limited = tuple(replace(b, length=units(b.text), limit=made.limits.text_max_characters) for b in shown)
    return Part(title, limited, tuple(_notes(result, limited, made)))


def _notes(result: Result, bubbles: Sequence[Bubble], channel: Channel) -> Iterator[str]:
    if len(bubbles) > len(result.replies):
        yield f"Kênh này chia thành {len(bubbles)} tin vì một tin dài tối đa {channel.limits.text_max_characters} ký tự."
    buttons = sum(len(row) for bubble in bubbles for row in bubble.rows) + sum(len(bubble.options) for bubble in bubbles)
    if result.choices and not buttons:
        yield "Kênh này không có nút: người dân trả lời bằng số."
    elif buttons < len(result.choices):
        yield f"Kênh này hiện tối đa {buttons} nút; các lựa chọn còn lại ghi bằng số trong tin."


def _telegram(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    rows = tuple(tuple(button["text"] for button in row) for row in call["keyboard"])
    if call["method"] == "poll":
        return Bubble(call["question"], rows, options=tuple(call["options"]))
    return Bubble(call["text"], rows, image=_image(call.get("picture"), replies))


def _zalo_oa(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    picture = call.get("picture")
    return Bubble(call["text"], tuple((b["title"],) for b in call.get("buttons", [])), image=_image(picture and picture["path"], replies))


def _zalo_bot(call: Outgoing, replies: Sequence[Reply]) -> Bubble:
    return Bubble(call.get("text") or call.get("caption") or "", image=_image(call.get("photo"), replies))


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


_LOOKS: dict[str, Any] = {"telegram": _telegram, "zalo_oa": _zalo_oa, "zalo_bot": _zalo_bot}
