"""The console's first page: what waits for somebody, and where everything is."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from bot.console.console import HOME, Console, Nav, Staff
from bot.console.publication import pending

NAV = Nav("Trang đầu", HOME, "see", 0)


def make_router(console: Console) -> APIRouter:
    """Return the route of the first page."""
    router = APIRouter()

    @router.get(HOME)
    async def show(request: Request, staff: Annotated[Staff, console.needs("see")]) -> Response:
        found, _ = await pending(console.repository)
        to_review = [one for one in found if one.draft.state == "in_review" and one.may_review(staff)]
        returned = [one for one in found if one.draft.state == "returned" and one.draft.edited_by == staff.id]
        health = await console.service.health()
        async with console.repository.reading() as store:
            set_aside = (await store.inbox.counts())[2] + (await store.outbox.counts(list(console.service.channels)))[2]
            lost = sum(lost_at is not None for *_, lost_at in await store.leases.token_states())
        about = {"drafts": len(found), "to_review": to_review, "returned": returned, "health": health, "set_aside": set_aside, "lost": lost}
        return console.page(request, "home.html", **about)

    return router
