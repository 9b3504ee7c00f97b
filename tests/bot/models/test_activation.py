"""Which model may answer: a worse one only with a reviewer's reason, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from actions.learners.staff import Staff
from bot.models.activation import NOT_MEASURED, NotActivatedError, activate, go_back
from bot.training import code_fingerprint
from tests.actions.learners.test_models import a_model
from tests.bot.models.test_comparison import results

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LAN, BINH = Staff("lan", "lan", "Cô Lan", "trainer"), Staff("binh", "binh", "Anh Bình", "reviewer")
REASON = "lớp học ngày mai cần ngay"


@pytest.fixture
async def bank(repository):
    """The active model is right on all of 300 questions, `better` too, `worse` on 250; two were not measured or are too old."""
    async with repository.transaction() as store:
        for number, name in enumerate(("active", "better", "worse", "unmeasured")):
            await store.models.add(a_model(name, code=code_fingerprint(), at=NOW + number * MINUTE))
        await store.models.add(a_model("old", code="another"))
        for name, verdicts in (("active", 300), ("better", 300), ("worse", 250), ("old", 300)):
            await store.models.keep_figures(name, {}, results(["right"] * verdicts + ["unknown"] * (300 - verdicts)))
        await store.models.activate("active", NOW, by=None)
    return repository


async def state(bank):
    async with bank.reading() as store:
        model = await store.models.active()
        return model.name, model.activated_by, model.reason, [entry.action for entry in await store.staff.audit_log()]


async def test_one_that_is_no_worse_is_used_at_once(bank):
    await activate(bank, "better", LAN, NOW + MINUTE, "một lý do thừa")

    assert await state(bank) == ("better", "lan", "", ["model.activate"])


async def test_a_worse_one_needs_somebody_who_may_review(bank):
    with pytest.raises(NotActivatedError, match=r"giảm từ 300 xuống 250 trên 300.*nhờ người có quyền duyệt"):
        await activate(bank, "worse", LAN, NOW, REASON)

    assert await state(bank) == ("active", None, "", [])


async def test_a_reviewer_has_to_say_why(bank):
    with pytest.raises(NotActivatedError, match="hãy ghi lý do"):
        await activate(bank, "worse", BINH, NOW, "  ngắn   ")

    await activate(bank, "worse", BINH, NOW + MINUTE, f" {REASON}\n")

    assert await state(bank) == ("worse", "binh", REASON, ["model.activate"])


async def test_one_that_was_not_measured_is_not_better(bank):
    with pytest.raises(NotActivatedError, match=NOT_MEASURED[:20]):
        await activate(bank, "unmeasured", LAN, NOW)


@pytest.mark.parametrize(
    ("name", "said"),
    [("old", "một bản phần mềm khác huấn luyện"), ("gone", "Không còn mô hình này"), ("active", "đang được dùng rồi")],
)
async def test_what_cannot_run_or_runs_already_is_refused(bank, name, said):
    with pytest.raises(NotActivatedError, match=said):
        await activate(bank, name, BINH, NOW, REASON)


async def test_the_way_back_needs_no_comparison(bank):
    await activate(bank, "worse", BINH, NOW + MINUTE, REASON)

    model = await go_back(bank, LAN, NOW + 2 * MINUTE)

    assert model.name == "active"
    assert await state(bank) == ("active", "lan", "", ["model.back", "model.activate"])


async def test_there_is_no_way_back_from_the_first(bank):
    with pytest.raises(NotActivatedError, match="Không có mô hình nào trước"):
        await go_back(bank, LAN, NOW)
