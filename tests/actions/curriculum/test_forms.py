"""Items as forms: whatever is typed can be read again, and what was not touched keeps its text."""

from datetime import date
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.curriculum.examples import read_examples
from actions.curriculum.forms import read_all_facts, read_fact, read_form, tidy, with_question_ids, write_examples, write_fact, write_form
from actions.curriculum.item_lint import check_item
from actions.curriculum.problems import Problems
from actions.curriculum.tree import FACTS, Item, item_of, paths_of, read_tree
from actions.curriculum.yaml_text import UnreadableError
from bot.settings import ROOT

AWKWARD = [
    pytest.param("no", id="what YAML takes for false"),
    pytest.param("156", id="a number"),
    pytest.param("2026-11-23", id="a date"),
    pytest.param("null", id="nothing"),
    pytest.param("a: b # c", id="colon and hash"),
    pytest.param("- một\n- hai", id="a list"),
    pytest.param("'nháy' và \"nháy kép\"", id="quotes"),
    pytest.param("{{ fact.hotline_156 }} {a} [b]", id="braces"),
    pytest.param("---\nba gạch", id="front matter's mark"),
    pytest.param("%YAML @x `y` &z *t !v |w >u", id="signs of YAML"),
    pytest.param("dòng một\n\n\ndòng hai", id="empty lines"),
    pytest.param("một 👵🏽 hai", id="emoji"),
    pytest.param("x" * 3000, id="long"),
    pytest.param("\\n \\t \\", id="backslashes"),
]
WRITTEN = st.text(st.characters(codec="utf-8"), max_size=80)


@cache
def tree():
    return read_tree(ROOT)


def items():
    return sorted({item for item in map(item_of, tree()) if item.kind in ("answer", "lesson", "guide", "drill")}, key=str)


def files_of(item):
    return {path: tree()[path] for path in paths_of(item, tree())}


@pytest.mark.parametrize("item", items(), ids=str)
def test_a_form_that_is_not_touched_gives_back_every_file_as_it_was(item):
    files = files_of(item)

    assert write_form(item, read_form(item, files), files) == files


@pytest.mark.parametrize("item", items(), ids=str)
def test_what_is_written_anew_means_the_same(item, curriculum):
    form = read_form(item, files_of(item))

    anew = write_form(item, form, {})

    assert read_form(item, anew) == form
    read, problems = check_item(item, anew, curriculum, date(2026, 11, 24), {})
    kinds = {"answer": "answers", "lesson": "lessons", "guide": "guides", "drill": "drills"}
    assert problems == []
    assert getattr(read, kinds[item.kind])[item.slug] == getattr(curriculum, kinds[item.kind])[item.slug]


def test_only_the_file_whose_fields_changed_is_written_anew():
    item = Item("answer", "go-app-la")
    files = files_of(item)
    form = read_form(item, files)

    written = write_form(item, form | {"text": "Gỡ đi."}, files)

    changed = [path for path, text in written.items() if text != files[path]]
    assert changed == ["content/answers/apps-permissions/go-app-la.md"]


@pytest.mark.parametrize("typed", AWKWARD)
@pytest.mark.parametrize("name", ["title", "text", "more", "android"])
def test_awkward_words_in_an_answer_are_read_as_they_were_typed(name, typed):
    item = Item("answer", "go-app-la")
    form = read_form(item, files_of(item)) | {name: typed}

    assert read_form(item, write_form(item, form, {}))[name] == typed


@pytest.mark.parametrize("typed", AWKWARD)
def test_awkward_words_in_a_lesson_are_read_as_they_were_typed(typed):
    item = Item("lesson", "ban-hang-tren-mang")
    form = read_form(item, files_of(item))
    form["steps"][0] |= {"text": typed, "simple": typed}
    form["questions"][0] |= {"question": typed}
    form["questions"][0]["choices"][0] |= {"text": typed, "feedback": typed}

    again = read_form(item, write_form(item, form, {}))

    assert (again["steps"], again["questions"]) == (form["steps"], form["questions"])


@pytest.mark.parametrize("typed", AWKWARD)
def test_awkward_words_in_a_drill_are_read_as_they_were_typed(typed):
    item = Item("drill", "dien-tap-buu-kien")
    form = read_form(item, files_of(item)) | {"intro": typed, "role": typed}
    form["steps"][0] |= {"text": typed, "sign": typed}
    form["steps"][0]["choices"][0] |= {"text": typed}

    assert read_form(item, write_form(item, form, {})) == form


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=WRITTEN, text=WRITTEN, more=WRITTEN, android=WRITTEN, source=WRITTEN, examples=st.lists(WRITTEN, max_size=4))
def test_whatever_is_typed_the_item_can_be_opened_again(title, text, more, android, source, examples):
    item = Item("answer", "go-app-la")
    typed = {"title": title, "text": text, "more": more, "android": android, "examples": "\n".join(examples)}
    form = read_form(item, files_of(item)) | typed
    form["sources"] = [{"title": source, "address": "https://a.vn", "read_on": title}]

    again = read_form(item, write_form(item, form, {}))

    assert again["title"] == tidy(title)
    assert again["android"] == tidy(android)
    assert write_form(item, again, {}) == write_form(item, read_form(item, write_form(item, again, {})), {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(heading=WRITTEN, text=WRITTEN, simple=WRITTEN, question=WRITTEN, feedback=WRITTEN)
def test_whatever_is_typed_a_lesson_keeps_its_steps_and_questions(heading, text, simple, question, feedback):
    item = Item("lesson", "ban-hang-tren-mang")
    form = read_form(item, files_of(item))
    form["steps"][1] |= {"heading": f"Bước {heading}", "text": text, "simple": simple}
    form["questions"][1] |= {"question": question}
    form["questions"][1]["choices"][0] |= {"feedback": feedback}

    again = read_form(item, write_form(item, form, {}))

    assert [s["picture"] for s in again["steps"]] == [s["picture"] for s in form["steps"]]
    assert len(again["questions"]) == len(form["questions"])
    assert again["questions"][1]["choices"][0]["feedback"] == tidy(feedback)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("một\r\nhai\rba", "một\nhai\nba", id="line ends of browsers and old files"),
        pytest.param("  một  \n hai ", "một\n hai", id="blanks around and at line ends"),
        pytest.param("tiê\u0301ng", "tiếng", id="letters in parts"),
        pytest.param("a\x00b\x07c\x85d\ufeffe\u2028f", "abcdef", id="signs that are not seen"),
        pytest.param("một\thai", "một hai", id="a tab"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_what_is_typed_is_tidied(typed, kept):
    assert tidy(typed) == kept


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        pytest.param("text", "Một.\n## Xem thêm\nHai.", "Một.\nXem thêm\nHai.", id="the mark between the two parts of an answer"),
        pytest.param("more", "### Dễ hiểu hơn", "Dễ hiểu hơn", id="a heading"),
    ],
)
def test_marks_that_would_part_an_answer_lose_their_meaning_and_no_word(name, typed, kept):
    item = Item("answer", "go-app-la")
    form = read_form(item, files_of(item)) | {name: typed}

    again = read_form(item, write_form(item, form, {}))

    assert again[name] == kept
    assert again["more" if name == "text" else "text"] == form["more" if name == "text" else "text"]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("## Bước giả\n\nchữ", id="a step"),
        pytest.param("### Dễ hiểu hơn\n\nchữ", id="the simple words"),
        pytest.param("Hình: hoan-tien-gia", id="a picture"),
    ],
)
def test_marks_in_a_step_make_no_other_step_or_picture(typed):
    item = Item("lesson", "ban-hang-tren-mang")
    form = read_form(item, files_of(item))
    form["steps"][0] |= {"text": f"Đầu.\n{typed}"}

    again = read_form(item, write_form(item, form, {}))["steps"]

    assert [step["heading"] for step in again] == [step["heading"] for step in form["steps"]]
    assert again[0]["picture"] == ""
    assert again[0]["simple"] == form["steps"][0]["simple"]


def test_examples_are_one_a_line_without_the_marks_of_a_list(tmp_path):
    path = tmp_path / "answers" / "t" / "x.yml"
    path.parent.mkdir(parents=True)
    typed = "- câu một\n\n• câu  hai\n  * - câu ba\n“câu bốn”: thật # không?"

    path.write_text(write_examples("x", typed.split("\n")), encoding="utf-8")

    read = read_examples(tmp_path, Problems(tmp_path))
    assert [example.text for example in read.items] == ["câu một", "câu hai", "câu ba", "“câu bốn”: thật # không?"]


@pytest.mark.parametrize(
    ("item", "topic"),
    [
        pytest.param(Item("answer", "x"), "../../../tmp", id="topic goes up"),
        pytest.param(Item("answer", "x"), "a/b", id="topic is a path"),
        pytest.param(Item("answer", "x"), "", id="no topic"),
        pytest.param(Item("answer", "../x"), "apps-permissions", id="answer goes up"),
        pytest.param(Item("lesson", ".."), "", id="lesson goes up"),
        pytest.param(Item("drill", "a/../../b"), "", id="drill goes up"),
    ],
)
def test_names_that_would_lead_elsewhere_are_refused(item, topic):
    model = next(one for one in items() if one.kind == item.kind)
    form = read_form(model, files_of(model))
    form |= {"topic": topic} if item.kind == "answer" else {}

    with pytest.raises(ValueError, match=r".*"):
        write_form(item, form, {})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("content/answers/apps-permissions/go-app-la.md", "không có phần đầu", id="no front matter"),
        pytest.param("content/answers/apps-permissions/go-app-la.md", "---\na: [\n---\n", id="broken YAML"),
        pytest.param("training_data/answers/apps-permissions/go-app-la.yml", "- chỉ là danh sách", id="a list for a mapping"),
    ],
)
def test_a_file_of_which_no_form_can_be_made_is_named(path, text):
    item = Item("answer", "go-app-la")

    with pytest.raises(UnreadableError) as caught:
        read_form(item, files_of(item) | {path: text})

    assert caught.value.path == path


def test_a_new_question_gets_a_number_that_was_never_used():
    form = {"questions": [{"id": "q1"}, {"id": ""}, {"id": "tinh-huong"}, {"id": ""}]}

    named = with_question_ids(form, "- id: q1\n- id: q7\n", "- id: q5\n")

    assert [one["id"] for one in named["questions"]] == ["q1", "q8", "tinh-huong", "q9"]


def test_a_fact_is_put_in_the_place_of_the_old_one_and_all_else_stays():
    facts = tree()[FACTS]
    slug = list(read_all_facts(facts))[3]
    form = read_fact(facts, slug) | {"value": "LD: (số)", "title": 'Cú pháp "mới"'}

    changed = write_fact(facts, slug, form)

    assert read_fact(changed, slug) == form
    before, after = facts.splitlines(), changed.splitlines()
    gone = [line for line in before if line not in after]
    assert len(gone) <= 7
    assert read_all_facts(changed) == read_all_facts(facts) | {slug: form}
    assert [line for line in after if line.startswith("#")] == [line for line in before if line.startswith("#")]


def test_a_new_fact_comes_at_the_end():
    facts = tree()[FACTS]
    form = {
        "title": "Số mới", "value": "no", "source_title": "Báo", "source_address": "https://bao.vn", "checked_on": "2026-11-23", "verified": False,
    }  # fmt: skip

    changed = write_fact(facts, "so_moi", form)

    assert changed.startswith(facts.rstrip("\n"))
    assert list(read_all_facts(changed))[-1] == "so_moi"
    assert read_fact(changed, "so_moi") == form
