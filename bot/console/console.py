"""What every page of the console has at hand: who is logged in, what they may, pages, messages, the audit log."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actions.learners.staff import ROLE_TITLES, SESSION_TOUCH, Staff
from actions.local_time import local_time
from bot import clock
from bot.console import options
from bot.console.items import Texts
from bot.console.places import edit_path
from bot.numbers import grouped
from bot.service import Service
from bot.settings import Settings
from bot.web.problems import ProblemError
from bot.web.staff_browser import SESSION_COOKIE

HOME = "/quantri"
LOGIN = "/quantri/vao"
STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
FLASH_COOKIE, LOGIN_COOKIE = "banso_tin", "banso_vao"
FLASH_SECONDS = 30
HASH_CHARACTERS = 10
CSRF_CHARACTERS = 64
SAFE_METHODS = ("GET", "HEAD")

__all__ = ["HOME", "LOGIN", "SESSION_COOKIE", "Console", "LoginNeededError", "Nav", "Staff"]


@dataclass(frozen=True)
class Nav:
    """A page's place in the navigation; shown to those who have the permission."""

    title: str
    path: str
    permission: str
    order: int


class LoginNeededError(Exception):
    """Nobody is logged in; the person is led to the login page and back."""


class Console:
    """The console over a service; every page gets it."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.repository = service.repository
        self.texts = Texts(self.repository)
        self.navigation: list[Nav] = []
        self.static_files = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
        self._addresses = {name: f"{HOME}/tinh/{_digest(path)}/{name}" for name, path in self.static_files.items()}
        self._is_https = settings.effective_public_url.startswith("https://")
        self._csrf_key = self.repository.keys.secret_for("console-csrf").encode()
        self.templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self.templates.filters |= {"when": when, "day": day, "number": number, "span": span}
        given = {"static": self.static_address, "role_titles": ROLE_TITLES, "edit_path": edit_path}
        self.templates.globals |= given | options.ALL

    def static_address(self, name: str) -> str:
        """Return the address of a file of `static/`, which changes with the file."""
        return self._addresses[name]

    def needs(self, permission: str) -> Any:
        """Return a FastAPI dependency that yields the `Staff` who is logged in.

        Raises:
            LoginNeededError: Nobody is.
            ProblemError: 403 without the permission, or for a request that another site may have made.
        """

        async def staff_who_may(request: Request) -> Staff:
            staff = await self.staff_of(request)
            if staff is None:
                raise LoginNeededError
            if request.method not in SAFE_METHODS:
                await self.check_csrf(request, request.cookies.get(SESSION_COOKIE, ""))
            if not staff.may(permission):
                raise ProblemError(403, "Tài khoản của bạn không có quyền làm việc này. Hãy nhờ quản trị.")
            return staff

        return Depends(staff_who_may)

    async def staff_of(self, request: Request) -> Staff | None:
        """Return who is logged in, or None."""
        if not hasattr(request.state, "staff"):
            request.state.staff = await self._look_up(request.cookies.get(SESSION_COOKIE, ""))
        found: Staff | None = request.state.staff
        return found

    async def check_csrf(self, request: Request, token: str) -> None:
        """Check that a request that changes something came from a page of ours.

        Raises:
            ProblemError: 403 where it may have come from another site.
        """
        given = request.headers.get("x-csrf-token") or str((await request.form()).get("csrf") or "")
        is_ours = hmac.compare_digest(given.encode(), self.csrf(token).encode()) and bool(token)
        if not is_ours or not self._is_from_here(request):
            raise ProblemError(403, "Trang này đã cũ, hoặc yêu cầu đến từ nơi khác. Hãy quay lại, tải lại trang rồi làm lại.")

    def csrf(self, token: str) -> str:
        """Return what a form must hold to be taken for one of this session's."""
        return hmac.new(self._csrf_key, token.encode(), hashlib.sha256).hexdigest()

    def page(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """Return a page made from a template; it knows who is logged in, and shows the waiting message once."""
        staff: Staff | None = getattr(request.state, "staff", None)
        message = values.pop("message", None) or self._flashed(request.cookies.get(FLASH_COOKIE, ""))
        common = {
            "staff": staff,
            "csrf": values.pop("csrf", None) or self.csrf(request.cookies.get(SESSION_COOKIE, "")),
            "message": message,
            "path": request.url.path,
            "navigation": [nav for nav in self.navigation if staff is not None and staff.may(nav.permission)],
            "stopped": self.service.handler.notice,
            "content_version": self.service.handler.content_version,
        }
        response = HTMLResponse(self.templates.get_template(template).render(**common, **values), status)
        if FLASH_COOKIE in request.cookies and not request.headers.get("hx-request"):
            response.delete_cookie(FLASH_COOKIE, path=HOME)
        return response

    def go(self, path: str, message: str = "") -> Response:
        """Return a redirect after something was done, with a message that is shown once."""
        response = RedirectResponse(path, 303)
        if message:
            self._set_cookie(response, FLASH_COOKIE, f"{self.csrf(message)}{quote(message)}", path=HOME, max_age=FLASH_SECONDS)
        return response

    def _flashed(self, cookie: str) -> str:
        """Return the message of a cookie that we set ourselves; a neighbour's site could set one too."""
        message = unquote(cookie[CSRF_CHARACTERS:])
        return message if hmac.compare_digest(cookie[:CSRF_CHARACTERS].encode(), self.csrf(message).encode()) else ""

    def set_session(self, response: Response, token: str) -> None:
        """Let a browser be logged in."""
        self._set_cookie(response, SESSION_COOKIE, token, path="/")
        response.delete_cookie(LOGIN_COOKIE, path=LOGIN)

    def login_token(self, request: Request) -> str:
        """Return the token that protects the login form: the browser's, or a new one."""
        return request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(16)

    def keep_login_token(self, response: Response, token: str) -> None:
        """Keep that token in the browser."""
        self._set_cookie(response, LOGIN_COOKIE, token, path=LOGIN)

    async def audit(self, staff: Staff | None, action: str, subject: str, **details: Any) -> None:
        """Note who did what, in a transaction of its own."""
        async with self.repository.transaction() as store:
            await store.staff.audit(staff, action, subject, clock.now(), **details)

    def _is_from_here(self, request: Request) -> bool:
        """Tell whether a browser says that a request comes from a page of ours; old ones say nothing."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        if site not in (None, "same-origin", "none"):  # "none": the person did it, by hand or by loading the page again.
            return False
        hosts = (request.headers.get("host"), urlsplit(self.settings.effective_public_url).netloc)
        return origin is None or (bool(urlsplit(origin).netloc) and urlsplit(origin).netloc in hosts)

    async def _look_up(self, token: str) -> Staff | None:
        if not token:
            return None
        now = clock.now()
        async with self.repository.reading() as store:
            found = await store.staff.of_session(token, now)
        if found is None:
            return None
        staff, seen_at = found
        if now - seen_at > SESSION_TOUCH:
            async with self.repository.transaction() as store:
                await store.staff.touch_session(token, now)
        return staff

    def _set_cookie(self, response: Response, name: str, value: str, *, path: str, max_age: int | None = None) -> None:
        response.set_cookie(name, value, max_age=max_age, path=path, httponly=True, samesite="lax", secure=self._is_https)


Page = Callable[..., Awaitable[Response]]


def when(time: datetime | None) -> str:
    """Return a time as people in Vietnam read it."""
    return "" if time is None else f"{local_time(time):%H:%M %d/%m/%Y}"


def day(value: date | None) -> str:
    """Return a date as people in Vietnam read it."""
    return "" if value is None else f"{value:%d/%m/%Y}"


def number(value: float | None) -> str:
    """Return a number with dots between thousands and a comma before decimals."""
    return "–" if value is None else grouped(value)


def span(value: timedelta) -> str:
    """Return in words how long something takes."""
    seconds = max(int(value.total_seconds()), 0)
    for size, unit in ((86400, "ngày"), (3600, "giờ"), (60, "phút")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} giây"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_CHARACTERS]
