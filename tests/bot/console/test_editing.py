"""Soạn bài: finding, beginning, writing, keeping, saving; two who write at once lose nothing."""

import re
from html import unescape

import pytest

from actions.curriculum.tree import read_tree
from bot import clock
from bot.settings import ROOT
from tests.bot.console.conftest import text_of

PATH = "/quantri/soan-bai"
ANSWER = f"{PATH}/answer/go-app-la"
LESSON = f"{PATH}/lesson/ban-hang-tren-mang"
DRILL = f"{PATH}/drill/dien-tap-buu-kien"
FILE = "content/answers/apps-permissions/go-app-la.md"
EXAMPLES = "training_data/answers/apps-permissions/go-app-la.yml"


def fields_of(page):
    """What a browser would send of the form for writing."""
    form = page.text.split('id="editor"')[1].split("</form>")[0]
    given = {}
    for name, value in re.findall(r'<input[^>]*?name="([^"]+)" value="([^"]*)"(?![^>]*type="checkbox")', form):
        given[name] = unescape(value)
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if 'type="checkbox"' in tag and name:
            given.pop(name[1], None)
    for tag in re.findall(r'<input type="checkbox"[^>]*checked>', form):
        given.setdefault(re.search(r'name="([^"]+)"', tag)[1], []).append(unescape(re.search(r'value="([^"]*)"', tag)[1])) if (
            'value="' in tag
        ) else given.update({re.search(r'name="([^"]+)"', tag)[1]: "on"})
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        given[name] = unescape(value).replace("\n", "\r\n")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(r'<option value="([^"]*)"', options)
        if not name.startswith("_"):
            given[name] = unescape(chosen[1]) if chosen else ""
    return given


def problems_of(page):
    return [
        (unescape(field), re.sub(r"<[^>]+>", "", unescape(rest)))
        for field, rest in re.findall(r'data-problem="([^"]+)">(.*?)</li>', page.text)
    ]


async def drafts(console):
    async with console.repository.reading() as store:
        return {draft.item: draft for draft in await store.contents.drafts()}


# Finding


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        pytest.param("?loai=answer&tim=go ung dung LA", "Gỡ ứng dụng lạ", "Fanpage", id="without diacritics"),
        pytest.param("?loai=answer&tim=quyen-tro-nang", "Ứng dụng đòi quyền trợ năng", "Gỡ ứng dụng lạ", id="by slug"),
        pytest.param("?loai=answer&chu_de=account-recovery", "Fanpage", "Gỡ ứng dụng lạ", id="by topic"),
        pytest.param("?loai=drill", "Bưu kiện bị giữ", "Gỡ ứng dụng lạ", id="another kind"),
        pytest.param("?loai=answer&tinh_trang=retired", "Không tìm thấy mục nào.", "Gỡ ứng dụng lạ", id="status"),
        pytest.param("?loai=answer&nhap=co", "Không tìm thấy mục nào.", "Gỡ ứng dụng lạ", id="with a draft"),
        pytest.param("?loai=khong-co&tim=%00<script>", "Không tìm thấy mục nào.", "<script>", id="nonsense"),
    ],
)
async def test_items_are_found(console, query, found, not_found):
    page = await (await console.as_role("viewer")).get(PATH + query)

    listed = page.text.split('id="ket-qua"')[1]
    assert found in listed
    assert not_found not in listed


async def test_an_item_with_a_draft_is_found_by_the_state_of_the_draft(console):
    browser = await console.as_role("trainer")
    await browser.done(ANSWER, fields_of(await browser.get(ANSWER)) | {"text": "Gỡ đi."})

    found, not_found = await browser.get(f"{PATH}?nhap=draft"), await browser.get(f"{PATH}?nhap=in_review")

    assert "Gỡ ứng dụng lạ" in found.text
    assert "nháp đang viết" in text_of(found)
    assert "Gỡ ứng dụng lạ" not in not_found.text.split('id="ket-qua"')[1]


# Beginning


async def begin(browser, **fields):
    await browser.get(f"{PATH}/moi?loai={fields.get('loai', 'answer')}")
    return await browser.post(f"{PATH}/moi", {"loai": "answer", "title": "Đổi hình nền", "topic": "device-basics"} | fields)


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        pytest.param({}, "answer/doi-hinh-nen", id="slug from the title"),
        pytest.param({"title": "Gỡ app lạ"}, "answer/go-app-la-2", id="slug that is taken gets a number"),
        pytest.param({"slug": "hinh-nen-moi"}, "answer/hinh-nen-moi", id="slug that was chosen"),
        pytest.param({"title": "???"}, "answer/muc-moi", id="title without letters"),
        pytest.param({"loai": "lesson"}, "lesson/doi-hinh-nen", id="lesson"),
        pytest.param({"loai": "guide"}, "guide/doi-hinh-nen", id="guide"),
        pytest.param({"loai": "drill"}, "drill/doi-hinh-nen", id="drill"),
    ],
)
async def test_a_new_item_is_a_draft_that_opens_in_its_form(console, fields, address):
    browser = await console.as_role("trainer")

    response = await begin(browser, **fields)
    page = await browser.get(response.headers["location"])

    assert response.headers["location"] == f"{PATH}/{address}"
    assert page.status_code == 200
    assert fields.get("title", "Đổi hình nền") in text_of(page)
    assert set(await drafts(console)) == {address}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"title": " "}, "Hãy ghi tiêu đề và chọn chủ đề.", id="no title"),
        pytest.param({"topic": "../../etc"}, "Hãy ghi tiêu đề và chọn chủ đề.", id="no such topic"),
        pytest.param({"slug": "Có Dấu"}, "Mã “Có Dấu” không dùng được", id="slug with other letters"),
        pytest.param({"slug": "../../x"}, "không dùng được", id="slug that goes up"),
        pytest.param({"slug": "a" * 33}, "không dùng được", id="slug too long"),
        pytest.param({"slug": "go-app-la"}, "Mã “go-app-la” đã có.", id="slug that is taken"),
    ],
)
async def test_what_cannot_be_begun_is_told_and_what_was_typed_stays(console, fields, message):
    browser = await console.as_role("trainer")

    response = await begin(browser, examples="đổi nền\nthay nền", **fields)

    assert response.status_code == 422
    assert message in unescape(text_of(response))
    assert "đổi nền\nthay nền" in response.text
    assert await drafts(console) == {}


async def test_a_new_item_like_another_has_its_words_and_not_its_examples(console):
    browser = await console.as_role("trainer")

    response = await begin(browser, copied="go-app-la", topic="apps-permissions", examples="ví dụ của riêng nó")
    form = fields_of(await browser.get(response.headers["location"]))

    assert form["text"].startswith("Người lạ bảo cài ứng dụng này")
    assert form["examples"] == "ví dụ của riêng nó"
    assert form["sources.0.title"].startswith("Báo Lâm Đồng")
    assert form["reviewed_on"] == clock.today().isoformat()


async def test_a_new_reply_of_the_behaviours_counts_as_one(console):
    browser = await console.as_role("trainer")

    await begin(browser, title="Chúc ngủ ngon", topic="out-of-scope", examples="ngủ ngon nhé")

    files = (await drafts(console))["answer/chuc-ngu-ngon"].files
    assert set(files) == {"content/answers/out-of-scope/chuc-ngu-ngon.md", "training_data/behaviours/out-of-scope/chuc-ngu-ngon.yml"}
    assert "outcome: out_of_scope" in files["content/answers/out-of-scope/chuc-ngu-ngon.md"]


# Writing and looking


@pytest.mark.parametrize("path", [ANSWER, LESSON, DRILL, f"{PATH}/guide/vua-bi-lua", f"{PATH}/answer/bot-la-ai"])
async def test_saving_a_form_as_it_was_opened_changes_nothing(console, path):
    browser = await console.as_role("trainer")

    page = await browser.done(path, fields_of(await browser.get(path)))

    assert "Giống hệt bản đang xuất bản, nên không còn nháp." in text_of(page)
    assert await drafts(console) == {}


async def test_only_the_file_that_was_changed_is_in_the_draft(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    page = await browser.done(ANSWER, form | {"text": "{{ Ban }} gỡ đi."})

    draft = (await drafts(console))["answer/go-app-la"]
    assert "Đã lưu nháp, lần 1." in text_of(page)
    assert list(draft.files) == [FILE]
    assert draft.files[FILE] == re.sub(r"\nNgười lạ.*?\n## ", "\n{{ Ban }} gỡ đi.\n## ", draft.files[FILE], count=1, flags=re.DOTALL)
    assert ("Trainer", "content.save_draft", "answer/go-app-la") in await console.audited()


async def test_another_topic_moves_the_files(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    await browser.done(ANSWER, form | {"topic": "device-basics"})

    files = (await drafts(console))["answer/go-app-la"].files
    assert (files[FILE], files[EXAMPLES]) == (None, None)
    assert "topic: device-basics" in files["content/answers/device-basics/go-app-la.md"]
    assert (await browser.get(ANSWER)).status_code == 200


async def test_the_preview_shows_what_is_typed_and_what_is_wrong_with_it(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    page = await browser.post(
        f"{ANSWER}/xem-thu", form | {"text": "{{ Ban }} gọi 1900 1234 nhé.", "_kenh": "telegram", "_xung_ho": "cô", "sources.0.address": ""}
    )

    assert "Cô gọi 1900 1234 nhé." in text_of(page)
    assert "phone-telegram" in page.text
    assert {field for field, _ in problems_of(page)} == {"text", "sources.0.address"}
    assert await drafts(console) == {}


async def test_an_example_of_another_answers_draft_is_told(console):
    browser = await console.as_role("trainer")
    await begin(browser, examples="làm sao gỡ cái hình nền con mèo")
    form = fields_of(await browser.get(ANSWER))

    page = await browser.post(f"{ANSWER}/xem-thu", form | {"examples": form["examples"] + "\nLam sao go cai hinh nen con meo?"})

    assert [field for field, _ in problems_of(page)] == ["examples"]
    assert "doi-hinh-nen" in problems_of(page)[0][1]


async def test_a_fact_that_is_only_in_a_draft_can_be_used_already(console):
    browser = await console.as_role("trainer")
    await browser.get("/quantri/du-kien")
    fact = {
        "title": "Số thử",
        "value": "1999",
        "source_title": "Báo",
        "source_address": "https://bao.vn",
        "checked_on": "2026-11-23",
        "verified": "on",
    }
    await browser.done("/quantri/du-kien", fact)
    form = fields_of(await browser.get(ANSWER))

    page = await browser.post(f"{ANSWER}/xem-thu", form | {"text": "Gọi {{ fact.so_thu }}."})

    assert "Gọi 1999." in text_of(page)
    assert problems_of(page) == []


async def test_rows_come_and_go_and_nothing_is_saved_by_that(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(LESSON)) | {"goal": "Mục tiêu mới"}

    page = await browser.post(LESSON, form | {"_do": "add:steps"})
    more = fields_of(page)
    page = await browser.post(LESSON, more | {"_do": "remove:steps.0"})
    fewer = fields_of(page)

    assert (more["goal"], more["steps.7.text"]) == ("Mục tiêu mới", "")
    assert (
        'id="steps.7.text" name="steps.7.text" rows="5" data-max="300" autofocus'
        in (await browser.post(LESSON, form | {"_do": "add:steps"})).text
    )
    assert fewer["steps.0.heading"] == form["steps.1.heading"]
    assert await drafts(console) == {}


async def test_a_new_question_has_a_number_that_stays(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(LESSON))
    last = max(int(value[1:]) for name, value in form.items() if re.fullmatch(r"questions\.\d+\.id", name))

    added = fields_of(await browser.post(LESSON, form | {"_do": "add:questions"}))
    again = fields_of(await browser.post(LESSON, added | {"_do": "look"}))

    new = [value for name, value in again.items() if re.fullmatch(r"questions\.\d+\.id", name)][-1]
    assert new == f"q{last + 1}"


async def test_a_problem_of_another_page_leads_to_its_field(console):
    browser = await console.as_role("viewer")

    response = await browser.get(LESSON, params={"tep": "content/lessons/ban-hang-tren-mang/quiz.yml", "cho": "câu q2, lựa chọn 1"})

    assert response.headers["location"] == f"{LESSON}#questions.1.choices.0.text"


# What must not be


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("answer/khong-co", id="answer"),
        pytest.param("answer/%2e%2e%2fx", id="up, hidden"),
        pytest.param("other/content:messages.yml", id="no kind that has a form"),
        pytest.param("facts/facts", id="facts have their own page"),
    ],
)
async def test_what_is_not_there_cannot_be_opened_saved_or_looked_at(console, address):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER))

    responses = [
        await browser.get(f"{PATH}/{address}"),
        await browser.post(f"{PATH}/{address}", form),
        await browser.post(f"{PATH}/{address}/xem-thu", form),
        await browser.post(f"{PATH}/{address}/dang-mo"),
    ]

    assert {response.status_code for response in responses} <= {404, 405, 307}
    assert await drafts(console) == {}


@pytest.mark.parametrize("topic", ["../../../../tmp/banso-thu", "khong-co", "", "a/b"])
async def test_a_topic_that_is_none_is_refused_and_no_file_is_written(console, topic, tmp_path):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER)) | {"topic": topic}
    before = read_tree(ROOT)

    for path in (ANSWER, f"{ANSWER}/xem-thu"):
        assert (await browser.post(path, form)).status_code == 422

    assert await drafts(console) == {}
    assert read_tree(ROOT) == before


@pytest.mark.parametrize("name", ["title", "text", "more", "examples", "sources.0.title", "android", "_kenh", "_xung_ho"])
async def test_script_in_a_field_is_shown_as_text(console, name):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER)) | {name: "\"'><script>alert(1)</script>"}

    pages = [
        await browser.post(f"{ANSWER}/xem-thu", form),
        await browser.post(ANSWER, form | {"_do": "look"}),
        await browser.done(ANSWER, form),
    ]
    pages += [await browser.get(f"{ANSWER}/cac-lan-luu"), await browser.get(PATH)]

    assert [page.status_code for page in pages] == [200] * 5
    assert all("<script>alert" not in page.text for page in pages)


async def test_signs_that_no_file_can_hold_do_not_lock_an_item(console):
    browser = await console.as_role("trainer")
    form = fields_of(await browser.get(ANSWER)) | {"examples": "một\x07 câu\nhai \x85câu", "text": "chữ\x00\u2028 hết"}

    page = await browser.done(ANSWER, form)

    assert (fields_of(page)["examples"], fields_of(page)["text"]) == ("một câu\r\nhai câu", "chữ hết")


async def test_a_draft_that_is_broken_says_how_to_get_out(console):
    browser = await console.as_role("trainer")
    async with console.repository.transaction() as store:
        await store.contents.save_draft("answer/go-app-la", {FILE: "hỏng"}, revision=0, by="x", now=clock.now())

    page = await browser.get(ANSWER)
    history = await browser.get(f"{ANSWER}/cac-lan-luu")

    assert page.status_code == 422
    assert "Các lần lưu" in text_of(page)
    assert history.status_code == 200


async def test_who_may_only_look_sees_the_saved_item_whatever_is_sent(console):
    browser = await console.as_role("viewer")
    page = await browser.get(ANSWER)
    form = fields_of(page) | {"text": "Chữ của người xem."}

    look = await browser.post(f"{ANSWER}/xem-thu", form | {"topic": "../.."})
    save = await browser.post(ANSWER, form)

    assert "disabled" in page.text
    assert (look.status_code, "Người lạ bảo cài ứng dụng này" in text_of(look)) == (200, True)
    assert "Chữ của người xem." not in look.text
    assert save.status_code == 403
