"""Where in the console a problem can be mended."""

from actions.curriculum.problems import Problem
from actions.curriculum.tree import item_of

EDITING = "/quantri/soan-bai"


def place_link(problem: Problem) -> str:
    """Return the address of the form in which a problem can be mended."""
    item = item_of(problem.path)
    return f"{EDITING}/{item}"
