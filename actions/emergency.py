"""Panic: recognise it without any model, and give the first steps at once.

The words are matched on normalised text without diacritics. A message is panic only when
it says little else: "tôi vừa bị lừa" is, a question that merely mentions a loss is left
to the NLU model, whose answer is better.
"""

import re

from actions.context import Context, Handler
from actions.curriculum.model import Curriculum
from actions.curriculum.text import render
from actions.menu import MAIN_MENU, choice_value
from actions.outcome import Outcome
from actions.reply import Choice, Reply, Result
from actions.wording import Phrases, words_of

TOPIC = "after-scam"
GUIDE = "vua-bi-lua"
OTHER_WORDS_MAX = 2
_ANSWERS = (
    ("Tôi đã chuyển tiền", "buoc-dau-bi-lua"),
    ("Đã cài ứng dụng lạ", "da-cai-app-la"),
    ("Đã đưa OTP, số thẻ, mật khẩu", "da-dua-otp-the"),
    ("Trình báo công an thế nào", "trinh-bao-cong-an"),
    ("Bị mất Facebook, Zalo", "zalo-bi-chiem"),
)

_LOSS = re.compile(
    r"\b(?:(?:da|vua|moi|bi|lo)(?: \w+)? (?:lua|gat|luadao)(?: dao| gat| tien| mat| het| sach)*"
    r"|(?:mat|bay|di)(?: \w+)? (?:het|sach|trang)(?: \w+)? (?:tien|tai khoan|sotien)"
    r"|mat (?:het |sach |toi |tong )*(?:tien|sotien)|(?:het|sach|mat) sach"
    r"|(?:tien|sotien|tai khoan)(?: \w+){0,5} (?:bi rut|bi tru|bay het|bay sach|mat het|mat sach|bi lay|khong canh ma bay)(?: het| sach)*"
    r"|khan cap|cuu(?: \w+)? (?:toi|em|con|chau|voi|minh)(?: voi)?(?= .*\b(?:tien|lua)\b))\b"
)
_CHEATED = re.compile(r"\b(?:lua|gat)\b")
_NOT_NOW = re.compile(
    r"\b(?:neu|lo nhu|nho|so|tranh|phong|de khong|de khoi|khong bi|khong mat|chua|co bi|co phai|phai khong|nghi|the nao la|nhu the nao la"
    r"|bao gio|tai sao|vi sao|hay bi|thuong|dau hieu|nguoi gia|hang xom|phi|bao nhieu|co mat|mat tien khong|mat khong)\b"
)
_FILLERS = frozenset(  # words that say nothing more of what happened
    """
    a ad admin ah ai alo anh ay ba bac bang bao bay ben bi biet bot cac cai cam can cau chao chau chet chi chinh cho
    chong chu chuyen co con cu cua cuu da dang dao day de dem den di do doi dong dung duoc em gap gat gi gia gio
    giup ha hay het hic hien hoang hom hu huhu khan khoan khoc khong la lai lam lap lo lua luc luon ma mai mat may
    me minh mn moi mong mot nao nay ngan ngay nghin ngoi nguoi nha nhan nhanh nhe nhieu nhu no oi ong phai qua ra
    rat roi run rut sach sang sao sau so sotien tai tat tay the thi tien toan toi tong trang trieu troi trong tru
    trua truoc tu ty va vay vi viec vo voi vua xin xoa xong xu y
    """.split()  # noqa: SIM905 - a list of this length is read as words
)


def is_panic(folded_text: str) -> bool:
    """Tell whether a message is a cry for help after a loss.

    Args:
        folded_text: Normalised words without diacritics, joined by single spaces.
    """
    if not _LOSS.search(folded_text) or _NOT_NOW.search(folded_text):
        return False
    rest = _LOSS.sub(" ", folded_text).split()
    other_words = sum(word not in _FILLERS for word in rest)
    # Money is also lost to games and fees; being cheated says more.
    return other_words <= (OTHER_WORDS_MAX if _CHEATED.search(folded_text) else 0)


def is_cry(normalised: str) -> bool:
    """Tell whether a message is one of the words that call for help, and nothing else.

    Args:
        normalised: Normalised words, with the diacritics that were typed.
    """
    return _CRIES.find(words_of(normalised)) is not None


def mentions_loss(folded_text: str) -> bool:
    """Tell whether a message speaks of a loss at all; enough when no model can be asked."""
    return _LOSS.search(folded_text) is not None


def leads_on(value: str) -> bool:
    """Tell whether a choice's value belongs to what a person does after the first steps: the guide, and its answers."""
    verb, _, rest = value.partition(":")
    slug = rest.split(":", maxsplit=1)[0]
    return (verb in ("guide", "stop-guide") and slug == GUIDE) or (verb in ("answer", "more") and slug in {s for _, s in _ANSWERS})


def first_steps(curriculum: Curriculum, step: str | None = None) -> Result:
    """Return what to do first, and where to go on from there.

    Args:
        curriculum: The published content.
        step: The step of the guide that is open already.
    """
    guide = [Choice("Chỉ tôi làm từng bước", choice_value("guide", GUIDE))] if GUIDE in curriculum.guides else []
    if guide and step in curriculum.guides[GUIDE].steps:
        guide = [Choice("Làm tiếp các bước", choice_value("guide", GUIDE, step)), *guide]
    choices = guide + [Choice(label, choice_value("answer", slug)) for label, slug in _ANSWERS if slug in curriculum.answers]
    replies = (
        Reply(render(curriculum.messages["emergency"], curriculum)),
        Reply(render(curriculum.messages["emergency_next"], curriculum), (*choices, MAIN_MENU)),
    )
    return Result(replies, Outcome.EMERGENCY, topic=TOPIC)


async def _first_steps(context: Context) -> Result:
    return first_steps(context.curriculum)


CHOICES: dict[str, Handler] = {"emergency": _first_steps}
COMMANDS = {
    "/khancap": "emergency",
    "/khan_cap": "emergency",
    "khẩn cấp": "emergency",
    "khancap": "emergency",
    "cứu": "emergency",
    "cứu với": "emergency",
    "cứu tôi": "emergency",
    "cứu tôi với": "emergency",
    "sos": "emergency",
}
_CRIES = Phrases({phrase: True for phrase in COMMANDS if not phrase.startswith("/")})
