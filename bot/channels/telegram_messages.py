"""What the bot says on Telegram: its replies as calls of the Bot API, and what its profile shows; pure."""

import re
from collections.abc import Sequence

from actions.reply import Choice, Poll, Reply
from bot.channels.base import Limits, Outgoing
from bot.channels.texts import clean, joined, label, line, parts_of, units

# core.telegram.org/bots/api, read 2026-11-23: sendMessage, sendPhoto, sendPoll, InputPollOption. It says "characters";
# lengths are counted in UTF-16 code units here, which are never fewer than what Telegram counts.
TEXT_MAX_UNITS = 4096
CAPTION_MAX_UNITS = 1024
QUESTION_MAX_UNITS = 300
OPTION_MAX_UNITS = 100
OPTIONS_MIN, OPTIONS_MAX = 2, 12
EXPLANATION_MAX_UNITS = 200
EXPLANATION_MAX_LINE_FEEDS = 2
BUTTONS_MAX = 100  # undocumented: more are refused or not shown

LABEL_MAX_CHARACTERS = 64  # more is cut on a phone held upright
SHORT_LABEL_MAX_CHARACTERS = 14  # two of these share a row
LIMITS = Limits(text_max_characters=TEXT_MAX_UNITS, buttons_max=BUTTONS_MAX, button_label_max_characters=LABEL_MAX_CHARACTERS)

# core.telegram.org/bots/api#botcommand, #setmydescription, #setmyshortdescription, read 2026-11-23:
# a command's description has at most 256 characters, the bot's 512, its short one 120.
COMMANDS = (
    ("khancap", "Tôi vừa bị lừa: cần làm gì ngay"),
    ("hoc", "Học bài hôm nay"),
    ("baihoc", "Xem các bài học"),
    ("lotrinh", "Chọn lộ trình học"),
    ("onlai", "Ôn lại câu đã học"),
    ("tiendo", "Xem tôi đã học đến đâu"),
    ("dientap", "Diễn tập chống lừa đảo"),
    ("nhac", "Đặt giờ nhắc học"),
    ("caidat", "Đổi cỡ chữ, cách xưng hô"),
    ("lienket", "Học tiếp ở Zalo hoặc trang chat"),
    ("dulieucuatoi", "Xem dữ liệu về tôi"),
    ("xoadulieu", "Xoá dữ liệu về tôi"),
    ("menu", "Danh mục"),
)
DESCRIPTION = """Bạn Số là hệ thống trả lời tự động, không phải người thật.

Bạn Số giúp bạn dùng điện thoại, nhận ra lừa đảo trên mạng và giữ dữ liệu cá nhân. Mỗi ngày học một bài ngắn.

Vừa bị lừa? Gõ /khancap để biết cần làm gì ngay.

Đừng gửi vào đây mã OTP, mật khẩu, số thẻ hay ảnh căn cước. Bạn Số không bao giờ hỏi những thứ đó."""
SHORT_DESCRIPTION = "Trợ lý tự động: dùng điện thoại, tránh lừa đảo, giữ dữ liệu cá nhân. Đừng gửi mã OTP, mật khẩu."

_CHOOSE = "Bạn chọn nhé:"

Numbered = tuple[int, Choice]
Keyboard = list[list[dict[str, str]]]


def compose(replies: Sequence[Reply]) -> list[Outgoing]:
    """Return the calls that say these replies; choices are numbered over all of them.

    Each call has a `method`: message (text, keyboard), photo (picture, alt, text, keyboard) or
    poll (question, options, right, explanation, values, keyboard). The last two have `words`, the
    message that says the same where the picture or the poll cannot be sent.
    """
    calls: list[Outgoing] = []
    number = 1
    for reply in replies:
        calls += _bubble(reply, list(enumerate(reply.choices, number)))
        number += len(reply.choices)
    return calls


def _bubble(reply: Reply, numbered: list[Numbered]) -> list[Outgoing]:
    if reply.poll is not None and _fits(reply.poll, numbered):
        picture = _bubble(Reply("", image=reply.image), []) if reply.image is not None else []
        return [*picture, _poll(reply.poll, numbered)]
    text = _with_choices(clean(reply.text), numbered)
    keyboard = _keyboard(numbered)
    if reply.image is None:
        return _messages(text, keyboard)
    alt = _cut(clean(reply.image.alt), CAPTION_MAX_UNITS)
    if units(text) <= CAPTION_MAX_UNITS:
        return [_photo(reply.image.path, alt, text, keyboard)]
    return [_photo(reply.image.path, alt, alt, []), *_messages(text, keyboard)]


def _messages(text: str, keyboard: Keyboard) -> list[Outgoing]:
    parts = list(parts_of(text, TEXT_MAX_UNITS))
    if not parts:
        parts = [_CHOOSE] if keyboard else []
    return [{"method": "message", "text": part, "keyboard": keyboard if n == len(parts) else []} for n, part in enumerate(parts, 1)]


def _photo(path: str, alt: str, text: str, keyboard: Keyboard) -> Outgoing:
    # The caption and the description together are shorter than a message may be.
    said = f"[Hình: {alt}]" if text in ("", alt) else f"{text}\n\n[Hình: {alt}]"
    words = {"method": "message", "text": said, "keyboard": keyboard}
    return {"method": "photo", "picture": path, "alt": alt, "text": text, "keyboard": keyboard, "words": words}


def _fits(poll: Poll, numbered: Sequence[Numbered]) -> bool:
    options = numbered[: poll.options]
    return (
        OPTIONS_MIN <= poll.options == len(options) <= OPTIONS_MAX
        and 0 <= poll.right < poll.options
        and 1 <= units(clean(poll.question)) <= QUESTION_MAX_UNITS
        and all(choice.label.strip() and units(label(n, choice)) <= OPTION_MAX_UNITS for n, choice in options)
    )


def _poll(poll: Poll, numbered: list[Numbered]) -> Outgoing:
    options = numbered[: poll.options]
    *first, rest = re.sub(r"\s*\n\s*", "\n", clean(poll.explanation)).split("\n", EXPLANATION_MAX_LINE_FEEDS)
    explanation = "\n".join([*first, rest.replace("\n", " ")])
    return {
        "method": "poll",
        "question": clean(poll.question),
        "options": [label(n, choice) for n, choice in options],
        "right": poll.right,
        "explanation": _cut(explanation, EXPLANATION_MAX_UNITS),
        "values": [choice.value for _, choice in options],
        "keyboard": _keyboard(numbered[poll.options :]),
        "words": _bubble(Reply(poll.question), numbered)[0],
    }


def _with_choices(text: str, numbered: Sequence[Numbered]) -> str:
    """Return the text, with the choices listed below it where the buttons do not show all of them in full."""
    if len(numbered) <= BUTTONS_MAX and all(units(label(n, choice)) <= LABEL_MAX_CHARACTERS for n, choice in numbered):
        return text
    return joined(text, "\n".join(label(n, choice) for n, choice in numbered))


def _keyboard(numbered: Sequence[Numbered]) -> Keyboard:
    rows: Keyboard = []
    has_room = False
    for n, choice in numbered[:BUTTONS_MAX]:
        button = {"text": _cut(label(n, choice), LABEL_MAX_CHARACTERS), "callback_data": choice.value}
        is_short = len(line(choice.label)) <= SHORT_LABEL_MAX_CHARACTERS
        if is_short and has_room:
            rows[-1].append(button)
            has_room = False
        else:
            rows.append([button])
            has_room = is_short
    return rows


def _cut(text: str, limit: int) -> str:
    if units(text) <= limit:
        return text
    head = next(parts_of(text, limit - 1))
    return head.rstrip(" ,.;:–-") + "…"
