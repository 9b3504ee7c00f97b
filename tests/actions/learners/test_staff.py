"""Accounts, sessions, links, the audit log and senders of the staff, on both databases."""

from datetime import timedelta

import pytest

from actions.learners.keys import Keys
from actions.learners.repository import Repository
from actions.learners.staff import LINK_LIFETIME, ROLES, SESSION_IDLE, SESSION_LIFETIME, Staff
from tests.actions.learners.given import NOW, a_learner, rows_of
from tests.conftest import KEYS

SECOND = timedelta(seconds=1)
NEW = Keys(b"n" * 32)


@pytest.fixture
async def store(repository):
    async with repository.transaction() as store:
        yield store


async def lan(store, role="trainer", login="lan"):
    return await store.staff.add(login, "Cô Lan", role, "hash", NOW)


async def test_a_login_is_taken_once_however_it_is_written(store):
    first = await lan(store)

    assert await store.staff.add("LAN", "Người khác", "viewer", "hash", NOW) is None
    assert (await store.staff.account_by_login("Lan")).id == first
    assert [account.login for account in await store.staff.accounts()] == ["lan"]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(role):
    staff = Staff("1", "lan", "Cô Lan", role)

    assert [permission for permission in ROLES["admin"] if staff.may(permission)] == list(ROLES[role])
    assert not staff.may("made up")


def test_an_unknown_role_may_nothing():
    assert not Staff("1", "lan", "Cô Lan", "root").may("see")


async def test_a_session_is_known_by_its_token_alone(store):
    staff_id = await lan(store)
    token = await store.staff.open_session(staff_id, NOW)

    found, seen_at = await store.staff.of_session(token, NOW)

    assert (found.id, found.login, found.role, seen_at) == (staff_id, "lan", "trainer", NOW)
    assert await store.staff.of_session(token + "x", NOW) is None
    assert (await store.staff.account(staff_id)).last_login_at == NOW


async def test_no_token_is_kept(repository):
    async with repository.transaction() as store:
        staff_id = await lan(store)
        tokens = [
            await store.staff.open_session(staff_id, NOW),
            await store.staff.make_link(staff_id, NOW),
            await store.staff_senders.make_code(staff_id, NOW),
        ]

    kept = str(await rows_of(repository, "staff", "staff_sessions", "staff_links", "staff_codes"))

    assert [token for token in tokens if token in kept] == []
    assert len(set(tokens)) == 3


@pytest.mark.parametrize(
    ("after", "touched", "is_open"),
    [
        pytest.param(SESSION_IDLE - SECOND, False, True, id="just used enough"),
        pytest.param(SESSION_IDLE, False, False, id="not used"),
        pytest.param(SESSION_LIFETIME - SECOND, True, True, id="used all the time"),
        pytest.param(SESSION_LIFETIME, True, False, id="too old"),
    ],
)
async def test_sessions_end_by_themselves(store, after, touched, is_open):
    staff_id = await lan(store)
    token = await store.staff.open_session(staff_id, NOW)
    if touched:
        await store.staff.touch_session(token, NOW + after - SECOND)

    assert (await store.staff.of_session(token, NOW + after) is not None) == is_open
    assert len(await store.staff.sessions(staff_id, NOW + after)) == is_open


async def test_sessions_that_ended_are_swept_out_when_somebody_logs_in(repository):
    async with repository.transaction() as store:
        await store.staff.open_session(await lan(store), NOW)
        await store.staff.open_session(await lan(store, login="binh"), NOW + SESSION_IDLE)

    assert len((await rows_of(repository, "staff_sessions"))["staff_sessions"]) == 1


async def test_all_sessions_but_this_one_end(store):
    staff_id = await lan(store)
    here, there = await store.staff.open_session(staff_id, NOW), await store.staff.open_session(staff_id, NOW)

    await store.staff.end_sessions(staff_id, but=here)

    assert await store.staff.of_session(here, NOW) is not None
    assert await store.staff.of_session(there, NOW) is None


async def test_a_locked_account_has_no_session(store):
    staff_id = await lan(store)
    token = await store.staff.open_session(staff_id, NOW)

    await store.staff.change(staff_id, is_enabled=False)

    assert await store.staff.of_session(token, NOW) is None


async def test_a_link_works_once_and_for_a_day(store):
    staff_id = await lan(store)
    token = await store.staff.make_link(staff_id, NOW)

    assert (await store.staff.read_link(token, NOW + LINK_LIFETIME - SECOND)).staff_id == staff_id
    assert await store.staff.read_link(token, NOW + LINK_LIFETIME) is None
    assert [await store.staff.use_link(token), await store.staff.use_link(token)] == [True, False]
    assert await store.staff.read_link(token, NOW) is None


async def test_a_newer_link_ends_the_one_before(store):
    staff_id = await lan(store)
    first, second = await store.staff.make_link(staff_id, NOW), await store.staff.make_link(staff_id, NOW)

    assert await store.staff.read_link(first, NOW) is None
    assert await store.staff.read_link(second, NOW) is not None


async def test_the_first_admins_link_ends_when_there_is_an_account(store):
    token = await store.staff.make_link(None, NOW)
    before = await store.staff.read_link(token, NOW)

    await lan(store, "admin")

    assert before is not None
    assert before.staff_id is None
    assert await store.staff.read_link(token, NOW) is None


async def test_a_code_of_the_second_factor_is_taken_once_and_no_earlier_one_after_it(store):
    staff_id = await lan(store)

    assert [await store.staff.take_totp_step(staff_id, step) for step in (7, 7, 6, 8)] == [True, False, False, True]


async def test_admins_who_are_locked_do_not_count(store):
    first, second = await lan(store, "admin"), await lan(store, "admin", "binh")

    before = await store.staff.other_admins(first)
    await store.staff.change(second, is_enabled=False)

    assert (before, await store.staff.other_admins(first)) == (1, 0)


async def test_the_audit_log_shows_the_latest_first_a_page_at_a_time(store):
    for number in range(5):
        await store.staff.audit(None, "content.publish", f"v{number}", NOW, number=number)

    first = await store.staff.audit_log(limit=3)
    rest = await store.staff.audit_log(limit=3, before=first[-1].id)

    assert [entry.subject for entry in (*first, *rest)] == ["v4", "v3", "v2", "v1", "v0"]
    assert (first[0].staff_name, first[0].details) == ("Hệ thống", {"number": 4})


async def test_what_somebody_did_stays_readable_when_the_account_changes(store):
    staff_id = await lan(store)
    await store.staff.audit(Staff(staff_id, "lan", "Cô Lan", "trainer"), "content.publish", "v1", NOW)

    await store.staff.change(staff_id, name="Tên mới")

    assert (await store.staff.audit_log())[0].staff_name == "Cô Lan"


async def test_senders_of_the_staff_are_marked_once_and_let_go_together(store):
    mine, theirs = await lan(store), await lan(store, login="binh")
    marked = [await store.staff_senders.mark(key, mine, NOW) for key in ("a", "a", "b")]
    await store.staff_senders.mark("c", theirs, NOW)

    assert marked == [True, False, True]
    assert await store.staff_senders.senders_of(mine) == 2
    assert await store.staff_senders.unmark(mine) == 2
    assert [await store.staff_senders.is_marked(key) for key in ("a", "c")] == [False, True]


async def test_a_mark_goes_with_the_person_who_has_everything_erased(repository):
    key = KEYS.sender_key("web", "0901")
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901")
        await store.staff_senders.mark(key, await lan(store), NOW)
        await store.privacy.erase(key, [learner.id], NOW)

        assert not await store.staff_senders.is_marked(key)


async def test_a_new_key_keeps_second_factors_and_marks_of_known_senders(repository):
    await repository.settle_key()
    async with repository.transaction() as store:
        await a_learner(store, "0901")
        staff_id = await lan(store)
        await store.staff.change(staff_id, sealed_totp=KEYS.seal("JBSWY3DPEHPK3PXP"))
        for sender in ("0901", "khach"):
            await store.staff_senders.mark(KEYS.sender_key("web", sender), staff_id, NOW)

    counts = await repository.rotate(NEW)

    async with Repository(repository._engine, NEW).reading() as store:
        assert NEW.unseal((await store.staff.account(staff_id)).sealed_totp) == "JBSWY3DPEHPK3PXP"
        assert await store.staff_senders.is_marked(NEW.sender_key("web", "0901"))
        assert await store.staff_senders.senders_of(staff_id) == 1  # The guest's ends, as a guest cannot be known again.
    assert counts["staff"] == 1
