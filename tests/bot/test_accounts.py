"""Accounts from the command line."""

import pytest

from bot.accounts import add_account, disable_account, list_accounts, make_link
from bot.settings import SettingsError

PASSWORD = "con trâu đi trước cái cày"


async def test_the_first_admin_is_added_by_command(settings):
    link = await add_account(settings, "Hoa", "Chị Hoa", "admin", PASSWORD)

    assert link is None
    assert await list_accounts(settings) == ["hoa: Chị Hoa, Quản trị"]


async def test_a_link_lets_the_person_choose_the_password(settings):
    link = await add_account(settings, "binh", "Anh Bình", "trainer", None)
    another = await make_link(settings, "binh")

    assert link.startswith("http://127.0.0.1:8000/quantri/moi/")
    assert another != link


@pytest.mark.parametrize(
    ("login", "role", "password", "said"),
    [
        pytest.param("hoa", "boss", PASSWORD, "Không có quyền “boss”", id="no such role"),
        pytest.param("h", "admin", PASSWORD, "3 đến 32", id="short login"),
        pytest.param("cô hoa", "admin", PASSWORD, "không dấu", id="diacritics"),
        pytest.param("hoa", "admin", "ngắn", "ít nhất 12", id="short password"),
        pytest.param("taken", "admin", PASSWORD, "đã có", id="taken"),
    ],
)
async def test_what_cannot_be_used_is_said(settings, login, role, password, said):
    await add_account(settings, "taken", "Có rồi", "admin", PASSWORD)

    with pytest.raises(SettingsError, match=said):
        await add_account(settings, login, "Hoa", role, password)


async def test_the_last_admin_is_not_locked_out(settings):
    await add_account(settings, "hoa", "Chị Hoa", "admin", PASSWORD)
    await add_account(settings, "binh", "Anh Bình", "admin", PASSWORD)

    await disable_account(settings, "binh")
    with pytest.raises(SettingsError, match="quản trị cuối cùng"):
        await disable_account(settings, "hoa")

    assert await list_accounts(settings) == ["binh: Anh Bình, Quản trị, đang khoá", "hoa: Chị Hoa, Quản trị"]
