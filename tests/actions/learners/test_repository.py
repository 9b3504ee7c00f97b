"""The repository on SQLite and on PostgreSQL, by the same tests."""

import asyncio
from datetime import timedelta

import pytest

from actions.curriculum.versions import active, publish
from actions.learners.database import open_database
from actions.learners.repository import OpenConversation
from actions.reply import Choice
from tests.actions.learners.given import NOW, QUESTION, a_handled_message, a_learner, rows_of

ON_POSTGRESQL = pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
HOLD_SECONDS = 0.1


async def test_publishing_twice_keeps_one_version(repository, curriculum):
    document = curriculum.model_dump_json()
    async with repository.transaction() as store:
        first = await publish(store, document, {"content/a.yml": "a: 1"}, NOW)
        again = await publish(store, document, {"content/a.yml": "a: 1"}, NOW)

    assert first[1]
    assert not again[1]
    assert await active(repository) == (first[0], curriculum)


async def test_the_last_published_version_is_active(repository):
    async with repository.transaction() as store:
        for version in ("a", "b", "a"):
            await store.contents.publish(version, "{}", {}, NOW)

    async with repository.reading() as store:
        assert await store.contents.active_version() == "a"


async def test_nothing_is_active_at_first(repository):
    assert await active(repository) is None


async def test_the_last_menu_and_position_of_each_sender_are_open(repository):
    position = {"kind": "lesson", "slug": "ma-otp", "step": "3"}
    async with repository.transaction() as store:
        await store.keep_conversation("s1", [Choice("Một", "a")], position, NOW)
        await store.keep_conversation("s1", [Choice("Hai", "b"), Choice("Ba", "c")], None, NOW)
        await store.keep_conversation("s2", [], position, NOW)

    assert await repository.peek("s1") == OpenConversation((Choice("Hai", "b"), Choice("Ba", "c")), None)
    assert await repository.peek("s2") == OpenConversation((), position)
    assert await repository.peek("s3") == OpenConversation()


async def test_looking_does_not_make_a_row_but_opening_does(repository):
    await repository.peek("s1")
    looked = await rows_of(repository, "conversations")

    async with repository.transaction() as store:
        opened = await store.open_conversation("s1")

    assert looked == {"conversations": []}
    assert opened == OpenConversation()
    assert [row["sender_key"] for row in (await rows_of(repository, "conversations"))["conversations"]] == ["s1"]


async def test_a_question_waits_for_a_trainer_without_its_sender(repository):
    async with repository.transaction() as store:
        await store.unanswered.keep(QUESTION, NOW + timedelta(hours=1))
        await store.unanswered.keep(QUESTION, NOW)

    async with repository.reading() as store:
        found = await store.unanswered.waiting()
    assert [(q.masked_text, q.best_intent, q.confidence) for q in found] == [("gì", "otp-la-gi", 0.2)] * 2
    assert [q.asked_at for q in found] == [NOW + timedelta(hours=1), NOW]


async def test_a_turn_that_fails_leaves_nothing(repository):
    async def fail():
        async with repository.transaction() as store:
            await a_learner(store, "0901", name="Lan")
            await store.keep_conversation("s1", [], None, NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert not any((await rows_of(repository)).values())


async def test_answering_one_question_twice_at_once_counts_once(repository):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901")

    async def answer(choice):
        async with repository.transaction() as store:
            is_new = await store.learning.attempt(
                learner.id, NOW, sitting="s", kind="quiz", lesson="ma-otp", question="q1", choice=choice, is_right=True, content_version="v"
            )
            await asyncio.sleep(HOLD_SECONDS)
        return is_new

    were_new = await asyncio.gather(answer(0), answer(1))

    kept = (await rows_of(repository, "attempts"))["attempts"]
    assert sorted(were_new) == [False, True]
    assert [row["choice"] for row in kept] == [were_new.index(True)]


async def test_taking_a_code_twice_at_once_succeeds_once(repository):
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901")
        code = await store.sharing.make_code("family", learner.id, NOW, timedelta(days=1))

    async def take():
        async with repository.transaction() as store:
            taken = await store.sharing.take_code("family", code, NOW)
            await asyncio.sleep(HOLD_SECONDS)
        return taken

    assert sorted(map(str, await asyncio.gather(take(), take()))) == sorted([learner.id, "None"])


@pytest.mark.parametrize("is_known", [pytest.param(True, id="known sender"), pytest.param(False, id="new sender")])
async def test_turns_of_one_sender_wait_for_each_other(repository, is_known):
    if is_known:
        async with repository.transaction() as store:
            await store.keep_conversation("s1", [], None, NOW)
    events = []

    async def turn(name):
        async with repository.transaction() as store:
            seen = await store.open_conversation("s1")
            events.append((name, "begins", len(seen.choices)))
            await asyncio.sleep(HOLD_SECONDS)
            events.append((name, "ends", len(seen.choices)))
            await store.keep_conversation("s1", [*seen.choices, Choice(name, name)], None, NOW)

    await asyncio.gather(turn("a"), turn("b"))

    first, second = events[0][0], events[2][0]
    assert events == [(first, "begins", 0), (first, "ends", 0), (second, "begins", 1), (second, "ends", 1)]
    assert {first, second} == {"a", "b"}


@ON_POSTGRESQL
async def test_turns_of_different_senders_do_not_wait(repository):
    async with asyncio.timeout(5), repository.transaction() as store:
        await store.open_conversation("s1")

        async with repository.transaction() as other:
            await other.open_conversation("s2")
            await other.keep_conversation("s2", [Choice("Một", "a")], None, NOW)

        assert (await repository.peek("s2")).choices == (Choice("Một", "a"),)


async def test_reading_goes_on_while_another_writes(repository):
    async with repository.transaction() as store:
        await store.keep_conversation("s1", [], None, NOW)

    async with asyncio.timeout(3), repository.transaction() as store:
        await store.open_conversation("s1")
        await store.keep_conversation("s1", [Choice("Một", "a")], None, NOW)

        during = await repository.peek("s1")

    assert during.choices == ()
    assert (await repository.peek("s1")).choices == (Choice("Một", "a"),)


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="BANSO_DATABASE_URL"):
        open_database("mysql://localhost/x")


async def test_menus_and_responses_do_not_lie_in_the_clear(repository):
    async with repository.transaction() as store:
        await store.keep_conversation("s1", [Choice("Ghi: Cụ Lan", "certify")], None, NOW)
        await a_handled_message(store, "a" * 64, "m", {"replies": ["Chào Cụ Lan"]})

    assert "Lan" not in str(await rows_of(repository))
    assert await repository.peek("s1") == OpenConversation((Choice("Ghi: Cụ Lan", "certify"),), None)
