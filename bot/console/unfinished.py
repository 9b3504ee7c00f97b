"""Fill the gaps of a form that is not finished, so that it can be looked at while it is being written."""

from datetime import date, timedelta

from actions.curriculum.forms import Form
from actions.curriculum.model import Curriculum
from actions.curriculum.tree import Item

GAP = "…"
_MUST_HAVE = {"answer": ("title", "text"), "lesson": ("title", "goal"), "guide": ("title",), "drill": ("title", "role", "intro")}


def filled(item: Item, form: Form, curriculum: Curriculum, today: date) -> Form:
    """Return a form that can be read whatever is missing; it is shown, never saved.

    Args:
        item: Which item it is of.
        form: The form as it was typed so far.
        curriculum: Where a lesson finds a module as long as none is chosen.
        today: What stands for dates that are missing or none.
    """
    whole = {**form, **{name: form[name] or GAP for name in _MUST_HAVE[item.kind]}}
    whole["sources"] = [s for s in form["sources"] if s["title"] and s["address"].startswith("https://") and _is_date(s["read_on"])]
    whole["reviewed_on"] = form["reviewed_on"] if _is_date(form["reviewed_on"]) else today.isoformat()
    whole["review_by"] = form["review_by"] if _is_date(form["review_by"]) else (today + timedelta(days=1)).isoformat()
    if item.kind == "lesson":
        whole["module"] = form["module"] if form["module"] in curriculum.modules else next(iter(curriculum.modules), "")
        whole["questions"] = [{**one, "question": one["question"] or GAP} for one in form["questions"]]
        whole["steps"] = [{**step, "heading": step["heading"] or GAP, "text": step["text"] or GAP} for step in form["steps"]]
    if item.kind in ("guide", "drill"):
        steps = enumerate(form["steps"], 1)
        whole["steps"] = [{**step, "slug": step["slug"] or f"buoc-{number}", "text": step["text"] or GAP} for number, step in steps]
    return whole


def item_in(curriculum: Curriculum, item: Item) -> object | None:
    """Return the item as the content has it, or None."""
    match item.kind:
        case "answer":
            return curriculum.answers.get(item.slug)
        case "lesson":
            return curriculum.lessons.get(item.slug)
        case "guide":
            return curriculum.guides.get(item.slug)
        case _:
            return curriculum.drills.get(item.slug)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
