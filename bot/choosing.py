"""What a tap, a number or a choice's words mean."""

from collections.abc import Callable, Sequence
from datetime import date

from actions import answer, emergency, menu
from actions.curriculum.examples import folded_key
from actions.curriculum.model import Curriculum
from actions.reply import Choice, Result

NUMBER_MAX_DIGITS = 2


class NotAChoiceError(Exception):
    """A number was typed that the open menu does not have."""


def open_choice(text: str, open_choices: Sequence[Choice]) -> str | None:
    """Return the value of the choice that a text names by number or words.

    Args:
        text: What the citizen typed.
        open_choices: The open menu; its numbers start at 1.

    Returns:
        The value, or None where the text is something else.

    Raises:
        NotAChoiceError: A bare number beyond the menu.
    """
    words = folded_key(text)
    number = words.removeprefix("so ").removeprefix("chon ").removeprefix("so ")
    if number.isdecimal() and number.isascii() and len(number) <= NUMBER_MAX_DIGITS:
        if not 1 <= int(number) <= len(open_choices):
            raise NotAChoiceError(number)
        return open_choices[int(number) - 1].value
    return next((c.value for c in open_choices if words and folded_key(c.label) == words), None)


def choose(curriculum: Curriculum, value: str, today: date) -> Result:
    """Carry out a choice; one that the content no longer has leads to the menu.

    Args:
        curriculum: The published content.
        value: The value of any choice the bot ever gave.
        today: The date in Vietnam.
    """
    verb, *rest = value.split(":")
    actions: dict[str, Callable[..., Result]] = {
        "menu": lambda: menu.show_main_menu(curriculum),
        "emergency": lambda: emergency.first_steps(curriculum),
        "none": lambda: menu.show_main_menu(curriculum, "none_of_these"),
        "pillar": lambda pillar, page="0": menu.show_pillar(curriculum, pillar, int(page)),
        "topic": lambda topic: menu.show_topic(curriculum, topic),
        "answer": lambda slug: answer.give_answer(curriculum, slug, today),
        "more": lambda slug: answer.give_more(curriculum, slug, today),
        "wrong": lambda slug: menu.report_wrong_answer(curriculum, slug),
        "android": lambda slug: answer.give_device_steps(curriculum, "android", slug, today),
        "iphone": lambda slug: answer.give_device_steps(curriculum, "iphone", slug, today),
    }
    try:
        return actions[verb](*rest)
    except (KeyError, TypeError, ValueError):
        # A value that is made up, or whose content was withdrawn since the menu was shown.
        return menu.show_main_menu(curriculum, "menu_gone")
