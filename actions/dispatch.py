"""Carry out a choice or command: each module of `actions` names its own, found by scanning the folder."""

import functools
import importlib
import inspect
import pkgutil
from typing import TypeVar

import actions
from actions.context import Context, GoneError, Handler
from actions.menu import show_main_menu
from actions.reply import Result
from actions.wording import Phrases, plain, words_of

T = TypeVar("T")


async def choose(context: Context, value: str) -> Result:
    """Carry out a choice; one that the content no longer has leads to the menu.

    Args:
        context: The turn.
        value: The value of any choice the bot ever gave, or one that was made up.
    """
    verb, *rest = value.split(":") if value.isascii() and value.isprintable() else ("",)
    handler = _choices().get(verb)
    try:
        if handler is not None and _fits(handler, context, rest):
            return await handler(context, *rest)
    except GoneError:
        pass  # The same is said as for a value that was made up.
    return show_main_menu(context.curriculum, "menu_gone")


def command_value(typed: str, *, strictly: bool = False) -> str | None:
    """Return the choice's value that a command stands for: `/onlai` or its words; None for anything else.

    Args:
        typed: What was typed, with or without diacritics.
        strictly: Whether a single word must have all its diacritics, as where a name is asked for.
    """
    if typed.startswith("/"):
        first, whole = (f"/{''.join(map(plain, words))}" for words in (words_of(typed)[:1], words_of(typed)))
        return commands().get(first) or commands().get(whole)
    return _phrases().find(words_of(typed), strictly=strictly)


@functools.cache
def commands() -> dict[str, str]:
    """Return all commands with the choices' values they stand for; words have their diacritics."""
    return _collect("COMMANDS")


@functools.cache
def _phrases() -> Phrases[str]:
    return Phrases({command: value for command, value in commands().items() if not command.startswith("/")})


@functools.cache
def _choices() -> dict[str, Handler]:
    return _collect("CHOICES")


def _fits(handler: Handler, context: Context, rest: list[str]) -> bool:
    try:
        inspect.signature(handler).bind(context, *rest)
    except TypeError:
        return False
    return True


def _collect(name: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for module in pkgutil.iter_modules(actions.__path__):
        named: dict[str, T] = getattr(importlib.import_module(f"actions.{module.name}"), name, {})
        double = found.keys() & named.keys()
        if double:
            raise ValueError(f"actions/{module.name}.py: {name} already has {sorted(double)}")
        found |= named
    return found
