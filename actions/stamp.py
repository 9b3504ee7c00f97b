"""The time at which something was offered, short enough for a choice's value.

A tap that says when it was offered cannot bring back a person who was erased since.
"""

from datetime import UTC, datetime

from actions.context import Context, GoneError

_BASE = 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def stamp(moment: datetime) -> str:
    """Return a moment in seconds, in base 36."""
    value = int(moment.timestamp())
    digits = ""
    while value:
        value, rest = divmod(value, _BASE)
        digits = _DIGITS[rest] + digits
    return digits


async def is_from_before_erasure(context: Context, stamped: str) -> bool:
    """Tell whether the sender was erased since a stamp was made.

    Raises:
        GoneError: It is no stamp.
    """
    try:
        moment = datetime.fromtimestamp(int(stamped, _BASE), UTC)
    except (ValueError, OverflowError, OSError):
        raise GoneError(stamped) from None
    return await context.store.people.was_erased_since(context.sender.key, moment)
