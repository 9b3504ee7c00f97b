"""What learners learned: steps, attempts, cards, days, certificates."""

from datetime import date, timedelta

import pytest

from actions.learners.learning import streak_of
from tests.actions.learners.given import DAY, NOW, TODAY, a_certificate, a_learner, rows_of

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def learner(repository):
    async with repository.transaction() as store:
        return await a_learner(store, "0901", name="Lan")


def an_attempt(**changes):
    values = {"sitting": "s1", "kind": "quiz", "lesson": "ma-otp", "question": "q1", "choice": 1, "is_right": True, "content_version": "v1"}
    return values | changes


async def test_nothing_is_begun_at_first(repository, learner):
    async with repository.reading() as store:
        assert await store.learning.progress(learner.id) == {}


async def test_a_step_reached_may_be_an_earlier_one_again(repository, learner):
    async with repository.transaction() as store:
        await store.learning.reach(learner.id, "ma-otp", 4, "v1", NOW)
        await store.learning.reach(learner.id, "ma-otp", 2, "v2", LATER)

        progress = (await store.learning.progress(learner.id))["ma-otp"]

    row = (await rows_of(repository, "lesson_progress"))["lesson_progress"][0]
    assert (progress.step, progress.updated_at, progress.finished_at, progress.passed_at) == (2, LATER, None, None)
    assert (row["content_version"], row["started_at"]) == ("v2", NOW)


async def test_finishing_and_passing_are_noted_the_first_time(repository, learner):
    async with repository.transaction() as store:
        await store.learning.reach(learner.id, "ma-otp", 5, "v1", NOW)
        for day in range(3):
            await store.learning.finish(learner.id, "ma-otp", NOW + day * DAY)
            await store.learning.passed(learner.id, "ma-otp", "v1", NOW + day * DAY + timedelta(hours=1))

        progress = (await store.learning.progress(learner.id))["ma-otp"]

    assert (progress.step, progress.finished_at, progress.passed_at) == (5, NOW, LATER)
    assert progress.updated_at == LATER + 2 * DAY


async def test_reaching_a_step_again_does_not_take_back_a_pass(repository, learner):
    async with repository.transaction() as store:
        await store.learning.passed(learner.id, "ma-otp", "v1", NOW)
        await store.learning.reach(learner.id, "ma-otp", 1, "v1", LATER)

        assert (await store.learning.progress(learner.id))["ma-otp"].passed_at == NOW


async def test_a_quiz_passed_without_the_lesson_counts(repository, learner):
    async with repository.transaction() as store:
        await store.learning.passed(learner.id, "ma-otp", "v1", NOW)

        progress = (await store.learning.progress(learner.id))["ma-otp"]

    assert (progress.step, progress.finished_at, progress.passed_at) == (1, None, NOW)


async def test_the_lesson_touched_last_comes_first(repository, learner):
    async with repository.transaction() as store:
        for hours, lesson in enumerate(("ma-otp", "goi-video", "mat-khau")):
            await store.learning.reach(learner.id, lesson, 1, "v1", NOW + timedelta(hours=hours))
        await store.learning.reach(learner.id, "ma-otp", 2, "v1", NOW + DAY)

        assert list(await store.learning.progress(learner.id)) == ["ma-otp", "mat-khau", "goi-video"]


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        pytest.param(an_attempt(), False, id="the same again"),
        pytest.param(an_attempt(choice=0, is_right=False), False, id="another choice"),
        pytest.param(an_attempt(kind="review"), False, id="another kind"),
        pytest.param(an_attempt(sitting="s2"), True, id="another sitting"),
        pytest.param(an_attempt(question="q2"), True, id="another question"),
        pytest.param(an_attempt(lesson="goi-video"), True, id="another lesson"),
    ],
)
async def test_a_question_of_a_sitting_counts_once(repository, learner, second, counts):
    async with repository.transaction() as store:
        first_is_new = await store.learning.attempt(learner.id, NOW, **an_attempt())
        second_is_new = await store.learning.attempt(learner.id, LATER, **second)

    rows = (await rows_of(repository, "attempts"))["attempts"]
    assert (first_is_new, second_is_new) == (True, counts)
    assert len(rows) == 1 + counts
    assert (rows[0]["choice"], rows[0]["is_right"], rows[0]["attempted_at"]) == (1, True, NOW)


async def test_two_learners_may_answer_the_same_question(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")

        assert await store.learning.attempt(learner.id, NOW, **an_attempt())
        assert await store.learning.attempt(other.id, NOW, **an_attempt())


async def test_attempts_are_counted_by_question_in_quizzes_only(repository, learner):
    async with repository.transaction() as store:
        for sitting, kind, lesson, question in (
            ("1", "quiz", "ma-otp", "q1"),
            ("2", "quiz", "ma-otp", "q1"),
            ("2", "quiz", "ma-otp", "q2"),
            ("3", "review", "ma-otp", "q2"),
            ("4", "quiz", "goi-video", "q1"),
        ):
            await store.learning.attempt(learner.id, NOW, **an_attempt(sitting=sitting, kind=kind, lesson=lesson, question=question))

        assert await store.learning.attempts_of(learner.id, "ma-otp") == {"q1": 2, "q2": 1}


async def test_a_card_comes_back_as_it_was_kept(repository, learner):
    card = {"stability": 2.3065, "difficulty": 2.1181, "due": "2026-11-26T08:00:00+00:00", "step": None, "state": 2}
    async with repository.transaction() as store:
        before = await store.learning.card(learner.id, "ma-otp", "q1")
        await store.learning.schedule(learner.id, "ma-otp", "q1", TODAY, {"stability": 1})
        await store.learning.schedule(learner.id, "ma-otp", "q1", TODAY + DAY, card)

        assert before is None
        assert await store.learning.card(learner.id, "ma-otp", "q1") == card
        assert await store.learning.card(learner.id, "ma-otp", "q2") is None
        assert await store.learning.due_counts(learner.id, TODAY, ["ma-otp"]) == (0, TODAY + DAY)


async def test_the_longest_due_come_first_and_those_to_come_do_not(repository, learner):
    lessons = ["a", "b", "z"]
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        for days, lesson, question in ((1, "b", "q1"), (0, "b", "q2"), (0, "a", "q9"), (-3, "z", "q1"), (-1, "a", "q1"), (5, "a", "q2")):
            await store.learning.schedule(learner.id, lesson, question, TODAY + days * DAY, {})
        await store.learning.schedule(other.id, "a", "q5", TODAY - 9 * DAY, {})

        assert await store.learning.due(learner.id, TODAY, 10, lessons) == [("z", "q1"), ("a", "q1"), ("a", "q9"), ("b", "q2")]
        assert await store.learning.due(learner.id, TODAY, 2, lessons) == [("z", "q1"), ("a", "q1")]
        assert await store.learning.due_counts(learner.id, TODAY, lessons) == (4, TODAY + DAY)
        assert await store.learning.due_counts(learner.id, TODAY + 5 * DAY, lessons) == (6, None)
        assert await store.learning.due_counts(learner.id, TODAY - 9 * DAY, lessons) == (0, TODAY - 3 * DAY)


async def test_questions_of_withdrawn_lessons_take_no_place_among_those_due(repository, learner):
    async with repository.transaction() as store:
        for number in range(5):
            await store.learning.schedule(learner.id, "withdrawn", f"q{number}", TODAY - 9 * DAY, {})
        await store.learning.schedule(learner.id, "a", "q1", TODAY, {})
        await store.learning.schedule(learner.id, "withdrawn", "q9", TODAY + DAY, {})

        assert await store.learning.due(learner.id, TODAY, 5, ["a", "b"]) == [("a", "q1")]
        assert await store.learning.due_counts(learner.id, TODAY, ["a", "b"]) == (1, None)


@pytest.mark.parametrize(
    ("days", "streak"),
    [
        pytest.param([], 0, id="never learned"),
        pytest.param([24], 1, id="today"),
        pytest.param([23], 1, id="yesterday"),
        pytest.param([22], 0, id="the day before yesterday"),
        pytest.param([24, 23, 22], 3, id="three days up to today"),
        pytest.param([23, 22, 21, 20], 4, id="four days up to yesterday"),
        pytest.param([24, 22, 21], 1, id="a gap yesterday"),
        pytest.param([24, 23, 21, 20], 2, id="a gap further back"),
        pytest.param([23, 21], 1, id="a gap before yesterday"),
        pytest.param([22, 21, 20], 0, id="a streak that broke"),
    ],
)
async def test_a_streak_is_the_days_in_a_row_up_to_today_or_yesterday(repository, learner, days, streak):
    async with repository.transaction() as store:
        for day in reversed(days):
            await store.learning.learned(learner.id, date(2026, 11, day))
            await store.learning.learned(learner.id, date(2026, 11, day))  # Twice on a day is one day.

        assert await store.learning.streak(learner.id, TODAY) == streak
    assert streak_of([date(2026, 11, day) for day in days], TODAY) == streak


def test_a_streak_goes_on_over_the_end_of_a_year():
    days = [date(2027, 1, 2), date(2027, 1, 1), date(2026, 12, 31), date(2026, 12, 30), date(2026, 12, 28)]

    assert streak_of(days, date(2027, 1, 3)) == 4


async def test_a_certificate_is_sealed_in_its_row_and_read_by_its_code(repository, learner):
    issued = a_certificate("ABCD-1234", "Nguyễn Thị Lan")
    async with repository.transaction() as store:
        await store.learning.issue(learner.id, issued)

    row = (await rows_of(repository, "certificates"))["certificates"][0]
    async with repository.reading() as store:
        assert await store.certificate("ABCD-1234") == issued
        assert await store.certificate("ABCD-1235") is None
    assert "Lan" not in str(row)
    assert "Nguy" not in str(row)


async def test_certificates_come_in_the_order_of_their_days(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        for code, at in (("B", NOW + DAY), ("C", NOW), ("A", NOW + DAY)):
            await store.learning.issue(learner.id, a_certificate(code, "Lan", at))
        await store.learning.issue(other.id, a_certificate("D", "Hùng"))

        assert [issued.code for issued in await store.learning.certificates(learner.id)] == ["C", "A", "B"]


async def test_a_code_that_is_taken_already_keeps_its_first_certificate(repository, learner):
    async with repository.transaction() as store:
        await store.learning.issue(learner.id, a_certificate("A", "Lan"))
        await store.learning.issue(learner.id, a_certificate("A", "Hùng"))

        assert (await store.certificate("A")).name == "Lan"
