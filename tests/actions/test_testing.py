"""A code from the console marks a sender of any channel as one of the staff's."""

from datetime import timedelta

import pytest
import time_machine

from bot import clock
from tests.talk import Talk


async def a_code(service, *, is_enabled=True):
    async with service.repository.transaction() as store:
        account = await store.staff.account_by_login("lan")
        staff_id = account.id if account else await store.staff.add("lan", "Cô Lan", "trainer", "!", clock.now())
        await store.staff.change(staff_id, is_enabled=is_enabled)
        return await store.staff_senders.make_code(staff_id, clock.now())


async def is_marked(service, talk):
    async with service.repository.reading() as store:
        return await store.staff_senders.is_marked(service.repository.keys.sender_key(talk.channel, talk.sender))


@pytest.mark.parametrize("shape", ["/thunghiem {}", "/THUNGHIEM  {}", "/thu_nghiem {}", "/thunghiem mã {}"])
async def test_the_code_marks_who_types_it(service, talk, shape):
    await talk.say(shape.format(await a_code(service)))

    assert await is_marked(service, talk)
    assert "không tính vào thống kê" in talk.text
    assert talk.last["outcome"] == "account"
    async with service.repository.reading() as store:
        (entry,) = await store.staff.audit_log()
    assert (entry.staff_name, entry.action, entry.subject, entry.details) == ("Cô Lan", "testing.mark", "web", {})


async def test_a_code_works_once(service, talk):
    code, other = await a_code(service), Talk(service, "nguoi-khac")
    await talk.say(f"/thunghiem {code}")

    await other.say(f"/thunghiem {code}")

    assert not await is_marked(service, other)
    assert "đã dùng" in other.text


async def test_a_newer_code_ends_the_one_before(service, talk):
    first = await a_code(service)
    await a_code(service)

    await talk.say(f"/thunghiem {first}")

    assert not await is_marked(service, talk)


async def test_a_code_ends_after_a_quarter_of_an_hour(service, talk):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        code = await a_code(service)
        traveller.shift(timedelta(minutes=16))

        await talk.say(f"/thunghiem {code}")

    assert not await is_marked(service, talk)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("/thunghiem", "trang quản trị", id="no code"),
        pytest.param("/thunghiem BCGHKMNPQT", "gõ sai", id="made up"),
        pytest.param("/thunghiem ' OR 1=1", "trang quản trị", id="no code at all"),
    ],
)
async def test_what_is_no_code_marks_nobody_and_says_what_to_do(service, talk, typed, said):
    await a_code(service)

    await talk.say(typed)

    assert said in talk.text
    assert not await is_marked(service, talk)


async def test_a_locked_account_marks_nobody(service, talk):
    code = await a_code(service, is_enabled=False)

    await talk.say(f"/thunghiem {code}")

    assert not await is_marked(service, talk)
