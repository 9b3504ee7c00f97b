"""Passwords of the console: argon2id, hashed and checked in a thread, and the rules for choosing one."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARACTERS = 12
MAX_CHARACTERS = 200
NO_PASSWORD = "!"  # noqa: S105 - no hash: an account that waits for its one-time link
_COMMON = ("matkhau", "password", "123456", "qwerty", "banso", "quantri", "admin", "abcdef", "111111", "iloveyou")
_HASHER = PasswordHasher()
# Checked where there is no such account, so that the time it takes tells nothing.
_NOBODY = _HASHER.hash("nobody has this password")


def objection(password: str, login: str) -> str:
    """Return why a password cannot be used, in Vietnamese; empty where it can."""
    folded = password.lower().replace(" ", "")
    if len(password) < MIN_CHARACTERS:
        return f"Mật khẩu dài {len(password)} ký tự; cần ít nhất {MIN_CHARACTERS}. Một câu ngắn dễ nhớ là tốt nhất."
    if len(password) > MAX_CHARACTERS:
        return f"Mật khẩu dài {len(password)} ký tự; tối đa {MAX_CHARACTERS}."
    if login.lower() in folded:
        return "Mật khẩu không được chứa tên đăng nhập."
    rest = folded
    for common in _COMMON:
        rest = rest.replace(common, "")
    if len(rest) < MIN_CHARACTERS // 2 or len(set(folded)) < 5:
        return "Mật khẩu này dễ đoán quá. Hãy chọn một câu ngắn mà chỉ bạn nghĩ ra."
    return ""


async def hash_password(password: str) -> str:
    """Return the hash of a password."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_right(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; None where there is no account."""
    return await asyncio.to_thread(_verify, password_hash or _NOBODY, password) and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
