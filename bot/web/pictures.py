"""Pictures for the chat: the content's illustrations, progress, a class's QR code."""

import asyncio
import functools
import io

import segno
from fastapi import APIRouter
from fastapi.responses import Response

from actions.drawing.progress import ModuleProgress, draw_progress
from bot.service import Service
from bot.settings import ROOT
from bot.web.problems import ProblemError

FOLDER = ROOT / "content" / "pictures"
LONG = {"Cache-Control": "public, max-age=31536000, immutable"}
SHORT = {"Cache-Control": "public, max-age=3600"}
NUMBER_MAX = 999
QR_SCALE = 12


def make_router(service: Service, public_url: str) -> APIRouter:
    """Return the routes of the pictures; none of them says anything of a person."""
    router = APIRouter()

    @router.get("/pictures/progress.png")
    async def progress(modules: str = "", days: str = "") -> Response:
        titles = [m.title for m in service.turns.curriculum.modules.values() if service.turns.curriculum.lessons_of(m.slug)]
        try:
            png = await asyncio.to_thread(_draw_progress, tuple(titles), modules, min(int(days), NUMBER_MAX))
        except ValueError:
            raise ProblemError(404, "Không có hình này.") from None
        return Response(png, media_type="image/png", headers=SHORT)

    @router.get("/pictures/class-{code}.png")
    async def class_code(code: str) -> Response:
        if await service.class_name(code) is None:
            raise ProblemError(404, "Không có lớp này.")
        out = io.BytesIO()
        segno.make(f"{public_url}/?lop={code}", error="m").save(out, kind="png", scale=QR_SCALE, border=4)
        return Response(out.getvalue(), media_type="image/png", headers=SHORT)

    @router.get("/pictures/{slug}-{digest}.png")
    async def picture(slug: str, digest: str) -> Response:
        known = service.turns.curriculum.pictures.get(slug)
        if known is None:
            raise ProblemError(404, "Không có hình này.")
        return Response(
            (FOLDER / f"{known.slug}.png").read_bytes(), media_type="image/png", headers=LONG if digest == known.digest else SHORT
        )

    return router


@functools.lru_cache(maxsize=256)
def _draw_progress(titles: tuple[str, ...], modules: str, days: int) -> bytes:
    counts = [tuple(int(number) for number in part.split(".")) for part in modules.split("-")]
    if len(counts) != len(titles) or any(len(pair) != 2 or max(pair) > NUMBER_MAX for pair in counts):
        raise ValueError("one pair of numbers a module")
    return draw_progress([ModuleProgress(title, *pair) for title, pair in zip(titles, counts, strict=True)], days)
