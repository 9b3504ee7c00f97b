"""A person's own data: all that is held, erasing it, and what has outlived its time."""

from datetime import timedelta

import pytest

from actions.learners.inbox import NewEvent
from actions.learners.tables import Table
from tests.actions.learners.given import (
    DAY,
    NOW,
    QUESTION,
    TODAY,
    a_handled_message,
    a_learner,
    another_channel,
    everything_of,
    rows_of,
    values_of,
)
from tests.conftest import KEYS

LAN, HUNG = "0901234567", "0907654321"
IDENTITY_COLUMNS = {"identity_id", "helper_identity_id"}
HOUR = timedelta(hours=1)
UNANSWERED, LEARNERS = timedelta(days=90), timedelta(days=730)
ABOUT_NOBODY = {
    "daily_people", "daily_turns", "daily_learning", "daily_cohorts", "daily_answers", "statistics_marks",
    "content_versions", "unanswered_questions", "erasures", "tombstones", "retention_runs", "active_key", "leases", "channel_tokens",
}  # fmt: skip
OF_THE_CONSOLE = {
    "content_blobs", "drafts", "draft_revisions", "autosaves", "evaluation_questions", "training_jobs", "nlu_models", "nlu_model_files",
    "staff", "staff_sessions", "staff_links", "staff_senders", "staff_codes", "audit_log", "switches", "question_handlings", "content_checks",
    "sheet_uploads", "exports", "export_parts",
}  # fmt: skip


@pytest.fixture
async def two(repository):
    """Lan and Hùng with rows in every table; each helps the other, and is in the other's class."""
    async with repository.transaction() as store:
        lan = await a_learner(store, LAN, name="Cụ Lan")
        hung = await a_learner(store, HUNG, name="Chú Hùng")
        of_lan = await everything_of(store, lan, LAN, prefix="Lan")
        of_hung = await everything_of(store, hung, HUNG, prefix="Hùng")
        await store.sharing.link(hung.identity_id, lan.id, NOW)
        await store.sharing.link(lan.identity_id, hung.id, NOW)
        await store.sharing.join(of_lan, hung.id, NOW)
        await store.sharing.join(of_hung, lan.id, NOW)
        for sender in (LAN, HUNG):  # turns that wait to be counted
            await store.counting.note("web", KEYS.sender_key("web", sender), "quiz", NOW)
    return lan, hung


async def erase(repository, sender, learners, now=NOW, channel="web"):
    async with repository.transaction() as store:
        return await store.privacy.erase(KEYS.sender_key(channel, sender), [learner.id for learner in learners], now)


def traces(rows, learner, sender_keys, identities):
    """Return the rows that tell of a learner, tombstones excepted."""
    found = []
    for table, items in rows.items():
        for item in items:
            values = values_of(item)
            is_named = any(text in value for value in values.values() for text in (learner.id, *sender_keys))
            columns = IDENTITY_COLUMNS | ({"id"} if table == "identities" else set())
            is_linked = any(item[column] in identities for column in columns & set(item))
            if (is_named or is_linked) and table != "tombstones":
                found.append((table, item))
    return found


async def test_the_fixture_has_traces_in_every_table_about_people(repository, two):
    """What the tests of erasure look for is there before; else they could not fail."""
    lan, _ = two

    found = {table for table, _ in traces(await rows_of(repository), lan, [KEYS.sender_key("web", LAN)], [lan.identity_id])}

    assert found == set(Table.metadata.tables) - ABOUT_NOBODY - OF_THE_CONSOLE


async def test_an_export_holds_every_table_about_the_learner_in_clear(repository, two):
    lan, _ = two
    async with repository.reading() as store:
        found = await store.privacy.export(lan.id)

    of_learner = {name for name, table in Table.metadata.tables.items() if {"learner_id", "opened_by", "identity_id"} & set(table.c.keys())}
    joined = of_learner - {"identity_learners"}  # Which only joins learners and identities.
    assert set(found) == joined | {
        "learner",
        "helping",
        "outbound_messages",
        "last_questions",
        "visitors",
        "turns",
    }  # `helping`: whose progress this learner may see.
    assert all(found.values()), [name for name, rows in found.items() if not rows]
    assert found["learner"][0]["name"] == "Cụ Lan"
    assert found["identities"][0]["address_on_channel"] == LAN
    assert found["certificates"][0]["name"] == "Cụ Lan"
    assert not any("sealed" in column for rows in found.values() for row in rows for column in row)
    assert "Hùng" not in str(found)


async def test_an_export_holds_all_rows_of_the_learner_and_no_others(repository, two):
    lan, hung = two
    async with repository.reading() as store:
        found = await store.privacy.export(lan.id)

    rows = await rows_of(repository)
    for table in ("lesson_progress", "attempts", "review_cards", "learning_days", "class_members", "one_time_codes", "family_links"):
        assert found[table] == [row for row in rows[table] if row["learner_id"] == lan.id], table
    key = KEYS.sender_key("web", LAN)
    assert [row["id"] for row in found["outbound_messages"]] == [row["id"] for row in rows["outbound_messages"] if row["sender_key"] == key]
    assert found["outbound_messages"][0]["message"]["text"] == "Lan ôn nhé"
    assert hung.id not in str(found)


async def test_erasing_leaves_no_trace_in_any_table(repository, two):
    lan, _ = two

    await erase(repository, LAN, [lan])

    assert traces(await rows_of(repository), lan, [KEYS.sender_key("web", LAN)], [lan.identity_id]) == []


async def test_erasing_leaves_another_learners_rows(repository, two):
    lan, _ = two
    before = await rows_of(repository)

    await erase(repository, LAN, [lan])

    after = await rows_of(repository)
    gone_classes = {row["code"] for row in before["classes"] if row["opened_by"] == lan.id}
    for table in set(before) - {"erasures", "tombstones"}:
        of_lan = [row for name, row in traces({table: before[table]}, lan, [KEYS.sender_key("web", LAN)], [lan.identity_id])]
        kept = [row for row in before[table] if row not in of_lan and row.get("class_code") not in gone_classes]
        assert sorted(map(str, after[table])) == sorted(map(str, kept)), table
        assert kept or table in {"family_links"} | ABOUT_NOBODY | OF_THE_CONSOLE, table


async def test_files_with_rows_of_learners_go_with_an_erasure_and_what_is_being_made_begins_anew(repository, two):
    lan, _ = two
    async with repository.transaction() as store:
        for kind in ("learners", "report", "attempts"):
            number = await store.exports.ask(kind, "csv", "", f"{kind}.csv", NOW, by="an")
            await store.exports.claim(NOW)
            await store.exports.add_part(number, 0, b"rows", 1)
            if kind != "attempts":
                await store.exports.end(number, NOW)

    await erase(repository, LAN, [lan])

    async with repository.transaction() as store:
        assert [(file.kind, file.state) for file in await store.exports.files("learners", "attempts", "report")] == [
            ("attempts", "waiting"),
            ("report", "done"),
        ]
        await store.exports.end(number, NOW)  # the process that was making it
        assert (await store.exports.claim(NOW)).id == number
        assert [part async for part in store.exports.content(number)] == []


async def test_a_class_goes_with_the_one_who_opened_it_and_its_members_stay_learners(repository, two):
    lan, hung = two

    await erase(repository, LAN, [lan])

    async with repository.reading() as store:
        assert await store.sharing.classes_joined(hung.id) == ["Lớp của Hùng"]
        assert (await store.people.learner(KEYS.sender_key("web", HUNG))).id == hung.id
    assert [row["name"] for row in (await rows_of(repository, "classes"))["classes"]] == ["Lớp của Hùng"]


async def test_a_receipt_tells_how_many_rows_and_not_whose(repository, two):
    lan, _ = two
    before = sum(len(rows) for rows in (await rows_of(repository)).values())

    receipt, rows = await erase(repository, LAN, [lan])

    after = await rows_of(repository)
    remaining = sum(len(items) for table, items in after.items() if table not in {"erasures", "tombstones"})
    assert after["erasures"] == [{"receipt": receipt, "erased_at": NOW, "rows": rows}]
    assert rows == before - remaining
    assert len(receipt) == 10


async def test_all_channels_of_a_learner_are_erased(repository, two):
    lan, _ = two
    zalo = KEYS.sender_key("zalo", "z-1")
    async with repository.transaction() as store:
        identity = await another_channel(store, lan, "z-1")
        await store.outbound.send(identity, "reminder", {"text": "Cụ Lan ôn nhé"}, NOW, DAY)
        await store.outbound.follow_up(identity, "vua-bi-lua", NOW)
        await store.keep_conversation(zalo, [], {"kind": "lesson", "slug": "ma-otp"}, NOW)
        await a_handled_message(store, zalo, "m", {"outcome": "menu"})

    await erase(repository, LAN, [lan])

    keys = [KEYS.sender_key("web", LAN), zalo]
    assert traces(await rows_of(repository), lan, keys, [lan.identity_id, identity]) == []
    async with repository.reading() as store:
        assert await store.people.was_erased_since(zalo, NOW)


async def test_erasing_one_of_two_at_a_phone_leaves_the_other(repository, two):
    lan, _ = two
    async with repository.transaction() as store:
        second = await store.people.add(lan.identity_id, NOW, "Bé Na")
        await store.learning.reach(second.id, "ma-otp", 2, "v1", NOW)

    await erase(repository, LAN, [lan])

    async with repository.transaction() as store:
        assert [x.name for x in await store.people.of_identity(lan.identity_id)] == ["Bé Na"]
        assert set(await store.learning.progress(second.id)) == {"ma-otp"}
        assert (await store.people.learner(KEYS.sender_key("web", LAN))).id == second.id
    assert traces(await rows_of(repository), lan, [], []) == []


async def test_erasing_all_at_a_phone_leaves_nobody(repository, two):
    lan, _ = two
    async with repository.transaction() as store:
        second = await store.people.add(lan.identity_id, NOW, "Bé Na")

    await erase(repository, LAN, [lan, second])

    rows = await rows_of(repository)
    for one in (lan, second):
        assert traces(rows, one, [KEYS.sender_key("web", LAN)], [lan.identity_id]) == []


async def test_a_guests_conversation_is_erased_too(repository, two):
    guest = KEYS.sender_key("web", "khach")
    async with repository.transaction() as store:
        identity = await store.people.identity_id(guest, "web", "khach", NOW)
        await store.outbound.follow_up(identity, "vua-bi-lua", NOW)
        await store.keep_conversation(guest, [], None, NOW)
        await a_handled_message(store, guest, "m", {})

    _, count = await erase(repository, "khach", [])

    rows = await rows_of(repository)
    assert count == 4
    assert guest not in str({table: items for table, items in rows.items() if table != "tombstones"})
    assert len(rows["learners"]) == len(rows["identities"]) == 2


@pytest.mark.parametrize(
    ("offered", "was_erased"),
    [
        pytest.param(-HOUR, True, id="offered before"),
        pytest.param(timedelta(), True, id="offered at that moment"),
        pytest.param(HOUR, False, id="offered after"),
    ],
)
async def test_what_was_offered_before_an_erasure_is_known(repository, two, offered, was_erased):
    lan, _ = two

    await erase(repository, LAN, [lan])

    async with repository.reading() as store:
        assert await store.people.was_erased_since(KEYS.sender_key("web", LAN), NOW + offered) == was_erased
        assert not await store.people.was_erased_since(KEYS.sender_key("web", HUNG), NOW + offered)


async def test_a_second_erasure_renews_the_tombstone(repository, two):
    lan, _ = two
    await erase(repository, LAN, [lan])

    await erase(repository, LAN, [], NOW + DAY)

    assert [row["erased_at"] for row in (await rows_of(repository, "tombstones"))["tombstones"]] == [NOW + DAY]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_file_itself_forgets(repository, two, tmp_path):
    lan, hung = two
    files = [tmp_path / "test.sqlite3", tmp_path / "test.sqlite3-wal"]

    def is_in_files(text):
        return any(text.encode() in path.read_bytes() for path in files if path.exists())

    was_there = is_in_files(lan.id)
    await erase(repository, LAN, [lan])
    await repository.scrub()

    assert was_there
    assert not is_in_files(lan.id)
    assert is_in_files(hung.id)


async def retained(repository, now=NOW):
    return await repository.retain(now, UNANSWERED, LEARNERS)


@pytest.mark.parametrize(
    ("table", "lifetime"),
    [
        pytest.param("inbound_events", 7 * DAY, id="handled events"),
        pytest.param("polls", 7 * DAY, id="polls"),
        pytest.param("conversations", 30 * DAY, id="conversations"),
        pytest.param("unanswered_questions", UNANSWERED, id="unanswered questions"),
        pytest.param("one_time_codes", timedelta(), id="one-time codes"),
        pytest.param("outbound_messages", timedelta(), id="waiting messages"),
        pytest.param("tombstones", 7 * DAY, id="tombstones"),
        pytest.param("learners", LEARNERS, id="learners"),
    ],
)
async def test_what_is_old_goes_what_is_fresh_stays(repository, table, lifetime):
    old, fresh = NOW - lifetime - HOUR, NOW - lifetime + HOUR
    async with repository.transaction() as store:
        for name, at in (("old", old), ("fresh", fresh)):
            match table:
                case "inbound_events":
                    event = NewEvent("telegram", "1", name, KEYS.sender_key("telegram", name), {})
                    (accepted,) = await store.inbox.accept([event], "c", at, HOUR, room=1)
                    await store.inbox.finish(accepted.event)
                case "polls":
                    await store.outbox.keep_poll(name, "key", ["a"], at)
                case "conversations":
                    await store.keep_conversation(name, [], None, at)
                case "unanswered_questions":
                    await store.unanswered.keep(QUESTION, at)
                case "tombstones":
                    await store.privacy.erase(name, [], at)
                case "learners":
                    await a_learner(store, name, now=at)
                case "one_time_codes" | "outbound_messages":
                    learner = await a_learner(store, name)
                    made_at = at - DAY
                    if table == "one_time_codes":
                        await store.sharing.make_code("family", learner.id, made_at, DAY)
                    else:
                        await store.outbound.send(learner.identity_id, "reminder", {}, made_at, DAY)
    before = await rows_of(repository)

    deleted = await retained(repository)

    after = await rows_of(repository)
    times = {
        "inbound_events": "received_at", "polls": "sent_at", "conversations": "updated_at", "unanswered_questions": "asked_at",
        "one_time_codes": "expires_at", "outbound_messages": "expires_at", "tombstones": "erased_at", "learners": "last_active_at",
    }  # fmt: skip
    assert len(before[table]) == 2
    assert [row[times[table]] for row in after[table]] == [fresh]
    expected = {table: 1} | ({"identities": 1} if table == "learners" else {})
    assert {name: count for name, count in deleted.items() if count} == expected


async def test_what_is_not_old_is_left_alone(repository, two):
    before = await rows_of(repository)

    deleted = await retained(repository, NOW + HOUR)

    after = await rows_of(repository)
    assert not any(deleted.values())
    assert {table: rows for table, rows in after.items() if table != "retention_runs"} == {
        table: rows for table, rows in before.items() if table != "retention_runs"
    }


async def test_a_learner_who_does_not_come_back_goes_with_everything(repository, two):
    lan, hung = two
    async with repository.transaction() as store:
        await store.people.change(hung.id, last_active_at=NOW + LEARNERS)

    await retained(repository, NOW + LEARNERS + DAY)

    rows = await rows_of(repository)
    assert traces(rows, lan, [KEYS.sender_key("web", LAN)], []) == []
    assert [row["id"] for row in rows["learners"]] == [hung.id]
    assert [row["name"] for row in rows["classes"]] == ["Lớp của Hùng"]
    assert [row["learner_id"] for row in rows["lesson_progress"]] == [hung.id]


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param("helper", id="helps somebody"),
        pytest.param("follow-up", id="wants to be asked again"),
        pytest.param("waiting", id="has a message waiting"),
        pytest.param("others", id="somebody else learns there"),
    ],
)
async def test_an_address_that_is_still_needed_stays(repository, reason):
    async with repository.transaction() as store:
        learner = await a_learner(store, LAN)
        needed = await store.people.identity_id("needed", "web", "needed", NOW)
        await store.people.identity_id("not needed", "web", "not needed", NOW)
        if reason == "helper":
            await store.sharing.link(needed, learner.id, NOW)
        elif reason == "follow-up":
            await store.outbound.follow_up(needed, "vua-bi-lua", NOW + DAY)
        elif reason == "waiting":
            await store.outbound.send(needed, "follow-up", {}, NOW, DAY)
        else:
            await store.people.add(needed, NOW, "Hùng")
            gone = await store.people.add(needed, NOW, "Mai")
            await store.people.remove(gone.id)

    deleted = await retained(repository)

    assert deleted["identities"] == 1
    assert {row["id"] for row in (await rows_of(repository, "identities"))["identities"]} == {learner.identity_id, needed}


async def test_the_last_run_is_noted_with_what_it_deleted(repository):
    assert await repository.last_retention() is None

    await retained(repository, NOW)
    async with repository.transaction() as store:
        await a_handled_message(store, "a" * 64, "m", {})
    deleted = await retained(repository, NOW + 2 * DAY)

    runs = (await rows_of(repository, "retention_runs"))["retention_runs"]
    assert await repository.last_retention() == NOW + 2 * DAY
    assert [run["deleted"]["responses"] for run in runs] == [0, 1]
    assert runs[1]["deleted"] == deleted


def test_the_days_of_these_tests_are_those_of_the_learning():
    assert NOW.date() == TODAY
