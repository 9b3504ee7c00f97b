"""What is exported and imported again changes nothing, to the byte, whatever the texts are."""

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actions.curriculum.forms import read_form, write_form
from actions.curriculum.sheets.columns import MARK, SHEETS, sheet_of
from actions.curriculum.sheets.records import read_content
from actions.curriculum.sheets.writing import CELL_MAX_CHARACTERS, TooLongError, write_csv, write_csv_zip, write_xlsx
from actions.curriculum.tree import Item
from tests.actions.curriculum.sheets.given import KEYS, column_of, made, plan_of, saved, small_tree, whole_tree

NOW = datetime.fromisoformat("2026-11-29T08:00:00+00:00")
ANSWER, LESSON = Item("answer", "cong-an-goi-dien"), Item("lesson", "ma-otp")
AWKWARD = st.one_of(
    st.sampled_from(
        [
            "=1+1", "+84", "-5%", "@lan", "'", "''", "'=1", "''+", "- một\n- hai", "\t=x", "no", "on", "null", "~", "1e5", "0156", "156",
            "12/11/2026", "2026-11-23", "TRUE", "# mở đầu", "## Xem thêm", "a ## Xem thêm b", "### Dễ hiểu hơn", "---", "--- a\n---\nb",
            "Hình: otp", "a: b: c", "{{ ban }}", "[a, b]", "{a: b}", '"trích"', "_x000D_", "_x0041_", "a\rb", "a\r\nb", "  hai  cách  ",
            "dòng  \n  thụt", "Tie\u0302\u0301ng", "a\u00a0b", "a\u200bb", "\u202eb", "\ufeffa", "a|b | https://c | d", "x;y,z\tw", "😀", "#N/A", "x" * 3000,
        ]
    ),
    st.text(max_size=80),
)  # fmt: skip


def with_texts(texts):
    """A tree whose answer and lesson hold some texts, as the console's own forms would write them."""
    tree = dict(small_tree())
    for item, fields in ((ANSWER, ("title", "text", "more", "android", "iphone")), (LESSON, ("title", "goal"))):
        before = read_content(tree).files[item]
        form = read_form(item, before)
        form |= dict(zip(fields, texts))
        if item == ANSWER:
            form["examples"] = "\n".join([form["examples"], *texts])
            form["sources"] = [{"title": texts[0], "address": texts[1], "read_on": texts[2]}]
            form["status"] = texts[5]
        else:
            form["steps"][1] |= {"heading": texts[3], "text": texts[4], "simple": texts[5], "picture": texts[6]}
            form["questions"][0] |= {"question": texts[0]}
            form["questions"][0]["choices"][1] |= {"text": texts[1], "feedback": texts[2]}
            form["questions"][1]["choices"] *= 3
        tree |= write_form(item, form, before)
    return tree


def without_marks(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in SHEETS:
        book[sheet.title].delete_cols(column_of(book[sheet.title], sheet.column(MARK).header))
    return saved(book)


def assert_nothing_changes(plan):
    assert [str(one) for one in plan.problems if one.level != "note"] == []
    assert plan.files == {}
    assert {tally.unchanged == 0 for tally in plan.tallies.values()} == {False}
    assert len(plan.tallies) == len(SHEETS)


def test_all_content_comes_back_from_xlsx_as_it_was():
    assert_nothing_changes(plan_of(write_xlsx(whole_tree(), KEYS, NOW), tree=whole_tree()))


def test_all_content_comes_back_from_csv_as_it_was_even_when_told_to_delete():
    assert_nothing_changes(plan_of(write_csv_zip(whole_tree(), KEYS), "tat-ca.zip", tree=whole_tree(), deletes_missing=True))


def test_all_content_comes_back_without_the_marks_and_saved_by_another_program():
    assert_nothing_changes(plan_of(without_marks(write_xlsx(whole_tree(), KEYS, NOW)), tree=whole_tree(), deletes_missing=True))


def test_all_content_can_be_brought_into_an_empty_place():
    tree = whole_tree()
    bare = {path: text for path, text in tree.items() if not path.startswith(("content/answers/", "content/lessons/", "training_data/"))}

    plan = plan_of(without_marks(write_xlsx(tree, KEYS, NOW)), tree=bare)

    assert not plan.is_refused
    assert plan.new == len(read_content(tree).forms)
    brought = read_content({**bare, **plan.files})
    expected = read_content(tree).forms
    different = {item for item in expected if brought.forms[item] != expected[item]}
    assert different == set()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(AWKWARD, min_size=7, max_size=7))
@example(["=1", "'=1", "''=1", "-", "\t", "@", "+"])
@example(["## Xem thêm", "### Dễ hiểu hơn", "---", "# a", "Hình: otp", "1", "no"])
def test_any_text_comes_back_from_xlsx_and_csv(texts):
    tree = with_texts(texts)

    book, files = write_xlsx(tree, KEYS, NOW), write_csv_zip(tree, KEYS)

    saved_again = book if "_x" in str(texts) else without_marks(book)  # The program of the tests has its own mind about "_x".
    for content, name in ((book, "a.xlsx"), (saved_again, "a.xlsx"), (files, "a.zip")):
        plan = plan_of(content, name, tree=tree, deletes_missing=True)
        assert [str(one) for one in plan.problems if one.level != "note"] == []
        assert plan.files == {}


def test_a_quiz_of_a_draft_may_have_more_choices_than_usual():
    tree = with_texts(["a"] * 7)

    header = write_csv(tree, "quizzes").decode("utf-8-sig").split("\r\n")[0]

    assert "Lựa chọn I" in header or "Lựa chọn L" in header
    assert header.index("Phản hồi D") < header.index("Lựa chọn E") < header.index("Đúng")


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+84", "-1", "@x", "'=a"])
def test_nothing_in_a_file_is_a_formula(text):
    tree = with_texts(["a", text, text, text, text, "a", "a"])

    cells = [cell for page in openpyxl.load_workbook(io.BytesIO(write_xlsx(tree, KEYS, NOW))) for row in page.iter_rows() for cell in row]
    csv = write_csv(tree, "answers").decode("utf-8-sig")

    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert any(cell.value in (text, f"'{text}") and cell.quotePrefix for cell in cells if text != "'=a") or text == "'=a"
    assert f",'{text}," in csv
    assert f",{text}," not in csv


def test_a_text_that_no_cell_can_hold_is_named():
    tree = with_texts(["a", "b", "x" * (CELL_MAX_CHARACTERS + 1), "c", "d", "e", "f"])

    with pytest.raises(TooLongError, match="cong-an-goi-dien, cột Xem thêm") as raised:
        write_xlsx(tree, KEYS, NOW)

    assert "hãy rút ngắn" in str(raised.value)


def test_dates_are_dates_steps_are_numbers_and_all_else_is_text():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(small_tree(), KEYS, NOW)))
    answers, lessons = book["Câu trả lời"], book["Bài học"]

    assert answers.cell(2, column_of(answers, "Ngày rà soát")).is_date
    assert answers.cell(2, column_of(answers, "Ngày rà soát")).number_format == "dd/mm/yyyy"
    assert answers.cell(2, column_of(answers, "Tiêu đề")).number_format == "@"
    assert answers.column_dimensions["C"].width == pytest.approx(34, abs=1)
    assert [lessons.cell(row, column_of(lessons, "Bước")).value for row in (2, 3, 4)] == [1, 2, 3]


def test_the_guide_tells_of_every_column_and_the_lists_of_every_code():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(small_tree(), KEYS, NOW)))
    guide = {(row[0], row[1]) for row in book["Hướng dẫn"].iter_rows(values_only=True)}
    codes = {row[0] for row in book["Danh mục"].iter_rows(values_only=True)}

    assert all((sheet.title, column.header) in guide for sheet in SHEETS for column in sheet.columns)
    assert {"scam-police", "device-basics"} <= codes


def test_a_file_that_cannot_be_read_is_left_out_and_named_in_the_guide():
    path = "content/answers/scam-police/cong-an-goi-dien.md"
    tree = {**small_tree(), path: "hỏng"}

    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(tree, ("answers",), NOW)))

    assert book["Câu trả lời"].max_row == 3
    assert any(path in str(row[0]) for row in book["Hướng dẫn"].iter_rows(values_only=True))


def test_the_zip_has_a_file_for_each_sheet_and_says_how_to_use_them():
    with zipfile.ZipFile(io.BytesIO(write_csv_zip(small_tree(), ("answers", "quizzes")))) as archive:
        names = archive.namelist()
        guide = archive.read("doc-truoc.txt").decode("utf-8-sig")

    assert names == ["cau-tra-loi.csv", "cau-do.csv", "doc-truoc.txt"]
    assert "CSV UTF-8" in guide


def test_a_hand_made_sheet_without_marks_means_what_it_says():
    plan = plan_of(made({sheet_of("examples").title: [["Mã câu trả lời", "Ví dụ"], [ANSWER.slug, "một câu mới toanh"]]}))

    assert plan.summary == "0 mới, 1 sửa, 0 xoá"
