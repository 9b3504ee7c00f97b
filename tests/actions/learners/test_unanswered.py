"""Questions that were not answered well: kept, corrected, handled by trainers, taken back, forgotten in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.learners.staff_tables import StaffRow, StaffSender
from actions.learners.unanswered import DECLINED, SUGGESTED, THUMBS_DOWN, UNKNOWN, Asked, sealed, unsealed
from tests.actions.learners.given import DAY, NOW, QUESTION, rows_of
from tests.conftest import KEYS

SUGGESTED_QUESTION = replace(QUESTION, outcome=SUGGESTED)


async def kept(repository, *questions, at=NOW):
    """Keep questions, one a minute; return their numbers."""
    async with repository.transaction() as store:
        return [await store.unanswered.keep(one, at + timedelta(minutes=n)) for n, one in enumerate(questions)]


async def waiting(repository, **filters):
    async with repository.reading() as store:
        return [(question.id, question.outcome) for question in await store.unanswered.waiting(**filters)]


async def handled(repository, rows, kind="dismiss", at=NOW, **about):
    async with repository.transaction() as store:
        return await store.unanswered.handle(rows, kind, at, by=about.pop("by", "t1"), **about)


async def test_what_the_staff_tries_out_is_not_kept(repository):
    async with repository.transaction() as store:
        staff = {"id": "t1", "login": "lan", "name": "Lan", "role": "trainer", "password_hash": "", "is_enabled": True, "created_at": NOW}
        await store._connection.execute(StaffRow.__table__.insert().values(**staff))
        await store._connection.execute(StaffSender.__table__.insert().values(sender_key="s1", staff_id="t1", added_at=NOW))
        of_staff = await store.unanswered.keep(QUESTION, NOW, "s1")
        of_citizen = await store.unanswered.keep(QUESTION, NOW, "s2")

    assert of_staff is None
    assert await waiting(repository) == [(of_citizen, UNKNOWN)]


async def test_a_question_whose_suggestions_were_declined_counts_once(repository):
    (row,) = await kept(repository, SUGGESTED_QUESTION)

    async with repository.transaction() as store:
        await store.unanswered.decline(row)

    assert await waiting(repository) == [(row, DECLINED)]


async def test_only_a_suggested_question_can_be_declined(repository):
    (row,) = await kept(repository, replace(QUESTION, outcome=THUMBS_DOWN))

    async with repository.transaction() as store:
        await store.unanswered.decline(row)

    assert await waiting(repository) == [(row, THUMBS_DOWN)]


async def test_a_question_whose_suggestion_was_taken_is_forgotten(repository):
    first, second = await kept(repository, SUGGESTED_QUESTION, SUGGESTED_QUESTION)

    async with repository.transaction() as store:
        await store.unanswered.drop(first)

    assert await waiting(repository) == [(second, SUGGESTED)]


async def test_the_latest_come_first_and_may_be_chosen_by_outcome_and_time(repository):
    unknown, suggested, down = await kept(repository, QUESTION, SUGGESTED_QUESTION, replace(QUESTION, outcome=THUMBS_DOWN))

    assert [row for row, _ in await waiting(repository)] == [down, suggested, unknown]
    assert await waiting(repository, outcomes=[UNKNOWN, SUGGESTED]) == [(suggested, SUGGESTED), (unknown, UNKNOWN)]
    assert await waiting(repository, since=NOW + timedelta(minutes=2)) == [(down, THUMBS_DOWN)]
    assert await waiting(repository, limit=1) == [(down, THUMBS_DOWN)]


async def test_each_outcome_is_counted_even_where_nothing_waits(repository):
    first, *_ = await kept(repository, QUESTION, QUESTION, SUGGESTED_QUESTION)
    await handled(repository, [first])

    async with repository.reading() as store:
        counts = await store.unanswered.counts()

    assert counts == {UNKNOWN: 1, SUGGESTED: 1, DECLINED: 0, THUMBS_DOWN: 0}


async def test_what_was_handled_waits_no_more_and_can_be_taken_back(repository):
    first, second, third = await kept(repository, QUESTION, QUESTION, QUESTION)

    done = await handled(repository, [first, second], "example", item="answer/otp-la-gi", added=["mã otp là gì"])
    after = [row for row, _ in await waiting(repository)]
    async with repository.transaction() as store:
        found = await store.unanswered.last_handling("t1")
        count = await store.unanswered.take_back(found.id)
        again = await store.unanswered.last_handling("t1")

    assert (done.kind, done.item, done.added, done.count) == ("example", "answer/otp-la-gi", ["mã otp là gì"], 2)
    assert after == [third]
    assert found == done
    assert count == 2
    assert again is None
    assert [row for row, _ in await waiting(repository)] == [third, second, first]


async def test_a_question_that_another_handled_meanwhile_is_left_alone(repository):
    first, second = await kept(repository, QUESTION, QUESTION)
    others = await handled(repository, [first], by="t2")

    mine = await handled(repository, [first, second])
    nothing = await handled(repository, [first, second])

    assert mine.count == 1
    assert nothing is None
    async with repository.reading() as store:
        assert await store.unanswered.handling(others.id) == others
        assert [question.id for question in await store.unanswered.some([first, second])] == []


async def test_taking_suggestions_late_does_not_change_what_was_handled(repository):
    (row,) = await kept(repository, SUGGESTED_QUESTION)
    await handled(repository, [row])

    async with repository.transaction() as store:
        await store.unanswered.decline(row)

    assert (await rows_of(repository, "unanswered_questions"))["unanswered_questions"][0]["outcome"] == SUGGESTED


async def test_handled_questions_go_after_a_day(repository):
    early, late, left = await kept(repository, QUESTION, QUESTION, QUESTION)
    await handled(repository, [early], at=NOW)
    await handled(repository, [late], at=NOW + timedelta(hours=2))

    deleted = await repository.retain(NOW + DAY + timedelta(hours=1), 90 * DAY, 730 * DAY)

    rows = await rows_of(repository, "unanswered_questions", "question_handlings")
    assert deleted["unanswered_questions"] == 1
    assert {row["id"] for row in rows["unanswered_questions"]} == {late, left}
    assert len(rows["question_handlings"]) == 1


async def test_the_last_question_of_a_conversation_goes_after_a_day(repository):
    asked = Asked("hỏi gì", "otp-la-gi", 0.9, NOW.timestamp(), "otp-la-gi")
    async with repository.transaction() as store:
        await store.keep_conversation("old", [], None, NOW - DAY - timedelta(hours=1), asked=asked)
        await store.keep_conversation("fresh", [], None, NOW, asked=asked)

    deleted = await repository.retain(NOW + timedelta(hours=1), 90 * DAY, 730 * DAY)

    assert deleted["last_questions"] == 1
    assert (await repository.peek("old")).asked is None
    assert (await repository.peek("fresh")).asked == asked


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(None, id="nothing was asked"),
        pytest.param(Asked("gì", None, None, 1.5), id="not understood at all"),
        pytest.param(Asked("gì", "a", 0.5, 1.5, offered=("a", "b"), row=7), id="suggested"),
        pytest.param(Asked('"<script>" •••\n', "a", 0.5, 1.5, answer="a"), id="answered, with signs"),
    ],
)
def test_a_question_is_sealed_and_found_again(asked):
    stored = sealed(asked, KEYS)

    assert unsealed(stored, KEYS) == asked
    assert asked is None or asked.text not in stored
