"""Forms as browsers send them: names to nested fields and back, rows that come and go."""

import pytest

from actions.curriculum.forms import read_form
from actions.curriculum.tree import Item, item_of, paths_of
from bot.console.forms import BLANKS, ROWS_MAX, as_pairs, change_rows, focus_after, read_pairs
from tests.bot.console.conftest import project_tree


def form_of(name):
    item = Item.parse(name)
    return read_form(item, {path: project_tree()[path] for path in paths_of(item, project_tree())})


@pytest.mark.parametrize("kind", sorted(BLANKS))
def test_every_item_comes_through_a_browser_unchanged(kind):
    for item in {item for item in map(item_of, project_tree()) if item.kind == kind}:
        form = form_of(str(item))

        assert read_pairs(kind, as_pairs(form)) == form


def test_rows_come_in_the_order_of_their_numbers_and_gaps_are_closed():
    pairs = [("sources.10.title", "ba"), ("sources.2.title", "một"), ("sources.9.title", "hai")]

    form = read_pairs("answer", pairs)

    assert [source["title"] for source in form["sources"]] == ["một", "hai", "ba"]


def test_browsers_line_ends_and_boxes_that_are_ticked_several_times_are_understood():
    pairs = [("goal", "một\r\nhai"), ("topics", "a"), ("topics", "b"), ("general_advice", "on")]

    form = read_pairs("lesson", pairs)

    assert (form["goal"], form["topics"], form["general_advice"]) == ("một\nhai", "a, b", True)


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param([("unknown", "x"), ("steps.0.unknown", "x")], id="fields that no form has"),
        pytest.param([("title.0.x", "x")], id="rows where a text belongs"),
        pytest.param([("sources", "x"), ("sources.0.title", "x")], id="a text where rows belong"),
        pytest.param([("sources.x.title", "x"), ("sources.-1.title", "x"), ("sources.1e5.title", "x")], id="rows without a number"),
        pytest.param([("sources.0", "x")], id="a row that is a text"),
        pytest.param([("csrf", "x"), ("_revision", "3"), ("__proto__", "x"), ("...", "x"), ("", "x")], id="other names"),
    ],
)
@pytest.mark.parametrize("kind", sorted(BLANKS))
def test_what_no_form_of_ours_sends_is_left_out(kind, pairs):
    form = read_pairs(kind, pairs)

    assert set(form) == set(BLANKS[kind])
    assert all(isinstance(value, type(BLANKS[kind][name])) for name, value in form.items())


def test_there_are_never_more_rows_than_a_page_can_show():
    form = read_pairs("answer", [(f"sources.{n}.title", str(n)) for n in range(ROWS_MAX + 20)])

    change_rows("answer", form, "add:sources")

    assert len(form["sources"]) == ROWS_MAX


@pytest.mark.parametrize(
    ("what", "way", "expected"),
    [
        pytest.param("add:steps", ("steps", "heading"), ["a", "b", "c", ""], id="add at the end"),
        pytest.param("remove:steps.1", ("steps", "heading"), ["a", "c"], id="take away"),
        pytest.param("up:steps.2", ("steps", "heading"), ["a", "c", "b"], id="move up"),
        pytest.param("up:steps.0", ("steps", "heading"), ["a", "b", "c"], id="the first cannot go up"),
        pytest.param("remove:steps.9", ("steps", "heading"), ["a", "b", "c"], id="one that is not there"),
        pytest.param("remove:steps.x", ("steps", "heading"), ["a", "b", "c"], id="no number"),
        pytest.param("remove:title", ("steps", "heading"), ["a", "b", "c"], id="no row"),
        pytest.param("add:title", ("steps", "heading"), ["a", "b", "c"], id="nothing that has rows"),
        pytest.param("add:steps.0.heading", ("steps", "heading"), ["a", "b", "c"], id="a field of a row"),
        pytest.param("burn:steps.0", ("steps", "heading"), ["a", "b", "c"], id="another word"),
    ],
)
def test_buttons_change_the_rows(what, way, expected):
    form = read_pairs("lesson", [(f"steps.{n}.heading", text) for n, text in enumerate("abc")])

    change_rows("lesson", form, what)

    assert [row[way[1]] for row in form[way[0]]] == expected


def test_rows_within_rows_are_changed_where_they_are():
    form = form_of("lesson/ban-hang-tren-mang")
    before = [len(one["choices"]) for one in form["questions"]]

    change_rows("lesson", form, "add:questions.1.choices")
    change_rows("lesson", form, "remove:questions.0.choices.0")

    after = [len(one["choices"]) for one in form["questions"]]
    assert after == [before[0] - 1, before[1] + 1, *before[2:]]


def test_a_new_question_has_choices_of_its_own():
    form = read_pairs("lesson", [])
    change_rows("lesson", form, "add:questions")
    change_rows("lesson", form, "add:questions")

    form["questions"][0]["choices"][0]["text"] = "một"

    assert len(form["questions"][1]["choices"]) == 3
    assert form["questions"][1]["choices"][0]["text"] == ""


def test_a_new_step_of_a_drill_has_a_name_that_no_other_has():
    form = read_pairs("drill", [("steps.0.slug", "buoc-2"), ("steps.0.text", "a")])

    change_rows("drill", form, "add:steps")
    change_rows("drill", form, "add:steps")

    assert [step["slug"] for step in form["steps"]] == ["buoc-2", "buoc-3", "buoc-4"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        pytest.param("add:steps", "steps.2.text", id="the new row"),
        pytest.param("add:questions.0.choices", "questions.0.choices.3.text", id="the new row within a row"),
        pytest.param("remove:steps.1", "add:steps", id="the button that adds one"),
        pytest.param("up:steps.1", "up:steps.0", id="the row that went up"),
        pytest.param("up:steps.0", "up:steps.0", id="the first row stays"),
        pytest.param("add:nothing", "", id="nothing"),
    ],
)
def test_somebody_goes_on_where_the_change_was(what, expected):
    form = read_pairs("lesson", [("steps.0.text", "a"), ("steps.1.text", "b"), *((f"questions.0.choices.{n}.text", "") for n in range(3))])
    if what == "add:steps":
        change_rows("lesson", form, what)
        assert focus_after(what, form) == expected
        return
    if what == "add:questions.0.choices":
        change_rows("lesson", form, what)

    assert focus_after(what, form) == expected
