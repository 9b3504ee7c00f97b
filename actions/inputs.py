"""A text that was asked for: a name, the name of a class."""

import re

from actions import certificate, classes, people
from actions.context import Context, GoneError, Handler
from actions.menu import show_main_menu
from actions.reply import Result
from actions.wording import plain, words_of

INPUTS: dict[str, Handler] = certificate.INPUTS | people.INPUTS | classes.INPUTS
PROMPTS: dict[str, Handler] = certificate.PROMPTS | people.PROMPTS | classes.PROMPTS
WORDS_MAX = {"person": 5, "certificate": certificate.NAME_MAX_WORDS, "class": 12, "class-name": 12}
# What stands in questions and in no name; words without diacritics.
_ASKING = re.compile(
    r"\b(?:la gi|lam gi|cai gi|gi vay|lam sao|tai sao|vi sao|ra sao|sao lai|the nao|nhu nao|o dau|bao nhieu|bao gio|khi nao|may gio"
    r"|co phai|phai khong|duoc khong|dung khong|co nen|co bi|hay khong|cho hoi)\b|\b(?:khong|chua)$"
)
_NOBODYS_NAME = re.compile(
    r"\b(?:huong dan|chi toi|giup toi|chi cho|mat khau|tai khoan|ngan hang|dien thoai|cong an|lua dao|bi lua|chuyen tien|otp|zalo|facebook"
    r"|vneid|wifi|tin nhan|can cuoc|khong muon|toi muon)\b"
)
_OF_PEOPLE = ("person", "certificate")


def can_be(slug: str, text: str) -> bool:
    """Tell whether a typed text can be what was asked for, rather than a question in between.

    Args:
        slug: What was asked for: person, certificate, class or class-name.
        text: What was typed.
    """
    words = words_of(text)
    folded = " ".join(map(plain, words))
    is_question = text.rstrip().endswith("?") or _ASKING.search(folded) or (slug in _OF_PEOPLE and _NOBODYS_NAME.search(folded))
    return not is_question and len(words) <= WORDS_MAX.get(slug, 0)


async def take_input(context: Context) -> Result:
    """Hand a typed text to the action that asked for it."""
    position = context.position
    handler = INPUTS.get(position.slug) if position is not None and position.kind == "input" else None
    try:
        if handler is not None and position is not None:
            return await handler(context, position.step)
    except GoneError:
        pass
    return show_main_menu(context.curriculum, "menu_gone")


async def ask_again(context: Context) -> Result | None:
    """Ask once more for the text that was asked for, after a question in between; None where none was, or long ago."""
    position = context.open_activity
    prompt = PROMPTS.get(position.slug) if position is not None and position.kind == "input" else None
    try:
        return None if prompt is None or position is None else await prompt(context, position.step)
    except GoneError:
        return None
