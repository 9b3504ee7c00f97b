"""Files that cannot be taken: each is refused whole, with the sheet, row and column, what is wrong, and what to do."""

import struct
from datetime import date, datetime

import pytest

from actions.curriculum.sheets import archives, xlsx_reading
from tests.actions.curriculum.sheets.given import (
    ANSWERS,
    EXAMPLES,
    LESSONS,
    QUIZZES,
    changed,
    exported,
    made,
    plan_of,
    put,
    repacked,
    saved,
    small_tree,
    written,
    zipped,
)

POLICE = "cong-an-goi-dien"
WORKBOOK, SHEET_1, TYPES, STRINGS = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/sharedStrings.xml"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst>&a;</sst>'


def good():
    return written("answers")


def answers(row, **cells):
    return lambda: changed("answers", row, **cells)


def examples(row, **cells):
    return lambda: changed("examples", row, **cells)


def lessons(row, **cells):
    return lambda: changed("lessons", row, **cells)


def quizzes(row, **cells):
    return lambda: changed("quizzes", row, **cells)


def sheet(title, *rows):
    return lambda: made({title: rows})


def edited(key, change):
    """The export of one sheet with something done to its page."""

    def build():
        book = exported(key)
        change(book.worksheets[0])
        return saved(book)

    return build


def part(name, change):
    return lambda: repacked(good(), changes={name: change})


def with_part(name, content=b"x"):
    return lambda: repacked(good(), added={name: content})


def csv(text, encoding="utf-8"):
    return lambda: text.encode(encoding)


def new_row(key, *rows):
    """The export of one sheet with rows added at its end."""

    def build():
        book = exported(key)
        page = book.worksheets[0]
        for cells in rows:
            put(page, page.max_row + 1, **cells)
        return saved(book)

    return build


def encrypted_zip():
    content = bytearray(zipped({"cau-tra-loi.csv": "Mã,Tiêu đề\r\n"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def lying_zip():
    """A part that holds more than it says."""
    content = bytearray(zipped({"cau-tra-loi.csv": b"a" * 5000}))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10)
    return bytes(content)


def doubled_zip():
    with pytest.warns(UserWarning, match="Duplicate"):
        return repacked(zipped({"cau-tra-loi.csv": "Mã"}), added={"cau-tra-loi.csv": b"M\xc3\xa3"})


def ole(content=b""):
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600 + content


NEW = {"slug": "hang-moi", "topic": "scam-police", "title": "Hàng mới", "text": "Nội dung của hàng mới.", "general_advice": "x"}
NEW_LESSON = {"slug": "bai-moi", "number": 1, "heading": "Bước đầu", "text": "Nội dung bước.", "simple": "Dễ hiểu hơn."}

# What the file is, its name, then the sheet, row and column of the first problem, and words of its message.
NO_SPREADSHEET = [
    pytest.param(lambda: b"", "a.xlsx", "tệp trống", id="empty"),
    pytest.param(lambda: b"\xef\xbb\xbf \r\n", "a.csv", "tệp trống", id="only blanks"),
    pytest.param(lambda: b"%PDF-1.7 ...", "a.xlsx", "PDF", id="PDF"),
    pytest.param(lambda: b"\x89PNG\r\n\x1a\n", "a.xlsx", "tệp ảnh", id="PNG"),
    pytest.param(lambda: b"\xff\xd8\xff\xe0", "a.csv", "tệp ảnh", id="JPEG"),
    pytest.param(lambda: b"{\\rtf1 abc}", "a.xlsx", "tệp văn bản", id="RTF"),
    pytest.param(lambda: b"Rar!\x1a\x07", "a.zip", "RAR", id="RAR"),
    pytest.param(lambda: b"7z\xbc\xaf\x27\x1c", "a.zip", "7z", id="7z"),
    pytest.param(lambda: b"\x1f\x8b\x08", "a.csv", "gzip", id="gzip"),
    pytest.param(lambda: b"<html><table><tr><td>1", "a.xls", "trang web", id="web page called xls"),
    pytest.param(lambda: b'<?xml version="1.0"?><Workbook/>', "a.xls", "XML cũ", id="spreadsheet XML of 2003"),
    pytest.param(ole, "a.xls", ".xls", id="xls"),
    pytest.param(lambda: ole("EncryptedPackage".encode("utf-16-le")), "a.xlsx", "bỏ mật khẩu", id="xlsx with a password"),
    pytest.param(lambda: b"PK\x03\x04 nothing else", "a.xlsx", "tệp hỏng", id="broken ZIP"),
    pytest.param(lambda: good()[:3000], "a.xlsx", "tệp hỏng", id="half of a file"),
    pytest.param(lambda: zipped({"word/document.xml": "x", TYPES: "x"}), "a.xlsx", "không phải bảng tính", id="Word document"),
    pytest.param(lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "a.ods", ".ods", id="OpenDocument"),
    pytest.param(lambda: zipped({"Index/Document.iwa": "x"}), "a.numbers", "Numbers", id="Numbers"),
    pytest.param(lambda: zipped({"xl/workbook.bin": "x", TYPES: "x"}), "a.xlsb", ".xlsb", id="xlsb"),
    pytest.param(lambda: zipped({"anh.jpg": "x"}), "a.zip", "không có tệp .csv", id="ZIP without CSV"),
    pytest.param(
        part(TYPES, lambda old: old.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")),
        "a.xlsx",
        "macro",
        id="xlsm called xlsx",
    ),
    pytest.param(with_part("xl/vbaProject.bin"), "a.xlsm", "macro", id="macros"),
    pytest.param(with_part("xl/macrosheets/sheet1.xml"), "a.xlsx", "macro", id="macro sheet"),
    pytest.param(with_part("xl/externalLinks/externalLink1.xml"), "a.xlsx", "liên kết sang tệp khác", id="links to another file"),
    pytest.param(with_part("xl/connections.xml"), "a.xlsx", "lấy dữ liệu từ nơi khác", id="data from elsewhere"),
    pytest.param(with_part("xl/embeddings/oleObject1.bin"), "a.xlsx", "tài liệu nhúng", id="embedded document"),
    pytest.param(with_part("xl/activeX/activeX1.xml"), "a.xlsx", "ActiveX", id="ActiveX"),
    pytest.param(part(STRINGS, lambda _: ENTITIES), "a.xlsx", "không an toàn", id="entities that grow"),
    pytest.param(part(STRINGS, lambda _: OUTSIDE), "a.xlsx", "không an toàn", id="entity of a file"),
    pytest.param(part(STRINGS, lambda _: ENTITIES.decode().encode("utf-16")), "a.xlsx", "không an toàn", id="entities in UTF-16"),
    pytest.param(part(WORKBOOK, lambda old: old[: len(old) // 2]), "a.xlsx", "không đúng dạng", id="broken XML"),
    pytest.param(
        part(WORKBOOK, lambda old: old.replace(b"schemas.openxmlformats.org", b"purl.oclc.org/ooxml")),
        "a.xlsx",
        "Strict",
        id="Strict Open XML",
    ),
    pytest.param(part(SHEET_1, lambda old: old.replace(b'r="A2"', b'r="?!"', 1)), "a.xlsx", "không đúng dạng", id="cell without a place"),
    pytest.param(part(SHEET_1, lambda old: old.replace(b'r="2"', b'r="hai"', 1)), "a.xlsx", "không đúng dạng", id="row without a number"),
    pytest.param(lambda: zipped({"cau-tra-loi.csv": b"0" * 80_000_000}), "a.zip", "bung ra", id="ZIP bomb"),
    pytest.param(lambda: zipped({f"{n}.csv": b"0" * 900_000 for n in range(100)}), "a.zip", "bung ra", id="ZIP bomb in small parts"),
    pytest.param(lambda: zipped({"cau-tra-loi.csv": b"0" * 20_000_000}), "a.zip", "gấp bội", id="ZIP packed too well"),
    pytest.param(lambda: zipped({f"{n}.csv": "x" for n in range(500)}), "a.zip", "500 phần", id="ZIP of many parts"),
    pytest.param(lambda: zipped({"../cau-tra-loi.csv": "Mã"}), "a.zip", "không an toàn", id="ZIP out of its folder"),
    pytest.param(lambda: zipped({"/etc/cau-tra-loi.csv": "Mã"}), "a.zip", "không an toàn", id="ZIP with an absolute name"),
    pytest.param(lambda: zipped({"..\\cau-tra-loi.csv": "Mã"}), "a.zip", "không an toàn", id="ZIP out of its folder on Windows"),
    pytest.param(lambda: zipped({"C:\\cau-tra-loi.csv": "Mã"}), "a.zip", "không an toàn", id="ZIP with a drive"),
    pytest.param(encrypted_zip, "a.zip", "mật khẩu", id="ZIP with a password"),
    pytest.param(lambda: zipped({"cau-tra-loi.csv": "Mã" * 99}, 14), "a.zip", "theo cách lạ", id="ZIP packed by LZMA"),
    pytest.param(lying_zip, "a.zip", "tệp hỏng", id="ZIP that lies about a size"),
    pytest.param(doubled_zip, "a.zip", "trùng tên", id="ZIP with a name twice"),
    pytest.param(lambda: b"0" * (archives.FILE_MAX_BYTES + 1), "a.csv", "10 MB", id="too large"),
    pytest.param(lambda: b"Ma\xde;Ti\xeau \xf0\xea\xcc\r\na;Ch\xe0o\r\n", "cau-tra-loi.csv", "CSV UTF-8", id="Windows-1258"),
    pytest.param(lambda: b"M\xb7,Ti\xaau \xae\xd2\r\n", "cau-tra-loi.csv", "TCVN3", id="TCVN3"),
    pytest.param(csv("Mã,Tiêu đề\r\na,\x00"), "cau-tra-loi.csv", "không phải bảng tính", id="CSV with NUL"),
    pytest.param(csv('Mã,Tiêu đề\r\na,"Một\r\nb,Hai'), "cau-tra-loi.csv", "hàng 2: dấu nháy kép", id="CSV with an open quote"),
    pytest.param(csv('Mã,Tiêu đề\r\na,Một\r\nb,"Hai" ba'), "cau-tra-loi.csv", "hàng 3: dấu nháy kép", id="CSV with a stray quote"),
    pytest.param(csv("sep=^\r\nMã^Tiêu đề"), "cau-tra-loi.csv", "dấu phân cách lạ", id="CSV with a strange separator"),
    pytest.param(csv("Mã,Tiêu đề\r\n" + "a," * 70), "cau-tra-loi.csv", "hàng 2 có 71 ô", id="CSV with many cells"),
    pytest.param(csv("Mã,Tiêu đề\r\n" + "a,b\r\n" * 50_001), "cau-tra-loi.csv", "chia thành nhiều tệp", id="CSV with many rows"),
    pytest.param(csv("Mã,Tiêu đề\r\na," + "x" * 120_000), "cau-tra-loi.csv", "ô dài quá", id="CSV with a huge cell"),
]
BUILT_WRONGLY = [
    pytest.param(sheet("Sheet1", ["a", "b"], [1, 2]), "", 0, "", "không thấy trang nào", id="no sheet of ours"),
    pytest.param(csv("a,b\r\n1,2\r\n"), "", 0, "", "không thấy trang nào", id="CSV of something else"),
    pytest.param(sheet(ANSWERS), "Câu trả lời", 0, "", "không thấy hàng tiêu đề", id="empty sheet"),
    pytest.param(sheet(ANSWERS, ["x", "y"], [1, 2]), "Câu trả lời", 0, "", "không thấy hàng tiêu đề", id="no headers"),
    pytest.param(sheet(ANSWERS, ["Tiêu đề", "Nội dung"], ["a", "b"]), "Câu trả lời", 0, "", "thiếu cột “Mã”", id="no column of codes"),
    pytest.param(sheet(EXAMPLES, ["Mã câu trả lời"], [POLICE]), "Ví dụ", 0, "", "thiếu cột “Ví dụ”", id="no column of examples"),
    pytest.param(sheet(LESSONS, ["Mã bài", "Nội dung"], ["ma-otp", "b"]), "Bài học", 0, "", "thiếu cột “Bước”", id="no column of numbers"),
    pytest.param(sheet(QUIZZES, ["Mã bài", "Câu hỏi"], ["ma-otp", "b"]), "Câu đố", 0, "", "thiếu cột “Mã câu”", id="no column of ids"),
    pytest.param(sheet(ANSWERS, ["Mã"], [POLICE]), "Câu trả lời", 0, "", "không có cột nào để nhập", id="nothing but codes"),
    pytest.param(
        sheet(ANSWERS, ["Mã", "Tiêu đề", "TIÊU  ĐỀ"], ["a", "b", "c"]), "Câu trả lời", 1, "C", "hai cột “Tiêu đề”", id="a header twice"
    ),
    pytest.param(sheet(ANSWERS, ["Mã", "Tiêu đề", "Nội dng"], ["a", "b", "c"]), "Câu trả lời", 1, "C", "“Nội dung”?", id="misspelt header"),
    pytest.param(sheet(ANSWERS, ["Mã", "Tiêu đề"], ["a", "b", "c"]), "Câu trả lời", 2, "C", "không có tên", id="words below no header"),
    pytest.param(csv("Mã,Tiêu đề\r\na,Một, hai\r\n"), "Câu trả lời", 2, "C", "nháy kép", id="CSV row with a cell too many"),
    pytest.param(sheet(ANSWERS, ["Mã", "Tiêu đề"]), "", 0, "", "không có hàng nào", id="headers alone"),
    pytest.param(edited("answers", lambda page: page.merge_cells("C2:C3")), "Câu trả lời", 0, "", "C2:C3", id="merged cells"),
    pytest.param(
        edited("answers", lambda page: setattr(page, "sheet_state", "hidden")), "Câu trả lời", 0, "", "đang ẩn", id="hidden sheet"
    ),
    pytest.param(
        edited("answers", lambda page: setattr(page, "sheet_state", "veryHidden")),
        "Câu trả lời",
        0,
        "",
        "đang ẩn",
        id="deeply hidden sheet",
    ),
    pytest.param(
        lambda: made({ANSWERS: [["Mã", "Tiêu đề"]], "cau tra loi": [["Mã", "Tiêu đề"]]}),
        "Câu trả lời",
        0,
        "",
        "hai trang",
        id="a sheet twice",
    ),
    pytest.param(
        sheet(ANSWERS, *([""] for _ in range(12)), ["Mã", "Tiêu đề"]),
        "Câu trả lời",
        0,
        "",
        "không thấy hàng tiêu đề",
        id="headers far below",
    ),
]
CELLS = [
    pytest.param(answers(2, slug=None), 2, "A", "đang trống", id="no code"),
    pytest.param(answers(2, slug="Công an"), 2, "A", "a–z", id="code with diacritics"),
    pytest.param(answers(2, slug="../../etc/passwd"), 2, "A", "a–z", id="code out of its folder"),
    pytest.param(answers(2, slug="a" * 33), 2, "A", "32 ký tự", id="code too long"),
    pytest.param(answers(2, slug=156), 2, "A", "mất số 0", id="code as a number"),
    pytest.param(answers(2, topic="../scam"), 2, "B", "không có chủ đề này", id="topic out of its folder"),
    pytest.param(answers(2, topic="chuyện khác"), 2, "B", "không có chủ đề này", id="unknown topic"),
    pytest.param(answers(2, topic=None), 2, "B", "đang trống", id="no topic"),
    pytest.param(answers(2, title=156), 2, "C", "mất số 0", id="0156 turned into a number"),
    pytest.param(answers(2, title=datetime.fromisoformat("2026-11-12")), 2, "C", "là ngày", id="11/12 turned into a date"),
    pytest.param(answers(2, title=True), 2, "C", "TRUE", id="a word turned into TRUE"),
    pytest.param(answers(2, title=0.5), 2, "C", "là số", id="50% turned into a number"),
    pytest.param(answers(2, title="=1+1"), 2, "C", "công thức", id="formula"),
    pytest.param(answers(2, title='=HYPERLINK("https://x.vn")'), 2, "C", "công thức", id="formula with a link"),
    pytest.param(answers(2, title="#N/A"), 2, "C", "báo lỗi", id="error of a formula"),
    pytest.param(answers(2, title="Một\nhai"), 2, "C", "một dòng", id="two lines in a title"),
    pytest.param(answers(2, title="1.56E+09"), 2, "C", "số viết tắt", id="number in short"),
    pytest.param(answers(2, title="  \n "), 2, "C", "đang trống", id="title of blanks"),
    pytest.param(answers(2, text="Một _x0007_ hai"), 2, "D", "U+0007", id="control character"),
    pytest.param(answers(2, text="Một \u202e hai"), 2, "D", "U+202E", id="turned writing direction"),
    pytest.param(answers(2, text="M\ufffdt"), 2, "D", "U+FFFD", id="broken letter"),
    pytest.param(answers(2, text="Một.\n\n## Xem thêm\n\nHai."), 2, "D", "cột riêng", id="the mark of the second part"),
    pytest.param(answers(2, more="# Đầu đề"), 2, "E", "dòng mở bằng #", id="heading"),
    pytest.param(answers(2, sources="Báo Nhân Dân, https://nhandan.vn"), 2, "H", "đủ ba phần", id="source without parts"),
    pytest.param(answers(2, sources="Báo | http://a.vn | 23/11/2026"), 2, "H", "https://", id="source without https"),
    pytest.param(answers(2, sources="Báo | https://a.vn | hôm qua"), 2, "H", "một ngày có thật", id="source without a date"),
    pytest.param(answers(2, general_advice="chắc vậy"), 2, "I", "chỉ ghi x", id="flag in words"),
    pytest.param(answers(2, reviewed_on="31/02/2026"), 2, "J", "ngày có thật", id="30 February"),
    pytest.param(answers(2, reviewed_on="11/23/2026"), 2, "J", "ngày có thật", id="month first"),
    pytest.param(answers(2, reviewed_on="23/11/26"), 2, "J", "ngày có thật", id="year of two digits"),
    pytest.param(answers(2, reviewed_on="hôm qua"), 2, "J", "ngày có thật", id="date in words"),
    pytest.param(sheet(ANSWERS, ["Mã", "Ngày rà soát"], ["may-tu-doc", 46349]), 2, "B", "định dạng ô là Ngày", id="date as a number"),
    pytest.param(answers(2, status="xong"), 2, "L", "đang dùng, ngừng dùng", id="unknown state"),
    pytest.param(answers(2, outcome="vui"), 2, "M", "trò chuyện", id="unknown kind of behaviour"),
    pytest.param(answers(2, delete="chắc"), 2, "N", "chỉ ghi x", id="unclear deletion"),
    pytest.param(
        new_row("answers", {"slug": "a-moi", "topic": "scam-police", "title": "A"}), 5, "D", "đang trống", id="new answer without a text"
    ),
    pytest.param(new_row("answers", NEW, NEW), 6, "A", "đã có ở hàng 5", id="a code twice"),
    pytest.param(sheet(ANSWERS, ["Mã", "Tiêu đề"], ["a-moi", "A"]), 2, "", "thêm cột “Chủ đề”", id="new answer without a column"),
    pytest.param(examples(2, slug="khong-co-ma-nay"), 2, "A", "không có câu trả lời", id="example of nothing"),
    pytest.param(examples(2, example=None), 2, "B", "đang trống", id="no example"),
    pytest.param(examples(2, example="một\nhai"), 2, "B", "một dòng", id="two lines in an example"),
    pytest.param(examples(2, example=1900), 2, "B", "là số", id="number as an example"),
    pytest.param(
        new_row("examples", *[{"slug": POLICE, "example": "câu mới tinh"}] * 2), 243, "B", "đã có ở hàng 242", id="a new example twice"
    ),
    pytest.param(lessons(3, number="hai"), 3, "B", "1, 2, 3", id="number in words"),
    pytest.param(lessons(3, number=2.5), 3, "B", "1, 2, 3", id="half a step"),
    pytest.param(lessons(3, number=1), 3, "B", "đã có ở hàng 2", id="a step twice"),
    pytest.param(lessons(8, number=99), 8, "B", "liền nhau", id="a gap between steps"),
    pytest.param(lessons(3, number=None), 3, "B", "bước thứ mấy", id="step without a number"),
    pytest.param(lessons(3, heading=None), 3, "C", "đang trống", id="step without a heading"),
    pytest.param(lessons(3, text="Xem hình.\nHình: otp\nRồi thôi."), 3, "D", "cột Hình", id="picture within a text"),
    pytest.param(lessons(3, text="Một.\n### Dễ hiểu hơn\nHai."), 3, "D", "cột riêng", id="the mark of easier words"),
    pytest.param(lessons(3, picture="khong-co"), 3, "F", "không có hình", id="unknown picture"),
    pytest.param(lessons(2, title=None), 2, "G", "“Tên bài” đang trống", id="lesson without a title"),
    pytest.param(lessons(3, title="Tên khác"), 3, "G", "chỉ ghi ở hàng bước 1", id="a title that another row contradicts"),
    pytest.param(lessons(2, module="khong-co"), 2, "I", "không có học phần", id="unknown module"),
    pytest.param(lessons(2, topics="scam-police, khong-co"), 2, "J", "không có chủ đề", id="unknown topic of a lesson"),
    pytest.param(new_row("lessons", NEW_LESSON), 16, "G", "bài mới", id="new lesson without a title"),
    pytest.param(quizzes(2, slug="khong-co"), 2, "A", "không có bài nào", id="quiz of no lesson"),
    pytest.param(quizzes(3, id="q1"), 3, "B", "đã có ở hàng 2", id="an id twice"),
    pytest.param(quizzes(2, right="E"), 2, "L", "không có lựa chọn E", id="right is none of the choices"),
    pytest.param(quizzes(2, right="đúng"), 2, "L", "chữ của lựa chọn", id="right in words"),
    pytest.param(quizzes(2, right=None), 2, "L", "đang trống", id="nothing is right"),
    pytest.param(quizzes(2, choice_b=None), 2, "F", "đang trống", id="no second choice"),
    pytest.param(quizzes(2, feedback_a=None), 2, "E", "đang trống", id="choice without feedback"),
    pytest.param(quizzes(2, choice_d="Một cách nữa", feedback_d=None), 2, "K", "điền cả", id="fourth choice without feedback"),
    pytest.param(new_row("quizzes", {"slug": "ma-otp", "question": "Hỏi gì?"}), 14, "D", "đang trống", id="question without choices"),
]


def first(plan):
    return next(one for one in plan.problems if one.level != "note")


@pytest.mark.parametrize(("build", "name", "words"), NO_SPREADSHEET)
def test_what_is_no_spreadsheet_of_ours_is_refused_with_a_cure(build, name, words):
    plan = plan_of(build(), name)

    assert plan.is_refused
    assert plan.changes == ()
    assert [one.level for one in plan.problems] == ["structure"]
    assert words in str(plan.problems[0])
    assert "hãy" in str(plan.problems[0]).lower()


@pytest.mark.parametrize(("build", "title", "row", "column", "words"), BUILT_WRONGLY)
def test_what_is_built_wrongly_is_told_before_any_cell(build, title, row, column, words):
    plan = plan_of(build(), "bang")

    problem = first(plan)
    assert {one.level for one in plan.problems} == {"structure"}
    assert (problem.sheet, problem.row, problem.column) == (title, row, column)
    assert words in problem.message
    assert "hãy" in problem.message.lower()
    assert plan.changes == ()


@pytest.mark.parametrize(("build", "row", "column", "words"), CELLS)
def test_a_cell_that_cannot_be_taken_is_told_with_its_place_value_and_cure(build, row, column, words):
    plan = plan_of(build())

    problem = first(plan)
    assert problem.level == "cell"
    assert (problem.row, problem.column) == (row, column)
    assert words in problem.message
    assert plan.is_refused
    assert plan.changes == ()


def test_a_cell_is_told_in_one_sentence():
    plan = plan_of(changed("answers", 2, reviewed_on="31/02/2026"))

    assert str(first(plan)) == (
        "trang Câu trả lời, hàng 2, cột J (Ngày rà soát): đang là “31/02/2026”; phải là một ngày có thật, gõ dạng 23/11/2026"
    )


def test_all_cells_are_told_at_once_in_the_order_of_the_sheets():
    book = exported("answers", "quizzes")
    put(book[QUIZZES], 4, right="E")
    put(book[ANSWERS], 4, reviewed_on="hôm qua", title=156)
    put(book[ANSWERS], 2, topic="khong-co")

    plan = plan_of(saved(book))

    assert [(one.sheet, one.row, one.column) for one in plan.problems] == [
        (ANSWERS, 2, "B"), (ANSWERS, 4, "C"), (ANSWERS, 4, "J"), (QUIZZES, 4, "L"),
    ]  # fmt: skip


def test_cells_are_not_told_while_the_build_is_wrong():
    plan = plan_of(made({ANSWERS: [["Mã", "Nội dng"], ["Sai Mã", "x"]], EXAMPLES: [["Ví dụ"], [7]]}))

    assert {one.level for one in plan.problems} == {"structure"}
    assert {one.sheet for one in plan.problems} == {ANSWERS, EXAMPLES}


def test_two_different_titles_for_one_lesson_are_told():
    book = exported("lessons")
    put(book[LESSONS], 2, title="Tên một")
    put(book[LESSONS], 3, title="Tên hai")

    problem = first(plan_of(saved(book)))

    assert (problem.row, problem.column, problem.value) == (3, "G", "Tên hai")
    assert "chỉ ghi ở hàng bước 1" in problem.message


def test_an_answer_whose_file_cannot_be_read_is_told_and_the_others_are_not():
    path = f"content/answers/scam-police/{POLICE}.md"
    tree = {**small_tree(), path: "không có phần đầu"}

    plan = plan_of(changed("answers", 2, title="Tiêu đề khác"), tree=tree)

    assert [(one.level, one.row, one.value) for one in plan.problems] == [("cell", 4, POLICE)]
    assert "trang Soạn bài" in plan.problems[0].message


def test_a_sheet_with_a_cell_far_out_is_refused_quickly():
    far = part(
        SHEET_1,
        lambda old: old.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        ),
    )
    wide = part(SHEET_1, lambda old: old.replace(b"</row>", b'<c r="BI1" t="inlineStr"><is><t>x</t></is></c></row>', 1))

    assert not plan_of(far()).is_refused  # Empty formatted cells far below are usual; what stands beyond the last row is not read.
    assert "cột" in first(plan_of(wide())).message


def test_a_sheet_of_too_many_cells_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(xlsx_reading, "CELLS_MAX", 10)

    assert "nhiều nhất là 10" in first(plan_of(good())).message


def test_a_date_keeps_its_day_whichever_way_it_is_typed():
    ways = [date(2026, 10, 5), datetime.fromisoformat("2026-10-05T14:30"), "05/10/2026", "5-10-2026", "2026-10-05"]

    files = [plan_of(changed("answers", 2, reviewed_on=way)).files for way in ways]

    assert all("reviewed_on: 2026-10-05" in next(iter(texts.values())) for texts in files)
    assert all(texts == files[0] for texts in files)
