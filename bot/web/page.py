"""The web chat: one page and its two files, served with strict headers."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
    "/chat.css": ("chat.css", "text/css; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
CONSOLE = "/quantri"
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    b" connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": _POLICY,
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"cross-origin-opener-policy": b"same-origin",
}
CONSOLE_HEADERS = HEADERS | {
    b"content-security-policy": _POLICY.replace(b"form-action 'none'", b"form-action 'self'"),
    b"referrer-policy": b"same-origin",  # so that browsers name the origin of a form
}
NOT_STORED = (b"cache-control", b"no-store")
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


def make_router() -> APIRouter:
    """Return the routes of the page and its files."""
    router = APIRouter()
    for path, (name, media_type) in FILES.items():

        def serve(name: str = name, media_type: str = media_type) -> FileResponse:
            return FileResponse(STATIC / name, media_type=media_type, headers={"Cache-Control": "no-cache"})

        router.add_api_route(path, serve, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
    return router


class SecurityHeaders:
    """ASGI middleware that puts the security headers on every response."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self._app, self._is_https = app, is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(scope["path"], message["headers"])]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers(self, path: str, present: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
        is_console = path == CONSOLE or path.startswith(CONSOLE + "/")
        yield from (CONSOLE_HEADERS if is_console else HEADERS).items()
        if is_console and not any(name.lower() == NOT_STORED[0] for name, _ in present):
            yield NOT_STORED
        if self._is_https:
            yield HTTPS_ONLY
