"""The vault: an account's tokens survive, sealed; one replica at a time renews them."""

from datetime import timedelta

import pytest

from actions.learners.tables import ChannelToken
from bot import clock
from bot.delivery.vault import DatabaseVault
from tests.bot.delivery.given import table


@pytest.fixture
def vault(repository):
    return DatabaseVault(repository, "A", "zalo_oa", "1")


@pytest.fixture
def other_vault(other):
    """The same account's vault in another replica."""
    return DatabaseVault(other, "B", "zalo_oa", "1")


async def test_tokens_are_kept_sealed_and_read_by_any_replica(repository, vault, other_vault):
    before = await vault.read()

    await vault.write({"refresh_token": "bí mật"})

    assert before is None
    assert await other_vault.read() == {"refresh_token": "bí mật"}
    assert "bí mật" not in str(await table(repository, ChannelToken))


async def test_another_account_has_its_own_tokens(repository, vault):
    await vault.write({"refresh_token": "một"})

    assert await DatabaseVault(repository, "A", "zalo_oa", "2").read() is None


async def test_lost_consent_raises_the_alarm_until_it_is_given_again(repository, vault):
    await vault.write({"refresh_token": "một"})
    await vault.mark_lost()
    lost = [row["lost_at"] is not None for row in await table(repository, ChannelToken)]

    await vault.write({"refresh_token": "hai"})

    assert (lost, [row["lost_at"] for row in await table(repository, ChannelToken)]) == ([True], [None])


async def test_one_replica_renews_and_another_after_it_or_when_it_was_too_long(vault, other_vault, time_machine):
    assert await vault.hold(90)
    assert not await other_vault.hold(90)

    await vault.release()
    assert await other_vault.hold(90)

    time_machine.move_to(clock.now() + timedelta(seconds=91), tick=True)
    assert await vault.hold(90)
    await other_vault.release()
    assert not await other_vault.hold(90)
