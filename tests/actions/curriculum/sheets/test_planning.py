"""What an import would do: new, changed and deleted items, and nothing that nobody asked for."""

from datetime import datetime

import pytest

from actions.curriculum.forms import read_form
from actions.curriculum.lesson_lint import STEP_MAX_CHARACTERS
from actions.curriculum.sheets.writing import write_csv, write_xlsx
from actions.curriculum.tree import Item, item_of
from tests.actions.curriculum.sheets.given import (
    ANSWERS,
    EXAMPLES,
    KEYS,
    LESSONS,
    QUIZZES,
    changed,
    column_of,
    exported,
    made,
    plan_of,
    put,
    row_of,
    saved,
    small_tree,
    whole_tree,
    written,
)

POLICE = "cong-an-goi-dien"
ANSWER = f"content/answers/scam-police/{POLICE}.md"
POLICE_EXAMPLES = f"training_data/answers/scam-police/{POLICE}.yml"
LESSON, QUIZ = "content/lessons/ma-otp/lesson.md", "content/lessons/ma-otp/quiz.yml"


def answer_cells(number):
    return {
        "slug": f"cau-moi-{number}", "topic": "Lừa đảo giả công an" if number == 1 else "scam-police", "title": f"Câu mới số {number}",
        "text": "Đừng làm theo. Hãy gọi người nhà hỏi lại.", "general_advice": "x",
    }  # fmt: skip


def example_cells(number):
    words = [
        "xin",
        "chào",
        "nhờ",
        "bạn",
        "giúp",
        "việc",
        "này",
        "nhé",
        "thật",
        "sự",
        "đang",
        "rất",
        "lo",
        "lắng",
        "không",
        "biết",
        "nên",
        "làm",
        "sao",
        "bây",
        "giờ",
    ]
    return [{"slug": f"cau-moi-{number}", "example": f"mục {number} ý {n} {words[n]} {words[-n]}"} for n in range(1, 12)]


def applied(plan, tree=None):
    after = dict(small_tree() if tree is None else tree)
    for path, text in plan.files.items():
        if text is None:
            del after[path]
        else:
            after[path] = text
    return after


def form_in(tree, kind, slug):
    item = Item(kind, slug)
    return read_form(item, {path: text for path, text in tree.items() if item_of(path) == item})


def no_errors(plan):
    assert [str(one) for one in plan.problems if one.level != "note"] == []


def append(page, cells):
    put(page, page.max_row + 1, **cells)


def without_column(book, title, *headers):
    for header in headers:
        book[title].delete_cols(column_of(book[title], header))


def test_twelve_new_and_three_changed_answers_are_told_and_become_texts():
    book = exported("answers", "examples")
    for number in range(1, 13):
        append(book[ANSWERS], answer_cells(number))
        for cells in example_cells(number):
            append(book[EXAMPLES], cells)
    for row in (2, 3, 4):
        put(book[ANSWERS], row, text="Nội dung đã đổi.")
    topic = book["Danh mục"].cell(row_of(book["Danh mục"], "scam-police"), 2).value
    put(book[ANSWERS], 5, topic=topic)

    plan = plan_of(saved(book))

    no_errors(plan)
    assert plan.summary == "12 mới, 3 sửa, 0 xoá"
    assert plan.tallies[ANSWERS].model_dump() == {"new": 12, "changed": 3, "deleted": 0, "unchanged": 0}
    assert plan.tallies[EXAMPLES].model_dump() == {"new": 132, "changed": 0, "deleted": 0, "unchanged": 240}
    form = form_in(applied(plan), "answer", "cau-moi-1")
    assert (form["topic"], form["title"], form["status"]) == ("scam-police", "Câu mới số 1", "active")
    assert (form["reviewed_on"], form["review_by"], form["general_advice"]) == ("2026-11-29", "2027-05-28", True)
    assert len(form["examples"].split("\n")) == 11
    assert form_in(applied(plan), "answer", POLICE)["text"] == "Nội dung đã đổi."


def test_only_the_field_that_changed_is_different():
    before = form_in(small_tree(), "answer", POLICE)

    plan = plan_of(changed("answers", 4, title="Tiêu đề khác"))

    no_errors(plan)
    assert form_in(applied(plan), "answer", POLICE) == {**before, "title": "Tiêu đề khác"}
    assert list(plan.files) == [ANSWER]
    assert [(change.item, change.kind, change.details) for change in plan.changes] == [(f"answer/{POLICE}", "changed", ("sửa “Tiêu đề”",))]


@pytest.mark.parametrize(
    ("key", "cells", "field", "value"),
    [
        pytest.param("answers", {"more": None}, "more", "", id="a field that may be empty is emptied"),
        pytest.param("answers", {"android": "Vào Cài đặt."}, "android", "Vào Cài đặt.", id="a way for Android"),
        pytest.param("answers", {"status": "Ngừng dùng"}, "status", "retired", id="state in words"),
        pytest.param("answers", {"status": "retired"}, "status", "retired", id="state as a code"),
        pytest.param("answers", {"sources": None, "general_advice": "có"}, "sources", [], id="sources emptied"),
        pytest.param(
            "answers", {"sources": "Báo | Tết | https://a.vn/b | 1/2/2026\n\nBộ|https://b.vn|2026-03-04"}, "sources",
            [
                {"title": "Báo | Tết", "address": "https://a.vn/b", "read_on": "2026-02-01"},
                {"title": "Bộ", "address": "https://b.vn", "read_on": "2026-03-04"},
            ],
            id="sources with a bar in a title",
        ),
        pytest.param("answers", {"general_advice": "CÓ"}, "general_advice", True, id="flag in words"),
        pytest.param("answers", {"general_advice": True}, "general_advice", True, id="flag as TRUE"),
        pytest.param("answers", {"title": "- gạch = + @"}, "title", "- gạch = + @", id="a text that begins like a formula"),
        pytest.param("answers", {"title": "Một\u00a0hai  ba"}, "title", "Một hai ba", id="blanks of web pages"),
        pytest.param("answers", {"title": "Tie\u0302\u0301ng"}, "title", "Tiếng", id="letters taken apart"),
        pytest.param("answers", {"title": "Mật\u200b khẩu"}, "title", "Mật khẩu", id="letters that cannot be seen"),
        pytest.param("answers", {"text": "Một.\r\nHai._x000D_\nBa."}, "text", "Một.\nHai.\nBa.", id="line ends of Windows"),
    ],
)  # fmt: skip
def test_a_cell_becomes_the_field(key, cells, field, value):
    plan = plan_of(changed(key, 4, **cells))

    no_errors(plan)
    assert form_in(applied(plan), "answer", POLICE)[field] == value


def test_what_was_mended_by_itself_is_noted_with_its_place():
    plan = plan_of(changed("answers", 4, title="Tie\u0302\u0301ng"))

    assert [(one.level, one.sheet, one.row, one.column) for one in plan.problems] == [("note", ANSWERS, 4, "C")]
    assert "dạng dựng sẵn" in plan.problems[0].message


def test_a_row_that_is_left_out_is_left_as_it_is():
    book = exported("answers", "examples", "lessons", "quizzes")
    for title in (ANSWERS, EXAMPLES, LESSONS, QUIZZES):
        book[title].delete_rows(2, 2)

    plan = plan_of(saved(book))

    no_errors(plan)
    assert plan.summary == "0 mới, 0 sửa, 0 xoá"
    assert plan.files == {}


def test_a_column_that_is_left_out_is_left_as_it_is():
    book = exported("answers")
    without_column(book, ANSWERS, "Xem thêm", "Nguồn", "Chủ đề", "Dấu")
    put(book[ANSWERS], 4, title="Tiêu đề khác")
    before = form_in(small_tree(), "answer", POLICE)

    plan = plan_of(saved(book))

    no_errors(plan)
    assert form_in(applied(plan), "answer", POLICE) == {**before, "title": "Tiêu đề khác"}


def test_headers_may_stand_in_any_order_below_a_title_and_in_any_case():
    rows = [["BẢNG CÂU TRẢ LỜI CỦA XÃ"], [], ["  tieu de", "Ghi chú của tôi", "MÃ"], ["Tiêu đề khác", "abc", POLICE.upper()]]

    plan = plan_of(made({"CAU TRA LOI": rows, "Nháp riêng": [["x"]]}))

    no_errors(plan)
    assert form_in(applied(plan), "answer", POLICE)["title"] == "Tiêu đề khác"
    assert {one.message.split("”")[0] for one in plan.problems} == {
        "cột “Ghi chú của tôi",
        "trang này không được đọc; các trang được dùng: “Câu trả lời",
    }


def test_an_answer_that_moves_to_another_topic_takes_its_files_along():
    plan = plan_of(changed("answers", 4, topic="scam-bank"))

    no_errors(plan)
    assert plan.files[ANSWER] is None
    assert plan.files[POLICE_EXAMPLES] is None
    assert plan.files[ANSWER.replace("scam-police", "scam-bank")].count("topic: scam-bank") == 1
    assert plan.files[POLICE_EXAMPLES.replace("scam-police", "scam-bank")] == small_tree()[POLICE_EXAMPLES]


def test_an_answer_is_deleted_only_where_its_row_says_so():
    plan = plan_of(changed("answers", 4, delete="X"))

    assert plan.summary == "0 mới, 0 sửa, 1 xoá"
    assert plan.files == {ANSWER: None, POLICE_EXAMPLES: None}


def test_what_a_sheet_does_not_have_goes_only_when_told():
    book = exported("answers", "examples")
    book[ANSWERS].delete_rows(4)
    book[EXAMPLES].delete_rows(2, 3)

    kept, gone = plan_of(saved(book)), plan_of(saved(book), deletes_missing=True)

    assert kept.files == {}
    assert gone.summary == "0 mới, 1 sửa, 1 xoá"
    assert {path for path, text in gone.files.items() if text is None} == {ANSWER, POLICE_EXAMPLES}
    assert gone.tallies[EXAMPLES].deleted == 3


def test_sheets_that_are_not_in_the_file_lose_nothing_even_when_told_to_delete():
    plan = plan_of(saved(exported("quizzes")), deletes_missing=True)

    no_errors(plan)
    assert plan.files == {}


def test_an_example_is_changed_where_it_stands_and_not_added_beside():
    book = exported("examples")
    page = book[EXAMPLES]
    row = next(n for n in range(2, page.max_row) if page.cell(n, 1).value == POLICE)
    before = form_in(small_tree(), "answer", POLICE)["examples"].split("\n")
    put(page, row + 2, example="câu thứ ba đã sửa lỗi gõ")
    put(page, row + 4, delete="x")
    append(page, {"slug": POLICE, "example": "một câu hoàn toàn mới"})

    plan = plan_of(saved(book))

    no_errors(plan)
    after = form_in(applied(plan), "answer", POLICE)["examples"].split("\n")
    assert after == [*before[:2], "câu thứ ba đã sửa lỗi gõ", before[3], *before[5:], "một câu hoàn toàn mới"]
    assert plan.changes[0].details == ("thêm 1 ví dụ, sửa 1 ví dụ, bỏ 1 ví dụ",)
    assert list(plan.files) == [POLICE_EXAMPLES]


def test_an_example_moves_to_another_answer():
    book = exported("examples")
    page = book[EXAMPLES]
    row = next(n for n in range(2, page.max_row) if page.cell(n, 1).value == POLICE)
    text = page.cell(row, 2).value
    put(page, row, slug="may-tu-doc")

    plan = plan_of(saved(book))

    no_errors(plan)
    assert text not in form_in(applied(plan), "answer", POLICE)["examples"]
    assert form_in(applied(plan), "answer", "may-tu-doc")["examples"].endswith(text)


def test_a_row_that_was_copied_to_make_a_new_one_changes_nothing_of_the_first():
    book = exported("answers", "examples")
    for title, change in ((ANSWERS, {"slug": "ban-chep", "title": "Bản chép"}), (EXAMPLES, {"example": "câu chép rồi sửa đi"})):
        page = book[title]
        copied = [cell.value for cell in page[2]]
        page.append(copied)
        put(page, page.max_row, **change)

    plan = plan_of(saved(book))

    assert plan.summary == "1 mới, 1 sửa, 0 xoá"
    assert plan.tallies[EXAMPLES].model_dump() == {"new": 1, "changed": 0, "deleted": 0, "unchanged": 240}


def test_a_row_that_was_not_touched_does_not_take_back_what_others_wrote_since():
    since = {**small_tree(), ANSWER: small_tree()[ANSWER].replace("title: ", "title: Mới hơn, ")}

    plan = plan_of(changed("answers", 2, title="Tiêu đề khác"), tree=since)

    no_errors(plan)
    assert [change.item for change in plan.changes] == ["answer/may-tu-doc"]


def test_a_row_that_was_changed_on_both_sides_is_told_and_taken_once_its_mark_is_emptied():
    since = {**small_tree(), ANSWER: small_tree()[ANSWER].replace("title: ", "title: Mới hơn, ")}

    refused = plan_of(changed("answers", 4, text="Nội dung từ bảng."), tree=since)
    taken = plan_of(changed("answers", 4, text="Nội dung từ bảng.", mark=None), tree=since)

    assert [(one.level, one.row, one.header) for one in refused.problems] == [("cell", 4, "Dấu")]
    assert "sau khi bảng được tải về" in refused.problems[0].message
    assert form_in(applied(taken, since), "answer", POLICE)["text"] == "Nội dung từ bảng."


def test_a_row_of_something_that_was_deleted_since_does_not_bring_it_back():
    since = {path: text for path, text in small_tree().items() if path not in (ANSWER, POLICE_EXAMPLES)}

    plan = plan_of(written("answers", "examples"), tree=since)

    assert plan.files == {}
    assert {one.level for one in plan.problems} <= {"note", "cell"}
    assert any("đã bị xoá" in one.message for one in plan.problems)


def test_a_step_is_put_in_between_by_numbering_the_others_anew():
    book = exported("lessons")
    page = book[LESSONS]
    first = row_of(page, "ma-otp", 1)
    before = form_in(small_tree(), "lesson", "ma-otp")["steps"]
    for place in range(2, len(before) + 1):
        put(page, first + place - 1, number=place + 1)
    append(page, {"slug": "ma-otp", "number": 2, "heading": "Bước chen", "text": "Nội dung bước chen.", "simple": "Dễ hơn."})

    plan = plan_of(saved(book))

    no_errors(plan)
    after = form_in(applied(plan), "lesson", "ma-otp")["steps"]
    assert [step["heading"] for step in after] == [before[0]["heading"], "Bước chen", *(step["heading"] for step in before[1:])]
    assert after[2:] == before[1:]


def test_steps_change_places_and_one_goes():
    book = exported("lessons")
    page = book[LESSONS]
    first = row_of(page, "ma-otp", 1)
    before = form_in(small_tree(), "lesson", "ma-otp")["steps"]
    put(page, first + 1, number=3)
    put(page, first + 2, number=2)
    put(page, first + len(before) - 1, delete="x")

    plan = plan_of(saved(book))

    no_errors(plan)
    after = form_in(applied(plan), "lesson", "ma-otp")["steps"]
    assert after == [before[0], before[2], before[1], *before[3:-1]]


def test_what_is_said_of_a_whole_lesson_changes_from_its_first_row():
    plan = plan_of(changed("lessons", 2, title="Tên bài khác", topics="scam-police; scam-bank", status="bản nháp"))

    no_errors(plan)
    slug = plan.changes[0].item.removeprefix("lesson/")
    form = form_in(applied(plan), "lesson", slug)
    assert (form["title"], form["topics"], form["status"]) == ("Tên bài khác", "scam-police, scam-bank", "draft")
    assert form["steps"] == form_in(small_tree(), "lesson", slug)["steps"]


def test_a_sheet_with_one_step_alone_changes_that_step_alone():
    rows = [["Mã bài", "Bước", "Nội dung"], ["ma-otp", 2, "Mã OTP (mã dùng một lần) là chìa khoá."]]
    before = form_in(small_tree(), "lesson", "ma-otp")

    plan = plan_of(made({LESSONS: rows}))

    no_errors(plan)
    after = form_in(applied(plan), "lesson", "ma-otp")
    assert after["steps"][1] == {**before["steps"][1], "text": "Mã OTP (mã dùng một lần) là chìa khoá."}
    assert [after["steps"][0], *after["steps"][2:]] == [before["steps"][0], *before["steps"][2:]]
    assert {key: after[key] for key in after if key != "steps"} == {key: before[key] for key in before if key != "steps"}


def test_a_whole_lesson_goes_only_by_its_own_column():
    plan = plan_of(changed("lessons", row_of(exported("lessons")[LESSONS], "ma-otp", 3), delete_all="x"))

    assert plan.summary == "0 mới, 0 sửa, 1 xoá"
    assert plan.files == {LESSON: None, QUIZ: None}


def test_a_new_lesson_comes_with_steps_and_questions():
    book = exported("lessons", "quizzes")
    about = {"title": "Bài mới tinh", "module": "an-toan", "topics": "scam-police", "goal": "Biết dừng lại.", "general_advice": "x"}
    about["module"] = book["Danh mục"].cell(2, 4).value
    for number in (1, 2, 3):
        step = {"slug": "bai-moi", "number": number, "heading": f"Bước {number}", "text": "Dừng lại đã.", "simple": "Dừng."}
        append(book[LESSONS], step | (about if number == 1 else {}))
    for number in range(1, 7):
        choices = {f"choice_{letter}": f"Cách {letter} {number}" for letter in "abc"} | {
            f"feedback_{letter}": "Vậy đó." for letter in "abc"
        }
        append(book[QUIZZES], {"slug": "bai-moi", "question": f"Tình huống {number} thì làm gì?", **choices, "right": "b"})

    plan = plan_of(saved(book))

    no_errors(plan)
    form = form_in(applied(plan), "lesson", "bai-moi")
    assert (len(form["steps"]), form["status"]) == (3, "draft")
    assert [one["id"] for one in form["questions"]] == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert [[choice["right"] for choice in one["choices"]] for one in form["questions"]] == [[False, True, False]] * 6


def test_a_question_changes_its_right_choice_and_gets_another():
    row = row_of(exported("quizzes")[QUIZZES], "ma-otp", "q2")
    before = form_in(small_tree(), "lesson", "ma-otp")["questions"]

    plan = plan_of(changed("quizzes", row, right="A", choice_d="Cách thứ tư", feedback_d="Không nên."))

    no_errors(plan)
    after = form_in(applied(plan), "lesson", "ma-otp")["questions"]
    assert [choice["right"] for choice in after[1]["choices"]] == [True, False, False, False]
    assert after[1]["choices"][3] == {"text": "Cách thứ tư", "feedback": "Không nên.", "right": False}
    assert [after[0], *after[2:]] == [before[0], *before[2:]]


def test_a_question_goes_and_a_new_one_never_gets_its_number():
    book = exported("quizzes")
    page = book[QUIZZES]
    last = max(n for n in range(2, page.max_row + 1) if page.cell(n, 1).value == "ma-otp")
    copied = [cell.value for cell in page[last]]
    put(page, last, delete="x")
    page.append(copied)
    put(page, page.max_row, id=None, mark=None, question="Một câu hỏi khác hẳn?")

    plan = plan_of(saved(book))

    assert [one["id"] for one in form_in(applied(plan), "lesson", "ma-otp")["questions"]] == ["q1", "q2", "q3", "q4", "q5", "q7"]


def test_problems_of_the_content_are_told_with_the_cell_they_come_from():
    book = exported(*KEYS)
    lesson = row_of(book[LESSONS], "ma-otp", 4)
    quiz = row_of(book[QUIZZES], "ma-otp", "q3")
    example = row_of(book[EXAMPLES], POLICE)
    put(book[ANSWERS], 4, text="Gọi 0987654321 ngay.")
    put(book[LESSONS], lesson, text="dài " * STEP_MAX_CHARACTERS)
    put(book[LESSONS], lesson + 1, simple="dễ " * STEP_MAX_CHARACTERS)
    put(book[QUIZZES], quiz, choice_b="**đậm**")
    put(book[EXAMPLES], example, example="câu có [ngoặc] vuông")

    plan = plan_of(saved(book))

    assert not plan.is_refused
    told = {}
    for one in plan.problems:
        told[one.sheet, one.row, one.header] = told.get((one.sheet, one.row, one.header), "") + one.message
    assert "viết tay" in told[ANSWERS, 4, "Nội dung"]
    assert f"tối đa {STEP_MAX_CHARACTERS}" in told[LESSONS, lesson, "Nội dung"]
    assert "tối đa" in told[LESSONS, lesson + 1, "Dễ hiểu hơn"]
    assert "định dạng" in told[QUIZZES, quiz, "Lựa chọn B"]
    assert "[ ]" in told[EXAMPLES, example, "Ví dụ"]


def test_problems_that_were_there_before_are_not_told_again():
    tree = {**small_tree(), ANSWER: small_tree()[ANSWER].replace("review_by: 2027", "review_by: 2020")}

    plan = plan_of(write_xlsx(tree, ("answers",), datetime.fromisoformat("2026-11-29T08:00:00+00:00")), tree=tree)
    other = plan_of(changed("answers", 2, title="Tiêu đề khác"), tree=tree)

    no_errors(plan)
    no_errors(other)


@pytest.mark.parametrize(
    ("separator", "encode", "name"),
    [
        pytest.param(",", lambda text: text.encode("utf-8-sig"), "cau-tra-loi.csv", id="commas, UTF-8 with a mark"),
        pytest.param(";", lambda text: text.encode(), "Câu trả lời.csv", id="semicolons, as in Vietnam and Europe"),
        pytest.param("\t", lambda text: text.encode("utf-16"), "bang-cua-toi.txt", id="tabs in UTF-16, as Excel's Unicode text"),
        pytest.param("\t", lambda text: text.encode("utf-16-be"), "x.tsv", id="UTF-16 without a mark"),
        pytest.param(",", lambda text: ("sep=,\r\n" + text).encode("utf-8-sig"), "x.csv", id="separator named"),
    ],
)
def test_csv_is_read_as_spreadsheets_write_it(separator, encode, name):
    rows = [["Mã", "Tiêu đề", "Nội dung"], [POLICE, '"Tiêu đề, khác; hẳn"', '"Dòng một.\nDòng hai ""trích"" ạ."']]

    plan = plan_of(encode("\r\n".join(separator.join(row) for row in rows) + "\r\n"), name)

    no_errors(plan)
    form = form_in(applied(plan), "answer", POLICE)
    assert (form["title"], form["text"]) == ("Tiêu đề, khác; hẳn", 'Dòng một.\nDòng hai "trích" ạ.')


def test_cells_that_a_csv_row_does_not_have_are_left_as_they_are():
    before = form_in(small_tree(), "answer", POLICE)

    plan = plan_of(f"Mã,Tiêu đề,Nội dung,Xem thêm\r\n{POLICE},Tiêu đề khác\r\n".encode(), "cau-tra-loi.csv")

    no_errors(plan)
    assert form_in(applied(plan), "answer", POLICE) == {**before, "title": "Tiêu đề khác"}


@pytest.mark.parametrize("key", KEYS)
def test_a_csv_file_is_known_by_its_headers_whatever_its_name(key):
    plan = plan_of(write_csv(small_tree(), key), "tai-ve (3).csv")

    no_errors(plan)
    assert len(plan.tallies) == 1
    assert plan.files == {}


def test_the_whole_content_is_planned_in_a_few_seconds_with_many_changes():
    tree = whole_tree()
    rows = [["Mã", "Tiêu đề"], *([item_of(path).slug, "Tiêu đề khác"] for path in tree if path.startswith("content/answers/"))]

    plan = plan_of(made({ANSWERS: rows}), tree=tree)

    assert plan.changed == len(rows) - 1
