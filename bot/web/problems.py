"""Problem documents (RFC 9457) in Vietnamese, for every way a request can fail."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.delivery.receiver import DatabaseAwayError

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Yêu cầu chưa đúng",
    404: "Không có trang này",
    405: "Không dùng được cách này",
    403: "Không được phép",
    413: "Tin nhắn quá dài",
    415: "Sai kiểu nội dung",
    429: "Gửi quá nhanh",
    500: "Có lỗi",
    503: "Đang bận",
}
_DETAILS = {
    404: "Địa chỉ này không có. Trang chat ở địa chỉ gốc của dịch vụ.",
    405: "Hãy gửi POST tới /api/chat.",
    500: "Xin lỗi, có lỗi bên trong. Bạn thử lại sau ít phút nhé.",
    503: "Xin lỗi, tôi đang bận. Bạn thử lại sau ít phút nhé.",
}


class ProblemError(Exception):
    """A request that is refused; `detail` is what the citizen reads."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **extensions: Any) -> JSONResponse:
    """Return a problem document."""
    title = _TITLES.get(status, HTTPStatus(status).phrase)
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extensions}
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def answer_of(error: Exception) -> JSONResponse:
    """Return the problem document of a request that was refused."""
    if isinstance(error, ProblemError):
        return problem(error.status, error.detail, error.headers)
    if isinstance(error, RequestValidationError):
        places = sorted({".".join(str(part) for part in e["loc"][1:]) or "thân yêu cầu" for e in error.errors()})
        return problem(400, f"Chưa đúng ở: {', '.join(places)}. Cần sender (1–64 ký tự a–z, A–Z, 0–9, _ hoặc -) và text hoặc choice.")
    assert isinstance(error, HTTPException)
    return problem(error.status_code, _DETAILS.get(error.status_code, "Yêu cầu chưa đúng."))


def install(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    @app.exception_handler(ProblemError)
    @app.exception_handler(RequestValidationError)
    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: Exception) -> JSONResponse:
        return answer_of(error)

    @app.exception_handler(DatabaseAwayError)
    @app.exception_handler(TimeoutError)
    async def busy(_request: Request, _error: Exception) -> JSONResponse:
        return problem(503, _DETAILS[503], {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error: Exception) -> JSONResponse:
        return problem(500, _DETAILS[500])
