"""What the tests of the Telegram channel share: settings, payloads, and the channel at a real little server."""

import json

from actions.reply import Choice, Poll, Reply
from bot.channels.base import Surroundings
from bot.channels.telegram import Telegram, make
from bot.settings import ROOT, Settings
from tests.fakes.telegram_server import TOKEN

SECRET = "s3cret-of_the_webhook"
PAYLOADS = ROOT / "tests" / "data" / "telegram"
HEADERS = {"content-type": "application/json", "x-telegram-bot-api-secret-token": SECRET}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--boundary\r\n\r\n"
PICTURE = "/pictures/ma-otp-123.png"
ALT = "Màn hình điện thoại có tin nhắn báo mã OTP, bên dưới là chữ không đưa cho ai."
QUESTION = Reply(
    "Câu 1/3\nAi được biết mã OTP của bạn?",
    (Choice("Không ai cả", "pick:a"), Choice("Nhân viên ngân hàng", "pick:b"), Choice("Công an", "pick:c"), Choice("Dừng câu đố", "stop-quiz")),
    poll=Poll("Câu 1/3\nAi được biết mã OTP của bạn?", 3, 0, "Đúng. Mã OTP chỉ để bạn tự gõ."),
)  # fmt: skip


async def no_picture(_path: str) -> bytes | None:
    return None


def surroundings(*, derived="", picture=no_picture, **changes) -> Surroundings:
    given = {"telegram_token": TOKEN, "telegram_webhook_secret": SECRET} | changes
    return Surroundings(Settings(**given), picture=picture, vault=None, secret=lambda use: derived and f"{derived}-{use}")


def open_channel(**changes) -> Telegram:
    made = make(surroundings(**changes))
    assert made is not None
    return made


def payload(name: str) -> dict:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def labels(n, length=4):
    return tuple(Choice("x" * length, f"value:{i}") for i in range(n))


def poll_of(**changes):
    """The question with changes, as a reply."""
    choices = changes.pop("choices", QUESTION.choices)
    return Reply(QUESTION.text, choices, poll=Poll(**{**vars(QUESTION.poll), **changes}))
