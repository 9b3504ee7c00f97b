"""Rows for exports: one a learner, one an attempt, under pseudonyms."""

from dataclasses import replace

import pytest

from actions.learners.statistics import learner_rows
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.learner_rows import AttemptLine, LearnerLine, SmallGroupError, pseudonym_of
from tests.actions.learners.given import a_certificate
from tests.actions.learners.statistics.conftest import DAY, MONDAY, WEEKS, at, crowd
from tests.conftest import KEYS


async def rows_of(scene, name, wanted):
    async with scene.repository.reading() as store:
        return [row async for row in getattr(store.statistics, name)(wanted)]


@pytest.fixture
async def school(scene):
    """Seven learners; an-0 started two lessons, finished and passed one, answered two of three questions rightly."""
    people = crowd("an", 7)
    await scene.enrol(people, path="nguoi-cao-tuoi")
    await scene.study(people, "ma-otp", steps=2, day=1)
    await scene.study(people[:1], "cong-an-gia", steps=2, day=2, finishes=True, passes=True)
    await scene.answer(people[:1], "ma-otp", "q1", 2, right=False, day=3)
    await scene.answer(people[:1], "ma-otp", "q1", 0, right=True, day=4)
    await scene.answer(people, "ma-otp", "q2", 1, right=True, day=5)
    await scene.open_class(people)
    async with scene.repository.transaction() as store:
        await store.learning.issue(scene.learners["an-0"], a_certificate("C", "Cụ Lan", at(6)))
    await scene.count()
    return scene


async def test_one_row_a_learner_with_what_lies_in_the_period(school):
    name = pseudonym_of(KEYS, school.learners["an-0"])

    found = {row.pseudonym: row for row in await rows_of(school, "learner_rows", WEEKS)}
    early = {row.pseudonym: row for row in await rows_of(school, "learner_rows", Filter(MONDAY, MONDAY + DAY))}

    assert len(found) == 7
    assert found[name] == LearnerLine(name, ("web",), "nguoi-cao-tuoi", MONDAY, MONDAY, 2, 1, 1, 3, 2, 1, 1)
    assert (early[name].started, early[name].passed, early[name].attempts, early[name].certificates) == (1, 0, 0, 0)


async def test_one_row_an_attempt_the_earliest_first(school):
    name = pseudonym_of(KEYS, school.learners["an-0"])

    found = await rows_of(school, "attempt_rows", WEEKS)
    mine = [row for row in found if row.pseudonym == name]

    assert len(found) == 9
    assert [row.day for row in found] == sorted(row.day for row in found)
    assert mine[0] == AttemptLine(name, MONDAY + 3 * DAY, "quiz", "ma-otp", "q1", 3, False, "v1")


async def test_batches_leave_nobody_out(school, monkeypatch):
    whole = [await rows_of(school, name, WEEKS) for name in ("learner_rows", "attempt_rows")]

    monkeypatch.setattr(learner_rows, "BATCH", 2)

    assert [await rows_of(school, name, WEEKS) for name in ("learner_rows", "attempt_rows")] == whole


@pytest.mark.parametrize(
    ("changes", "learners", "attempts"),
    [
        pytest.param({"channel": "telegram"}, 0, 0, id="another channel"),
        pytest.param({"path": "nguoi-cao-tuoi"}, 7, 9, id="a path"),
        pytest.param({"topic": "t", "lessons": ("cong-an-gia",)}, 7, 0, id="a topic nobody answered"),
        pytest.param({"until": MONDAY + 4 * DAY, "since": MONDAY + 5 * DAY - DAY}, 0, None, id="after they came last"),
    ],
)
async def test_each_filter_by_itself(school, changes, learners, attempts):
    wanted = replace(WEEKS, **changes)

    assert len(await rows_of(school, "learner_rows", wanted)) == learners
    if attempts is not None:
        assert len(await rows_of(school, "attempt_rows", wanted)) == attempts


async def test_fewer_than_five_are_refused(school):
    with pytest.raises(SmallGroupError, match="dưới 5 người"):  # on these days, only an-0 answered
        await rows_of(school, "attempt_rows", Filter(MONDAY + 3 * DAY, MONDAY + 4 * DAY))
    code = await school.open_class(crowd("an", 4))
    with pytest.raises(SmallGroupError):
        await rows_of(school, "learner_rows", replace(WEEKS, class_code=code))


async def test_the_staff_has_no_row(school):
    await school.enrol(["nhan-vien"])
    await school.mark_staff("nhan-vien")
    await school.answer(["nhan-vien"], "ma-otp", "q2", 1, right=True, day=5)

    assert len(await rows_of(school, "learner_rows", WEEKS)) == 7
    assert len(await rows_of(school, "attempt_rows", WEEKS)) == 9


def test_a_pseudonym_is_always_the_same_and_tells_nothing():
    name = pseudonym_of(KEYS, "a" * 32)

    assert name == pseudonym_of(KEYS, "a" * 32)
    assert name != pseudonym_of(KEYS, "b" * 32)
    assert (name[:3], len(name)) == ("NH-", 11)
    assert "aaaa" not in name
