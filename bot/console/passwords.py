"""Passwords of the console: argon2id, hashed and checked in a thread, and the rules for choosing one."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARACTERS = 12
MAX_CHARACTERS = 200
NO_PASSWORD = "!"  # noqa: S105 - no hash: an account that waits for its one-time link
_COMMON = ("matkhau", "password", "123456", "qwerty", "banso", "quantri", "admin", "abcdef", "111111", "iloveyou")
_HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(2, "password")  # Each hash takes 64 MiB: many at once would take the memory of everything else.
T = TypeVar("T")


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
    return await _apart(_HASHER.hash, password)


async def is_right(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; None where there is no account."""
    return await _apart(_verify, password_hash, password) and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


async def _apart(work: Callable[..., T], *values: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *values)


@functools.cache
def _nobody() -> str:
    """Return what is checked where there is no such account, so that the time it takes tells nothing."""
    return _HASHER.hash("nobody has this password")


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
