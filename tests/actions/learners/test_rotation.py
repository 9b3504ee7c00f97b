"""Changing the secret key: all people are found again, all names readable, and all or nothing is done."""

from datetime import timedelta

import pytest

from actions.learners import rotation
from actions.learners.inbox import NewEvent
from actions.learners.keys import Keys, SealError
from actions.learners.outbox import NewMessage
from actions.learners.repository import Repository
from actions.reply import Choice
from tests.actions.learners.given import NOW, a_handled_message, a_learner, another_channel, everything_of, rows_of
from tests.conftest import KEYS

NEW = Keys(b"n" * 32)
OTHER = Keys(b"o" * 32)


@pytest.fixture
async def lan(repository):
    """A learner with rows in every table, on two channels, and a guest with an open menu."""
    await repository.settle_key()
    async with repository.transaction() as store:
        learner = await a_learner(store, "0901", name="Cụ Lan")
        await everything_of(store, learner, "0901", prefix="Lan")
        await another_channel(store, learner, "z-1")
        await a_learner(store, "0902")
        guest = KEYS.sender_key("web", "khach")
        await store.keep_conversation(guest, [Choice("Một", "a")], None, NOW)
        await a_handled_message(store, guest, "m", {})
    return learner


@pytest.fixture
def renewed(repository):
    """The same database, opened with the new key."""
    return Repository(repository._engine, NEW)


async def test_all_are_found_by_the_new_hash_and_by_no_other(repository, renewed, lan):
    counts = await repository.rotate(NEW)

    async with renewed.transaction() as store:
        for channel, sender in (("web", "0901"), ("zalo", "z-1")):
            assert (await store.people.learner(NEW.sender_key(channel, sender))).id == lan.id
            assert await store.people.learner(KEYS.sender_key(channel, sender)) is None
    assert counts == {"identities": 3, "guest_rows": 1, "learners": 1, "certificates": 1, "staff": 0}


async def test_all_names_and_addresses_are_readable_with_the_new_key_only(repository, renewed, lan):
    await repository.rotate(NEW)

    async with renewed.reading() as store:
        export = await store.privacy.export(lan.id)
        assert (await store.certificate("Lan-CERT")).name == "Cụ Lan"
    assert export["learner"][0]["name"] == "Cụ Lan"
    assert sorted(row["address_on_channel"] for row in export["identities"]) == ["0901", "z-1"]
    rows = await rows_of(repository, "learners", "identities", "certificates")
    sealed = [value for items in rows.values() for row in items for column, value in row.items() if column.startswith("sealed_") and value]
    assert len(sealed) == 5
    for value in sealed:
        with pytest.raises(SealError):
            KEYS.unseal(value)


async def test_what_was_open_follows_its_person(repository, renewed, lan):
    before = await repository.peek(KEYS.sender_key("web", "0901"))

    await repository.rotate(NEW)

    assert before.choices
    assert await renewed.peek(NEW.sender_key("web", "0901")) == before
    assert (await renewed.peek(KEYS.sender_key("web", "0901"))).choices == ()
    assert (await rows_of(repository, "inbound_events")) == {"inbound_events": []}  # kept answers end with the key


async def test_what_waits_is_handled_and_sent_with_the_new_key(repository, renewed):
    await repository.settle_key()
    key = KEYS.sender_key("telegram", "7")
    async with repository.transaction() as store:
        event = NewEvent("telegram", "1", "u1", key, {"address": "7", "text": "xin chào"})
        await store.inbox.accept([event], "c", NOW, timedelta(), room=0)
        await store.outbox.add([NewMessage("telegram", key, "7", {"text": "chào cụ"}, timedelta(days=1))], NOW)
        for account in ("8", "9"):
            await store.leases.keep_tokens("zalo_oa", account, {"access_token": f"of {account}"}, NOW)

    await repository.rotate(NEW)

    new_key = NEW.sender_key("telegram", "7")
    async with renewed.transaction() as store:
        (claimed,) = await store.inbox.claim("c", NOW, timedelta(seconds=30), 9)
        (message,) = await store.outbox.claim(["telegram"], "c", NOW, timedelta(seconds=30), 9)
        assert (claimed.sender_key, claimed.document["text"]) == (new_key, "xin chào")
        assert (message.sender_key, message.address, message.message) == (new_key, "7", {"text": "chào cụ"})
        assert [await store.leases.tokens("zalo_oa", account) for account in ("8", "9")] == [
            {"access_token": "of 8"},
            {"access_token": "of 9"},
        ]


async def test_rows_of_guests_end(repository, renewed, lan):
    await repository.rotate(NEW)

    rows = await rows_of(repository, "conversations", "inbound_events")
    assert {row["sender_key"] for items in rows.values() for row in items} == {NEW.sender_key("web", "0901")}


async def test_everything_else_stays_as_it_was(repository, lan):
    before = await rows_of(repository)

    await repository.rotate(NEW)

    after = await rows_of(repository)
    changed = {
        "conversations", "inbound_events", "outbound_messages", "polls", "identities", "learners", "certificates", "active_key",
        "visitors",
    }  # fmt: skip
    assert {table for table in before if before[table] != after[table]} == changed


async def test_the_new_key_is_the_key_of_the_data(repository, renewed, lan):
    before = (await repository.settle_key(), await renewed.settle_key())

    await repository.rotate(NEW)

    assert before == (True, False)
    assert (await repository.settle_key(), await renewed.settle_key()) == (False, True)


async def test_the_first_key_of_an_empty_database_is_its_key(repository, renewed):
    assert await repository.settle_key()
    assert await repository.settle_key()
    assert not await renewed.settle_key()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_batches_leave_nobody_out(repository, renewed, monkeypatch, size):
    monkeypatch.setattr(rotation, "BATCH", size)
    async with repository.transaction() as store:
        for number in range(5):
            await a_learner(store, f"090{number}", name=f"Người {number}")

    counts = await repository.rotate(NEW)

    assert (counts["identities"], counts["learners"]) == (5, 5)
    async with renewed.transaction() as store:
        found = [await store.people.learner(NEW.sender_key("web", f"090{number}")) for number in range(5)]
    assert [learner.name for learner in found] == [f"Người {number}" for number in range(5)]


async def test_a_wrong_old_key_changes_nothing(repository, lan):
    before = await rows_of(repository)

    with pytest.raises(SealError):
        await Repository(repository._engine, OTHER).rotate(NEW)

    assert await rows_of(repository) == before


async def test_a_wrong_old_key_changes_nothing_where_there_are_only_guests(repository):
    await repository.settle_key()
    async with repository.transaction() as store:
        await store.keep_conversation(KEYS.sender_key("web", "khach"), [Choice("Một", "a")], None, NOW)
    before = await rows_of(repository)

    with pytest.raises(SealError):
        await Repository(repository._engine, OTHER).rotate(NEW)

    assert await rows_of(repository) == before


async def test_a_rotation_that_was_cut_off_can_be_done_again(repository, renewed, lan):
    """One certificate that does not open stops it at the very end; once it is gone, all goes well."""
    async with repository.transaction() as store:
        broken = OTHER.seal("Cụ Lan")
        await store.people.add(lan.identity_id, NOW, "Hùng")
        await store.people.switch(lan.identity_id, lan.id)
        row = (await rows_of(repository, "certificates"))["certificates"][0]
        await store._connection.execute(_certificates().insert().values(**row | {"code": "ZZZ", "sealed_name": broken}))
    before = await rows_of(repository)

    with pytest.raises(SealError):
        await repository.rotate(NEW)
    between = await rows_of(repository)
    async with repository.transaction() as store:
        await store._connection.execute(_certificates().delete().where(_certificates().c.code == "ZZZ"))
    counts = await repository.rotate(NEW)

    assert between == before
    assert counts == {"identities": 3, "guest_rows": 1, "learners": 2, "certificates": 1, "staff": 0}
    async with renewed.transaction() as store:
        assert (await store.people.learner(NEW.sender_key("web", "0901"))).name == "Cụ Lan"


def _certificates():
    from actions.learners.tables import Certificate

    return Certificate.__table__
