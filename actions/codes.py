"""Codes as people type them: after a command or "mã", alone, in groups, in small letters."""

import re

from actions.learners.sharing import CLASS_CODE_CHARACTERS, CODE_ALPHABET, CODE_CHARACTERS, OLD_CODE_ALPHABET, OLD_CODE_CHARACTERS

_LENGTHS = (CODE_CHARACTERS, CLASS_CODE_CHARACTERS)
_GROUPED = re.compile(rf"(?<!\w)[{CODE_ALPHABET}](?:[ .-]?[{CODE_ALPHABET}]){{{min(_LENGTHS) - 1},{max(_LENGTHS) - 1}}}(?!\w)")
_OLD = re.compile(rf"(?<!\w)[{OLD_CODE_ALPHABET}]{{{OLD_CODE_CHARACTERS}}}(?!\w)")
_HALF = rf"[{OLD_CODE_ALPHABET}]{{{OLD_CODE_CHARACTERS // 2}}}"
_OLD_HALVES = re.compile(rf"(?<!\w){_HALF}[ .-]{_HALF}(?!\w)")
_PREFIX = re.compile(r"(?:mã|ma)(?: (?:lớp|lop|số|so|của lớp|người nhà|nguoi nha))?\s*:?\s+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[ .-]")
# A group of capitals that is shaped so is likely a word: DANG XUAT is no code.
_WORD = re.compile(r"[BCDGHKLMNPQRSTVX]{0,3}[AEIOUY]{1,3}(?:CH|NG|NH|[CMNPT])?")


def code_in(text: str) -> str | None:
    """Return the code that stands somewhere in a text, without spaces; None where there is none."""
    shouted = text.upper()
    for found in _GROUPED.finditer(shouted):
        code = _SEPARATORS.sub("", found[0])
        if len(code) in _LENGTHS:
            return code
    old = _OLD.search(shouted) or _OLD_HALVES.search(shouted)
    return _SEPARATORS.sub("", old[0]) if old else None


def is_code_alone(text: str) -> bool:
    """Tell whether a text is a code and nothing else, but perhaps "mã" before it."""
    rest = _PREFIX.sub("", text.strip(), count=1)
    code = _SEPARATORS.sub("", rest)
    if len(code) in _LENGTHS and set(code.upper()) <= set(CODE_ALPHABET):
        return len(set(code.upper())) > 2  # "hhhhhhhh" is no code.
    if len(code) != OLD_CODE_CHARACTERS or not set(code.upper()) <= set(OLD_CODE_ALPHABET):
        return False
    groups = _SEPARATORS.split(rest)
    if len(groups) > 2 or any(len(group) not in (OLD_CODE_CHARACTERS, OLD_CODE_CHARACTERS // 2) for group in groups):
        return False
    is_announced = rest != text.strip()
    return is_announced or (rest.isupper() and not all(_WORD.fullmatch(group) for group in groups))
