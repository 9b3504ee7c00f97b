"""What a number, a letter or a choice's words mean while a menu is open."""

import functools
import re
from collections.abc import Callable, Sequence

from actions.curriculum.examples import folded_key
from actions.reply import Choice
from actions.wording import Phrases, agrees, words_of
from bot.spoken import LEADING, SPOKEN, TRAILING

NUMBER_MAX_DIGITS = 2
LETTERS = "abcd"
_CLAUSE = re.compile(r"[,:;()]|\. ")
_NUMBER_WORDS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_NUMBERS = Phrases({word: n for n, word in enumerate(_NUMBER_WORDS, 1)} | {"tư": 4})
_CLEAR_WITHOUT_MARKS = {"mot", "hai", "ba", "bon"}  # "nam" and "sau" are other words more often
_OPENINGS = ("dap an ", "cau ", "chon ", "so ", "cau ", "so ")
_CONFIRMING, _STOPPING = ["đúng"], ["dung"]


class NotAChoiceError(Exception):
    """A number was typed that the open menu does not have."""


def open_choice(text: str, open_choices: Sequence[Choice], *, loosely: bool = True) -> str | None:
    """Return the value of the choice that a text names by number, letter or words.

    Args:
        text: What the citizen typed.
        open_choices: The open menu; its numbers start at 1.
        loosely: Whether number words and the opening words of a label are enough too.

    Returns:
        The value, or None where the text is something else.

    Raises:
        NotAChoiceError: A bare number beyond the menu.
    """
    words = words_of(text)
    if not words:
        return None
    bare = folded_key(text)
    for opening in _OPENINGS:
        bare = bare.removeprefix(opening)
    if bare.isdecimal() and bare.isascii() and len(bare) <= NUMBER_MAX_DIGITS:
        if not 1 <= int(bare) <= len(open_choices):
            raise NotAChoiceError(bare)
        return open_choices[int(bare) - 1].value
    asked = [c for c in open_choices if c.value.startswith("pick:")]
    if len(bare) == 1 and bare in LETTERS[: len(asked)]:
        return asked[LETTERS.index(bare)].value
    for said in (words, _without_courtesy(words)):
        value = _by_words(said, open_choices)
        if value is None and loosely:
            value = _by_number_word(said, open_choices) or _only(open_choices, functools.partial(_opens, said))
        if value is not None:
            return value
    return None


def _by_words(said: list[str], open_choices: Sequence[Choice]) -> str | None:
    """Return the choice of these words: its label, what people say instead, or a whole clause of one label only."""
    for choice in open_choices:
        if agrees(said, words_of(choice.label)):
            return choice.value
    for choice in open_choices:
        if any(_is_said(said, words_of(phrase)) for phrase in SPOKEN.get(" ".join(words_of(choice.label)), ())):
            return choice.value
    return _only(open_choices, lambda label: any(agrees(said, words_of(clause)) for clause in _CLAUSE.split(label)))


def _is_said(said: list[str], meant: list[str]) -> bool:
    # Without diacritics, "dung" stops; where a label itself says "Đúng", its clause is found later.
    return agrees(said, meant) and not (said == _STOPPING and meant == _CONFIRMING)


def _by_number_word(said: list[str], open_choices: Sequence[Choice]) -> str | None:
    *before, last = said
    number = _NUMBERS.find([last])
    is_alone = not before and (not last.isascii() or last in _CLEAR_WITHOUT_MARKS)
    is_announced = bool(before) and " ".join((*map(folded_key, before), "")) in {"dap an ", "cau ", "chon ", "so ", "chon so ", "cau so "}
    if number is None or number > len(open_choices) or not (is_alone or is_announced):
        return None
    return open_choices[number - 1].value


def _opens(said: list[str], label: str) -> bool:
    words = words_of(label)
    return len(said) < len(words) and agrees(said, words[: len(said)])


def _only(open_choices: Sequence[Choice], is_meant: Callable[[str], bool]) -> str | None:
    values = {choice.value for choice in open_choices if is_meant(choice.label)}
    return values.pop() if len(values) == 1 else None


def _without_courtesy(words: list[str]) -> list[str]:
    """Return the words without "dạ" before and "ạ" behind them, as long as some are left."""
    while len(words) > 1 and words[0] in LEADING:
        words = words[1:]
    while len(words) > 1 and words[-1] in TRAILING:
        words = words[:-1]
    return words
