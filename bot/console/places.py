"""Where in the console an item, or a problem, can be worked on."""

from urllib.parse import quote, urlencode

from actions.curriculum.problems import Problem
from actions.curriculum.tree import Item, item_of

EDITING = "/quantri/soan-bai"
FACTS = "/quantri/du-kien"


def edit_path(item: Item) -> str:
    """Return the address of an item's form; what has no form is changed in its file."""
    match item.kind:
        case "facts":
            return FACTS
        case "other":
            return "/quantri/xuat-ban#tep"
        case _:
            return f"{EDITING}/{item}"


def place_link(problem: Problem) -> str:
    """Return the address of the form in which a problem can be mended, at the field that it is about."""
    item = item_of(problem.path)
    if item.kind == "facts":
        return f"{FACTS}?muc={quote(problem.place.split(' ')[0])}#sua"
    if item.kind == "other":
        return edit_path(item)
    return f"{edit_path(item)}?{urlencode({'tep': problem.path, 'cho': problem.place})}"
