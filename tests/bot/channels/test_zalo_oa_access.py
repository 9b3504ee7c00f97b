"""The pair of tokens of a Zalo OA: renewed once, stored before it is used, never lost by us, and missed loudly."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog

from bot import clock
from bot.channels import zalo_oa_access
from bot.channels.base import SendError
from bot.channels.zalo_oa_access import Access
from bot.channels.zalo_oa_tokens import Tokens
from bot.settings import Settings
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.zalo_oa_server import ACCESS_SECONDS, CS, OAUTH, FakeZaloOA

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
LIFETIME = timedelta(seconds=ACCESS_SECONDS)
USER = "8765432109876543210"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Let nobody wait as long as with the real vendor."""
    monkeypatch.setattr(zalo_oa_access, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(zalo_oa_access, "WRITE_AGAIN_SECONDS", (0.01,))
    monkeypatch.setattr(zalo_oa_access, "TIMEOUT", httpx.Timeout(2.0))


@pytest.fixture(autouse=True)
def logged():
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
async def fake(monkeypatch):
    async with FakeZaloOA() as server:
        server.time = NOW
        server.consent()
        await server.follow(USER)
        monkeypatch.setattr(clock, "now", server.now)
        yield server


@pytest.fixture
def vault():
    return MemoryVault()


@pytest.fixture
async def owners(fake):
    """Makes owners of the access, one a replica; closes them all."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(vault, **changes):
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=0.5, verify=False))
            owner = Access(Settings(**fake.values() | changes), vault, http)
            stack.push_async_callback(owner.close)
            return owner

        yield make


@pytest.fixture
async def owner(owners, vault):
    """An owner that has renewed once, at NOW."""
    made = await owners(vault)
    await made.token()
    return made


def age(fake, **left):
    """Let time pass until only so much of the access token's life is left."""
    fake.time = NOW + LIFETIME - timedelta(**left)


def asked(fake):
    """How the vendor's OAuth was asked: the answers' codes."""
    return [call.error for call in fake.calls if call.path == OAUTH]


async def refusal(call):
    with pytest.raises(SendError) as refused:
        await call
    return refused.value.kind, refused.value.code


async def eventually(is_so):
    async with asyncio.timeout(10):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.005)


# The first pair, and its age.


async def test_the_first_pair_comes_from_the_settings_and_is_kept(fake, owner, vault):
    assert await owner.token() == fake.access_token
    assert vault.tokens == {
        "access_token": fake.access_token,
        "refresh_token": fake.refresh_token,
        "expires_at": (NOW + LIFETIME).isoformat(),
    }
    assert asked(fake) == [0]


async def test_the_kept_pair_is_used_without_asking_the_vendor(fake, owner, owners, vault):
    restarted = await owners(vault.replica(), zalo_oa_refresh_token="an-old-one")

    await restarted.start()

    assert await restarted.token() == fake.access_token
    assert asked(fake) == [0]


@pytest.mark.parametrize(
    ("left", "renewals"),
    [
        pytest.param({"hours": 24}, 0, id="24 hours left"),
        pytest.param({"hours": 5, "seconds": 1}, 0, id="a second more than 5 hours left"),
        pytest.param({"hours": 5}, 1, id="5 hours left"),
        pytest.param({"seconds": 30}, 1, id="half a minute left"),
        pytest.param({"hours": -20}, 1, id="over"),
    ],
)
async def test_it_is_renewed_when_less_than_five_hours_are_left(fake, owner, left, renewals):
    age(fake, **left)

    token = await owner.token()

    assert token == fake.access_token
    assert len(asked(fake)) == 1 + renewals


async def test_the_watch_renews_although_nobody_writes(fake, owner, monkeypatch):
    monkeypatch.setattr(zalo_oa_access, "CHECK_SECONDS", 0.01)
    await owner.start()
    age(fake, hours=4)

    await eventually(lambda: fake.rotations == 2)


async def test_the_watch_goes_on_after_a_failure(fake, owner, vault, monkeypatch, logged):
    monkeypatch.setattr(zalo_oa_access, "CHECK_SECONDS", 0.01)
    await owner.start()
    vault.shelf.failing_reads = 1
    await eventually(lambda: vault.shelf.failing_reads == 0)
    age(fake, hours=4)

    await eventually(lambda: fake.rotations == 2)
    assert ("zalo_oa.token_check_failed", "vault_away") in [(entry["event"], entry.get("code")) for entry in logged]


async def test_the_watch_adopts_the_pair_of_another_replica(fake, owner, owners, vault, monkeypatch):
    monkeypatch.setattr(zalo_oa_access, "CHECK_SECONDS", 0.01)
    other = await owners(vault.replica())
    await other.start()
    fake.time = NOW + timedelta(minutes=2)
    new = await owner.renew(await owner.token())

    await eventually(lambda: other._tokens.access == new)
    assert await other.token() == fake.access_token


# One renewal at a time.


async def test_many_who_ask_at_once_renew_once(fake, owner):
    age(fake, hours=-1)

    tokens = await asyncio.gather(*(owner.token() for _ in range(20)))

    assert set(tokens) == {fake.access_token}
    assert asked(fake) == [0, 0]


async def test_two_owners_with_one_vault_renew_once(fake, owner, owners, vault):
    others = [owner] + [await owners(vault.replica()) for _ in range(4)]
    await asyncio.gather(*(other.token() for other in others))
    age(fake, hours=-1)
    fake.fail("slow_after", 0.1, path=OAUTH)

    tokens = await asyncio.gather(*(other.token() for other in others))

    assert set(tokens) == {fake.access_token}
    assert asked(fake) == [0, 0]
    assert vault.shelf.losses == 0


async def test_two_owners_who_are_new_take_the_first_consent_once(fake, owners, vault):
    pair = [await owners(vault), await owners(vault.replica())]

    tokens = await asyncio.gather(*(owner.token() for owner in pair))

    assert set(tokens) == {fake.access_token}
    assert asked(fake) == [0]


async def test_an_owner_whose_token_was_rotated_away_takes_the_new_one_from_the_vault(fake, owner, owners, vault):
    other = await owners(vault.replica())
    stale = await other.token()
    fake.time = NOW + timedelta(minutes=2)
    new = await owner.renew(await owner.token())

    assert await other.renew(stale) == new
    assert asked(fake) == [0, 0]


async def test_who_gets_the_right_looks_again_before_asking_the_vendor(fake, owner, vault, monkeypatch):
    age(fake, hours=-1)
    hold = vault.hold

    async def hold_after_another_renewed(seconds):
        fake.consent()
        pair = {"access_token": fake.access_token, "refresh_token": fake.refresh_token}
        await vault.write(pair | {"expires_at": (fake.time + LIFETIME).isoformat()})
        return await hold(seconds)

    monkeypatch.setattr(vault, "hold", hold_after_another_renewed)

    assert await owner.token() == fake.access_token
    assert asked(fake) == [0]


async def test_one_who_cannot_renew_waits_no_longer_than_patience(fake, owner, vault, monkeypatch):
    monkeypatch.setattr(zalo_oa_access, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(zalo_oa_access, "CLOSE_SECONDS", 0.05)
    age(fake, hours=-1)
    await vault.replica().hold(1000)

    assert await refusal(owner.token()) == ("retryable", "renewal_busy")
    assert asked(fake) == [0]


async def test_the_right_of_a_replica_that_died_lapses(fake, owner, vault):
    age(fake, hours=-1)
    await vault.replica().hold(60)
    waiting = asyncio.create_task(owner.token())
    await asyncio.sleep(0.05)
    fake.time += timedelta(seconds=61)

    assert await waiting == fake.access_token


async def test_a_token_that_is_refused_although_it_is_new_is_not_renewed_again(fake, owner):
    fake.time = NOW + timedelta(seconds=30)

    assert await refusal(owner.renew(await owner.token())) == ("unauthorised", "new_token_refused")
    fake.time = NOW + timedelta(seconds=61)
    assert await owner.renew(await owner.token()) == fake.access_token
    assert asked(fake) == [0, 0]


# The pair is never lost by us.


class WatchedVault(MemoryVault):
    """Notes which calls had used a pair when it was written."""

    fake: FakeZaloOA
    used_before_stored: list

    async def write(self, tokens):
        self.used_before_stored = [call for call in self.fake.calls if call.token == tokens["access_token"]]
        await super().write(tokens)


async def send(owner, fake):
    return await owner.call(fake.url + CS, json={"recipient": {"user_id": USER}, "message": {"text": "a"}})


async def test_a_pair_is_stored_before_it_is_used(fake, owners):
    vault = WatchedVault()
    vault.fake = fake
    vault.shelf.failing_writes = 3
    owner = await owners(vault)

    await send(owner, fake)

    assert vault.used_before_stored == []
    assert fake.calls[-1].token == vault.tokens["access_token"]
    assert [call.path for call in fake.calls] == [OAUTH, CS]


async def test_a_pair_that_cannot_be_written_is_written_later_and_not_used_before(fake, owner, vault, logged, monkeypatch):
    monkeypatch.setattr(zalo_oa_access, "PATIENCE_SECONDS", 0.05)
    age(fake, hours=-1)
    vault.shelf.failing_writes = 10**6

    assert await refusal(send(owner, fake)) == ("retryable", "renewal_busy")
    assert await refusal(send(owner, fake)) == ("retryable", "renewal_busy")
    assert [call.path for call in fake.calls].count(CS) == 0
    vault.shelf.failing_writes = 0
    await eventually(lambda: vault.tokens["access_token"] == fake.access_token)
    await send(owner, fake)

    assert asked(fake) == [0, 0]
    not_stored = [entry for entry in logged if entry["event"] == "zalo_oa.token_not_stored"]
    assert {entry["error"] for entry in not_stored} == {"VaultAwayError"}
    assert fake.access_token not in repr(logged)
    assert fake.refresh_token not in repr(logged)


async def test_nobody_else_renews_while_a_pair_waits_to_be_written(fake, owner, owners, vault, monkeypatch):
    other = await owners(vault.replica())
    await other.token()
    age(fake, hours=-1)
    vault.shelf.failing_writes = 10**6
    renewing = asyncio.create_task(owner.token())
    await eventually(lambda: fake.rotations == 2)
    monkeypatch.setattr(zalo_oa_access, "PATIENCE_SECONDS", 0.05)

    fake.time += timedelta(seconds=80)
    await asyncio.sleep(0.05)
    fake.time += timedelta(seconds=80)  # Twice the time for which the right was taken at first.
    assert await refusal(other.token()) == ("retryable", "renewal_busy")
    vault.shelf.failing_writes = 0

    assert await renewing == fake.access_token
    assert asked(fake) == [0, 0]
    assert vault.shelf.losses == 0


async def test_a_renewal_outlives_the_message_that_asked_for_it(fake, owner, vault):
    age(fake, hours=-1)
    fake.fail("slow_after", 0.1, path=OAUTH)
    message = asyncio.create_task(owner.token())
    await eventually(lambda: fake.rotations == 2)

    message.cancel()

    await eventually(lambda: vault.tokens["access_token"] == fake.access_token)


async def test_closing_waits_for_a_renewal_that_is_under_way(fake, owner, vault):
    age(fake, hours=-1)
    fake.fail("slow_after", 0.1, path=OAUTH)
    message = asyncio.create_task(owner.token())
    await eventually(lambda: fake.rotations == 2)

    await owner.close()

    assert vault.tokens["access_token"] == fake.access_token
    assert await message == fake.access_token


async def test_closing_gives_up_on_a_vault_that_stays_away(fake, owner, vault, logged, monkeypatch):
    monkeypatch.setattr(zalo_oa_access, "CLOSE_SECONDS", 0.05)
    age(fake, hours=-1)
    vault.shelf.failing_writes = 10**6
    message = asyncio.create_task(owner.token())
    await eventually(lambda: fake.rotations == 2)

    await owner.close()

    assert "zalo_oa.renewal_abandoned" in [entry["event"] for entry in logged]
    with pytest.raises(asyncio.CancelledError):
        await message


async def crash(owner):
    """Let an owner's process end at once, wherever it is."""
    owner._renewal.cancel()
    await asyncio.wait([owner._renewal])


async def test_after_a_crash_between_storing_and_using_the_stored_pair_works(fake, owner, owners, vault):
    age(fake, hours=-1)
    await owner.token()
    restarted = await owners(MemoryVault(vault.shelf))

    await send(restarted, fake)

    assert asked(fake) == [0, 0]
    assert fake.calls[-1].error == 0


async def test_after_a_crash_between_the_vendors_answer_and_storing_the_alarm_is_raised(fake, owner, owners, vault):
    age(fake, hours=-1)
    vault.shelf.failing_writes = 10**6
    message = asyncio.create_task(owner.token())
    await eventually(lambda: fake.rotations == 2)
    await crash(owner)
    message.cancel()
    vault.shelf.failing_writes = 0
    restarted = await owners(vault.replica(), zalo_oa_refresh_token="")

    assert await refusal(restarted.start()) == ("unauthorised", "consent_lost")
    assert vault.shelf.is_lost


# Faults of the vendor's OAuth.


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("status", 500, ("retryable", "http_500"), id="500"),
        pytest.param("status", 404, ("retryable", "http_404"), id="404, a page of something between"),
        pytest.param("status", 429, ("throttled", "http_429"), id="429"),
        pytest.param("garbage", 0, ("retryable", "http_200"), id="no JSON"),
        pytest.param("drop_before", 0, ("retryable", "no_connection"), id="dropped"),
        pytest.param("error", -32, ("throttled", "-32"), id="-32 throttled"),
        pytest.param("error", -14002, ("unauthorised", "-14002"), id="-14002 app not active"),
        pytest.param("error", -14003, ("unauthorised", "-14003"), id="-14003 redirect mismatch"),
    ],
)
async def test_a_fault_is_no_loss(fake, owner, vault, kind, value, expected):
    age(fake, hours=-1)
    fake.fail(kind, value, path=OAUTH)

    assert await refusal(owner.token()) == expected
    assert not vault.shelf.is_lost
    assert await owner.token() == fake.access_token


async def test_a_pair_that_never_reached_us_is_a_loss(fake, owner, vault):
    """The vendor rotated before the connection broke; nothing but consent helps."""
    age(fake, hours=-1)
    fake.fail("drop_after", path=OAUTH)

    assert await refusal(owner.token()) == ("retryable", "no_connection")
    assert await refusal(owner.token()) == ("unauthorised", "consent_lost")
    assert vault.shelf.is_lost


async def test_a_token_that_still_works_is_used_while_oauth_is_away(fake, owner, logged):
    age(fake, hours=4)
    fake.fail("status", 503, path=OAUTH, times=2)
    old = fake.access_token

    tokens = [await owner.token() for _ in range(5)]
    fake.time += timedelta(minutes=5)
    tokens.append(await owner.token())
    fake.time += timedelta(minutes=5)

    assert tokens == [old] * 6
    assert await owner.token() == fake.access_token != old
    assert asked(fake) == [0, None, None, 0]
    assert [entry["code"] for entry in logged if entry["event"] == "zalo_oa.token_not_renewed"] == ["http_503"] * 2


@pytest.mark.parametrize(
    ("answer", "lifetime"),
    [
        pytest.param({"expires_in": "90000"}, 90000, id="seconds in quotes"),
        pytest.param({"expires_in": 3600}, 3600, id="seconds"),
        pytest.param({"expires_in": "soon"}, 90000, id="no number"),
        pytest.param({}, 90000, id="nothing"),
        pytest.param({"refresh_token": None}, 90000, id="no other refresh token"),
        pytest.param({"error": 0, "refresh_token": "R2"}, 90000, id="an error of none"),
    ],
)
async def test_answers_are_read_with_tolerance(fake, owners, vault, monkeypatch, answer, lifetime):
    monkeypatch.setattr(fake, "_rotate", lambda *_: {"error": 0, "access_token": "A2"} | answer)
    owner = await owners(vault)

    assert await owner.token() == "A2"
    assert vault.tokens["refresh_token"] == (answer.get("refresh_token") or fake.refresh_token)
    assert datetime.fromisoformat(vault.tokens["expires_at"]) == NOW + timedelta(seconds=lifetime)


@pytest.mark.parametrize("access", [None, "", " ", 5, "A\r\nx: y", "Ấ"], ids=repr)
async def test_an_answer_without_a_usable_token_is_a_refusal(fake, owners, vault, monkeypatch, access):
    monkeypatch.setattr(fake, "_rotate", lambda *_: {"error": 0, "access_token": access, "refresh_token": "R2"})

    assert await refusal((await owners(vault)).token()) == ("unauthorised", "consent_lost")
    assert vault.tokens is None


# Loss of consent.


async def test_a_lost_consent_is_told_once_and_asked_for_seldom(fake, owner, vault, logged):
    fake.consent()  # An administrator gave consent elsewhere; our pair is dead.
    age(fake, hours=-1)

    for _ in range(3):
        assert await refusal(owner.token()) == ("unauthorised", "consent_lost")
    first = len(asked(fake))
    fake.time += timedelta(minutes=16)
    await refusal(owner.token())

    assert first == 1 + 2  # the kept refresh token, and the one of the settings
    assert len(asked(fake)) == first + 2
    assert vault.shelf.losses == 1
    lost = [entry for entry in logged if entry["event"] == "zalo_oa.consent_lost"]
    assert [entry["log_level"] for entry in lost] == ["error"]
    assert all(token not in repr(logged) for token in [fake.access_token, fake.refresh_token, *fake.dead_tokens])


async def test_a_lost_consent_is_noticed_while_the_old_token_still_works(fake, owner, vault):
    fake._refresh_ends_at = NOW  # The vendor ended the grant, but not the access token.
    age(fake, hours=4)

    assert await owner.token() == fake.access_token
    assert vault.shelf.is_lost


async def test_a_new_refresh_token_in_the_settings_ends_a_loss(fake, owner, owners, vault):
    fresh = fake.consent()
    age(fake, hours=-1)
    await refusal(owner.token())

    restarted = await owners(vault.replica(), zalo_oa_refresh_token=fresh)
    await restarted.start()

    assert await restarted.token() == fake.access_token == vault.tokens["access_token"]
    assert not vault.shelf.is_lost


async def test_a_new_pair_in_the_vault_ends_a_loss_without_a_restart(fake, owner, vault):
    fake.consent()
    age(fake, hours=-1)
    await refusal(owner.token())
    await vault.write({"access_token": "", "refresh_token": fake.refresh_token, "expires_at": NOW.isoformat()})

    assert await owner.token() == fake.access_token
    assert not vault.shelf.is_lost


async def test_a_grant_that_was_refused_by_mistake_is_tried_again(fake, owner, vault):
    fake.fail("error", -14014, path=OAUTH, times=2)
    age(fake, hours=-1)
    await refusal(owner.token())
    fake.time += timedelta(minutes=16)

    assert await owner.token() == fake.access_token
    assert not vault.shelf.is_lost


async def test_a_refusal_is_no_loss_when_another_replica_has_renewed_meanwhile(fake, owner, vault):
    """The right to renew lapsed while the vendor was slow, so another replica was before us."""
    age(fake, hours=-1)
    fake.fail("slow_before", 0.15, path=OAUTH)
    waiting = asyncio.create_task(owner.token())
    await asyncio.sleep(0.05)
    fake.consent()
    pair = {"access_token": fake.access_token, "refresh_token": fake.refresh_token}
    await vault.replica().write(pair | {"expires_at": (fake.time + LIFETIME).isoformat()})

    assert await waiting == fake.access_token
    assert not vault.shelf.is_lost


async def test_an_alarm_that_could_not_be_raised_is_raised_next_time(fake, owner, vault, monkeypatch):
    fake.consent()
    age(fake, hours=-1)
    mark_lost, tries = vault.mark_lost, []

    async def fails_once():
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError
        await mark_lost()

    monkeypatch.setattr(vault, "mark_lost", fails_once)

    assert await refusal(owner.token()) == ("retryable", "vault_away")
    assert await refusal(owner.token()) == ("unauthorised", "consent_lost")
    assert vault.shelf.is_lost


async def test_without_any_refresh_token_the_operator_is_told_which_setting_to_fill(owners, vault, logged):
    owner = await owners(vault, zalo_oa_refresh_token="")

    assert await refusal(owner.start()) == ("unauthorised", "no_consent")
    assert logged[-1]["setting"] == "BANSO_ZALO_OA_REFRESH_TOKEN"


# The vault.


async def test_a_vault_that_is_away_is_no_loss(fake, owners, vault):
    vault.shelf.failing_reads = 1
    owner = await owners(vault)

    assert await refusal(owner.token()) == ("retryable", "vault_away")
    assert await owner.token() == fake.access_token


async def test_a_known_token_needs_no_vault(fake, owner, vault):
    vault.shelf.failing_reads = 10**6

    assert await owner.token() == fake.access_token


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({}, id="nothing in it"),
        pytest.param({"access_token": "A", "refresh_token": "R", "expires_at": "soon"}, id="no time"),
        pytest.param({"access_token": "A", "refresh_token": "R", "expires_at": None}, id="null"),
        pytest.param([], id="a list"),
    ],
)
async def test_an_unreadable_pair_is_as_good_as_none(fake, owners, vault, kept, monkeypatch):
    first = [kept]

    async def read():
        return first[0] if vault.tokens is None else vault.tokens

    monkeypatch.setattr(vault, "read", read)

    assert await (await owners(vault)).token() == fake.access_token


async def test_a_time_without_a_zone_is_utc(owners, vault):
    await vault.write({"access_token": "A", "refresh_token": "R", "expires_at": (NOW + LIFETIME).replace(tzinfo=None).isoformat()})

    assert await (await owners(vault)).token() == "A"


def test_a_pair_does_not_show_itself():
    assert repr(Tokens("secret-a", "secret-r", NOW)) == f"Tokens(expires_at={NOW!r})"
