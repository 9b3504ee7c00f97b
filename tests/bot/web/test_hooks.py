"""Webhooks: checked, durable, then acknowledged with 200; whatever is wrong is refused, and nothing is lost."""

import asyncio
import json
import shutil

import httpx
import pytest
import structlog

from actions.learners.inbox import Inbox
from actions.learners.tables import Conversation, Identity, InboundEvent, LearnerRow, OutboundMessage
from bot import clock
from bot.app import build_app
from bot.delivery.spool import Spool
from bot.web.limits import HOOK_BODY_MAX_BYTES
from tests.bot.delivery.given import Outage, make_replica, running, sender_key, until
from tests.conftest import KEYS, _migrated
from tests.fakes.line_channel import HEADERS, SECRET, LineChannel, LineVendor
from tests.stored import rows
from tests.talk import Talk

HOOK = "/hooks/line"


@pytest.fixture(autouse=True)
def logged():
    """What was logged; nothing is written."""
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
async def vendor():
    return LineVendor()


@pytest.fixture
def keeps_spool():
    return True


@pytest.fixture
async def service(tmp_path, nlu, curriculum, normaliser, vendor, keeps_spool):
    path = tmp_path / "hooks.sqlite3"
    shutil.copyfile(_migrated(), path)
    spool = Spool(tmp_path / "spool", KEYS)
    spool.open()
    channels = [LineChannel(vendor), LineChannel(vendor, name="zalo_oa")]
    made = make_replica(f"sqlite:///{path}", nlu, curriculum, normaliser, channels, spool if keeps_spool else None)
    yield made
    await made.close()
    spool.close()


@pytest.fixture
async def post(service, settings):
    """Post a webhook's body to the whole app."""
    transport = httpx.ASGITransport(build_app(service, settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def send(*events, path=HOOK, content=None, **headers):
            body = json.dumps({"events": list(events)}).encode() if content is None else content
            return await client.post(path, content=body, headers=HEADERS | headers)

        yield send


def event(text="", sender="hoa", event_id="1", **fields):
    return {"address": sender, "event_id": event_id, "text": text, **fields}


async def accepted(service):
    return [row["event_id"] for row in await rows(service, InboundEvent)]


async def work_off(service):
    """Let everything that waits be handled."""
    async with running(service.worker.run()):
        await until(lambda: all_done(service))


async def all_done(service):
    return all(row["state"] == "done" for row in await rows(service, InboundEvent))


async def test_an_event_is_in_the_database_when_it_is_acknowledged(post, service):
    response = await post(event("menu"))

    assert (response.status_code, response.json()) == (200, {})
    assert await accepted(service) == ["1"]


async def test_nothing_is_acknowledged_before_it_is_durable(post, service, monkeypatch):
    gate, reached = asyncio.Event(), asyncio.Event()
    accept = Inbox.accept

    async def slowly(self, *arguments, **options):
        reached.set()
        await gate.wait()
        return await accept(self, *arguments, **options)

    monkeypatch.setattr(Inbox, "accept", slowly)

    posting = asyncio.create_task(post(event("menu")))
    await reached.wait()
    await asyncio.sleep(0.02)
    was_done = posting.done()
    gate.set()

    assert not was_done
    assert (await posting).status_code == 200


async def test_an_event_that_comes_again_is_acknowledged_and_kept_once(post, service):
    responses = await asyncio.gather(*(post(event("menu")) for _ in range(5)))

    assert [r.status_code for r in responses] == [200] * 5
    assert await accepted(service) == ["1"]


async def test_the_events_of_one_request_keep_their_order(post, service):
    await post(*(event(f"{n}", event_id=f"{n}") for n in range(5)), event("lan", "lan", "x"))

    assert await accepted(service) == ["0", "1", "2", "3", "4", "x"]


async def test_what_is_understood_and_of_no_use_is_acknowledged(post, service):
    assert (await post()).status_code == 200
    assert await accepted(service) == []


@pytest.mark.parametrize(
    ("request_fields", "status"),
    [
        pytest.param({"x-line-secret": "wrong"}, 403, id="forged"),
        pytest.param({"x-line-secret": ""}, 403, id="without a secret"),
        pytest.param({"x-line-secret": SECRET[:-1]}, 403, id="a secret cut short"),
        pytest.param({"content-type": "text/plain"}, 415, id="no JSON type"),
        pytest.param({"content-type": ""}, 415, id="without a type"),
        pytest.param({"content": b"{"}, 400, id="cut off"),
        pytest.param({"content": b""}, 400, id="empty"),
        pytest.param({"content": b"[]"}, 400, id="another shape"),
        pytest.param({"content": b'{"events": [{"text": 1}]}'}, 400, id="parts missing"),
        pytest.param({"content": b'{"events": "\xff"}'}, 400, id="no text"),
        pytest.param({"content": b"x" * (HOOK_BODY_MAX_BYTES + 1)}, 413, id="too large"),
        pytest.param({"path": "/hooks/other"}, 404, id="unknown channel"),
        pytest.param({"path": "/hooks/web"}, 404, id="the web has none"),
        pytest.param({"path": "/hooks/"}, 404, id="no channel"),
        pytest.param({"path": "/hooks/line/x"}, 404, id="a longer path"),
        pytest.param({"path": "/hooks/%2e%2e%2fline"}, 404, id="a path that climbs"),
    ],
)
async def test_what_is_wrong_is_refused_with_a_problem_and_nothing_is_kept(post, service, logged, request_fields, status):
    response = await post(event("chuyện riêng"), **request_fields)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert await accepted(service) == []
    assert SECRET not in response.text + str(logged)
    assert "riêng" not in response.text + str(logged)


async def test_refusals_are_counted_by_their_kind(post, service):
    await post(event(), **{"x-line-secret": "wrong"})
    await post(content=b"{")

    refused = service.metrics.refused
    assert [refused.labels(reason)._value.get() for reason in ("webhook_403", "webhook_400")] == [1, 1]


async def test_a_body_of_the_greatest_size_is_read(post, service):
    padding = HOOK_BODY_MAX_BYTES - len(json.dumps({"events": [event("")]}).encode())

    response = await post(event("x" * padding))

    assert response.status_code == 200
    assert await accepted(service) == ["1"]


async def test_a_body_of_unknown_length_is_cut_off_at_the_greatest_size(post, service):
    async def endless():
        for _ in range(100):
            yield b" " * 8192

    response = await post(content=endless())

    assert response.status_code == 413


async def test_a_webhook_is_posted_to(service, settings):
    transport = httpx.ASGITransport(build_app(service, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get(HOOK)).status_code == 405


async def test_names_of_channels_are_written_with_a_dash(post, service):
    assert (await post(event("menu"), path="/hooks/zalo-oa")).status_code == 200

    assert [row["channel"] for row in await rows(service, InboundEvent)] == ["zalo_oa"]


async def test_a_tap_is_acknowledged_to_the_vendor_after_it_is_durable(post, service, vendor):
    await post(event(choice="menu", receipt="r1"), event(choice="menu", event_id="2"))

    await until(lambda: vendor.acknowledged == ["r1"])
    assert await accepted(service) == ["1", "2"]


async def test_while_the_database_is_away_an_event_is_acknowledged_from_the_disk(post, service, logged):
    outage = Outage(service.repository)
    outage.is_on = True

    assert (await post(event("chuyện riêng"))).status_code == 200

    outage.is_on = False
    assert service.receiver.spool.waiting == 1
    assert await service.receiver.replay() == 1
    assert await accepted(service) == ["1"]
    assert "riêng" not in str(logged)


@pytest.mark.parametrize("keeps_spool", [True, False], ids=["the disk full too", "no spool"])
async def test_where_nothing_can_be_kept_the_vendor_is_asked_to_come_again(post, service, monkeypatch, keeps_spool):
    outage = Outage(service.repository)
    outage.is_on = True
    if keeps_spool:
        monkeypatch.setattr(service.receiver.spool, "_write", full_disk)

    refused = await post(event("menu"))
    outage.is_on = False
    again = await post(event("menu"))

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.headers["content-type"] == "application/problem+json"
    assert again.status_code == 200
    assert await accepted(service) == ["1"]


def full_disk(_data):
    raise OSError(28, "No space left on device")


async def test_withdrawn_consent_erases_what_is_held(post, service):
    talk = Talk(service, "hoa", "line")
    await talk.tap("learn")
    await talk.press("Đồng ý")
    assert len(await rows(service, LearnerRow)) == 1

    await post(event(kind="withdrawn", event_id="2"))
    await work_off(service)

    for gone in (LearnerRow, Identity, Conversation, OutboundMessage):
        assert await rows(service, gone) == [], gone


async def test_who_stops_the_bot_and_comes_back_is_noted(post, service):
    async with service.repository.transaction() as store:
        await store.people.identity_id(sender_key("hoa"), "line", "hoa", clock.now())
    noted = []
    for n, kind in enumerate(("blocked", "unblocked")):
        await post(event(kind=kind, event_id=f"{n}"))
        await work_off(service)
        noted.append([row["blocked_at"] is not None for row in await rows(service, Identity)])

    assert noted == [[True], [False]]
