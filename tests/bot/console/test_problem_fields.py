"""Problems lead to the field that they are about; every field of a form can be named."""

import re

import pytest

from actions.curriculum.problems import Problem
from bot.console.field_titles import field_title
from bot.console.forms import BLANKS, as_pairs, change_rows, read_pairs
from bot.console.places import place_link
from bot.console.problem_fields import field_of
from bot.settings import ROOT
from tests.bot.console.test_forms import form_of

ANSWER = "content/answers/apps-permissions/go-app-la.md"
EXAMPLES = "training_data/answers/apps-permissions/go-app-la.yml"
LESSON = "content/lessons/ban-hang-tren-mang/lesson.md"
QUIZ = "content/lessons/ban-hang-tren-mang/quiz.yml"
DRILL = "content/drills/dien-tap-buu-kien.yml"


@pytest.mark.parametrize(
    ("path", "place", "message", "field"),
    [
        pytest.param(ANSWER, "title", "dài 61 ký tự", "title", id="title"),
        pytest.param(ANSWER, "nội dung", "dài", "text", id="text"),
        pytest.param(ANSWER, "Xem thêm", "dài", "more", id="more"),
        pytest.param(ANSWER, "devices → iphone", "dài", "iphone", id="device"),
        pytest.param(ANSWER, "phần đầu → topic", "đang trống", "topic", id="front matter"),
        pytest.param(ANSWER, "phần đầu → devices", "sai", "android", id="devices as a whole"),
        pytest.param(ANSWER, "sources", "chưa có nguồn", "sources", id="no source"),
        pytest.param(ANSWER, "sources 2 → address", "đang trống", "sources.1.address", id="a source's address"),
        pytest.param(ANSWER, "review_by", "không sau", "review_by", id="date"),
        pytest.param(ANSWER, "dòng 3", "YAML viết sai", "title", id="a line"),
        pytest.param(EXAMPLES, "ví dụ 12", "trùng", "examples", id="an example"),
        pytest.param(EXAMPLES, "tệp", "chưa có", "examples", id="no examples"),
        pytest.param(LESSON, "Bắt đầu nhỏ, nói thật", "dài 301", "steps.1.text", id="step with a comma in its name"),
        pytest.param(LESSON, "Bắt đầu nhỏ, nói thật", "tên bước dài 41", "steps.1.heading", id="step's name"),
        pytest.param(LESSON, "Bắt đầu nhỏ, nói thật", 'không có hình "x"', "steps.1.picture", id="step's picture"),
        pytest.param(LESSON, "Mã QR ở sạp → Dễ hiểu hơn", "dài", "steps.2.simple", id="easy words"),
        pytest.param(LESSON, "Mã QR ở sạp", 'thiếu phần "### Dễ hiểu hơn"', "steps.2.simple", id="no easy words"),
        pytest.param(LESSON, "nội dung", "có 2 bước", "steps", id="all steps"),
        pytest.param(LESSON, "topics", "ít nhất một", "topics", id="topics"),
        pytest.param(LESSON, "phần đầu → module", "đang trống", "module", id="module"),
        pytest.param(QUIZ, "câu q3", "dài", "questions.2.question", id="question by its id"),
        pytest.param(QUIZ, "câu 2 → question", "đang trống", "questions.1.question", id="question by its number"),
        pytest.param(QUIZ, "câu q1, lựa chọn 2", "dài", "questions.0.choices.1.text", id="choice"),
        pytest.param(QUIZ, "câu q1, lựa chọn 2 → feedback", "dài", "questions.0.choices.1.feedback", id="feedback"),
        pytest.param(QUIZ, "câu 1, lựa chọn 3 → text", "đang trống", "questions.0.choices.2.text", id="choice by its number"),
        pytest.param(QUIZ, "tệp", "có 2 câu", "questions", id="all questions"),
        pytest.param(DRILL, "mo-dau", "dài", "steps.0.text", id="line"),
        pytest.param(DRILL, "mo-dau", "thiếu sign: dấu hiệu", "steps.0.sign", id="no sign"),
        pytest.param(DRILL, "mo-dau → sign", "dài", "steps.0.sign", id="sign"),
        pytest.param(DRILL, "mo-dau → text", "đang trống", "steps.0.text", id="line missing"),
        pytest.param(DRILL, "mo-dau → ending", "đang là", "steps.0.ending", id="ending"),
        pytest.param(DRILL, "mo-dau → Hàng gì thế? Ai gửi cho tôi?", "dài", "steps.0.choices.0.text", id="choice by its words"),
        pytest.param(DRILL, "mo-dau → Hàng gì thế? Ai gửi cho tôi?", "next: không có", "steps.0.choices.0.next", id="where it leads"),
        pytest.param(DRILL, "xin-can-cuoc, lựa chọn 2 → next", "đang trống", "steps.1.choices.1.next", id="leads nowhere"),
        pytest.param(DRILL, "steps", "nói 2 lượt", "steps", id="all lines"),
        pytest.param(DRILL, "phần đầu → role", "đang trống", "role", id="role"),
        pytest.param(DRILL, "start", "không có bước", "start", id="start"),
    ],
)
def test_a_problem_leads_to_its_field(path, place, message, field):
    name = "lesson/ban-hang-tren-mang" if "lessons" in path else "drill/dien-tap-buu-kien" if "drills" in path else "answer/go-app-la"

    found = field_of(Problem(path, place, message), name.split("/", maxsplit=1)[0], form_of(name))

    assert found == field
    assert field_title(found)


@pytest.mark.parametrize("kind", sorted(BLANKS))
def test_every_field_has_a_title_and_a_place_on_its_page(kind):
    form = read_pairs(kind, [])
    for what in ("add:sources", *(("add:steps",) if kind != "answer" else ()), *(("add:questions",) if kind == "lesson" else ())):
        change_rows(kind, form, what)
    if kind in ("guide", "drill"):
        change_rows(kind, form, "add:steps.0.choices")
    template = {"guide": "script", "drill": "script"}.get(kind, kind)
    folder = ROOT / "bot" / "console" / "templates"
    page = "".join((folder / f"editing_{part}.html").read_text(encoding="utf-8") for part in (template, "fields"))

    names = [name for name, _ in as_pairs(form)] + ["general_advice"]

    assert [name for name in names if field_title(name) is None and name != "related"] == []
    assert [name for name in names if not re.search(rf'["./]{name.rpartition(".")[2]}"', page)] == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param("text", "Nội dung", id="plain"),
        pytest.param("sources.0.title", "Nguồn 1: tên nguồn", id="row"),
        pytest.param("questions.2.choices.1.text", "Câu đố 3, lựa chọn 2: chữ trên nút", id="row in a row"),
        pytest.param("steps", "Các bước", id="all rows"),
        pytest.param("khong-co", None, id="unknown"),
        pytest.param("khong.0.text", None, id="unknown rows"),
        pytest.param("steps.x.text", None, id="no number"),
    ],
)
def test_fields_are_called_by_what_people_see(name, title):
    assert field_title(name) == title


@pytest.mark.parametrize(
    ("path", "place", "link"),
    [
        pytest.param(ANSWER, "nội dung", "/quantri/soan-bai/answer/go-app-la?tep=", id="answer"),
        pytest.param(EXAMPLES, "ví dụ 1", "/quantri/soan-bai/answer/go-app-la?tep=", id="examples"),
        pytest.param(QUIZ, "câu q1", "/quantri/soan-bai/lesson/ban-hang-tren-mang?tep=", id="quiz"),
        pytest.param("content/facts.yml", "hotline_156 → value", "/quantri/du-kien?muc=hotline_156#sua", id="fact"),
        pytest.param("content/messages.yml", "welcome", "/quantri/xuat-ban#tep", id="what has no form"),
    ],
)
def test_a_problem_found_elsewhere_links_to_its_form(path, place, link):
    assert place_link(Problem(path, place, "x")).startswith(link)
