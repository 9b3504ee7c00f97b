"""Put the console's pages into the web app; every file of `pages/` is one page or a few."""

import importlib
import pkgutil
from typing import Annotated
from urllib.parse import quote, urlsplit

import structlog
from fastapi import APIRouter, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import bot.console.pages
from actions.learners.database import is_away
from bot.console.console import HOME, LOGIN, Console, LoginNeededError
from bot.delivery.receiver import DatabaseAwayError
from bot.service import Service
from bot.settings import Settings
from bot.web.problems import ProblemError, answer_of

logger = structlog.get_logger(__name__)
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain"}
FOR_NOW = {"Cache-Control": "no-cache"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # The address changes with the file.


def install(app: FastAPI, service: Service, settings: Settings) -> Console:
    """Add the console to the app.

    Args:
        app: Where the routes go; its problem documents are installed already.
        service: What the console works on.
        settings: The service's settings.
    """
    console = Console(service, settings)
    for module in sorted(pkgutil.iter_modules(bot.console.pages.__path__), key=lambda one: one.name):
        page = importlib.import_module(f"bot.console.pages.{module.name}")
        app.include_router(page.make_router(console), include_in_schema=False)
        if hasattr(page, "NAV"):
            console.navigation.append(page.NAV)
    console.navigation.sort(key=lambda nav: nav.order)
    app.include_router(_static(console), include_in_schema=False)
    _install_errors(app, console)
    return console


def _static(console: Console) -> APIRouter:
    router = APIRouter(prefix=f"{HOME}/tinh")

    @router.get("/{digest}/{name:path}")
    async def file(digest: str, name: Annotated[str, Path()]) -> Response:
        found = console.static_files.get(name)
        if found is None:
            raise ProblemError(404, "Không có tệp này.")
        # Under another version's address, which a replica of that version gave, it must not stay.
        is_this = console.static_address(name) == f"{HOME}/tinh/{digest}/{name}"
        return FileResponse(found, media_type=TYPES[found.suffix], headers=FOREVER if is_this else FOR_NOW)

    return router


def _install_errors(app: FastAPI, console: Console) -> None:
    @app.exception_handler(LoginNeededError)
    async def to_login(request: Request, _error: LoginNeededError) -> Response:
        if request.headers.get("hx-request"):  # The person shall come back to the page, not to the part of it that was asked for.
            address = f"{LOGIN}?den={quote(_local(request.headers.get('hx-current-url', HOME)))}"
            return Response(status_code=401, headers={"HX-Redirect": address})
        return console.go(f"{LOGIN}?den={quote(_local(str(request.url)) if request.method == 'GET' else HOME)}")

    async def failed(request: Request, error: Exception) -> Response:
        response: Response = answer_of(error)
        if not request.url.path.startswith(HOME):
            return response
        detail = error.detail if isinstance(error, ProblemError) else _DETAILS.get(response.status_code, _DETAILS[400])
        await console.staff_of(request)
        page = console.page(request, "error.html", response.status_code, detail=detail)
        page.headers.update(getattr(error, "headers", None) or {})
        return page

    for kind in (ProblemError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, failed)
    app.add_middleware(_ErrorPages, console=console)


class _ErrorPages:
    """ASGI middleware that shows a page, and no trace, where a page of the console failed."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app, self._console = app, console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer it where nobody else could."""
        if scope["type"] != "http" or not scope["path"].startswith(HOME):
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def note_and_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, note_and_send)
        except Exception as error:
            if has_begun:
                raise
            logger.exception("console.failed", path=scope["path"])
            status = 503 if isinstance(error, DatabaseAwayError) or is_away(error) else 500
            page = self._console.page(Request(scope), "error.html", status, detail=_DETAILS[status])
            await page(scope, receive, send)


def _local(address: str) -> str:
    """Return the path and query of an address."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


_DETAILS = {
    400: "Yêu cầu thiếu hoặc sai một mục. Hãy quay lại trang trước rồi làm lại.",
    404: "Không có trang này. Hãy chọn ở danh mục.",
    500: "Xin lỗi, có lỗi bên trong. Hãy bấm quay lại rồi thử lại; nếu vẫn vậy, báo quản trị xem nhật ký dịch vụ.",
    503: "Cơ sở dữ liệu tạm không trả lời, nên chưa làm được gì. Hãy bấm quay lại và thử lại sau ít phút.",
    405: "Địa chỉ này chỉ dùng qua nút bấm trên trang.",
}
