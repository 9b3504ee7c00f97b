"""Counting once in effect: again, after a crash, late, after an erasure, without the staff."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from actions.learners.keys import Keys
from actions.learners.repository import Repository
from actions.learners.statistics.counting import Counting
from actions.learners.statistics.filters import Filter
from actions.learners.statistics.roll_up import roll_up
from actions.learners.statistics_tables import CountedLesson, DailyPeople
from actions.learners.tables import LearnerRow, LessonProgress, Table
from tests.actions.learners.given import rows_of
from tests.actions.learners.statistics.conftest import DAY, MONDAY, NOW, WEEKS, at, crowd
from tests.conftest import KEYS

COUNTS = ("daily_people", "daily_turns", "daily_learning", "daily_cohorts", "daily_answers")


async def counts_of(scene):
    """All counts that are not zero, in an order that does not hang on when they were written."""
    found = await rows_of(scene.repository, *COUNTS)
    return {table: sorted(str(row) for row in rows if row["count"]) for table, rows in found.items()}


async def a_lively_week(scene):
    """Seven learners and six guests; some come again, some finish, some try the quiz twice."""
    people = crowd("an", 7)
    await scene.enrol(people, path="nguoi-cao-tuoi")
    await scene.come(crowd("khach", 6), 0, outcome="answered", topic="otp", answer="ma-otp-la-gi")
    await scene.study(people, "ma-otp", steps=3, day=1, finishes=True)
    await scene.study(people[:5], "cong-an-gia", steps=2, day=2, passes=True)
    await scene.answer(people, "ma-otp", "q1", 2, right=False, day=2)
    await scene.answer(people, "ma-otp", "q1", 1, right=True, day=3)
    return people


async def test_turns_are_counted_and_gone(scene):
    await scene.come(crowd("an", 5), 0, times=2)

    counted = await scene.count()

    assert counted == 10
    assert (await rows_of(scene.repository, "turns"))["turns"] == []
    assert (await scene.ask("outcomes", WEEKS)).turns == 10


async def test_counting_again_adds_nothing(scene):
    await a_lively_week(scene)
    await scene.count()
    before = await counts_of(scene)

    counted = await scene.count()
    await scene.come(crowd("an", 7), 9)  # Their learning is looked at again; only the turns are new.
    await scene.count()

    after = await counts_of(scene)
    assert counted == 0
    assert all(before.values())
    assert [after[table] == before[table] for table in COUNTS] == [False, False, True, True, True]


async def forget(scene, *tables):
    async with scene.repository.transaction() as store:
        for name in tables:
            await store._connection.execute(delete(Table.metadata.tables[name]))


async def test_it_is_the_same_whether_counted_each_day_or_at_the_end_or_all_at_once(scene):
    """Each day, then again from nothing: turn by turn, and by the first fill."""
    people, others = crowd("an", 6), crowd("tele", 5)
    await scene.enrol(people, path="nguoi-cao-tuoi")
    await scene.enrol(others, channel="telegram")
    for day in (0, 3, 4, 9):
        await scene.study(people, f"bai-{day % 2}", steps=day + 1, day=day, finishes=day > 3)
        await scene.study(others[: 5 - day % 3], "bai-0", steps=day % 3, day=day, passes=day == 9, channel="telegram")
        await scene.answer(people, "bai-0", "q1", day % 3, right=day == 3, day=day)
        await scene.answer(others, "dien-tap", "q1", 0, right=True, day=day, kind="drill", channel="telegram")
        await scene.answer(others, "bai-1", f"q{day}", 0, right=True, day=day, channel="telegram")
        await scene.count()
    by_day, of_whom = await counts_of(scene), await counted_lessons(scene)

    await forget(scene, "daily_learning", "daily_cohorts", "daily_answers", "counted_lessons")
    async with scene.repository.transaction() as store:
        await store._connection.execute(delete(DailyPeople).where(DailyPeople.metric != "visit"))
    await scene.come([*people], 9, outcome="lesson")
    await scene.come([*others], 9, outcome="lesson", channel="telegram")
    await scene.count()
    at_the_end, of_whom_at_the_end = await counts_of(scene), await counted_lessons(scene)

    await forget(scene, *COUNTS, "counted_lessons", "visitors", "statistics_marks")
    await scene.count()
    at_once = await counts_of(scene)

    learned = ("daily_learning", "daily_cohorts", "daily_answers")
    assert all(by_day[table] for table in learned)
    assert {table: at_the_end[table] for table in learned} == {table: by_day[table] for table in learned}
    assert {table: at_once[table] for table in learned} == {table: by_day[table] for table in learned}
    assert at_the_end["daily_people"] == by_day["daily_people"]
    assert at_once["daily_people"] == [row for row in by_day["daily_people"] if "'visit'" not in row]
    assert of_whom == of_whom_at_the_end == await counted_lessons(scene)


async def counted_lessons(scene):
    return sorted(str(row) for row in (await rows_of(scene.repository, "counted_lessons"))["counted_lessons"])


async def test_a_crash_in_the_middle_loses_and_doubles_nothing(scene, monkeypatch):
    await a_lively_week(scene)
    counted = Counting._drop

    async def crash(self, turns):
        raise ConnectionError("away")

    monkeypatch.setattr(Counting, "_drop", crash)
    with pytest.raises(ConnectionError):
        await scene.count()
    left = await counts_of(scene)
    monkeypatch.setattr(Counting, "_drop", counted)
    await scene.count()
    found = await counts_of(scene)

    await scene.count()

    assert not any(left.values())
    assert await counts_of(scene) == found
    assert (await scene.ask("outcomes", WEEKS)).turns == 6 + 7 + 5 + 7 + 7
    assert (await scene.ask("learning", WEEKS)).finished.people == 7


async def test_many_turns_are_counted_a_batch_at_a_time(scene, monkeypatch):
    monkeypatch.setattr("actions.learners.statistics.roll_up.TURNS_AT_ONCE", 4)
    monkeypatch.setattr("actions.learners.statistics.counting.ROWS_OF_A_STATEMENT", 2)
    await a_lively_week(scene)

    counted = await scene.count()

    assert counted == 32
    assert (await scene.ask("people", WEEKS)).people == 13
    assert (await scene.ask("learning", WEEKS)).started.lessons == 12


async def test_the_day_begins_at_midnight_in_vietnam(scene):
    await scene.come(crowd("an", 5), 0, outcome="quiz", hour=23, minute=59)
    await scene.come(crowd("an", 5), 1, outcome="quiz", hour=0, minute=1)
    await scene.enrol(crowd("an", 5))
    async with scene.repository.transaction() as store:
        for number, learner in enumerate(scene.learners.values()):
            await store.learning.reach(learner, "ma-otp", 1, "v1", at(0, 23, 59))
            await store.learning.finish(learner, "ma-otp", at(1, 0, 1))
            values = {"kind": "quiz", "lesson": "ma-otp", "choice": 0, "is_right": True, "content_version": "v1"}
            await store.learning.attempt(learner, at(0, 23, 59), sitting=f"a{number}", question="q1", **values)
            await store.learning.attempt(learner, at(1, 0, 1), sitting=f"b{number}", question="q2", **values)

    await scene.count()

    first, second = Filter(MONDAY, MONDAY), Filter(MONDAY + DAY, MONDAY + DAY)
    assert [(await scene.ask("people", day)).people for day in (first, second)] == [5, 5]
    assert (await scene.ask("people", WEEKS)).returning == 5
    learned = [await scene.ask("learning", day) for day in (first, second)]
    assert [(one.started.lessons, one.finished.lessons) for one in learned] == [(5, 0), (0, 5)]
    items = [(await scene.ask("quiz_items", day, minimum=5)).items for day in (first, second)]
    assert [[item.question for item in found] for found in items] == [["q1"], ["q2"]]


async def test_the_staff_is_left_out_of_everything(scene):
    people = await a_lively_week(scene)
    await scene.enrol(["nhan-vien"])
    await scene.mark_staff("nhan-vien")
    await scene.study(["nhan-vien"], "ma-otp", steps=3, day=1, finishes=True, passes=True)
    await scene.answer(["nhan-vien"], "ma-otp", "q1", 2, right=False, day=1)

    await scene.count()

    assert (await scene.ask("people", WEEKS)).people == len(people) + 6
    assert (await scene.ask("outcomes", WEEKS)).turns == 32
    assert (await scene.ask("learning", WEEKS)).finished.people == 7
    assert (await scene.ask("quiz_items", WEEKS, minimum=5)).items[0].people == 7
    rows = await rows_of(scene.repository, "turns", "visitors", "counted_lessons")
    assert KEYS.sender_key("web", "nhan-vien") not in str(rows)
    assert scene.learners["nhan-vien"] not in str(rows)


async def test_who_becomes_staff_is_counted_no_further(scene):
    await a_lively_week(scene)
    await scene.count()
    before = await counts_of(scene)

    await scene.mark_staff("an-0")
    await scene.study(["an-0"], "mat-khau", steps=5, day=4, finishes=True)
    await scene.count()

    assert await counts_of(scene) == before


async def test_an_erasure_takes_the_person_and_leaves_the_counts(scene):
    await a_lively_week(scene)
    await scene.come(crowd("khach", 6), 2)
    await scene.count()
    before = await counts_of(scene)

    async with scene.repository.transaction() as store:
        await store.privacy.erase(KEYS.sender_key("web", "an-0"), [scene.learners["an-0"]], NOW)
        await store.privacy.erase(KEYS.sender_key("web", "khach-0"), [], NOW)
    await scene.count()

    assert await counts_of(scene) == before
    rows = str(await rows_of(scene.repository, "visitors", "counted_lessons", "turns"))
    for trace in (KEYS.sender_key("web", "an-0"), scene.learners["an-0"], KEYS.sender_key("web", "khach-0")):
        assert trace not in rows
    assert scene.learners["an-1"] in rows


async def test_a_turn_of_somebody_erased_meanwhile_is_not_counted(scene):
    await scene.come(crowd("khach", 6), 0)

    async with scene.repository.transaction() as store:
        await store.privacy.erase(KEYS.sender_key("web", "khach-0"), [], NOW)

    assert await scene.count() == 5


async def test_who_does_not_come_back_is_forgotten_and_the_counts_stay(scene):
    await scene.come(crowd("khach", 6), 0)
    await scene.come(crowd("khach", 1), 9)
    await scene.count()
    before = await counts_of(scene)

    deleted = await scene.repository.retain(at(12), timedelta(days=90), timedelta(days=10))

    assert deleted["visitors"] == 10  # Five guests, each with a row for all days and one for those on no path.
    assert await counts_of(scene) == before


async def test_a_new_secret_key_keeps_the_counts_and_knows_the_learners_again(scene):
    await scene.repository.settle_key()
    people = await a_lively_week(scene)
    await scene.count()
    await scene.come([*people, *crowd("khach", 6)], 8)  # not counted yet
    new = Keys(b"n" * 32)

    await scene.repository.rotate(new)
    renewed = Repository(scene.repository._engine, new)
    async with renewed.transaction() as store:
        for sender in people:
            await store.counting.note("web", new.sender_key("web", sender), "menu", at(9))
    await roll_up(renewed, NOW)

    found = await scene.ask("people", WEEKS)
    assert (found.people, found.new, found.returning) == (13, 13, 13)
    assert (await scene.ask("outcomes", WEEKS)).turns == 32 + 13 + 7


async def test_learning_from_before_the_statistics_is_counted_once_and_goes_on(scene):
    people = await a_lively_week(scene)
    await scene.enrol(["nhan-vien"])
    await scene.mark_staff("nhan-vien")
    await scene.study(["nhan-vien"], "ma-otp", steps=3, day=1, finishes=True)
    await forget(scene, "turns", "statistics_marks")

    await scene.count()
    before = await scene.ask("learning", WEEKS)
    await scene.study(people, "mat-khau", steps=2, day=4)
    await scene.answer(people, "ma-otp", "q1", 0, right=True, day=4)
    await scene.count()

    learned, items = await scene.ask("learning", WEEKS), (await scene.ask("quiz_items", WEEKS, minimum=5)).items
    assert (before.started.people, before.started.lessons, before.finished.lessons, before.passed.lessons) == (7, 12, 7, 5)
    assert (learned.started.people, learned.started.lessons, learned.finished.lessons, learned.passed.lessons) == (7, 19, 7, 5)
    assert [(item.question, item.people, item.wrong) for item in items] == [("q1", 7, 7)]


async def test_a_lesson_keeps_the_channel_and_path_of_its_beginning(scene):
    people = crowd("an", 6)
    await scene.enrol(people, channel="telegram", path="nguoi-cao-tuoi")
    await scene.study(people, "ma-otp", steps=1, day=0, channel="telegram")
    await scene.count()
    async with scene.repository.transaction() as store:
        await store._connection.execute(update(LearnerRow).values(path="moi-dung-dien-thoai"))
    await scene.study(people, "ma-otp", steps=3, day=1, finishes=True, channel="telegram")
    await scene.study(people, "cong-an-gia", steps=1, day=1, channel="telegram")

    await scene.count()

    found = await scene.ask("learning", WEEKS)
    assert [(part.name, part.value) for part in found.finished.by_path] == [("nguoi-cao-tuoi", 6)]
    assert [(part.name, part.value) for part in found.started.by_path] == [("moi-dung-dien-thoai", 6), ("nguoi-cao-tuoi", 6)]
    assert [(part.name, part.value) for part in found.started.by_channel] == [("telegram", 12)]


async def test_going_back_in_a_lesson_takes_nothing_away(scene):
    people = crowd("an", 5)
    await scene.enrol(people)
    await scene.study(people, "ma-otp", steps=4, day=0)
    await scene.count()

    async with scene.repository.transaction() as store:
        for learner in scene.learners.values():
            await store.learning.reach(learner, "ma-otp", 1, "v2", at(2))
    await scene.come(people, 2)
    await scene.count()

    assert (await scene.ask("funnel", WEEKS, "ma-otp")).steps == (5, 5, 5, 5)
    assert (await rows_of(scene.repository, "lesson_progress"))["lesson_progress"][0]["step"] == 1


async def test_a_quiz_without_its_lesson_starts_nothing_until_the_lesson_is_opened(scene):
    people = crowd("an", 5)
    await scene.enrol(people)
    await scene.study(people, "ma-otp", steps=0, day=0, passes=True)
    await scene.count()
    before = await scene.ask("learning", WEEKS)

    await scene.study(people, "ma-otp", steps=2, day=4)
    await scene.count()

    after = await scene.ask("learning", WEEKS)
    assert (before.started.lessons, before.passed.lessons) == (0, 5)
    assert (after.started.lessons, after.passed.lessons) == (5, 5)
    assert [point.day for point in after.started.by_day if point.value] == [MONDAY + 4 * DAY]


async def test_what_was_noted_late_of_an_earlier_day_is_put_in_its_place(scene):
    people = crowd("an", 5)
    await scene.enrol(people)
    await scene.study(people, "ma-otp", steps=1, day=3)
    await scene.count()

    await scene.study(people, "cong-an-gia", steps=1, day=1)
    await scene.count()

    found = [(await scene.ask("learning", Filter(MONDAY, MONDAY + n * DAY))).started for n in (1, 3)]
    assert [(one.people, one.lessons) for one in found] == [(5, 5), (5, 10)]


async def test_two_replicas_that_count_at_once_count_once(scene):
    await a_lively_week(scene)

    counted = await asyncio.gather(*(roll_up(scene.repository, NOW) for _ in range(3)))

    assert sum(counted) == 32
    assert (await scene.ask("outcomes", WEEKS)).turns == 32
    assert (await scene.ask("learning", WEEKS)).started.lessons == 12


async def test_when_it_was_counted_last_is_known(scene):
    before = await scene.ask("counted_at")

    await scene.count()

    assert (before, await scene.ask("counted_at")) == (None, NOW)


async def test_what_waits_and_what_was_counted_names_no_question_and_no_text(scene):
    await a_lively_week(scene)

    columns = set(Table.metadata.tables["turns"].c.keys())

    assert columns == {"id", "at", "channel", "sender_key", "outcome", "verdict", "topic", "answer"}
    assert set(CountedLesson.__table__.c.keys()) & {"question", "choice", "is_right"} == set()
    assert LessonProgress.__table__.c.furthest_step is not None
