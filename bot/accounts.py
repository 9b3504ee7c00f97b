"""Accounts of the console from the command line: the first admin, a forgotten password, who there is."""

import contextlib
from collections.abc import AsyncIterator

from actions.learners.database import migrate
from actions.learners.repository import Repository
from actions.learners.staff import ROLE_TITLES, ROLES
from bot import clock
from bot.console import passwords
from bot.console.pages.login import login_objection
from bot.secret_key import open_repository
from bot.settings import Settings, SettingsError


async def add_account(settings: Settings, login: str, name: str, role: str, password: str | None) -> str | None:
    """Add an account.

    Args:
        settings: Where the database is.
        login: What is typed to log in.
        name: The person's name.
        role: One of `ROLES`.
        password: None for a one-time link with which the person sets one.

    Returns:
        The link's address, None where a password was given.

    Raises:
        SettingsError: Something cannot be used; the message says what.
    """
    login = login.lower()
    if role not in ROLES:
        raise SettingsError(f"Không có quyền “{role}”. Các quyền: {', '.join(f'{key} ({ROLE_TITLES[key]})' for key in ROLES)}.")
    objection = login_objection(login) or (passwords.objection(password, login) if password is not None else "")
    if objection:
        raise SettingsError(objection)
    hashed = passwords.NO_PASSWORD if password is None else await passwords.hash_password(password)
    async with _opened(settings) as repository, repository.transaction() as store:
        staff_id = await store.staff.add(login, name, role, hashed, clock.now())
        if staff_id is None:
            raise SettingsError(f"Tên đăng nhập {login} đã có. Quên mật khẩu thì chạy: ./banso user link {login}")
        await store.staff.audit(None, "account.add", login, clock.now(), role=role, by_command=True)
        return None if password is not None else link_address(settings, await store.staff.make_link(staff_id, clock.now()))


async def make_link(settings: Settings, login: str) -> str:
    """Return the address of a one-time link with which somebody sets a new password; the second factor is taken off.

    Raises:
        SettingsError: There is no such account.
    """
    async with _opened(settings) as repository, repository.transaction() as store:
        account = await store.staff.account_by_login(login)
        if account is None:
            raise SettingsError(f"Không có tài khoản {login}. Xem các tài khoản: ./banso user list")
        await store.staff.change(account.id, sealed_totp=None, totp_step=None)
        await store.staff.audit(None, "account.link", account.login, clock.now(), by_command=True)
        return link_address(settings, await store.staff.make_link(account.id, clock.now()))


async def disable_account(settings: Settings, login: str) -> None:
    """Lock an account, and end its sessions.

    Raises:
        SettingsError: There is no such account, or it is the last admin's.
    """
    async with _opened(settings) as repository, repository.transaction() as store:
        account = await store.staff.account_by_login(login)
        if account is None:
            raise SettingsError(f"Không có tài khoản {login}. Xem các tài khoản: ./banso user list")
        if account.role == "admin" and not await store.staff.other_admins(account.id):
            raise SettingsError("Đây là quản trị cuối cùng. Hãy thêm một quản trị khác trước: ./banso user add")
        await store.staff.change(account.id, is_enabled=False)
        await store.staff.end_sessions(account.id)
        await store.staff.end_links(account.id)
        await store.staff.audit(None, "account.disable", account.login, clock.now(), by_command=True)


async def list_accounts(settings: Settings) -> list[str]:
    """Return one line for each account."""
    async with _opened(settings) as repository, repository.reading() as store:
        accounts = await store.staff.accounts()
    return [f"{a.login}: {a.name}, {ROLE_TITLES[a.role]}{'' if a.is_enabled else ', đang khoá'}" for a in accounts]


async def first_link(repository: Repository, settings: Settings) -> str | None:
    """Return the address of a one-time link that makes the first admin, or None where there is an account already."""
    async with repository.transaction() as store:
        if await store.staff.accounts():
            return None
        return link_address(settings, await store.staff.make_link(None, clock.now()))


def link_address(settings: Settings, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{settings.effective_public_url}/quantri/moi/{token}"


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Repository]:
    settings.data_path.mkdir(parents=True, exist_ok=True)
    migrate(settings.effective_database_url)
    repository = await open_repository(settings)
    try:
        yield repository
    finally:
        await repository.close()
