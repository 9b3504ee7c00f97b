"""The webhooks of the channels: checked, made durable, then acknowledged; handled later."""

import asyncio

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.channels.base import Channel, Inbound, RefusedError
from bot.channels.base import Request as ChannelRequest
from bot.delivery.receiver import DatabaseAwayError
from bot.service import Service
from bot.web.problems import ProblemError

logger = structlog.get_logger(__name__)


def make_router(service: Service) -> APIRouter:
    """Return the route of all webhooks: `/hooks/telegram`, `/hooks/zalo-oa`, `/hooks/zalo-bot`."""
    router = APIRouter()
    receipts: set[asyncio.Task[None]] = set()

    @router.post("/hooks/{name}")
    async def hook(name: str, request: Request) -> JSONResponse:
        channel = service.channels.get(name.replace("-", "_"))
        if channel is None:
            raise ProblemError(404, "Kênh này chưa mở.")
        try:
            events = channel.parse(ChannelRequest(dict(request.headers), await request.body()))
        except RefusedError as error:
            service.metrics.refused.labels(f"webhook_{error.status}").inc()
            logger.info("webhook.refused", channel=channel.name, status=error.status)
            raise ProblemError(error.status, error.detail) from None
        try:
            await service.receive(channel, events)
        except DatabaseAwayError:
            raise ProblemError(503, "Chưa nhận được, xin gửi lại.", {"Retry-After": "5"}) from None
        if any(event.receipt for event in events):
            task = asyncio.create_task(_acknowledge(channel, [event for event in events if event.receipt]))
            receipts.add(task)
            task.add_done_callback(receipts.discard)
        return JSONResponse({})

    return router


async def _acknowledge(channel: Channel, events: list[Inbound]) -> None:
    for event in events:
        await channel.acknowledge(event)
