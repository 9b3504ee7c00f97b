"""Thống kê: who came, what was learned, where learners stop, what was asked; the filters live in the address."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from actions.learners.statistics.choices import Choices
from actions.learners.statistics.definitions import DEFINITIONS
from actions.learners.statistics.filters import default_filter
from actions.local_time import local_time
from bot import clock
from bot.console import options
from bot.console.charts import charts, read_figures
from bot.console.console import Console, Nav, Staff
from bot.console.drawings import height_of, option_of
from bot.statistics.addresses import Address, AddressError, periods, read_address
from bot.statistics.figures import said
from bot.statistics.spreadsheets import write_csv, write_xlsx
from bot.statistics.words import CHANNEL_TITLES, CurrentWords, Words
from bot.web.media_types import MEDIA_TYPES
from bot.web.problems import ProblemError

PATH = "/quantri/thong-ke"
NAV = Nav("Thống kê", PATH, "see", 40)
FORMATS = ("xlsx", "csv")


def make_router(console: Console) -> APIRouter:
    """Return the routes of the dashboard."""
    router = APIRouter(prefix=PATH)
    console.templates.filters["said"] = said
    console.templates.globals |= {"option_of": option_of, "height_of": height_of}
    current = CurrentWords(console.service)
    _add_page(router, console, current)
    _add_charts(router, console, current)
    _add_download(router, console, current)
    return router


def _add_page(router: APIRouter, console: Console, current: CurrentWords) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        words = current()
        try:
            address, error = read_address(request.query_params, words, clock.today()), ""
        except AddressError as wrong:
            address, error = Address(default_filter(clock.today())), str(wrong)
        async with console.repository.reading() as store:
            choices = await store.statistics.choices(address.wanted)
            counted_at = await store.statistics.counted_at()
        return console.page(
            request, "statistics.html", 422 if error else 200, home=PATH, address=address, error=error, words=words, choices=choices,
            counted_at=counted_at, charts=charts().values(), channels=_channels(choices), class_name=_class_name(address, choices),
            given=_given(request.query_params if error else {}), periods=periods(clock.today()), definitions=DEFINITIONS,
        )  # fmt: skip


def _add_charts(router: APIRouter, console: Console, current: CurrentWords) -> None:
    @router.get("/bieu-do/{name}")
    async def chart(request: Request, name: str, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        if name not in charts():
            raise ProblemError(404, "Không có phần này trong trang thống kê.")
        words = current()
        address = address_of(request, words)
        (figure,) = await read_figures(console.repository, address.asked(words), (name,))
        template = "statistics_chart.html" if request.headers.get("hx-request") else "statistics_one.html"
        lessons = options.lesson_options(words.curriculum.lessons)
        return console.page(request, template, figure=figure, address=address, home=PATH, lessons=lessons)


def _add_download(router: APIRouter, console: Console, current: CurrentWords) -> None:
    @router.get("/tai")
    async def download(
        request: Request, staff: Annotated[Staff, console.needs("export")], dang: str = "xlsx", phan: str = ""
    ) -> Response:  # fmt: skip
        if dang not in FORMATS or (phan and phan not in charts()):
            raise ProblemError(404, "Không có tệp này. Hãy tải lại ở trang Thống kê.")
        words, now = current(), clock.now()
        address = address_of(request, words)
        figures = await read_figures(console.repository, address.asked(words), (phan,) if phan else ())
        about = [*describe(address, words), ("Lập lúc", f"{local_time(now):%H:%M %d/%m/%Y}")]
        content = write_csv(figures) if dang == "csv" else write_xlsx(figures, about, now)
        await console.audit(staff, "statistics.export", phan or "tất cả", kind=dang, filter=address.query)
        name = f"thong-ke-{phan.replace('_', '-') + '-' if phan else ''}{local_time(now):%Y%m%d-%H%M%S}.{dang}"
        return Response(content, media_type=MEDIA_TYPES[dang], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def address_of(request: Request, words: Words) -> Address:
    """Read the filter of a request's address.

    Raises:
        ProblemError: 422 with what is wrong.
    """
    try:
        return read_address(request.query_params, words, clock.today())
    except AddressError as error:
        raise ProblemError(422, str(error)) from None


def describe(address: Address, words: Words) -> list[tuple[str, str]]:
    """Return in words what a filter leaves."""
    one = address.wanted
    lines = [("Kỳ", f"{one.since:%d/%m/%Y} – {one.until:%d/%m/%Y}")]
    lines += [("Kênh", words.channel(one.channel))] if one.channel else []
    lines += [("Lộ trình", words.path(one.path))] if one.path else []
    lines += [("Lớp", one.class_code)] if one.class_code else []
    return lines + ([("Chủ đề", words.topic(one.topic))] if one.topic else [])


def _channels(choices: Choices) -> Mapping[str, str]:
    return {name: CHANNEL_TITLES.get(name, name) for name in choices.channels} or CHANNEL_TITLES


def _class_name(address: Address, choices: Choices) -> str:
    code = address.wanted.class_code
    return next((one.name for one in choices.classes if one.code == code), code)


def _given(query: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(query.get(name, "")) for name in ("tu", "den")}
