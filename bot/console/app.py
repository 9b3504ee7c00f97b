"""Put the console's pages into the web app; every file of `pages/` is one page or a few."""

import importlib
import pkgutil
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

import bot.console.pages
from bot.console.console import HOME, LOGIN, Console, LoginNeededError
from bot.service import Service
from bot.settings import Settings
from bot.web.problems import ProblemError, answer_of

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain"}
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
        return FileResponse(found, media_type=TYPES[found.suffix], headers=FOREVER)

    return router


def _install_errors(app: FastAPI, console: Console) -> None:
    @app.exception_handler(LoginNeededError)
    async def to_login(request: Request, _error: LoginNeededError) -> Response:
        came_from = request.url.path + (f"?{request.url.query}" if request.url.query else "") if request.method == "GET" else HOME
        address = f"{LOGIN}?den={quote(came_from)}"
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": address})
        return console.go(address)

    async def failed(request: Request, error: Exception) -> Response:
        response: Response = answer_of(error)
        if not request.url.path.startswith(HOME):
            return response
        detail = error.detail if isinstance(error, ProblemError) else _DETAILS.get(response.status_code, _DETAILS[400])
        await console.staff_of(request)
        return console.page(request, "error.html", response.status_code, detail=detail)

    for kind in (ProblemError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, failed)


_DETAILS = {
    400: "Yêu cầu thiếu hoặc sai một mục. Hãy quay lại trang trước rồi làm lại.",
    404: "Không có trang này. Hãy chọn ở danh mục.",
    405: "Địa chỉ này chỉ dùng qua nút bấm trên trang.",
}
