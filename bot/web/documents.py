"""Pages for a person: a certificate that anyone can verify, and one's own data to take along."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

from actions.drawing.certificate import CertificateText, draw_certificate_pdf, draw_certificate_png
from actions.learners.learning import Issued
from actions.local_time import local_date
from bot.service import Service
from bot.settings import ROOT
from bot.web.own_data import said, sections_of
from bot.web.problems import ProblemError

TEMPLATES = ROOT / "bot" / "web" / "templates"
PRIVATE = {"Cache-Control": "no-store"}


def make_router(service: Service, public_url: str) -> APIRouter:
    """Return the routes of certificates and of data to take along."""
    router = APIRouter()
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
    templates.filters["said"] = said
    _add_certificates(router, service, public_url, templates)
    _add_data(router, service, templates)
    return router


def _add_certificates(router: APIRouter, service: Service, public_url: str, templates: Environment) -> None:
    async def drawn(code: str, draw: Callable[[CertificateText], bytes], media_type: str) -> Response:
        issued = await service.certificate(code.upper())
        if issued is None:
            raise ProblemError(404, "Không có giấy chứng nhận nào mang mã này.")
        content = await asyncio.to_thread(draw, _text(issued, public_url))
        return Response(content, media_type=media_type, headers=PRIVATE)

    @router.get("/chungnhan/{code}.png")
    async def certificate_png(code: str) -> Response:
        return await drawn(code, draw_certificate_png, "image/png")

    @router.get("/chungnhan/{code}.pdf")
    async def certificate_pdf(code: str) -> Response:
        return await drawn(code, draw_certificate_pdf, "application/pdf")

    @router.get("/chungnhan/{code}")
    async def verify(code: str) -> HTMLResponse:
        issued = await service.certificate(code.upper())
        if issued is None:
            return _page(templates, "certificate_unknown.html", 404, code=code)
        return _page(templates, "certificate.html", issued=issued, issued_on=local_date(issued.issued_at))


def _add_data(router: APIRouter, service: Service, templates: Environment) -> None:
    @router.get("/dulieu/{code}.json")
    async def data_file(code: str) -> Response:
        found = await service.export(code)
        if found is None:
            raise ProblemError(404, "Đường dẫn này đã hết hạn. Bạn gõ /taidulieu để lấy đường dẫn mới.")
        headers = PRIVATE | {"Content-Disposition": 'attachment; filename="du-lieu-ban-so.json"'}
        return Response(json.dumps(found, ensure_ascii=False, indent=2, default=_plain), media_type="application/json", headers=headers)

    @router.get("/dulieu/{code}")
    async def data_page(code: str) -> HTMLResponse:
        found = await service.export(code)
        if found is None:
            return _page(templates, "data_gone.html", 404)
        return _page(templates, "data.html", sections=sections_of(found, service.turns.curriculum), code=code)


def _page(templates: Environment, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(templates.get_template(name).render(**values), status, headers=PRIVATE)


def _text(issued: Issued, public_url: str) -> CertificateText:
    return CertificateText(
        name=issued.name, path_title=issued.path_title, skills=issued.skills, issued_on=local_date(issued.issued_at),
        content_version=issued.content_version, code=issued.code, address=f"{public_url}/chungnhan/{issued.code}",
    )  # fmt: skip


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
