"""Huấn luyện: a job is begun and called off, a model is compared, used, described, taken along; questions are added."""

import pytest

from actions.learners.training import WAITING
from bot import clock
from bot.training import code_fingerprint, model_name
from tests.actions.learners.test_models import a_model
from tests.bot.console.conftest import project_tree, text_of
from tests.bot.models.test_comparison import results

PATH = "/quantri/huan-luyen"
REASON = "lớp học ngày mai cần ngay"


@pytest.fixture
async def bank(console):
    """An active model of older examples, a better one and a worse one."""
    async with console.repository.transaction() as store:
        for name, right in (("active", 300), ("better", 300), ("worse", 250)):
            await store.models.add(a_model(name, code=code_fingerprint(), at=clock.now()))
            of_model = results(["right"] * right + ["wrong"] * (300 - right))
            counts = {"right": right, "wrong": 300 - right, "suggested": 0, "missed": 0, "unknown": 0, "total": 300}
            await store.models.keep_figures(name, {"frozen": {"typed": counts, "folded": counts}}, of_model)
        await store.models.activate("active", clock.now(), by=None)
    return console


async def active(console):
    async with console.repository.reading() as store:
        return (await store.models.active()).name


async def open_jobs(console):
    async with console.repository.reading() as store:
        return await store.training.open_jobs()


async def test_the_page_says_that_examples_changed_and_begins_a_job(bank):
    browser = await bank.as_role("trainer")

    before = text_of(await browser.get(PATH))
    after = text_of(await browser.done(PATH, {"cach": "ky", "ghi_chu": "  thêm câu\n về OTP "}))

    assert "Bot chưa học phần mới" in before
    assert "Đã bắt đầu" in after
    (job,) = await open_jobs(bank)
    assert (job.state, job.description, job.with_cross_validation) == (WAITING, "thêm câu về OTP", True)
    assert "model.start" in [action for _, action, _ in await bank.audited()]


async def test_only_one_job_at_a_time_and_it_can_be_called_off(bank):
    browser = await bank.as_role("trainer")
    await browser.done(PATH, {"cach": "nhanh"})

    second = text_of(await browser.done(PATH, {"cach": "nhanh"}))
    (job,) = await open_jobs(bank)
    progress = text_of(await browser.get(f"{PATH}/tien-do?viec={job.id}"))
    called_off = text_of(await browser.done(f"{PATH}/viec/{job.id}/dung"))
    again = text_of(await browser.done(f"{PATH}/viec/{job.id}/dung"))

    assert "Đang có một việc huấn luyện" in second
    assert "Đang chờ" in progress
    assert "Đã dừng" in called_off
    assert "đã kết thúc rồi" in again
    assert await open_jobs(bank) == []


async def test_nothing_is_trained_where_nothing_changed(bank):
    name = model_name(project_tree())
    async with bank.repository.transaction() as store:
        await store.models.add(a_model(name, code=code_fingerprint()))
        await store.models.activate(name, clock.now(), by=None)
    browser = await bank.as_role("trainer")

    said = text_of(await browser.done(PATH, {"cach": "nhanh"}))

    assert "không cần huấn luyện lại" in said
    assert await open_jobs(bank) == []


async def test_a_better_model_is_used_and_the_way_back_is_one_click(bank):
    browser = await bank.as_role("trainer")

    said = text_of(await browser.done(f"{PATH}/mo-hinh/better/dung", {}))
    assert await active(bank) == "better"
    back = text_of(await browser.done(f"{PATH}/quay-lai"))

    assert "Mô hình better được dùng từ bây giờ" in said
    assert "Đã quay lại mô hình active" in back
    assert await active(bank) == "active"


@pytest.mark.parametrize(
    ("role", "reason", "status", "name"),
    [("trainer", REASON, 422, "active"), ("reviewer", "", 422, "active"), ("reviewer", REASON, 303, "worse")],
)
async def test_a_worse_one_is_used_only_with_a_reviewers_reason(bank, role, reason, status, name):
    browser = await bank.as_role(role)

    response = await browser.post(f"{PATH}/mo-hinh/worse/dung", {"ly_do": reason})

    assert (response.status_code, await active(bank)) == (status, name)
    if status == 422:
        assert "số câu đúng giảm từ 300 xuống 250" in text_of(response)


async def test_the_comparison_shows_each_question_and_can_be_filtered(bank):
    browser = await bank.as_role("viewer")

    page = text_of(await browser.get(f"{PATH}/mo-hinh/worse"))
    none = text_of(await browser.get(f"{PATH}/mo-hinh/worse?loai=newly_right"))

    assert "câu 250" in page
    assert "Mới sai" in page
    assert "câu 250" not in none


async def test_a_model_is_described_measured_and_taken_along(bank):
    browser = await bank.as_role("trainer")

    described = text_of(await browser.done(f"{PATH}/mo-hinh/better/mo-ta", {"mo_ta": "thử <b>một</b> lần"}))
    file = await browser.get(f"{PATH}/mo-hinh/better/tep")
    measured = text_of(await browser.done(f"{PATH}/mo-hinh/better/do-lai", {"cach": "nhanh"}))

    assert "Đã lưu ghi chú" in described
    assert file.content == b"better"
    assert file.headers["content-disposition"] == 'attachment; filename="better.tar.gz"'
    assert "Đang đo lại" in measured
    assert {"model.describe", "model.export", "model.start"} <= {action for _, action, _ in await bank.audited()}


@pytest.mark.parametrize("way", ["mo-ta", "do-lai"])
async def test_a_model_that_is_gone_is_told(bank, way):
    browser = await bank.as_role("trainer")

    assert (await browser.post(f"{PATH}/mo-hinh/gone/{way}", {})).status_code == 404
    assert (await browser.get(f"{PATH}/mo-hinh/gone")).status_code == 404
    assert (await browser.get(f"{PATH}/mo-hinh/gone/tep")).status_code == 404


async def test_questions_to_try_models_on_are_added_masked_and_taken_out(console):
    browser = await console.as_role("trainer")
    page = f"{PATH}/cau-thu"

    added = text_of(await browser.done(page, {"cau": "mã OTP 482913 gửi về là gì", "cau_tra_loi": "cong-an-goi-dien"}))
    again = text_of(await browser.done(page, {"cau": "mã OTP 482913 gửi về là gì", "cau_tra_loi": "cong-an-goi-dien"}))
    async with console.repository.reading() as store:
        (question,) = await store.models.questions()
    removed = text_of(await browser.done(f"{page}/bo", {"so": str(question.id)}))

    assert "Đã thêm" in added
    assert "đã có trong bộ câu thử" in again
    assert "482913" not in question.text
    assert (question.topic, question.answer) == ("scam-police", "cong-an-goi-dien")
    assert "Đã bỏ 1 câu" in removed


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"cau": "", "cau_tra_loi": "cong-an-goi-dien"}, "chỉ còn quá ít chữ"),
        ({"cau": "mã OTP là gì", "cau_tra_loi": "khong-co"}, "Hãy chọn câu"),
    ],
)
async def test_a_question_that_cannot_be_tried_is_refused(console, data, said):
    browser = await console.as_role("trainer")

    response = await browser.post(f"{PATH}/cau-thu", data)

    assert response.status_code == 422
    assert said in text_of(response)
