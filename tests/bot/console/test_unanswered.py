"""The page of unanswered questions: groups, one click for each thing to do with them, and the way back."""

import html
import re
from datetime import timedelta

import pytest

from actions.curriculum.adding import examples_in
from actions.learners.unanswered import DECLINED, SUGGESTED, THUMBS_DOWN, UNKNOWN, Unanswered
from bot import clock
from tests.actions.learners.given import rows_of
from tests.bot.console.conftest import text_of

PATH = "/quantri/cau-hoi"
LOST = ["lỡ chuyển khoản nhầm cho người lạ thì lấy lại kiểu gì", "lo chuyen khoan nham cho nguoi la thi lay lai kieu gi"]
OTHER = "máy báo đầy bộ nhớ, xoá cái gì trước bây giờ"
EXAMPLES_PATH = "training_data/answers/scam-police/cong-an-goi-dien.yml"
POLICE = "cong-an-goi-dien"
EVIL = '<script>alert("xin chào")</script> tôi gõ vậy thì sao'


async def ask(console, *texts, outcome=UNKNOWN, intent=POLICE, days_ago=0):
    """Let questions wait for the trainers; return their numbers."""
    at = clock.now() - timedelta(days=days_ago)
    async with console.repository.transaction() as store:
        return [
            await store.unanswered.keep(Unanswered(text, outcome, intent, 0.4, "v", "m"), at + timedelta(seconds=n))
            for n, text in enumerate(texts)
        ]


async def waiting(console):
    async with console.repository.reading() as store:
        return sorted(question.id for question in await store.unanswered.waiting())


async def draft(console, item=f"answer/{POLICE}"):
    async with console.repository.reading() as store:
        return await store.contents.draft(item)


async def evaluated(console):
    rows = (await rows_of(console.repository, "evaluation_questions"))["evaluation_questions"]
    return {row["text"]: (row["topic"], row["answer"]) for row in rows}


def headings(response):
    return [
        re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", found))).strip() for found in re.findall(r"<h3.*?</h3>", response.text)
    ]


@pytest.fixture
async def trainer(console):
    return await console.as_role("trainer")


async def test_alike_questions_are_one_group_and_the_largest_comes_first(console, trainer):
    await ask(console, OTHER, *LOST)

    page = await trainer.get(PATH)

    assert headings(page) == [f"2 lần {LOST[0]}", f"1 lần {OTHER}"]
    assert "2 nhóm câu hỏi" in text_of(page)
    assert "Bot đoán: " in text_of(page)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        pytest.param("", ["unknown", "declined", "old"], id="all"),
        pytest.param("?loai=declined", ["declined"], id="kind"),
        pytest.param("?tuan=1", ["unknown", "declined"], id="weeks"),
        pytest.param("?chude=scam-police", ["unknown", "old"], id="topic of the best guess"),
        pytest.param("?chude=-", ["declined"], id="no guess"),
        pytest.param("?loai=unknown&tuan=1&chude=scam-police", ["unknown"], id="all three"),
        pytest.param("?loai=gi-do&tuan=7&chude=khong-co", [], id="made up"),
        pytest.param("?trang=2", [], id="a page that is not there"),
    ],
)
async def test_filters_live_in_the_address(console, trainer, address, shown):
    texts = {"unknown": LOST[0], "declined": OTHER, "old": "con tôi học trên mạng nhiều quá thì sao"}
    await ask(console, texts["unknown"])
    await ask(console, texts["declined"], outcome=DECLINED, intent=None)
    await ask(console, texts["old"], days_ago=20)

    page = await trainer.get(PATH + address)

    assert {name for name, text in texts.items() if text in text_of(page)} == set(shown)


async def test_chosen_questions_become_examples_and_evaluation_questions(console, trainer):
    rows = await ask(console, *LOST, OTHER)
    await trainer.get(PATH)

    page = await trainer.done(f"{PATH}/them", {"cau": [f"{rows[0]},{rows[1]}"], "dich": POLICE})

    added = examples_in((await draft(console)).files[EXAMPLES_PATH])
    assert added[-1:] == [LOST[0]]  # the other one is the same, without its diacritics
    assert await waiting(console) == [rows[2]]
    assert await evaluated(console) == dict.fromkeys(LOST, ("scam-police", POLICE))
    assert "Đã thêm 1 ví dụ vào nháp" in text_of(page)


async def test_what_was_added_can_be_taken_back_in_one_click(console, trainer):
    rows = await ask(console, LOST[0])
    await trainer.get(PATH)
    page = await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})
    number = re.search(r'name="viec" value="([0-9a-f]+)"', page.text)[1]

    page = await trainer.done(f"{PATH}/hoan-tac", {"viec": number})

    assert await draft(console) is None
    assert await waiting(console) == rows
    assert await evaluated(console) == {}
    assert headings(page) == [f"1 lần {LOST[0]}"]
    assert 'name="viec"' not in page.text


async def test_taking_back_leaves_what_another_wrote_in_the_draft(console, trainer):
    rows = await ask(console, LOST[0])
    await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})
    before = await draft(console)
    async with console.repository.transaction() as store:
        written = before.files[EXAMPLES_PATH] + "    - câu của người khác viết thêm\n"
        await store.contents.save_draft(before.item, {EXAMPLES_PATH: written}, revision=before.revision, by="x", now=clock.now())
        last = await store.unanswered.last_handling((await store.staff.account_by_login("trainer")).id)

    await trainer.done(f"{PATH}/hoan-tac", {"viec": last.id})

    left = examples_in((await draft(console)).files[EXAMPLES_PATH])
    assert "câu của người khác viết thêm" in left
    assert LOST[0] not in left


async def test_a_draft_that_is_being_written_keeps_its_other_files(console, trainer):
    path = f"content/answers/scam-police/{POLICE}.md"
    async with console.repository.transaction() as store:
        text = (await store.contents.active_files())[path] + "\nThêm một câu.\n"
        await store.contents.save_draft(f"answer/{POLICE}", {path: text}, revision=0, by="x", now=clock.now())
    rows = await ask(console, LOST[0])

    await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    files = (await draft(console)).files
    assert files[path] == text
    assert LOST[0] in files[EXAMPLES_PATH]


async def test_a_draft_of_an_older_version_is_not_written_over(console, trainer):
    async with console.repository.transaction() as store:
        text = (await store.contents.active_files())[EXAMPLES_PATH]
        await store.contents.save_draft(f"answer/{POLICE}", {EXAMPLES_PATH: text + "    - câu nháp\n"}, revision=0, by="x", now=clock.now())
        files = await store.contents.active_files()
        await store.contents.publish("v2", "{}", files | {EXAMPLES_PATH: text + "    - câu khác\n"}, clock.now())
    rows = await ask(console, LOST[0])

    page = await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    assert "dựa trên bản cũ" in text_of(page)
    assert await waiting(console) == rows
    assert examples_in((await draft(console)).files[EXAMPLES_PATH])[-1] == "câu nháp"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("•••", "còn quá ít chữ", id="all was masked"),
        pytest.param("??? [] {}", "còn quá ít chữ", id="no words"),
        pytest.param("lời " * 300, "ví dụ tối đa 1000", id="too long"),
        pytest.param("quên mật khẩu facebook", "đã là ví dụ của", id="an example of another answer"),
    ],
)
async def test_what_cannot_be_an_example_stays_and_says_why(console, trainer, text, said):
    rows = await ask(console, text)

    page = await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    assert "Chưa thêm" in text_of(page)
    assert said in html.unescape(text_of(page))
    assert await waiting(console) == rows
    assert await draft(console) is None


async def test_what_is_an_example_of_this_answer_already_is_done(console, trainer):
    rows = await ask(console, "CONG AN goi doa bat toi!!!")

    page = await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    assert "Các câu này đã là ví dụ" in text_of(page)
    assert await waiting(console) == []
    assert await draft(console) is None
    assert list(await evaluated(console)) == ["CONG AN goi doa bat toi!!!"]


async def test_one_question_that_cannot_does_not_stop_the_others(console, trainer):
    bad, good = await ask(console, "•••", LOST[0])

    page = await trainer.done(f"{PATH}/them", {"cau": [str(bad), str(good)], "dich": POLICE})

    assert await waiting(console) == [bad]
    assert "Đã thêm 1 ví dụ" in text_of(page)
    assert "Chưa thêm" in text_of(page)


async def test_a_masked_number_leaves_no_trace_in_the_example(console, trainer):
    rows = await ask(console, "số ••• gọi [xưng] công an\nđòi {tiền}")

    await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    assert examples_in((await draft(console)).files[EXAMPLES_PATH])[-1] == "số gọi xưng công an đòi tiền"


async def test_dismissed_questions_are_gone_and_come_back(console, trainer):
    rows = await ask(console, *LOST)
    await trainer.get(PATH)

    page = await trainer.done(f"{PATH}/bo?", {"cau": [f"{rows[0]},{rows[1]}"]})
    left = await waiting(console)
    number = re.search(r'name="viec" value="([0-9a-f]+)"', page.text)[1]
    await trainer.done(f"{PATH}/hoan-tac", {"viec": number})

    assert left == []
    assert "Đã bỏ qua 2 câu" in text_of(page)
    assert await waiting(console) == rows


async def test_a_new_answer_begins_with_the_questions_and_without_words(console, trainer):
    rows = await ask(console, *LOST)
    await trainer.get(PATH)

    response = await trainer.post(f"{PATH}/moi", {"cau": [f"{rows[0]},{rows[1]}"], "chude_moi": "scam-wrong-transfer", "ten": LOST[0]})

    item = "answer/lo-chuyen-khoan-nham-cho"
    begun = await draft(console, item)
    assert response.headers["location"] == f"/quantri/soan-bai/{item}"
    assert sorted(begun.files) == [
        "content/answers/scam-wrong-transfer/lo-chuyen-khoan-nham-cho.md",
        "training_data/answers/scam-wrong-transfer/lo-chuyen-khoan-nham-cho.yml",
    ]
    assert examples_in(begun.files["training_data/answers/scam-wrong-transfer/lo-chuyen-khoan-nham-cho.yml"]) == [LOST[0]]
    assert await waiting(console) == []
    assert await evaluated(console) == dict.fromkeys(LOST, ("scam-wrong-transfer", "lo-chuyen-khoan-nham-cho"))


async def test_more_questions_can_be_added_to_an_answer_that_is_being_written(console, trainer):
    first, second = await ask(console, LOST[0], OTHER)
    await trainer.post(f"{PATH}/moi", {"cau": [str(first)], "chude_moi": "scam-wrong-transfer", "ten": LOST[0]})
    found = await trainer.get(f"{PATH}/tim?nhom={second}&tim=lo chuyen")

    await trainer.done(f"{PATH}/them", {"cau": [str(second)], "dich": "lo-chuyen-khoan-nham-cho"})

    assert "bài mới, chưa xuất bản" in text_of(found)
    text = (await draft(console, "answer/lo-chuyen-khoan-nham-cho")).files[
        "training_data/answers/scam-wrong-transfer/lo-chuyen-khoan-nham-cho.yml"
    ]
    assert examples_in(text) == [LOST[0], OTHER]


async def test_a_second_new_answer_of_the_same_name_gets_a_name_of_its_own(console, trainer):
    first, second = await ask(console, LOST[0], OTHER)
    await trainer.post(f"{PATH}/moi", {"cau": [str(first)], "chude_moi": "scam-wrong-transfer", "ten": LOST[0]})

    response = await trainer.post(f"{PATH}/moi", {"cau": [str(second)], "chude_moi": "scam-wrong-transfer", "ten": LOST[0]})

    assert response.headers["location"] == "/quantri/soan-bai/answer/lo-chuyen-khoan-nham-cho-2"


async def test_taking_a_new_answer_back_leaves_no_draft(console, trainer):
    rows = await ask(console, LOST[0])
    await trainer.post(f"{PATH}/moi", {"cau": [str(rows[0])], "chude_moi": "scam-wrong-transfer", "ten": LOST[0]})
    page = await trainer.get(PATH)
    number = re.search(r'name="viec" value="([0-9a-f]+)"', page.text)[1]

    await trainer.done(f"{PATH}/hoan-tac", {"viec": number})

    assert await draft(console, "answer/lo-chuyen-khoan-nham-cho") is None
    assert await waiting(console) == rows


@pytest.mark.parametrize(
    ("action", "data", "said"),
    [
        pytest.param("them", {"dich": POLICE}, "Chưa chọn câu nào", id="none chosen"),
        pytest.param("them", {"cau": ["999"], "dich": POLICE}, "đã có người xử lý", id="handled by another"),
        pytest.param("them", {"cau": ["1"], "dich": "khong-co"}, "Không còn câu trả lời này", id="no such answer"),
        pytest.param("bo", {"cau": ["999"]}, "đã có người xử lý", id="nothing to dismiss"),
        pytest.param("moi", {"cau": ["1"], "ten": "Một câu"}, "Hãy chọn chủ đề", id="no topic"),
        pytest.param("moi", {"cau": ["1"], "ten": "Một câu", "chude_moi": "../../etc"}, "Hãy chọn chủ đề", id="made-up topic"),
        pytest.param("hoan-tac", {"viec": "abc"}, "không lấy lại được nữa", id="taken back already"),
    ],
)
async def test_what_cannot_be_done_says_what_to_do(console, trainer, action, data, said):
    await ask(console, LOST[0])
    await trainer.get(PATH)

    page = await trainer.done(f"{PATH}/{action}", data)

    assert said in text_of(page)
    assert len(await waiting(console)) == 1


@pytest.mark.parametrize("rows", [pytest.param("1 OR 1=1", id="SQL"), pytest.param("", id="empty"), pytest.param("9" * 40, id="huge")])
async def test_numbers_that_no_form_sends_are_refused(console, trainer, rows):
    await trainer.get(PATH)

    response = await trainer.post(f"{PATH}/bo", {"cau": [rows]})

    assert response.status_code == 400


async def test_searching_finds_answers_without_diacritics_the_likely_topic_first(console, trainer):
    (row,) = await ask(console, LOST[0])

    found = await trainer.get(f"{PATH}/tim?nhom={row}&tim=CONG an&gan=scam-police")
    nothing = await trainer.get(f"{PATH}/tim?nhom={row}&tim=khongcogi<b>")

    assert found.text.index('value="cong-an-goi-dien"') < len(found.text)
    assert f'form="nhom-{row}"' in found.text
    assert "Không có câu trả lời nào khớp" in nothing.text
    assert "<b>" not in nothing.text


async def test_searching_works_without_scripts_too(console, trainer):
    (row,) = await ask(console, LOST[0])

    page = await trainer.get(f"{PATH}?nhom={row}&tim=ma otp")

    assert re.search(rf'name="dich" value="[a-z0-9-]*otp[a-z0-9-]*" form="nhom-{row}"', page.text)


async def test_a_thumbs_down_offers_the_neighbours_of_what_was_refused(console, trainer):
    await ask(console, LOST[0], outcome=THUMBS_DOWN)

    page = await trainer.get(PATH)

    assert "Bot đã đưa, người hỏi không nhận" in text_of(page)
    assert f'name="dich" value="{POLICE}"' not in page.text
    assert 'name="dich" value="cong-an-goi-video"' in page.text


async def test_script_in_a_question_stays_text(console, trainer):
    rows = await ask(console, EVIL, outcome=SUGGESTED, intent='"><img src=x onerror=alert(1)>')

    page = await trainer.get(PATH)
    after = await trainer.done(f"{PATH}/them", {"cau": [str(rows[0])], "dich": POLICE})

    for shown in (page, after):
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text
    assert html.escape(EVIL, quote=False)[:20] in page.text or "&lt;script&gt;" in page.text


async def test_the_audit_log_tells_who_did_what_and_not_what_was_asked(console, trainer):
    first, second = await ask(console, LOST[0], OTHER)
    await trainer.done(f"{PATH}/them", {"cau": [str(first)], "dich": POLICE})
    await trainer.done(f"{PATH}/bo", {"cau": [str(second)]})
    async with console.repository.reading() as store:
        staff = await store.staff.account_by_login("trainer")
        last = await store.unanswered.last_handling(staff.id)

    await trainer.done(f"{PATH}/hoan-tac", {"viec": last.id})

    logged = [entry for entry in await console.audited() if entry[1].startswith("questions.")]
    assert logged == [
        ("Trainer", "questions.restore", ""),
        ("Trainer", "questions.dismiss", ""),
        ("Trainer", "questions.add", f"answer/{POLICE}"),
    ]
    rows = str((await rows_of(console.repository, "audit_log"))["audit_log"])
    assert LOST[0] not in rows
    assert OTHER not in rows


@pytest.mark.parametrize("role", ["viewer", None])
async def test_who_may_not_write_sees_no_question(console, role):
    await ask(console, LOST[0])
    browser = await console.as_role(role) if role else console.browser()

    shown = await browser.get(PATH)
    done = await browser.post(f"{PATH}/bo", {"cau": ["1"]})

    assert shown.status_code == (403 if role else 303)
    assert done.status_code == (403 if role else 303)
    assert LOST[0] not in shown.text
    assert len(await waiting(console)) == 1


async def test_a_click_without_the_form_of_this_session_does_nothing(console, trainer):
    rows = await ask(console, LOST[0])

    response = await trainer.post(f"{PATH}/bo", {"cau": [str(rows[0])]}, csrf="0" * 64)

    assert response.status_code == 403
    assert await waiting(console) == rows
