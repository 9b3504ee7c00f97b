"""The page of spreadsheets: download, look, save as drafts; nothing of others is written over, nothing is saved twice."""

import functools
import io
import re
import zipfile

import openpyxl
import pytest

from actions.curriculum.tree import Item, item_of
from actions.learners.contents import applied
from actions.learners.uploads import LIFETIME
from bot import clock
from bot.console import sheet_import
from bot.web.limits import SHEETS_BODY_MAX_BYTES
from tests.actions.curriculum.sheets.given import ANSWERS, EXAMPLES, made, put, row_of, saved
from tests.bot.console.conftest import project_tree, published_in, text_of

PATH = "/quantri/bang-tinh"
POLICE = "cong-an-goi-dien"
ITEM = f"answer/{POLICE}"
ANSWER = f"content/answers/scam-police/{POLICE}.md"
CHANGED = made({ANSWERS: [["Mã", "Tiêu đề"], [POLICE, "Tiêu đề từ bảng"]]})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@functools.cache
def small_tree():
    """The texts of the project with the answers of two topics and two lessons: each look at a file checks all that is there."""
    large = (
        "content/answers/",
        "training_data/answers/",
        "training_data/behaviours/",
        "content/lessons/",
        "content/guides/",
        "content/drills/",
    )
    kept = ("/scam-police/", "/device-basics/", "/out-of-scope/", "/ma-otp/", "/cong-an-gia/")
    return {path: text for path, text in project_tree().items() if not path.startswith(large) or any(part in path for part in kept)}


@pytest.fixture(scope="session")
def published(curriculum, tmp_path_factory):
    """A database with few of the texts, made once."""
    return published_in(tmp_path_factory.mktemp("few"), curriculum, small_tree())


@pytest.fixture
async def trainer(console):
    return await console.as_role("trainer")


async def send(browser, content, name="bang.xlsx", **fields):
    await browser.get(PATH)
    return await browser.post(PATH, fields, files={"file": (name, content)})


async def look(browser, content, **fields):
    """Send a file; return the address of what it would change, and the page."""
    response = await send(browser, content, **fields)
    assert response.status_code == 303, text_of(response)
    return response.headers["location"], await browser.get(response.headers["location"])


async def drafts(console):
    async with console.repository.reading() as store:
        return {draft.item: draft for draft in await store.contents.drafts()}


async def save_draft(console, staff_id, text, item=ITEM, path=ANSWER, revision=0):
    async with console.repository.transaction() as store:
        return await store.contents.save_draft(item, {path: text}, revision=revision, by=staff_id, now=clock.now())


async def staff_id(console, login):
    async with console.repository.reading() as store:
        return (await store.staff.account_by_login(login)).id


def title_in(draft):
    return re.search(r"^title: (.*)$", draft.files[ANSWER], re.MULTILINE)[1]


@pytest.mark.parametrize(
    ("asked", "kind", "pages"),
    [
        pytest.param("trang=tat-ca&dang=xlsx", XLSX, 6, id="all as a workbook"),
        pytest.param("trang=vi-du&dang=xlsx", XLSX, 3, id="examples as a workbook"),
        pytest.param("trang=tat-ca&dang=csv", "application/zip", 5, id="all as CSV"),
        pytest.param("trang=cau-do&dang=csv", "text/csv; charset=utf-8", 0, id="quizzes as CSV"),
    ],
)
async def test_the_content_is_downloaded_and_that_is_noted(console, trainer, asked, kind, pages):
    response = await trainer.get(f"{PATH}/tai?{asked}")

    assert response.headers["content-type"] == kind
    assert re.search(r'filename="ban-so-[a-z-]+-\d{8}-\d{4}\.(xlsx|csv|zip)"', response.headers["content-disposition"])
    if kind == XLSX:
        assert len(openpyxl.load_workbook(io.BytesIO(response.content)).sheetnames) == pages
    elif pages:
        assert len(zipfile.ZipFile(io.BytesIO(response.content)).namelist()) == pages
    else:
        assert response.content.startswith("\ufeffMã bài,Mã câu".encode())
    assert ("Trainer", "content.export_sheets") in [entry[:2] for entry in await console.audited()]


@pytest.mark.parametrize("asked", ["trang=khac&dang=xlsx", "trang=tat-ca&dang=pdf", "trang=../etc&dang=csv"])
async def test_there_are_no_other_downloads(trainer, asked):
    assert (await trainer.get(f"{PATH}/tai?{asked}")).status_code == 404


async def test_a_downloaded_workbook_sent_back_changes_nothing(trainer):
    content = (await trainer.get(f"{PATH}/tai")).content

    _, page = await look(trainer, content)

    assert "0 mới, 0 sửa, 0 xoá" in text_of(page)
    assert "không có gì để lưu" in text_of(page)
    assert "Lưu thành nháp" not in page.text


async def test_new_and_changed_answers_are_looked_at_and_become_drafts(console, trainer):
    content = (await trainer.get(f"{PATH}/tai")).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    for number in range(12):
        answers, examples = book[ANSWERS], book[EXAMPLES]
        cells = {
            "slug": f"cau-moi-{number}",
            "topic": "scam-police",
            "title": f"Câu mới {number}",
            "text": "Dừng lại.",
            "general_advice": "x",
        }
        put(answers, answers.max_row + 1, **cells)
        for n in range(10):
            put(examples, examples.max_row + 1, slug=f"cau-moi-{number}", example=f"câu lạ thứ {number} cách nói {n} nha bạn")
    for slug in (POLICE, "may-tu-doc", "cam-on"):
        put(book[ANSWERS], row_of(book[ANSWERS], slug), title=f"Tiêu đề từ bảng {slug}")

    address, page = await look(trainer, saved(book))
    nothing_yet = await drafts(console)
    done = await trainer.done(address)

    assert "Xem trước: 12 mới, 3 sửa, 0 xoá" in text_of(page)
    assert "sửa “Tiêu đề”" in text_of(page)
    assert nothing_yet == {}
    assert "Đã lưu 15 mục thành nháp" in text_of(done)
    found = await drafts(console)
    assert len(found) == 15
    assert title_in(found[ITEM]) == f"Tiêu đề từ bảng {POLICE}"
    files = applied(small_tree(), list(found.values()))
    assert {item_of(path) for path in files if "cau-moi-" in path} == {Item("answer", f"cau-moi-{n}") for n in range(12)}
    assert ("Trainer", "content.import_sheets", "12 mới, 3 sửa, 0 xoá") in await console.audited()


async def test_a_broken_file_is_refused_with_its_places_and_nothing_waits(console, trainer):
    response = await send(trainer, made({ANSWERS: [["Mã", "Tiêu đề"], [POLICE, 156], ["Sai mã", "<script>alert(1)</script>"]]}))

    text = text_of(response)
    assert response.status_code == 422
    assert "2 lỗi" in text
    assert "trang Câu trả lời, hàng 2, cột B (Tiêu đề) 156" in text
    assert "trang Câu trả lời, hàng 3, cột A (Mã) Sai mã" in text
    assert "<script>alert" not in response.text
    assert await drafts(console) == {}


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        pytest.param(b"", "a.xlsx", "tệp trống", id="empty"),
        pytest.param(b"%PDF-1.7", "a.pdf", "PDF", id="PDF"),
        pytest.param("Mã;Tiêu đề\r\n".encode("utf-16-le") + b"\xff", "a.csv", "UTF-8", id="half a letter"),
    ],
)
async def test_what_is_no_spreadsheet_is_told_on_the_page(trainer, content, name, words):
    response = await send(trainer, content, name)

    assert response.status_code == 422
    assert words in text_of(response)


async def test_without_a_file_the_page_says_so(trainer):
    await trainer.get(PATH)

    response = await trainer.post(PATH)

    assert response.status_code == 422
    assert "Chưa chọn tệp" in text_of(response)


async def test_a_draft_of_another_is_left_unless_ticked(console, trainer):
    await console.as_role("trainer", "hoa")
    theirs = project_tree()[ANSWER].replace("title: ", "title: Của Hoa, ")
    await save_draft(console, await staff_id(console, "hoa"), theirs)

    address, page = await look(trainer, CHANGED)
    left = await trainer.done(address)
    kept = (await drafts(console))[ITEM]
    address, _ = await look(trainer, CHANGED)
    await trainer.done(address, {"ghi_de": ITEM})

    assert "Hoa đang viết nháp của mục này" in text_of(page)
    assert "Đã lưu 0 mục thành nháp. 1 mục được để nguyên" in text_of(left)
    assert title_in(kept).startswith("Của Hoa")
    assert title_in((await drafts(console))[ITEM]) == "Tiêu đề từ bảng"


async def test_my_own_draft_goes_on(console, trainer):
    text = project_tree()[ANSWER] + "\nMột câu thêm trong nháp.\n"
    await save_draft(console, await staff_id(console, "trainer"), text)

    address, _ = await look(trainer, CHANGED)
    await trainer.done(address)

    draft = (await drafts(console))[ITEM]
    assert title_in(draft) == "Tiêu đề từ bảng"
    assert "Một câu thêm trong nháp." in draft.files[ANSWER]
    assert draft.revision == 2


async def test_a_draft_that_began_from_an_older_version_is_left(console, trainer):
    await save_draft(console, await staff_id(console, "trainer"), project_tree()[ANSWER] + "\nThêm.\n")
    async with console.repository.transaction() as store:
        files = {**project_tree(), ANSWER: project_tree()[ANSWER] + "\nMới xuất bản.\n"}
        await store.contents.publish("newer", "{}", files, clock.now())

    address, page = await look(trainer, CHANGED)
    done = await trainer.done(address)

    assert "dựa trên bản cũ" in text_of(page)
    assert "1 mục được để nguyên" in text_of(done)
    assert "Thêm." in (await drafts(console))[ITEM].files[ANSWER]


async def test_what_changed_meanwhile_is_looked_at_anew_before_anything_is_saved(console, trainer):
    address, _ = await look(trainer, CHANGED)
    await console.as_role("trainer", "hoa")
    await save_draft(console, await staff_id(console, "hoa"), project_tree()[ANSWER] + "\nHoa viết thêm.\n")

    again = await trainer.done(address)
    assert "Nội dung vừa đổi trong lúc bạn xem, nên chưa lưu gì" in text_of(again)
    assert "Hoa viết thêm." in (await drafts(console))[ITEM].files[ANSWER]
    await trainer.done(address, {"ghi_de": ITEM})

    draft = (await drafts(console))[ITEM]
    assert title_in(draft) == "Tiêu đề từ bảng"
    assert "Hoa viết thêm." in draft.files[ANSWER]


async def test_a_file_is_saved_once_and_only_by_the_session_that_sent_it(console, trainer):
    other = await console.as_role("trainer", "hoa")
    address, _ = await look(trainer, CHANGED)

    stranger = [await other.get(address), await other.post(address)]
    await trainer.done(address)
    twice = await trainer.post(address)

    assert [response.status_code for response in stranger] == [404, 404]
    assert twice.status_code == 404
    assert (await drafts(console))[ITEM].revision == 1


async def test_a_file_waits_an_hour(console, trainer, monkeypatch):
    address, _ = await look(trainer, CHANGED)
    later = clock.now() + LIFETIME
    monkeypatch.setattr(clock, "now", lambda: later)

    response = await trainer.post(address)

    assert response.status_code == 404
    assert "đã quá một giờ" in text_of(response)
    assert await drafts(console) == {}


async def test_a_file_may_be_dropped(console, trainer):
    address, _ = await look(trainer, CHANGED)

    page = await trainer.done(f"{address}/bo")

    assert "Nội dung không đổi gì" in text_of(page)
    assert (await trainer.get(address)).status_code == 404


async def test_deleting_needs_a_second_yes(console, trainer):
    address, page = await look(trainer, made({ANSWERS: [["Mã", "Xoá"], [POLICE, "x"]]}))

    refused = await trainer.post(address)
    await trainer.done(address, {"dong_y_xoa": "x", "dong_y_loi": "x"})

    assert "0 mới, 0 sửa, 1 xoá" in text_of(page)
    assert refused.status_code == 422
    assert "đánh dấu ô đồng ý xoá" in text_of(refused)
    assert set((await drafts(console))[ITEM].files.values()) == {None}


async def test_what_the_table_does_not_have_goes_only_with_the_box_ticked(trainer):
    _, kept = await look(trainer, made({ANSWERS: [["Mã", "Tiêu đề"], [POLICE, "Tiêu đề từ bảng"]]}))
    _, gone = await look(trainer, made({ANSWERS: [["Mã", "Tiêu đề"], [POLICE, "Tiêu đề từ bảng"]]}), xoa_thieu="x")

    assert "0 mới, 1 sửa, 0 xoá" in text_of(kept)
    others = sum(path.startswith("content/answers/") for path in small_tree()) - 1
    said = text_of(gone)
    assert f"Xem trước: 0 mới, 1 sửa, {others} xoá" in said


async def test_problems_of_the_content_may_be_saved_as_a_draft_when_said_so(console, trainer):
    address, page = await look(trainer, made({ANSWERS: [["Mã", "Nội dung"], [POLICE, "Gọi 0987654321 ngay."]]}))

    refused = await trainer.post(address)
    await trainer.done(address, {"dong_y_loi": "x"})

    assert "trang Câu trả lời, hàng 2, cột B (Nội dung)" in text_of(page)
    assert refused.status_code == 422
    assert "0987654321" in (await drafts(console))[ITEM].files[ANSWER]


async def test_all_is_saved_or_nothing(console, trainer, monkeypatch):
    address, _ = await look(trainer, made({ANSWERS: [["Mã", "Tiêu đề"], [POLICE, "Một tiêu đề"], ["cam-on", "Hai tiêu đề"]]}))
    calls = []

    def broken(self, change, staff):
        calls.append(change.item)
        if len(calls) == 2:
            raise RuntimeError
        return ""

    monkeypatch.setattr(sheet_import.Ground, "obstacle", broken)
    failed = await trainer.post(address)
    monkeypatch.undo()

    assert failed.status_code == 500
    assert await drafts(console) == {}
    assert (await trainer.get(address)).status_code == 200


@pytest.mark.parametrize(
    ("size", "is_logged_in", "path", "status"),
    [
        pytest.param(2_000_000, True, PATH, 422, id="large file of somebody logged in"),
        pytest.param(2_000_000, False, PATH, 413, id="large file of nobody"),
        pytest.param(2_000_000, True, "/quantri/xuat-ban", 413, id="large file at another page"),
        pytest.param(SHEETS_BODY_MAX_BYTES, True, PATH, 413, id="too large a file"),
    ],
)
async def test_only_spreadsheets_of_people_logged_in_may_be_large(console, trainer, size, is_logged_in, path, status):
    browser = trainer if is_logged_in else console.browser()

    response = await browser.post(path, files={"file": ("a.csv", b"0" * size)})

    assert response.status_code == status


async def test_a_file_that_eats_memory_is_refused_and_the_service_goes_on(trainer, monkeypatch):
    monkeypatch.setenv("PYTHONMALLOC", "malloc")
    rows = b"".join(b"<row>" + b"<c/>" * 60 + b"</row>" for _ in range(20_000))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + rows + b"</sheetData></worksheet>"
    book = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(CHANGED)) as old, zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))

    response = await send(trainer, book.getvalue())

    assert response.status_code == 422
    assert (await trainer.get(PATH)).status_code == 200
