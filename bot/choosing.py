"""What a number, a letter or a choice's words mean while a menu is open."""

from collections.abc import Sequence

from actions.curriculum.examples import folded_key
from actions.reply import Choice

NUMBER_MAX_DIGITS = 2
LETTERS = "abcd"
# What people say instead of a button's words, by those words without diacritics.
SPOKEN = {
    "tiep": {
        "tiep tuc",
        "tiep di",
        "hoc tiep",
        "xem tiep",
        "next",
        "ok",
        "oke",
        "okie",
        "roi",
        "vang",
        "da",
        "u",
        "uh",
        "duoc",
        "sang buoc",
    },
    "hoc tiep": {"tiep", "tiep tuc", "tiep di", "ok", "oke", "vang", "da", "co"},
    "nhac lai": {"lai", "doc lai", "noi lai", "xem lai", "lap lai", "nhac lai di"},
    "noi de hieu hon": {"khong hieu", "kho hieu", "chua hieu", "de hieu hon", "noi de hieu", "giai thich", "k hieu", "ko hieu"},
    "dung": {"stop", "thoi", "nghi", "dung lai", "thoat", "met roi", "met qua", "de sau"},
    "dung bai hoc": {"dung", "thoi", "nghi", "dung lai", "thoat"},
    "dung cau do": {"dung", "thoi", "nghi", "dung lai", "thoat", "stop"},
    "da lam xong tiep": {"tiep", "xong", "xong roi", "roi", "da xong", "ok"},
    "dong y nho giup toi": {"dong y", "co", "ok", "vang", "da", "nho giup toi"},
    "hoc khong can nho": {"khong", "khong dong y", "khong can", "thoi"},
    "vao lop": {"dong y", "co", "ok", "vang", "da"},
    "bo qua": {"thoi", "khong", "bo", "skip"},
}


class NotAChoiceError(Exception):
    """A number was typed that the open menu does not have."""


def open_choice(text: str, open_choices: Sequence[Choice]) -> str | None:
    """Return the value of the choice that a text names by number, letter or words.

    Args:
        text: What the citizen typed.
        open_choices: The open menu; its numbers start at 1.

    Returns:
        The value, or None where the text is something else.

    Raises:
        NotAChoiceError: A bare number beyond the menu.
    """
    words = folded_key(text)
    if not words:
        return None
    bare = words
    for opening in ("dap an ", "cau ", "chon ", "so ", "cau ", "so "):
        bare = bare.removeprefix(opening)
    if bare.isdecimal() and bare.isascii() and len(bare) <= NUMBER_MAX_DIGITS:
        if not 1 <= int(bare) <= len(open_choices):
            raise NotAChoiceError(bare)
        return open_choices[int(bare) - 1].value
    asked = [c for c in open_choices if c.value.startswith("pick:")]
    if len(bare) == 1 and bare in LETTERS[: len(asked)]:
        return asked[LETTERS.index(bare)].value
    exact = next((c.value for c in open_choices if folded_key(c.label) == words), None)
    return exact or next((c.value for c in open_choices if words in SPOKEN.get(folded_key(c.label), ())), None)
