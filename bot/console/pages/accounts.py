"""Người dùng: accounts of the console, their roles, one-time links."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from actions.learners.repository import Store
from actions.learners.staff import PERMISSIONS, ROLES
from actions.learners.staff_tables import StaffRow
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.pages.login import login_objection
from bot.console.passwords import NO_PASSWORD
from bot.web.problems import ProblemError

PATH = "/quantri/nguoi-dung"
NAV = Nav("Người dùng", PATH, "accounts", 80)
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of accounts."""
    router = APIRouter(prefix=PATH)

    async def page(request: Request, status: int = 200, error: str = "", link: str = "", link_for: str = "") -> Response:
        async with console.repository.reading() as store:
            accounts = await store.staff.accounts()
        about = {"error": error, "link": link, "link_for": link_for, "roles": ROLES, "permissions": PERMISSIONS}
        return console.page(request, "accounts.html", status, accounts=accounts, **about)

    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("accounts")]) -> Response:
        return await page(request)

    @router.post("")
    async def add(
        request: Request, staff: Annotated[Staff, console.needs("accounts")], login: Text = "", name: Text = "", role: Text = ""
    ) -> Response:
        login, name = login.strip().lower(), name.strip()[:64]
        error = login_objection(login) or ("" if name else "Hãy ghi tên người dùng.") or ("" if role in ROLES else "Hãy chọn quyền.")
        if error:
            return await page(request, 422, error)
        async with console.repository.transaction() as store:
            staff_id = await store.staff.add(login, name, role, NO_PASSWORD, clock.now())
            if staff_id is None:
                return await page(request, 422, f"Tên đăng nhập {login} đã có. Hãy chọn tên khác.")
            token = await store.staff.make_link(staff_id, clock.now())
            await store.staff.audit(staff, "account.add", login, clock.now(), role=role)
        return await page(request, link=f"{console.settings.effective_public_url}/quantri/moi/{token}", link_for=name)

    @router.post("/{staff_id}/quyen")
    async def set_role(staff_id: str, staff: Annotated[Staff, console.needs("accounts")], role: Text = "") -> Response:
        if role not in ROLES:
            raise ProblemError(422, "Không có quyền này.")
        async with console.repository.transaction() as store:
            account = await _existing(store, staff_id)
            await _keep_an_admin(store, account, stays=role == "admin")
            await store.staff.change(staff_id, role=role)
            await store.staff.end_sessions(staff_id)
            await store.staff.audit(staff, "account.role", account.login, clock.now(), before=account.role, after=role)
        return console.go(PATH, f"Đã đổi quyền của {account.name}. Người này cần vào lại.")

    @router.post("/{staff_id}/khoa")
    async def enable(staff_id: str, staff: Annotated[Staff, console.needs("accounts")], is_enabled: Annotated[bool, Form()]) -> Response:
        async with console.repository.transaction() as store:
            account = await _existing(store, staff_id)
            await _keep_an_admin(store, account, stays=is_enabled)
            await store.staff.change(staff_id, is_enabled=is_enabled)
            await store.staff.end_sessions(staff_id)
            await store.staff.end_links(staff_id)
            await store.staff.audit(staff, "account.enable" if is_enabled else "account.disable", account.login, clock.now())
        return console.go(PATH, f"Đã {'mở' if is_enabled else 'khoá'} tài khoản của {account.name}.")

    @router.post("/{staff_id}/duong-dan")
    async def make_link(request: Request, staff_id: str, staff: Annotated[Staff, console.needs("accounts")]) -> Response:
        async with console.repository.transaction() as store:
            account = await _existing(store, staff_id)
            token = await store.staff.make_link(staff_id, clock.now())
            await store.staff.change(staff_id, sealed_totp=None, totp_step=None)  # Who lost the password may have lost the phone.
            await store.staff.audit(staff, "account.link", account.login, clock.now())
        return await page(request, link=f"{console.settings.effective_public_url}/quantri/moi/{token}", link_for=account.name)

    return router


async def _existing(store: Store, staff_id: str) -> StaffRow:
    account = await store.staff.account(staff_id)
    if account is None:
        raise ProblemError(404, "Không có tài khoản này.")
    return account


async def _keep_an_admin(store: Store, account: StaffRow, *, stays: bool) -> None:
    """Refuse what would leave nobody who can manage accounts."""
    if account.role == "admin" and not stays and not await store.staff.other_admins(account.id):
        raise ProblemError(422, "Đây là quản trị cuối cùng. Hãy thêm một quản trị khác trước.")
