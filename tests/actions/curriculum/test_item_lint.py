"""One item checked within the rest: the same problems as the whole lint finds, and only the item's."""

from datetime import date
from functools import cache

import pytest

from actions.curriculum.adding import keys_of
from actions.curriculum.item_lint import check_item
from actions.curriculum.tree import FACTS, Item, check_tree, item_of, paths_of, read_tree
from bot.settings import ROOT

TODAY = date(2026, 11, 24)
PICTURES = ROOT / "content" / "pictures"
ANSWER = "content/answers/apps-permissions/go-app-la.md"
EXAMPLES = "training_data/answers/apps-permissions/go-app-la.yml"
LESSON = "content/lessons/ban-hang-tren-mang/lesson.md"
QUIZ = "content/lessons/ban-hang-tren-mang/quiz.yml"
DRILL = "content/drills/dien-tap-buu-kien.yml"
GUIDE = "content/guides/vua-bi-lua.yml"


@cache
def tree():
    return read_tree(ROOT)


@pytest.fixture(scope="module")
def known():
    return keys_of(tree())


BROKEN = [
    pytest.param(ANSWER, "title: Gỡ ứng dụng lạ", "title: " + "x" * 61 + " ", "title", "tối đa 60", id="answer: title too long"),
    pytest.param(ANSWER, "Nếu không phải vậy,", "Gọi 1900 1234.", "nội dung", "viết tay", id="answer: a number written by hand"),
    pytest.param(ANSWER, "Nếu không phải vậy,", "{{ fact.khong_co }}", "nội dung", "fact.khong_co", id="answer: unknown fact"),
    pytest.param(ANSWER, "Nếu không phải vậy,", "rất dài " * 100, "nội dung", "tối đa 600", id="answer: text too long"),
    pytest.param(ANSWER, "https://baolamdong.vn", "http://a.vn", "sources 1 → address", "https://", id="answer: source not https"),
    pytest.param(ANSWER, "review_by: 2027-05-23", "review_by: 2026-11-23", "review_by", "không sau", id="answer: review not after"),
    pytest.param(ANSWER, "reviewed_on: 2026-11-23", "reviewed_on: mai", "phần đầu → reviewed_on", "một ngày", id="answer: no date"),
    pytest.param(EXAMPLES, "gỡ ứng dụng lạ khỏi", "gỡ [ứng dụng] khỏi", "ví dụ 1", "hãy bỏ ký tự ấy", id="examples: reserved signs"),
    pytest.param(LESSON, "goal: Biết", "goal: '{{ ban }} biết", "dòng", "YAML viết sai", id="lesson: broken"),
    pytest.param(LESSON, "Mạng giống cái chợ", "Mạng online marketplace", "Mẻ bưởi", "marketplace", id="lesson: foreign word"),
    pytest.param(LESSON, "Hình: hoan-tien-gia", "Hình: khong-co", "Tiền về", "không có hình", id="lesson: no such picture"),
    pytest.param(QUIZ, "right: true", "right: false", "câu q1", "có 0 lựa chọn đúng", id="quiz: nothing is right"),
    pytest.param(DRILL, "next: thoat-som", "next: khong-co", "mo-dau →", "không có bước", id="drill: no such step"),
    pytest.param(DRILL, "sign: Báo có", "sing: Báo có", "mo-dau → sing", "không có mục này", id="drill: unknown field"),
    pytest.param(GUIDE, "start: cai-ung-dung", "start: tat-nguon", "cai-ung-dung", "không có đường nào", id="guide: a step out of reach"),
]


@pytest.mark.parametrize(("path", "old", "new", "place", "message"), BROKEN)
def test_what_is_wrong_with_an_item_is_told_with_its_place(path, old, new, place, message, curriculum, known):
    assert old in tree()[path]
    item = item_of(path)
    changed = tree() | {path: tree()[path].replace(old, new)}

    _, problems = check_item(item, {p: changed[p] for p in paths_of(item, tree())}, curriculum, TODAY, known)

    assert [p for p in problems if p.path == path and p.place.startswith(place) and message in p.message]


def test_the_problems_are_those_that_the_whole_lint_finds(curriculum, known):
    changed = tree() | {
        ANSWER: tree()[ANSWER].replace("Nếu không phải vậy,", "Gọi 1900 1234. {{ fact.khong_co }}").replace("27-05", "26-05"),
        LESSON: tree()[LESSON].replace("Mạng giống", "Marketplace giống").replace("Hình: hoan-tien-gia", "Hình: khong-co"),
        QUIZ: tree()[QUIZ].replace("right: true", "right: false"),
        DRILL: tree()[DRILL].replace("next: thoat-som", "next: khong-co"),
        GUIDE: tree()[GUIDE].replace("start: cai-ung-dung", "start: tat-nguon"),
    }

    alone = []
    for item in map(Item.parse, ("answer/go-app-la", "lesson/ban-hang-tren-mang", "drill/dien-tap-buu-kien", "guide/vua-bi-lua")):
        alone += check_item(item, {p: changed[p] for p in paths_of(item, tree())}, curriculum, TODAY, known)[1]

    _, whole = check_tree(changed, TODAY, PICTURES)
    assert len(alone) > 10
    assert sorted(alone, key=str) == sorted(whole, key=str)


def test_an_item_without_problems_has_none(curriculum, known):
    item = Item("lesson", "ban-hang-tren-mang")

    read, problems = check_item(item, {p: tree()[p] for p in paths_of(item, tree())}, curriculum, TODAY, known)

    assert problems == []
    assert read.lessons[item.slug] == curriculum.lessons[item.slug]
    assert read.lessons[item.slug] is not curriculum.lessons[item.slug]


def test_examples_are_compared_with_those_of_all_other_intents_without_diacritics(curriculum, known):
    item = Item("answer", "go-app-la")
    other = next(text for text, intent in known.items() if intent == "quyen-tro-nang")
    files = {p: tree()[p] for p in paths_of(item, tree())}

    _, problems = check_item(item, files | {EXAMPLES: files[EXAMPLES] + f"    - {other.upper()}?\n"}, curriculum, TODAY, known)

    assert len(problems) == 1
    assert (problems[0].path, "quyen-tro-nang" in problems[0].message) == (EXAMPLES, True)


def test_too_few_examples_are_told(curriculum):
    item = Item("answer", "go-app-la")
    files = {p: tree()[p] for p in paths_of(item, tree())}
    few = "\n".join(files[EXAMPLES].splitlines()[:9]) + "\n"

    _, problems = check_item(item, files | {EXAMPLES: few}, curriculum, TODAY, {})

    assert [(p.place, p.message) for p in problems] == [("examples", "có 5 ví dụ; cần ít nhất 10")]


def test_what_cannot_be_read_leaves_the_rest_as_it_was(curriculum):
    item = Item("answer", "go-app-la")

    read, problems = check_item(item, {ANSWER: "hỏng"}, curriculum, TODAY, {})

    assert read.answers[item.slug] is curriculum.answers[item.slug]
    assert "thiếu phần đầu" in problems[0].message


def test_facts_are_read_for_the_texts_that_name_them(curriculum):
    facts = tree()[FACTS].replace('value: "156"', 'value: "1156"')

    read, problems = check_item(Item("facts", "facts"), {FACTS: facts}, curriculum, TODAY, {})

    assert (read.facts["hotline_156"].value, problems) == ("1156", [])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("content/answers/../../../../tmp/x.md", id="goes up"),
        pytest.param("/tmp/x.md", id="from the root"),
        pytest.param("content/answers/apps-permissions/khac.md", id="of another item"),
    ],
)
def test_no_file_is_written_that_is_not_the_items(path, curriculum):
    with pytest.raises(ValueError, match=r"x\.md|khac"):
        check_item(Item("answer", "go-app-la"), {path: "x"}, curriculum, TODAY, {})
