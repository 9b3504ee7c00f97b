"""Vào, ra, and one-time links: how somebody gets in."""

from typing import Annotated

import pyotp
import structlog
from fastapi import APIRouter, Form, Request, Response

from actions.learners.staff_tables import StaffRow
from bot import clock
from bot.console import passwords
from bot.console.console import HOME, LOGIN, SESSION_COOKIE, Console, Staff
from bot.console.throttle import Attempt, LoginThrottle
from bot.web.problems import ProblemError

logger = structlog.get_logger(__name__)
WRONG = "Tên đăng nhập, mật khẩu hoặc mã xác thực chưa đúng."
TOO_MANY = "Sai nhiều lần quá. Hãy chờ {minutes} phút rồi thử lại; nếu quên mật khẩu, nhờ quản trị gửi đường dẫn mới."
NO_ACCOUNT = "(không có tài khoản này)"
LINK_GONE = "Đường dẫn này đã dùng hoặc đã hết hạn. Hãy nhờ quản trị gửi đường dẫn mới."
TOTP_WINDOW = 1  # steps of half a minute that a clock may be off
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of logging in and out."""
    router = APIRouter()
    _add_login(router, console, LoginThrottle())
    _add_links(router, console)
    return router


def _add_login(router: APIRouter, console: Console, throttle: LoginThrottle) -> None:
    async def form(request: Request, status: int = 200, error: str = "", login: str = "", den: str = "") -> Response:
        token = console.login_token(request)
        response = console.page(request, "login.html", status, csrf=console.csrf(token), error=error, login=login, den=_own(den))
        console.keep_login_token(response, token)
        return response

    @router.get(LOGIN)
    async def show(request: Request, den: str = "") -> Response:
        if await console.staff_of(request) is not None:
            return console.go(HOME)
        return await form(request, den=den)

    @router.post(LOGIN)
    async def log_in(request: Request, login: Text = "", password: Text = "", code: Text = "", den: Text = "") -> Response:
        await console.check_csrf(request, console.login_token(request))
        login = login.strip().lower()[:64]
        attempt = Attempt(login, request.client.host if request.client else "")
        async with throttle.one_at_a_time(attempt):
            minutes = await throttle.wait_minutes(attempt)
            if minutes:
                return await form(request, 429, TOO_MANY.format(minutes=minutes), login, den)
            account = await _account(console, login)
            is_in = await _is_in(console, account, password[: passwords.MAX_CHARACTERS + 1], code)
            if account is None or not is_in:
                await throttle.note_failure(attempt)
                # What is no login may be a password, typed into the wrong box.
                await console.audit(None, "login.failed", login if account else NO_ACCOUNT, address=attempt.address)
                return await form(request, 403, WRONG, login, den)
            await throttle.forgive(attempt)
        return await _let_in(console, request, account, _own(den) or HOME, password)

    @router.post("/quantri/ra")
    async def log_out(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        async with console.repository.transaction() as store:
            await store.staff.end_session(request.cookies[SESSION_COOKIE])
            await store.staff.audit(staff, "login.out", staff.login, clock.now())
        response = console.go(LOGIN, "Đã ra.")
        response.delete_cookie(SESSION_COOKIE, path="/")
        return response


def _add_links(router: APIRouter, console: Console) -> None:
    async def form(request: Request, token: str, status: int = 200, error: str = "", **values: str) -> Response:
        async with console.repository.reading() as store:
            link = await store.staff.read_link(token, clock.now())
            account = await store.staff.account(link.staff_id) if link and link.staff_id else None
        if link is None:
            raise ProblemError(404, LINK_GONE)
        about = {"login": "", "name": "", **values}
        return console.page(request, "link.html", status, csrf=console.csrf(token), account=account, error=error, **about)

    @router.get("/quantri/moi/{token}")
    async def show(request: Request, token: str) -> Response:
        return await form(request, token)

    @router.post("/quantri/moi/{token}")
    async def use(request: Request, token: str, password: Text = "", again: Text = "", login: Text = "", name: Text = "") -> Response:
        await console.check_csrf(request, token)
        async with console.repository.reading() as store:
            link = await store.staff.read_link(token, clock.now())
            account = await store.staff.account(link.staff_id) if link and link.staff_id else None
        if link is None:
            raise ProblemError(404, LINK_GONE)
        login, name = (account.login, account.name) if account else (login.strip().lower(), name.strip())
        error = login_objection(login) or ("" if name else "Hãy ghi tên của bạn.")
        error = error or passwords.objection(password, login) or ("" if password == again else "Hai lần gõ mật khẩu chưa giống nhau.")
        if error:
            return await form(request, token, 422, error, login=login, name=name)
        hashed = await passwords.hash_password(password)
        async with console.repository.transaction() as store:
            if not await store.staff.use_link(token):
                raise ProblemError(404, LINK_GONE)
            staff_id = account.id if account else await store.staff.add(login, name, "admin", hashed, clock.now())
            if staff_id is None:
                raise ProblemError(422, f"Tên đăng nhập {login} đã có. Hãy chọn tên khác.")
            await store.staff.change(staff_id, password_hash=hashed)
            await store.staff.end_sessions(staff_id)
            await store.staff.audit(None, "account.password_set", login, clock.now(), by_link=True)
            account = await store.staff.account(staff_id)
        assert account is not None
        return await _let_in(console, request, account, HOME, password)


async def _account(console: Console, login: str) -> StaffRow | None:
    async with console.repository.reading() as store:
        account = await store.staff.account_by_login(login)
    return account if account is not None and account.is_enabled else None


async def _is_in(console: Console, account: StaffRow | None, password: str, code: str) -> bool:
    is_password_right = await passwords.is_right(account.password_hash if account else None, password)
    if account is None or not is_password_right:
        return False
    return account.sealed_totp is None or await is_code_right(console, account.id, account.sealed_totp, code)


async def is_code_right(console: Console, staff_id: str, sealed_totp: str, code: str) -> bool:
    """Tell whether a code of an authenticator is right; each works once."""
    totp = pyotp.TOTP(console.repository.keys.unseal(sealed_totp))
    now = clock.now()
    step = int(now.timestamp()) // totp.interval
    for at in range(step - TOTP_WINDOW, step + TOTP_WINDOW + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(at), code.strip().replace(" ", "")):
            async with console.repository.transaction() as store:
                return await store.staff.take_totp_step(staff_id, at)
    return False


async def _let_in(console: Console, request: Request, account: StaffRow, to: str, password: str) -> Response:
    """Begin a new session, whatever the browser brought, so that nobody can plant one."""
    hashed = await passwords.hash_password(password) if passwords.needs_rehash(account.password_hash) else None
    async with console.repository.transaction() as store:
        old = request.cookies.get(SESSION_COOKIE)
        if old:
            await store.staff.end_session(old)
        token = await store.staff.open_session(account.id, clock.now())
        if hashed is not None:
            await store.staff.change(account.id, password_hash=hashed)
        staff = Staff(account.id, account.login, account.name, account.role)
        await store.staff.audit(staff, "login.in", account.login, clock.now())
    response = console.go(to)
    console.set_session(response, token)
    return response


def login_objection(login: str) -> str:
    """Return why a login cannot be used, in Vietnamese; empty where it can."""
    is_good = 3 <= len(login) <= 32 and login.isascii() and all(c.isalnum() or c in "._-" for c in login)
    return "" if is_good else "Tên đăng nhập gồm 3 đến 32 chữ cái không dấu, số, dấu chấm, gạch nối."


def _own(address: str) -> str:
    """Return an address below the console, or nothing: nobody is led elsewhere after logging in."""
    is_own = address.startswith(HOME) and address[len(HOME) :][:1] in ("", "/", "?") and "\\" not in address
    return address if is_own and address.isprintable() else ""
