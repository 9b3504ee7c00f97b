"""A form that is not finished can be looked at; what is missing is shown as a gap."""

from datetime import UTC, datetime

import pytest

from actions.curriculum.forms import write_form
from actions.curriculum.item_lint import check_item
from actions.curriculum.tree import Item
from bot.console.items import new_form
from bot.console.preview import Look, preview
from bot.console.unfinished import GAP, filled, item_in

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["answer", "lesson", "guide", "drill"])
async def test_a_new_item_can_be_looked_at_before_anything_is_written(kind, curriculum):
    item = Item(kind, "moi-tinh")
    form = new_form(kind, "", "apps-permissions", NOW.date()) | {"reviewed_on": "", "review_by": "mai"}

    whole = filled(item, form, curriculum, NOW.date())
    read, _ = check_item(item, write_form(item, whole, {}), curriculum, NOW.date(), {})

    assert item_in(curriculum, item) is None
    assert item_in(read, item) is not None
    parts = await preview(item, read, Look(), NOW)
    assert any(GAP in bubble.text for part in parts for bubble in part.bubbles)


def test_what_is_there_stays_as_it_was_typed(curriculum):
    item = Item("answer", "moi-tinh")
    form = new_form("answer", "Tên", "apps-permissions", NOW.date()) | {"text": "Chữ."}
    form["sources"] = [
        {"title": "Báo", "address": "https://bao.vn", "read_on": "2026-11-23"},
        {"title": "Đài", "address": "", "read_on": ""},
    ]

    whole = filled(item, form, curriculum, NOW.date())

    assert (whole["title"], whole["text"], whole["sources"]) == ("Tên", "Chữ.", form["sources"][:1])
    assert (whole["reviewed_on"], whole["review_by"]) == (form["reviewed_on"], form["review_by"])
    assert len(form["sources"]) == 2
