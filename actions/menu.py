"""Menus: the main menu, the topics of a pillar, the answers of a topic."""

from actions.context import Context, GoneError, Handler, existing, number
from actions.curriculum.model import PILLAR_TITLES, Curriculum
from actions.curriculum.text import render
from actions.outcome import Outcome
from actions.reply import CHOICE_VALUE_MAX_BYTES, Choice, Reply, Result

PAGE_SIZE = 8
MAIN_MENU = Choice("Danh mục", "menu")
EMERGENCY = Choice("Tôi vừa bị lừa, mất tiền", "emergency")
LEARN = Choice("Học mỗi ngày một bài", "learn")
REMEMBER = Choice("Nhớ giúp tôi", "remember")
LEARNING_PILLARS = ("digital-skills", "online-safety", "data-protection")


def choice_value(*parts: str) -> str:
    """Join the parts of a choice's value.

    Raises:
        ValueError: The value is longer than the narrowest channel carries.
    """
    value = ":".join(parts)
    if len(value.encode()) > CHOICE_VALUE_MAX_BYTES:
        raise ValueError(f"choice value {value!r} is over {CHOICE_VALUE_MAX_BYTES} bytes")
    return value


def show_main_menu(curriculum: Curriculum, message: str = "menu") -> Result:
    """Return the main menu below one of the fixed messages."""
    pillars = [p for p in LEARNING_PILLARS if curriculum.topics_of(p)]
    choices = (
        EMERGENCY,
        LEARN,
        *(Choice(PILLAR_TITLES[p], choice_value("pillar", p)) for p in pillars),  # type: ignore[index]
        Choice("Báo lừa đảo ở đâu", choice_value("topic", "reporting-channels")),
        Choice("Diễn tập chống lừa đảo", "drills"),
    )
    return Result((Reply(render(curriculum.messages[message], curriculum), choices),), Outcome.MENU)


def show_pillar(curriculum: Curriculum, pillar: str, page: int = 0) -> Result:
    """Return one page of the topics of a pillar.

    Raises:
        KeyError: There is no such pillar, or no such page.
    """
    topics = curriculum.topics_of(pillar)
    shown = topics[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    if not shown or pillar not in LEARNING_PILLARS:
        raise KeyError(pillar)
    choices = [Choice(t.title, choice_value("topic", t.slug)) for t in shown]
    if len(topics) > (page + 1) * PAGE_SIZE:
        choices.append(Choice("Các chủ đề khác", choice_value("pillar", pillar, str(page + 1))))
    choices.append(MAIN_MENU)
    text = f"{PILLAR_TITLES[topics[0].pillar]}. {render(curriculum.messages['pillar'], curriculum)}"
    return Result((Reply(text, tuple(choices)),), Outcome.MENU)


def show_topic(curriculum: Curriculum, topic: str) -> Result:
    """Return the answers of a topic.

    Raises:
        KeyError: There is no such topic.
    """
    title = curriculum.topics[topic].title
    choices = [Choice(a.title, choice_value("answer", a.slug)) for a in curriculum.answers_of(topic)]
    text = f"{title}. {render(curriculum.messages['topic'], curriculum)}"
    return Result((Reply(text, (*choices, MAIN_MENU)),), Outcome.MENU)


def report_wrong_answer(curriculum: Curriculum, slug: str) -> Result:
    """Take note that an answer was not what the citizen asked for; offer its neighbours.

    Raises:
        KeyError: There is no such answer.
    """
    topic = curriculum.answers[slug].topic
    others = [a for a in curriculum.answers_of(topic) if a.slug != slug]
    choices = (*(Choice(a.title, choice_value("answer", a.slug)) for a in others), MAIN_MENU)
    text = render(curriculum.messages["wrong_answer"], curriculum)
    return Result((Reply(text, choices),), Outcome.MENU)


async def _menu(context: Context) -> Result:
    return show_main_menu(context.curriculum)


async def _none(context: Context) -> Result:
    return show_main_menu(context.curriculum, "none_of_these")


async def _pillar(context: Context, pillar: str, page: str = "0") -> Result:
    try:
        return show_pillar(context.curriculum, pillar, number(page))
    except KeyError:
        raise GoneError(pillar) from None


async def _topic(context: Context, topic: str) -> Result:
    existing(context.curriculum.topics, topic)
    return show_topic(context.curriculum, topic)


async def _wrong(context: Context, slug: str) -> Result:
    existing(context.curriculum.answers, slug)
    return report_wrong_answer(context.curriculum, slug)


CHOICES: dict[str, Handler] = {
    "menu": _menu,
    "none": _none,
    "pillar": _pillar,
    "topic": _topic,
    "wrong": _wrong,
}
COMMANDS = {
    "/start": "welcome",
    "/batdau": "welcome",
    "/menu": "menu",
    "/danhmuc": "menu",
    "/help": "menu",
    "/trogiup": "menu",
    "menu": "menu",
    "danh mục": "menu",
    "xem danh mục": "menu",
    "trợ giúp": "menu",
    "help": "menu",
    "bắt đầu": "menu",
    "start": "menu",
}
