"""A text that was asked for: a name, the name of a class."""

from actions import certificate, people, sharing
from actions.context import Context, GoneError, Handler
from actions.menu import show_main_menu
from actions.reply import Result

INPUTS: dict[str, Handler] = certificate.INPUTS | people.INPUTS | sharing.INPUTS


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
