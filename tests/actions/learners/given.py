"""What the tests of the learners' database begin with: learners, rows in every table, and a look at all rows."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from actions.learners.inbox import NewEvent
from actions.learners.learning import Issued
from actions.learners.tables import Table
from actions.learners.unanswered import Asked, Unanswered
from actions.reply import Choice

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
QUESTION = Unanswered("gì", "unknown", "otp-la-gi", 0.2, "v1", "m1")


async def a_learner(store, sender, *, name=None, now=NOW, channel="web"):
    """Make a learner at a sender of their own."""
    identity = await store.people.identity_id(store.keys.sender_key(channel, sender), channel, sender, now)
    return await store.people.add(identity, now, name)


async def another_channel(store, learner, sender, *, now=NOW, channel="zalo"):
    """Let a learner be reached on one more channel; return its identity."""
    identity = await store.people.identity_id(store.keys.sender_key(channel, sender), channel, sender, now)
    await store.people.switch(identity, learner.id)
    return identity


def a_certificate(code, name, issued_at=NOW):
    return Issued(code, "nguoi-cao-tuoi", "Người cao tuổi", ("Giữ mã OTP", "Gọi video"), name, "v1", issued_at)


async def everything_of(store, learner, sender, *, prefix, now=NOW, channel="web"):
    """Write at least one row in each table that hangs on a learner; return the code of the class they opened."""
    key = store.keys.sender_key(channel, sender)
    learning, sharing, outbound = store.learning, store.sharing, store.outbound
    await learning.reach(learner.id, "ma-otp", 3, "v1", now)
    await learning.attempt(
        learner.id, now, sitting=f"{prefix}1", kind="quiz", lesson="ma-otp", question="q1", choice=2, is_right=True, content_version="v1"
    )
    await learning.schedule(learner.id, "ma-otp", "q1", TODAY, {"stability": 2.5})
    await learning.learned(learner.id, TODAY)
    await learning.issue(learner.id, a_certificate(f"{prefix}-CERT", f"Cụ {prefix}"))
    await sharing.make_code("family", learner.id, now, DAY)
    opened = await sharing.open_class(f"Lớp của {prefix}", learner.id, now)
    await sharing.join(opened, learner.id, now)
    await outbound.follow_up(learner.identity_id, "vua-bi-lua", now + DAY)
    await outbound.send(learner.identity_id, "reminder", {"text": f"{prefix} ôn nhé", "choices": []}, now, DAY)
    asked = Asked(f"{prefix} hỏi gì", "otp-la-gi", 0.9, now.timestamp(), answer="otp-la-gi")
    await store.keep_conversation(key, [Choice("Một", "a")], {"kind": "lesson", "slug": "ma-otp"}, now, asked=asked)
    await a_handled_message(store, key, f"{prefix}-m", {"outcome": "menu"}, now)
    await store.counting.note(channel, key, "lesson", now)
    await store.counting.count_turns()
    await store.outbox.keep_poll(f"{prefix}-poll", key, ["pick:ma-otp:q1:x:0"], now)
    return opened


async def a_handled_message(store, key, message_id, response, now=NOW):
    """Let a message have come in, been handled, and answered so."""
    event = NewEvent("web", "", f"{key}:{message_id}", key, {"address": "0901"})
    (acceptance,) = await store.inbox.accept([event], "c", now, timedelta(seconds=30), room=1)
    assert await store.inbox.finish(acceptance.event)
    await store.inbox.keep_response(acceptance.event, response)


async def rows_of(repository, *tables):
    """Return the rows of tables as they lie in the database, by table; of all tables unless some are named."""
    found = {}
    async with repository.reading() as store:
        for table in Table.metadata.sorted_tables:
            if not tables or table.name in tables:
                rows = (await store._connection.execute(select(table))).mappings().all()
                found[table.name] = [dict(row) for row in rows]
    return found


def values_of(row):
    """Return every value of a row as text, for looking for traces."""
    return {column: str(value) for column, value in row.items()}
