"""What is due for a review, facts by day, sources, and the two lines that a review changes."""

from datetime import date, timedelta

import pytest

from actions.curriculum.files import read_curriculum
from actions.curriculum.problems import Problems
from actions.curriculum.reviewing import due_items, fact_checked, facts_by_day, months_later, reviewed, sources_in_use
from actions.curriculum.tree import FACTS, Item, paths_of, read_tree
from bot.settings import ROOT

TREE = read_tree(ROOT)
DAY = date(2026, 12, 31)


def changed_lines(before, after):
    return [line for line, old in zip(after.splitlines(), before.splitlines(), strict=True) if line != old]


def test_the_most_urgent_come_first_and_the_retired_not_at_all(curriculum):
    answers = list(curriculum.answers.values())[:4]
    today = date(2026, 11, 24)
    left = (-3, 0, 30, 31)
    made = {a.slug: a.model_copy(update={"review_by": today + timedelta(days=n)}) for a, n in zip(answers, left, strict=True)}
    gone = answers[0].model_copy(update={"slug": "gone", "review_by": today - timedelta(days=9), "is_retired": True})
    small = curriculum.model_copy(update={"answers": {**made, "gone": gone}, "lessons": {}, "guides": {}, "drills": {}})

    assert [due.days_left for due in due_items(small, today, 30)] == [-3, 0, 30]
    assert [due.days_left for due in due_items(small, today, 0)] == [-3, 0]
    assert [due.item.slug for due in due_items(small, today)] == [a.slug for a in answers]


def test_every_kind_of_item_has_a_review(curriculum):
    assert {due.item.kind for due in due_items(curriculum, DAY)} == {"answer", "lesson", "guide", "drill"}


def test_every_item_can_be_marked_and_nothing_else_changes(curriculum):
    for due in due_items(curriculum, DAY):
        (path,) = [p for p in paths_of(due.item, TREE) if p.startswith("content/") and "reviewed_on:" in TREE[p]]

        assert changed_lines(TREE[path], reviewed(TREE[path], DAY)) == ["reviewed_on: 2026-12-31", "review_by: 2027-06-30"], path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\ntitle: a\n---\nreviewed_on: 2026-01-01\nreview_by: 2026-07-01\n", id="only in the words"),
        pytest.param("---\nreviewed_on: 2026-01-01\n---\n", id="one line missing"),
        pytest.param("---\nreviewed_on: hôm qua\nreview_by: 2026-07-01\n---\n", id="no date"),
        pytest.param("reviewed_on: 2026-01-01\nreviewed_on: 2026-01-01\nreview_by: 2026-07-01\n", id="twice"),
    ],
)
def test_a_file_without_these_lines_is_not_changed(text):
    with pytest.raises(ValueError):
        reviewed(text, DAY)


def test_every_fact_can_be_marked_and_nothing_else_changes(curriculum, tmp_path):
    for slug in curriculum.facts:
        if curriculum.facts[slug].source.read_on != DAY:
            assert changed_lines(TREE[FACTS], fact_checked(TREE[FACTS], slug, DAY)) == ["  checked_on: 2026-12-31"], slug

    (tmp_path / "facts.yml").write_text(fact_checked(TREE[FACTS], "hotline_156", DAY), encoding="utf-8")
    found = read_curriculum(tmp_path, Problems(tmp_path)).facts
    assert [slug for slug, fact in found.items() if fact.source.read_on == DAY] == ["hotline_156"]


@pytest.mark.parametrize("slug", ["khong-co", "hotline", ".*", ""])
def test_a_fact_that_is_not_there_is_not_changed(slug):
    with pytest.raises(ValueError):
        fact_checked(TREE[FACTS], slug, DAY)


def test_facts_come_by_the_day_they_were_checked_with_their_uses(curriculum):
    old = next(iter(curriculum.facts.values()))
    old = old.model_copy(update={"source": old.source.model_copy(update={"read_on": date(2020, 1, 1)})})
    answer = next(a for a in curriculum.answers.values() if not a.is_retired)
    answer = answer.model_copy(update={"text": f"{{{{ fact.{old.slug} }}}} và {{{{ fact.{old.slug} }}}}", "more": "", "devices": {}})
    nothing_else = {"lessons": {}, "guides": {}, "drills": {}}
    small = curriculum.model_copy(update={"facts": {**curriculum.facts, old.slug: old}, "answers": {answer.slug: answer}, **nothing_else})

    first, *others = facts_by_day(small)

    assert (first.fact.slug, first.uses) == (old.slug, 1)
    assert all(one.uses == 0 for one in others)


def test_an_address_comes_once_with_everything_that_names_it(curriculum):
    found = {source.address: source for source in sources_in_use(curriculum)}

    assert len(found) == len(sources_in_use(curriculum))
    for answer in curriculum.answers.values():
        for source in answer.sources if not answer.is_retired else ():
            assert Item("answer", answer.slug) in found[source.address].items
            assert source.title in found[source.address].titles
    for fact in curriculum.facts.values():
        assert not fact.source.address or Item("facts", "facts") in found[fact.source.address].items


@pytest.mark.parametrize(
    ("day", "later"),
    [
        pytest.param(date(2026, 11, 29), date(2027, 5, 29), id="over the new year"),
        pytest.param(date(2026, 8, 31), date(2027, 2, 28), id="no such day in February"),
        pytest.param(date(2027, 8, 31), date(2028, 2, 29), id="a leap year"),
        pytest.param(date(2026, 6, 15), date(2026, 12, 15), id="to December"),
        pytest.param(date(2026, 12, 31), date(2027, 6, 30), id="from December"),
    ],
)
def test_half_a_year_later_is_a_day_that_there_is(day, later):
    assert months_later(day, 6) == later
