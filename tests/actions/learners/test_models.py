"""The bank of models: added, listed, made active one at a time, forgotten; and the questions they are tried on."""

import asyncio
from datetime import timedelta

import pytest

from actions.learners.models import NewModel
from tests.actions.learners.given import NOW

MINUTE = timedelta(minutes=1)


def a_model(name, *, at=NOW, **values):
    given = {
        "name": name, "file": name.encode(), "description": "", "content_version": "v1", "code": "c", "data": "d",
        "trained_by": "lan", "trained_at": at, "train_seconds": 12.5, "example_count": 3,
    }  # fmt: skip
    return NewModel(**given | values)


@pytest.fixture
async def bank(repository):
    """Models a, b and c, trained one after another."""
    async with repository.transaction() as store:
        for number, name in enumerate("abc"):
            await store.models.add(a_model(name, at=NOW + number * MINUTE))
    return repository


async def active_names(repository):
    async with repository.reading() as store:
        return [model.name for model in await store.models.models() if model.is_active]


async def test_a_model_is_kept_with_its_file_and_without_figures(bank):
    async with bank.reading() as store:
        model, file, results = await store.models.model("a"), await store.models.file("a"), await store.models.results("a")

    assert (model.name, model.trained_by, model.train_seconds, model.trained_at) == ("a", "lan", 12.5, NOW)
    assert (file, results, model.figures, model.is_active) == (b"a", [], {}, False)


async def test_what_is_not_there_is_none(bank):
    async with bank.transaction() as store:
        assert await store.models.model("x") is None
        assert await store.models.file("x") is None
        assert await store.models.results("x") == []
        assert await store.models.active() is None
        assert await store.models.active_since() is None
        assert await store.models.previous() is None
        assert not await store.models.activate("x", NOW, by="lan")
        assert not await store.models.describe("x", "gì đó")


async def test_a_model_that_is_there_is_not_changed(bank):
    async with bank.transaction() as store:
        is_new = await store.models.add(a_model("a", file=b"other", trained_by="hung"))

    async with bank.reading() as store:
        assert not is_new
        assert (await store.models.model("a")).trained_by == "lan"
        assert await store.models.file("a") == b"a"


async def test_the_latest_comes_first(bank):
    async with bank.reading() as store:
        assert [model.name for model in await store.models.models()] == ["c", "b", "a"]


async def test_at_most_one_is_active_and_the_one_before_is_known(bank):
    async with bank.transaction() as store:
        await store.models.activate("a", NOW, by=None)
        await store.models.activate("c", NOW + MINUTE, by="lan", reason="vì gấp")

    async with bank.reading() as store:
        active, previous = await store.models.active(), await store.models.previous()
        assert (active.name, active.activated_by, active.reason) == ("c", "lan", "vì gấp")
        assert await store.models.active_since() == ("c", NOW + MINUTE)
        assert previous.name == "a"
    assert await active_names(bank) == ["c"]


async def test_a_model_that_is_not_there_leaves_the_active_one(bank):
    async with bank.transaction() as store:
        await store.models.activate("a", NOW, by=None)
        is_done = await store.models.activate("x", NOW, by="lan")

    assert not is_done
    assert await active_names(bank) == ["a"]


async def test_two_who_activate_at_once_leave_one_active(bank):
    async def activate(name):
        async with bank.transaction() as store:
            await store.models.activate(name, NOW, by="lan")

    await asyncio.gather(*(activate(name) for name in "abcabc"))

    assert len(await active_names(bank)) == 1


async def test_going_back_twice_is_the_same_as_never(bank):
    async with bank.transaction() as store:
        await store.models.activate("a", NOW, by=None)
        await store.models.activate("b", NOW + MINUTE, by="lan")
        for minutes in (2, 3):
            await store.models.activate((await store.models.previous()).name, NOW + minutes * MINUTE, by="lan")

    assert await active_names(bank) == ["b"]


async def test_figures_are_kept_and_an_earlier_cross_validation_stays(bank):
    async with bank.transaction() as store:
        await store.models.keep_figures("a", {"frozen": 1, "cross_validation": {"folds": 5}}, [{"text": "một"}])
        await store.models.keep_figures("a", {"frozen": 2, "cross_validation": None}, [{"text": "hai"}])
        await store.models.keep_figures("b", {"frozen": 3, "cross_validation": None}, [])

    async with bank.reading() as store:
        assert (await store.models.model("a")).figures == {"frozen": 2, "cross_validation": {"folds": 5}}
        assert await store.models.results("a") == [{"text": "hai"}]
        assert (await store.models.model("b")).figures == {"frozen": 3, "cross_validation": None}


async def test_a_description_can_be_changed(bank):
    async with bank.transaction() as store:
        assert await store.models.describe("b", "Thêm 20 ví dụ về OTP")

    async with bank.reading() as store:
        assert (await store.models.model("b")).description == "Thêm 20 ví dụ về OTP"


@pytest.mark.parametrize(
    ("activated", "keep", "kept"),
    [
        pytest.param([], 2, {"c", "b"}, id="the last two"),
        pytest.param(["a"], 1, {"c", "a"}, id="and the active one"),
        pytest.param(["a", "b"], 1, {"c", "b", "a"}, id="and the one before it"),
        pytest.param(["c", "a"], 0, {"a", "c"}, id="these two alone"),
        pytest.param([], 9, {"a", "b", "c"}, id="fewer than may be kept"),
    ],
)
async def test_old_models_are_forgotten_with_their_files(bank, activated, keep, kept):
    async with bank.transaction() as store:
        for number, name in enumerate(activated):
            await store.models.activate(name, NOW + number * MINUTE, by=None)
        gone = await store.models.forget_old(keep)

    async with bank.reading() as store:
        assert {model.name for model in await store.models.models()} == kept
        assert {name for name in "abc" if await store.models.file(name) is not None} == kept
        assert set(gone) == set("abc") - kept


async def test_evaluation_questions_are_added_once_listed_and_deleted(repository):
    async with repository.transaction() as store:
        first = await store.models.add_question("otp là gì", "passwords-2fa", "otp-la-gi", by="lan", now=NOW)
        again = await store.models.add_question("otp là gì", "scam-bank", "khac", by="hung", now=NOW)
        await store.models.add_question("quên mật khẩu", "passwords-2fa", "quen-mat-khau", by="lan", now=NOW)

    async with repository.transaction() as store:
        listed = await store.models.questions()
        deleted = await store.models.delete_questions([listed[0].id, 999])
        left = await store.models.questions()

    assert (first, again, deleted) == (True, False, 1)
    assert [(q.text, q.topic) for q in listed] == [("quên mật khẩu", "passwords-2fa"), ("otp là gì", "passwords-2fa")]
    assert [q.text for q in left] == ["otp là gì"]
