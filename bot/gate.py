"""The gate: every message is cleaned and its secrets masked before anything stores or logs it."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

MASK = "•••"
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")

_DIGITS = r"\d(?:[ .-]?\d)"
_CARD = re.compile(rf"(?<![\d.,]){_DIGITS}{{12,18}}(?![\d])")
_ID_NUMBER = re.compile(r"(?<![\d.,+])0\d{2}[ .-]?(?:\d[ .-]?){8}\d(?!\d)")
_ID_CONTEXT = re.compile(
    r"(?i)\b((?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|định danh|dinh danh)\D{0,30}?)(\d{9}|\d{12})(?!\d)"
)
_OTP_CONTEXT = re.compile(
    r"(?i)\b((?:otp|mã xác (?:nhận|thực|minh)|ma xac (?:nhan|thuc|minh)|mã kích hoạt|ma kich hoat|mã code|verification code)"
    r"[^\d\n]{0,30}?)(\d{3}[ -]?\d{3}|\d{4,8})(?![\d.,]?\d)"
)
_OTP_BEFORE = re.compile(r"(?i)(?<![\d.,])(\d{3}[ -]?\d{3}|\d{4,8})(?=[^\d\n]{1,12}\b(?:otp|mã xác (?:nhận|thực)|ma xac (?:nhan|thuc))\b)")
_LONE_CODE = re.compile(r"^\s*(\d{3}[ -]?\d{3})\s*$")
_CVV = re.compile(r"(?i)\b((?:cvv|cvc)\D{0,8})(\d{3,4})\b")
_OWNER = r"(?:của|cua|tôi|toi|tui|em|con|mình|minh|zalo|facebook|fb|vneid|app|ngân hàng|ngan hang|nh|gmail|wifi|cũ|cu|mới|moi|là|la)"
_PASSWORD = re.compile(
    r"(?i)\b((?:mật khẩu|mat khau|password|passcode|pass|mk|mã pin|ma pin|pin)"
    rf"(?:\s+{_OWNER}){{0,5}}\s*[:=]?\s*)"
    r"(?=\S*\d)(?!\d+(?:%|\s*(?:lần|lan|ký tự|ky tu|số|so|chữ|chu)\b))([^\s,;]{4,40})"
)
_ACCOUNT = re.compile(
    r"(?i)\b((?:stk|số tài khoản|so tai khoan|tài khoản số|tai khoan so|tk số|tk so)\D{0,25}?)(\d(?:[ .-]?\d){5,18})(?!\d)"
)
_PHONE = re.compile(r"(?<![\d.,])(?:\+?84|0)(?:[ .-]?\d){8,9}(?!\d)")
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b")
_LONG_NUMBER = re.compile(r"\d(?:[ .-]?\d){5,}")


@dataclass(frozen=True)
class Clean:
    """A cleaned message: its text with secrets masked, and the kinds of secrets it held.

    `secrets` holds otp, card, id, password or account, each once, in that order.
    """

    text: str
    secrets: tuple[str, ...]


def clean(text: str) -> Clean:
    """Clean a message and mask its secrets.

    Args:
        text: Whatever a channel received.

    Returns:
        NFC text without control or invisible characters, its white space tidied.
    """
    text = unicodedata.normalize("NFC", text)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text.replace("\r\n", "\n")))
    text = _BLANK_LINES.sub("\n", _SPACES.sub(" ", text)).strip()
    found: set[str] = set()
    for kind, pattern, replace in _RULES:
        text = pattern.sub(_noting(kind, replace, found), text)
    return Clean(text, tuple(k for k in ("otp", "card", "id", "password", "account") if k in found))


def mask_personal(text: str) -> str:
    """Mask also phone numbers, e-mail addresses and all long numbers, for keeping a question."""
    text = _EMAIL.sub(MASK, _PHONE.sub(MASK, text))
    return _LONG_NUMBER.sub(MASK, text)


def _noting(kind: str, replace: Callable[[re.Match[str]], str], found: set[str]) -> Callable[[re.Match[str]], str]:
    def masked(match: re.Match[str]) -> str:
        replaced = replace(match)
        if replaced != match[0]:
            found.add(kind)
        return replaced

    return masked


def _keep_first(match: re.Match[str]) -> str:
    return match[1] + MASK


def _whole(_match: re.Match[str]) -> str:
    return MASK


def _card(match: re.Match[str]) -> str:
    digits = [int(c) for c in match[0] if c.isdigit()]
    doubled = [d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits[-2::-1])]
    is_card = 13 <= len(digits) <= 19 and (sum(doubled) + digits[-1]) % 10 == 0
    return MASK if is_card else match[0]


# The checksum of card numbers (Luhn, ISO/IEC 7812-1) keeps other long numbers out.
_RULES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("card", _CVV, _keep_first),
    ("password", _PASSWORD, _keep_first),
    ("account", _ACCOUNT, _keep_first),
    ("card", _CARD, _card),
    ("id", _ID_CONTEXT, _keep_first),
    ("id", _ID_NUMBER, _whole),
    ("otp", _OTP_CONTEXT, _keep_first),
    ("otp", _OTP_BEFORE, _whole),
    ("otp", _LONE_CODE, _whole),
)
