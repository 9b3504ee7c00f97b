"""The sender: everything said once where the vendor lets it, in the order of each person, and nothing lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from actions.learners.outbox import OWN_ACCORD
from actions.learners.repository import Store
from actions.learners.tables import Conversation, Identity, OutboundMessage
from actions.reply import Choice
from bot import clock
from bot.channels.base import Limits, SendError, Sent
from bot.delivery import sender as senders
from bot.delivery.sender import Sender
from bot.metrics import Metrics
from tests.bot.delivery.given import HOUR, Outage, outgoing, running, sender_key, table, unsent, until, write
from tests.fakes.line_channel import LIMITS, Fault, LineChannel, refusal


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(senders, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(senders, "GATHER_SECONDS", 0)
    monkeypatch.setattr(senders, "RETRY_SECONDS", (0.01, 0.02, 0.02, 0.02))


def a_sender(repository, vendor, name="A", limits=LIMITS):
    return Sender(repository, {"line": LineChannel(vendor, limits=limits)}, name, Metrics())


@pytest.fixture
async def sender(repository, vendor):
    return a_sender(repository, vendor)


@pytest.fixture
async def tell(repository):
    """Let messages to somebody wait."""

    async def write_them(who, *texts, **fields):
        await write(repository, [outgoing(who, text, **fields) for text in texts], clock.now())

    return write_them


@pytest.fixture
async def outage(repository):
    return Outage(repository)


async def nothing_waits(repository):
    return await table(repository, OutboundMessage) == []


def refused(repository, state, error):
    """Tell whether there is one message left, in this state, with this error."""

    async def is_so():
        return await unsent(repository) == [(state, error)]

    return is_so


async def test_what_waits_is_said_in_the_order_of_each_person_and_then_gone(repository, sender, vendor, tell):
    await tell("hoa", "1", "2", "3")
    await tell("lan", "1", "2")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert (vendor.to("hoa"), vendor.to("lan")) == (["1", "2", "3"], ["1", "2"])
    assert sender._metrics.sends.labels("line", "sent")._value.get() == 5


async def test_a_slow_call_to_one_person_holds_up_nobody_else(sender, vendor, tell):
    await tell("hoa", "1", "2")
    vendor.gate.clear()

    async with running(sender.run()):
        await until(lambda: vendor.under_way == ["hoa"])
        await tell("lan", "1")
        sender.wake()
        await until(lambda: sorted(vendor.under_way) == ["hoa", "lan"])
        vendor.gate.set()
        await until(lambda: len(vendor.said) == 3)

    assert vendor.to("hoa") == ["1", "2"]


async def test_what_is_written_while_a_call_is_under_way_comes_after_it(repository, sender, vendor, tell):
    await tell("hoa", "1")
    vendor.gate.clear()

    async with running(sender.run()):
        await until(lambda: vendor.under_way == ["hoa"])
        await tell("hoa", "2", "3")
        sender.wake()
        await asyncio.sleep(0.05)
        assert vendor.under_way == ["hoa"]
        vendor.gate.set()
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["1", "2", "3"]


async def test_replies_are_said_before_reminders(repository, sender, vendor, tell):
    await tell("hoa", "nhắc", kind="reminder")
    await tell("hoa", "đáp 1", "đáp 2")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["đáp 1", "đáp 2", "nhắc"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(refusal("retryable"), ["1", "2"], id="retryable"),
        pytest.param(refusal("throttled"), ["1", "2"], id="throttled"),
        pytest.param(refusal("throttled", retry_after_seconds=0.05), ["1", "2"], id="throttled for a while"),
        pytest.param(refusal("unauthorised"), ["1", "2"], id="unauthorised"),
        pytest.param(refusal("moved", moved_to="hoa-2"), ["2"], id="moved"),
        pytest.param(refusal("moved"), ["1", "2"], id="moved to nobody knows where"),
        pytest.param(refusal("quota"), ["1", "2"], id="quota"),
        pytest.param(refusal("final"), ["2"], id="final"),
        pytest.param(refusal("blocked"), [], id="blocked"),
        pytest.param(refusal("window_closed"), [], id="window closed"),
        pytest.param(Fault(RuntimeError("a fault of the adapter")), ["2"], id="a fault of the adapter"),
        pytest.param(Fault(SendError("retryable", "timeout"), has_effect=True), ["1", "1", "2"], id="taken, and the answer lost"),
    ],
)
async def test_each_way_to_be_refused_does_what_it_asks_for(repository, sender, vendor, tell, monkeypatch, fault, said):
    monkeypatch.setattr(senders, "QUOTA_SECONDS", 0.05)
    monkeypatch.setattr(senders, "RETRY_SECONDS", (0.02, 0.02))
    vendor.faults_of["hoa"].append(fault)
    await tell("hoa", "1", "2")
    await tell("lan", "lan")

    async with running(sender.run()):
        await until(lambda: all_settled(repository))

    if "moved_to" in vars(fault.error) and fault.error.moved_to:
        assert (vendor.to("hoa"), vendor.to("hoa-2")) == ([], ["1", "2"])
    else:
        assert vendor.to("hoa") == said
    assert vendor.to("lan") == ["lan"]


async def all_settled(repository):
    return "waiting" not in [state for state, _ in await unsent(repository)]


@pytest.mark.parametrize(
    ("fault", "seconds", "tries"),
    [
        pytest.param(refusal("retryable", "503"), 7, 1, id="retryable"),
        pytest.param(refusal("unauthorised", "401"), 7, 1, id="unauthorised"),
        pytest.param(refusal("throttled", "429", retry_after_seconds=77), 77, 0, id="as long as the vendor says, which is no try"),
        pytest.param(refusal("throttled", "429"), 30, 0, id="a while where it does not say"),
        pytest.param(refusal("quota", "-211"), 3600, 1, id="quota"),
    ],
)
async def test_what_is_refused_for_now_waits_its_time_with_what_follows(
    repository, sender, vendor, tell, monkeypatch, fault, seconds, tries
):
    monkeypatch.setattr(senders, "RETRY_SECONDS", (7, 30))
    vendor.faults.append(fault)
    await tell("hoa", "1", "2")
    before = clock.now()

    async with running(sender.run()):
        await until(lambda: first_error(repository))
        await asyncio.sleep(0.05)

    first, second = await table(repository, OutboundMessage)
    assert timedelta(seconds=seconds - 1) < first["available_at"] - before < timedelta(seconds=seconds + 15)
    assert (first["error"], first["tries"], second["tries"], second["claim"]) == (fault.error.code, tries, 0, None)
    assert vendor.said == []
    assert len(vendor.calls) == 1


async def first_error(repository):
    return (await unsent(repository))[0][1] is not None


async def test_a_message_is_tried_with_longer_and_longer_pauses(repository, sender, vendor, tell, monkeypatch):
    monkeypatch.setattr(senders, "RETRY_SECONDS", (1, 5, 30, 300))
    await tell("hoa", "1")
    pauses = []

    for n in range(6):
        vendor.faults.append(refusal("retryable", f"{n}"))
        before = clock.now()
        async with running(sender.run()):
            await until(refused(repository, "waiting", f"{n}"))
        (row,) = await table(repository, OutboundMessage)
        pauses.append(round((row["available_at"] - before).total_seconds()))
        async with repository.transaction() as store:
            await store.outbox.put_back([row["id"]], clock.now(), "again", counts=True)

    for pause, least in zip(pauses, (1, 5, 30, 300, 300, 300), strict=True):
        assert least <= pause < least + 10


async def test_a_chat_told_to_wait_waits_and_two_of_them_make_the_account_wait(repository, sender, vendor, tell, monkeypatch):
    limits = Limits(2000, 20, 60, messages_per_second=1000, chat_messages_per_second=1000)
    sender = a_sender(repository, vendor, limits=limits)
    vendor.faults_of["hoa"].append(refusal("throttled", "429", retry_after_seconds=300))
    await tell("hoa", "1")

    async with running(sender.run()):
        await until(refused(repository, "waiting", "429"))
        await tell("mai", "1")
        await until(lambda: vendor.to("mai") == ["1"])
        vendor.faults_of["lan"].append(refusal("throttled", "429", retry_after_seconds=200))
        await tell("lan", "1")
        await until(lambda: ("lan", "1") in vendor.calls)
        await tell("mai", "2")
        await until(lambda: put_off(repository, 150))

    assert vendor.said == [("mai", "1")]
    assert len(vendor.calls) == 3


async def put_off(repository, seconds):
    """Tell whether three messages wait, unclaimed, for longer than so many seconds."""
    rows = await table(repository, OutboundMessage)
    late = [row["available_at"] - clock.now() > timedelta(seconds=seconds) and row["claim"] is None for row in rows]
    return late == [True] * 3


async def test_messages_keep_to_the_rates_of_their_channel(repository, vendor, tell, monkeypatch):
    waits = []
    limits = Limits(2000, 20, 60, messages_per_second=30, chat_messages_per_second=1)
    sender = a_sender(repository, vendor, limits=limits)

    async def wait(_budget, chat, seconds_max):
        waits.append((chat, seconds_max))
        return 0.0

    monkeypatch.setattr("bot.delivery.budgets.Budget.wait", wait)
    await tell("hoa", "1", "2")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    budget = sender._budgets["line"]
    assert (budget.per_second, budget.chat_per_second) == (30, 1)
    assert waits == [(sender_key("hoa"), senders.BUDGET_SECONDS_MAX)] * 2


async def test_what_one_person_waits_for_too_long_is_given_back_before_its_claim_lapses(repository, sender, vendor, tell, monkeypatch):
    monkeypatch.setattr(senders, "IN_HAND_SECONDS", 0)
    await tell("hoa", "1")

    await sender._send_all(await sender._claim_some(5))

    (row,) = await table(repository, OutboundMessage)
    assert (row["claim"], row["tries"], vendor.calls) == (None, 0, [])


async def test_a_person_who_stopped_the_bot_is_noted_and_nothing_waits_for_them(repository, sender, vendor, tell):
    async with repository.transaction() as store:
        await store.people.identity_id(sender_key("hoa"), "line", "hoa", clock.now())
    vendor.faults.append(refusal("blocked"))
    await tell("hoa", "1", "2")
    await tell("hoa", "nhắc", kind="reminder")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert [row["blocked_at"] is not None for row in await table(repository, Identity)] == [True]
    assert vendor.calls == [("hoa", "1")]


async def test_what_is_refused_for_good_is_kept_for_a_person_to_see_and_can_be_sent_after_all(repository, sender, vendor, tell):
    vendor.faults.append(refusal("final", "400"))
    await tell("hoa", "1")

    async with running(sender.run()):
        await until(refused(repository, "dead", "400"))
        async with repository.transaction() as store:
            (shown,) = await store.outbox.unsent()
            assert await store.outbox.retry(shown.id, clock.now())
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["1"]


async def test_the_receipt_of_an_erasure_is_not_kept_when_it_is_refused(repository, sender, vendor, tell):
    vendor.faults.append(refusal("final"))
    await tell("hoa", "biên nhận", kind="receipt")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert vendor.said == []


@pytest.mark.parametrize("kind", ["reply", "reminder"])
async def test_what_is_too_old_is_not_said_any_more(repository, sender, vendor, tell, kind):
    await tell("hoa", "cũ", kind=kind, lifetime=-HOUR)
    await tell("hoa", "mới", kind=kind)

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert vendor.said == [("hoa", "mới")]
    assert sender._metrics.sends.labels("line", "expired")._value.get() == 1


async def test_the_choices_of_a_reminder_become_the_open_menu_when_it_is_said(repository, sender, vendor, tell):
    position = {"kind": "lesson", "slug": "ma-otp"}
    async with repository.transaction() as store:
        await store.keep_conversation(sender_key("hoa"), [Choice("Cũ", "menu")], position, clock.now())
    vendor.gate.clear()
    await tell("hoa", "nhắc", kind="reminder", choices=[Choice("Ôn ngay", "review"), Choice("Để mai", "rest")])

    async with running(sender.run()):
        await until(lambda: vendor.under_way)
        before = await repository.peek(sender_key("hoa"))
        vendor.gate.set()
        await until(lambda: nothing_waits(repository))

    after = await repository.peek(sender_key("hoa"))
    assert [c.value for c in before.choices] == ["menu"]
    assert ([c.value for c in after.choices], after.position) == (["review", "rest"], position)


async def test_a_reply_leaves_the_menu_as_its_turn_left_it(repository, sender, tell):
    async with repository.transaction() as store:
        await store.keep_conversation(sender_key("hoa"), [Choice("Danh mục", "menu")], None, clock.now())
    await tell("hoa", "đáp")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    assert [c.value for c in (await repository.peek(sender_key("hoa"))).choices] == ["menu"]


async def test_polls_and_free_replies_are_noted_as_the_vendor_tells(repository, sender, vendor):
    await write(repository, [outgoing("hoa", "đố")], clock.now())
    async with repository.transaction() as store:
        await store.keep_conversation(sender_key("hoa"), [], None, clock.now())
        await store._connection.execute(
            OutboundMessage.__table__.update().values(message=store.keys.seal_document({"text": "đố", "values": ["pick:a", "pick:b"]}))
        )
    vendor.answers.append(Sent(poll_id="p1", free_replies=7))

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    async with repository.reading() as store:
        assert await store.outbox.poll_value("p1", sender_key("hoa"), 1) == "pick:b"
    assert [row["free_replies"] for row in await table(repository, Conversation)] == [7]


async def test_after_a_crash_between_saying_and_noting_it_is_said_again_and_nothing_is_lost(
    repository, other, sender, vendor, tell, time_machine
):
    await tell("hoa", "1", "2")

    async with running(sender.run()):
        sender._write_done = sender._done._write = crash
        await until(lambda: vendor.to("hoa") == ["1"])
        await asyncio.sleep(0.05)
    for task in list(sender._tasks):
        task.cancel()
    time_machine.move_to(clock.now() + senders.LEASE + timedelta(seconds=1), tick=True)
    async with running(a_sender(other, vendor, "B").run()):
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["1", "1", "2"]


async def crash(_done):
    await asyncio.sleep(60)


async def test_while_the_database_is_away_after_saying_it_is_not_said_twice(repository, sender, vendor, tell, outage):
    await tell("hoa", "1", "2")
    vendor.gate.clear()

    async with running(sender.run()):
        await until(lambda: vendor.under_way)
        outage.is_on = True
        vendor.gate.set()
        await until(lambda: outage.refused > 5)
        outage.is_on = False
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["1", "2"]


async def test_an_outage_longer_than_the_claim_does_not_let_it_be_said_twice(repository, sender, vendor, tell, time_machine, logged):
    write_done, is_away = sender._done._write, asyncio.Event()
    is_away.set()

    async def not_yet(done):
        if is_away.is_set():
            raise OperationalError("DELETE", {}, ConnectionRefusedError("nobody listens"))
        return await write_done(done)

    sender._done._write = not_yet
    await tell("hoa", "1", "2")

    async with running(sender.run()):
        await until(lambda: vendor.to("hoa") == ["1"])
        time_machine.move_to(clock.now() + 2 * senders.LEASE, tick=True)
        tries = len(logged)
        await until(lambda: len(logged) > tries + 5)  # The claim has lapsed; the database would give it again.
        is_away.clear()
        await until(lambda: nothing_waits(repository))

    assert vendor.to("hoa") == ["1", "2"]


async def test_what_cannot_be_noted_of_a_message_does_not_let_it_be_said_again(repository, sender, vendor, tell, monkeypatch, logged):
    keep = Store.keep_free_replies

    async def fail(self, key, left):
        if key == sender_key("hoa"):
            raise ValueError("cannot be noted")
        await keep(self, key, left)

    monkeypatch.setattr(Store, "keep_free_replies", fail)
    async with repository.transaction() as store:
        await store.keep_conversation(sender_key("lan"), [], None, clock.now())
    vendor.answers.extend([Sent(free_replies=1)] * 3)
    vendor.gate.clear()
    await tell("hoa", "1")
    await tell("lan", "1")

    async with running(sender.run()):
        await until(lambda: len(vendor.under_way) == 2)
        vendor.gate.set()  # Both are noted in one batch.
        await until(lambda: nothing_waits(repository))

    assert sorted(vendor.calls) == [("hoa", "1"), ("lan", "1")]
    assert [row["free_replies"] for row in await table(repository, Conversation)] == [1]
    assert "outbox.not_noted" in [entry["event"] for entry in logged]


async def test_the_sender_outlives_a_database_that_is_away(sender, vendor, tell, outage):
    outage.is_on = True

    async with running(sender.run()):
        await until(lambda: outage.refused > 2)
        outage.is_on = False
        await tell("hoa", "1")
        await until(lambda: vendor.to("hoa") == ["1"])


async def test_a_stop_finishes_the_call_in_hand_and_begins_no_other(repository, other, sender, vendor, tell):
    await tell("hoa", "1", "2", "3")
    vendor.gate.clear()
    async with running(sender.run()):
        await until(lambda: vendor.under_way)

    stopping = asyncio.create_task(sender.stop(5))
    await asyncio.sleep(0.02)
    assert not stopping.done()
    vendor.gate.set()
    await stopping

    assert vendor.to("hoa") == ["1"]
    async with running(a_sender(other, vendor, "B").run()):
        await until(lambda: nothing_waits(repository))
    assert vendor.to("hoa") == ["1", "2", "3"]


async def test_a_stop_does_not_wait_for_ever_and_loses_nothing(repository, other, sender, vendor, tell):
    await tell("hoa", "1")
    vendor.gate.clear()
    async with running(sender.run()):
        await until(lambda: vendor.under_way)

    await sender.stop(0.05)
    vendor.gate.set()

    assert vendor.said == []
    async with running(a_sender(other, vendor, "B").run()):
        await until(lambda: nothing_waits(repository))
    assert vendor.to("hoa") == ["1"]


async def test_two_replicas_say_everything_once_and_in_order(repository, other, vendor, tell):
    vendor.seconds = 0.001
    for n in range(40):
        await tell(f"nguoi-{n % 8}", f"{n}")

    async with running(a_sender(repository, vendor, "A").run(), a_sender(other, vendor, "B").run()):
        await until(lambda: nothing_waits(repository))

    assert len(vendor.said) == 40
    for sender in range(8):
        assert vendor.to(f"nguoi-{sender}") == [f"{n}" for n in range(sender, 40, 8)]


async def test_a_sender_without_channels_has_nothing_to_do(repository, tell):
    await tell("hoa", "1", channel="web")

    await Sender(repository, {}, "A", Metrics()).run()

    assert [row["priority"] == OWN_ACCORD for row in await table(repository, OutboundMessage)] == [False]


async def test_neither_words_nor_addresses_are_logged(repository, sender, vendor, tell, logged):
    kinds = ("retryable", "throttled", "unauthorised", "quota", "final", "window_closed", "blocked")
    for n, kind in enumerate(kinds):
        vendor.faults_of[f"dia-chi-{n}"].append(refusal(kind, retry_after_seconds=0.01))
        await tell(f"dia-chi-{n}", "chuyện riêng")

    async with running(sender.run()):
        await until(lambda: len(vendor.calls) >= len(kinds))
        await asyncio.sleep(0.05)

    assert {entry["kind"] for entry in logged if entry["event"] == "outbox.refused"} == set(kinds)
    assert "riêng" not in str(logged)
    assert "dia-chi" not in str(logged)


async def test_free_messages_are_counted_down_where_the_vendor_does_not_say(repository, vendor, tell):
    sender = a_sender(repository, vendor, limits=Limits(2000, 5, 50, free_replies=8))
    async with repository.transaction() as store:
        await store.keep_conversation(sender_key("a"), [], None, clock.now(), heard_at=clock.now())
    await tell("a", "một", "hai")

    async with running(sender.run()):
        await until(lambda: nothing_waits(repository))

    (conversation,) = await table(repository, Conversation)
    assert conversation["free_replies"] == 6
