"""Tài khoản của tôi: password, second factor, sessions, and codes to test the bot with."""

from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Form, Request, Response

from actions.learners.staff import hash_of
from bot import clock
from bot.console import passwords
from bot.console.console import LOGIN, SESSION_COOKIE, Console, Nav, Staff
from bot.console.pages.login import TOTP_WINDOW

PATH = "/quantri/tai-khoan-cua-toi"
NAV = Nav("Tài khoản của tôi", PATH, "see", 90)
ISSUER = "Bạn Số"
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of one's own account."""
    router = APIRouter(prefix=PATH)
    _add_password(router, console)
    _add_second_factor(router, console)
    _add_sessions(router, console)
    _add_testing(router, console)
    return router


async def _page(console: Console, request: Request, staff: Staff, status: int = 200, **values: object) -> Response:
    async with console.repository.reading() as store:
        account = await store.staff.account(staff.id)
        sessions = await store.staff.sessions(staff.id, clock.now())
        senders = await store.staff_senders.senders_of(staff.id)
    about = {"error": "", "secret": "", "picture": "", "test_code": "", **values}
    here = hash_of(request.cookies[SESSION_COOKIE])
    return console.page(request, "account.html", status, account=account, sessions=sessions, here=here, senders=senders, **about)


def _add_password(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        return await _page(console, request, staff)

    @router.post("/mat-khau")
    async def change(
        request: Request, staff: Annotated[Staff, console.needs("see")], old: Text = "", password: Text = "", again: Text = ""
    ) -> Response:
        async with console.repository.reading() as store:
            account = await store.staff.account(staff.id)
        assert account is not None
        error = "" if await passwords.is_right(account.password_hash, old) else "Mật khẩu hiện tại chưa đúng."
        error = error or passwords.objection(password, staff.login) or ("" if password == again else "Hai lần gõ chưa giống nhau.")
        if error:
            return await _page(console, request, staff, 422, error=error)
        hashed = await passwords.hash_password(password)
        async with console.repository.transaction() as store:
            await store.staff.change(staff.id, password_hash=hashed)
            await store.staff.end_sessions(staff.id, but=request.cookies[SESSION_COOKIE])
            await store.staff.audit(staff, "account.password_set", staff.login, clock.now())
        return console.go(PATH, "Đã đổi mật khẩu. Những nơi khác đang vào bằng tài khoản này đã bị ra.")


def _add_sessions(router: APIRouter, console: Console) -> None:
    @router.post("/ra-het")
    async def log_out_everywhere(staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.transaction() as store:
            await store.staff.end_sessions(staff.id)
            await store.staff.audit(staff, "login.out_everywhere", staff.login, clock.now())
        return console.go(LOGIN, "Đã ra ở mọi nơi.")

    @router.post("/ra-noi-khac")
    async def log_out_elsewhere(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.transaction() as store:
            await store.staff.end_sessions(staff.id, but=request.cookies[SESSION_COOKIE])
            await store.staff.audit(staff, "login.out_elsewhere", staff.login, clock.now())
        return console.go(PATH, "Đã ra ở những nơi khác.")


def _add_testing(router: APIRouter, console: Console) -> None:
    @router.post("/thu")
    async def make_code(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.transaction() as store:
            code = await store.staff_senders.make_code(staff.id, clock.now())
            await store.staff.audit(staff, "testing.code", staff.login, clock.now())
        return await _page(console, request, staff, test_code=code)

    @router.post("/thu/thoi")
    async def unmark(staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.transaction() as store:
            number = await store.staff_senders.unmark(staff.id)
            await store.staff.audit(staff, "testing.end", staff.login, clock.now(), number=number)
        return console.go(PATH, f"Đã thôi đánh dấu {number} nơi thử. Từ giờ, nhắn từ đó được tính vào thống kê.")


def _add_second_factor(router: APIRouter, console: Console) -> None:
    @router.post("/xac-thuc")
    async def begin(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        secret = pyotp.random_base32()
        address = pyotp.TOTP(secret).provisioning_uri(name=staff.login, issuer_name=ISSUER)
        return await _page(console, request, staff, secret=secret, picture=segno.make(address).svg_data_uri(scale=5))

    @router.post("/xac-thuc/bat")
    async def turn_on(request: Request, staff: Annotated[Staff, console.needs("see")], secret: Text = "", code: Text = "") -> Response:
        is_right = (
            secret.isalnum()
            and len(secret) == 32
            and pyotp.TOTP(secret).verify(code.strip(), for_time=clock.now(), valid_window=TOTP_WINDOW)
        )
        if not is_right:
            return await _page(console, request, staff, 422, error="Mã xác thực chưa đúng; chưa bật. Hãy bấm “Bật xác thực hai lớp” lại.")
        async with console.repository.transaction() as store:
            await store.staff.change(staff.id, sealed_totp=console.repository.keys.seal(secret), totp_step=None)
            await store.staff.audit(staff, "account.second_factor_on", staff.login, clock.now())
        return console.go(PATH, "Đã bật xác thực hai lớp. Lần sau vào, cần thêm mã trong ứng dụng.")

    @router.post("/xac-thuc/tat")
    async def turn_off(request: Request, staff: Annotated[Staff, console.needs("see")], password: Text = "") -> Response:
        async with console.repository.reading() as store:
            account = await store.staff.account(staff.id)
        if account is None or not await passwords.is_right(account.password_hash, password):
            return await _page(console, request, staff, 422, error="Mật khẩu chưa đúng; xác thực hai lớp vẫn bật.")
        async with console.repository.transaction() as store:
            await store.staff.change(staff.id, sealed_totp=None, totp_step=None)
            await store.staff.audit(staff, "account.second_factor_off", staff.login, clock.now())
        return console.go(PATH, "Đã tắt xác thực hai lớp.")
