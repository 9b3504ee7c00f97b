"""The REST API of the web channel, health and metrics."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from bot.gate import clean
from bot.service import Service
from bot.turn import Message
from bot.web.limits import RateLimits, is_loopback
from bot.web.problems import ProblemError, problem
from bot.web.staff_browser import SESSION_COOKIE, mark_staff

CHANNEL = "web"
CHOICE_MAX_CHARACTERS = 64
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ChatRequest(BaseModel):
    """One message: `text`, or the `value` of a choice."""

    model_config = ConfigDict(extra="ignore", strict=True)

    sender: Identifier
    text: str | None = None
    choice: Annotated[str, StringConstraints(max_length=CHOICE_MAX_CHARACTERS)] | None = None
    message_id: Identifier | None = None

    @model_validator(mode="after")
    def _has_one(self) -> "ChatRequest":
        if (self.text is None) == (self.choice is None):
            raise ValueError("text or choice, one of them")
        return self


class WaitingRequest(BaseModel):
    """Whose waiting messages are asked for."""

    model_config = ConfigDict(extra="ignore", strict=True)

    sender: Identifier


class ExplainRequest(BaseModel):
    """A question to be explained."""

    text: str


def make_router(service: Service, limits: RateLimits, max_text_characters: int) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter()

    @router.post("/api/chat")
    async def chat(body: ChatRequest, request: Request) -> Response:
        text = body.text or ""
        # A cry for help is never too many; the limit of its address still holds.
        is_urgent = service.turns.is_urgent(clean(text[:max_text_characters]).text, body.choice)
        try:
            await limits.check_address(request.client.host if request.client else "")
            await limits.check_sender(body.sender, is_urgent=is_urgent)
        except ProblemError:
            service.metrics.refused.labels("too_many").inc()
            raise
        if len(text) > max_text_characters:
            service.metrics.refused.labels("too_long").inc()
            raise ProblemError(
                413, f"Tin nhắn dài {len(text)} ký tự; tối đa {max_text_characters}. Bạn kể ngắn hơn, hoặc gửi làm mấy lần nhé."
            )
        try:
            f"{text}{body.choice}".encode()
        except UnicodeEncodeError:
            raise ProblemError(400, "Tin nhắn có ký tự hỏng. Bạn gõ lại giúp tôi nhé.") from None
        await mark_staff(service.repository, CHANNEL, body.sender, request.cookies.get(SESSION_COOKIE))
        response = await service.handle(CHANNEL, body.sender, Message(text, body.choice), body.message_id)
        if response["outcome"] == "error":
            return problem(503, response["replies"][0]["text"], {"Retry-After": "5"}, **response)
        return JSONResponse(response)

    @router.get("/api/welcome")
    async def welcome() -> dict[str, Any]:
        """Return the greeting, and the address under which this service's own pages are named in texts."""
        return service.welcome() | {"public_url": service.handler.public_url}

    @router.post("/api/waiting")
    async def waiting(body: WaitingRequest, request: Request) -> dict[str, Any]:
        """Return the reminders that wait for a sender, each once."""
        await limits.check_address(request.client.host if request.client else "")
        return {"replies": await service.take_waiting(CHANNEL, body.sender)}

    @router.post("/api/explain")
    async def explain(body: ExplainRequest, request: Request) -> dict[str, Any]:
        """Answer a question and tell what the model made of it; for people at this machine only."""
        if not is_loopback(request.client.host if request.client else ""):
            raise ProblemError(404, "Chỉ dùng được ngay trên máy chạy dịch vụ.")
        return await service.explain(body.text[:max_text_characters])

    return router


def make_health_router(service: Service) -> APIRouter:
    """Return the routes for operators: liveness, readiness, metrics."""
    router = APIRouter()

    @router.get("/healthz/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/healthz/ready")
    async def ready() -> JSONResponse:
        health = await service.health()
        body = {"status": "ready" if health.is_ready else "not_ready", "checks": {"database": health.database, "nlu": health.nlu}}
        return JSONResponse(body, 200 if health.is_ready else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
