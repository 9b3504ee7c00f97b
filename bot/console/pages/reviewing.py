"""Rà soát: reviews that are due, facts by the day they were checked, dead sources, thin answers, examples that are confused."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.curriculum.reviewing import SourceInUse, due_items, facts_by_day, sources_in_use
from actions.curriculum.tree import ITEM_KIND_TITLES, Item
from actions.learners import content_checks
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.draft_changes import NothingDoneError
from bot.console.example_comparison import Comparison, digest_of_examples
from bot.console.example_index import working_examples
from bot.console.reviews import Reviews
from bot.console.targets import Targets
from bot.links import DEAD, MOVED, OK, REFUSED, STATUS_TITLES

PATH = "/quantri/ra-soat"
NAV = Nav("Rà soát", PATH, "see", 40)
DAYS = (0, 30, 60, 90)
THIN, FEW = 25, 40  # fewer examples teach the model badly, or less well
ALL = -1
NO_STATE: Mapping[str, Any] = {"status": "", "code": 0, "final": "", "since": None}
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of the reviews."""
    router = APIRouter(prefix=PATH)
    _add_items(router, console)
    _add_facts(router, console)
    _add_sources(router, console)
    _add_examples(router, console, Comparison(console.repository, console.texts))
    return router


def _add_items(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")], ngay: int = 30, loai: str = "") -> Response:
        within = None if ngay == ALL else ngay if ngay in DAYS else 30
        found = [due for due in due_items(console.service.turns.curriculum, clock.today(), within) if loai in ("", due.item.kind)]
        chosen = {"ngay": ALL if within is None else within, "loai": loai}
        about = {"days": DAYS, "kinds": ITEM_KIND_TITLES, "drafts": await _drafts(console)}
        return console.page(request, "reviewing.html", found=found, chosen=chosen, part="", **about)

    @router.post("")
    async def mark(
        staff: Annotated[Staff, console.needs("write")], muc: Text, ngay: Annotated[int, Form()] = 30, loai: Text = ""
    ) -> Response:
        try:
            message = await Reviews(console.repository, staff, clock.now()).mark(Item.parse(muc))
        except (NothingDoneError, ValueError) as error:
            message = str(error) if isinstance(error, NothingDoneError) else "Không có mục này. Hãy tải lại trang."
        known = loai if loai in ITEM_KIND_TITLES else ""
        return console.go(f"{PATH}?ngay={ngay}&loai={known}", message)


def _add_facts(router: APIRouter, console: Console) -> None:
    @router.get("/du-kien")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        facts = facts_by_day(console.service.turns.curriculum)
        return console.page(request, "reviewing_facts.html", facts=facts, drafts=await _drafts(console), part="/du-kien")

    @router.post("/du-kien")
    async def mark(staff: Annotated[Staff, console.needs("write")], ma: Text) -> Response:
        try:
            message = await Reviews(console.repository, staff, clock.now()).mark_fact(ma)
        except NothingDoneError as error:
            message = str(error)
        return console.go(f"{PATH}/du-kien", message)


def _add_sources(router: APIRouter, console: Console) -> None:
    @router.get("/nguon")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")], xem: str = "") -> Response:
        sources = sources_in_use(console.service.turns.curriculum)
        async with console.repository.reading() as store:
            findings = await store.content_checks.found(content_checks.LINKS)
        states: Mapping[str, Mapping[str, Any]] = findings.document["addresses"] if findings else {}
        found = [(source, states.get(source.address, NO_STATE)) for source in sources]
        counts = Counter(state["status"] for _, state in found)
        shown = [one for one in found if xem == "tat-ca" or one[1]["status"] in (*DEAD, REFUSED, MOVED)]
        about = {"titles": STATUS_TITLES | {"": "chưa kiểm tra"}, "counts": counts, "dead": DEAD, "is_all": xem == "tat-ca"}
        checked_at = findings.checked_at if findings else None
        return console.page(
            request, "reviewing_sources.html", found=sorted(shown, key=_worst_first), checked_at=checked_at, part="/nguon", **about
        )


def _add_examples(router: APIRouter, console: Console, comparison: Comparison) -> None:
    @router.get("/vi-du")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        targets, drafts = await _targets(console)
        counts = Counter((await working_examples(console.texts)).values())
        few = [(counts[target.slug], target) for target in targets.by_slug.values() if counts[target.slug] < FEW]
        few.sort(key=lambda one: (one[0], one[1].title))
        return console.page(
            request, "reviewing_examples.html", few=few, thin=THIN, wanted=FEW, drafts=drafts, part="/vi-du",
            **await _compared(console, comparison, targets),
        )  # fmt: skip

    @router.get("/vi-du/so-sanh")
    async def watch(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        targets, _ = await _targets(console)
        return console.page(request, "reviewing_confused.html", **await _compared(console, comparison, targets))

    @router.post("/vi-du/so-sanh")
    async def compare(_staff: Annotated[Staff, console.needs("write")]) -> Response:
        comparison.start()
        return console.go(f"{PATH}/vi-du#so-sanh")


async def _compared(console: Console, comparison: Comparison, targets: Targets) -> dict[str, Any]:
    files, _ = await console.texts.working()
    async with console.repository.reading() as store:
        findings = await store.content_checks.found(content_checks.EXAMPLES)
    is_outdated = findings is not None and findings.document["of"] != digest_of_examples(files)
    found = {"pairs": findings.document["pairs"] if findings else [], "compared_at": findings.checked_at if findings else None}
    state = {"is_outdated": is_outdated, "is_running": comparison.is_running, "has_failed": comparison.has_failed}
    return found | state | {"titles": {slug: target.title for slug, target in targets.by_slug.items()}}


async def _targets(console: Console) -> tuple[Targets, dict[str, str]]:
    async with console.repository.reading() as store:
        drafts = await store.contents.drafts()
    return Targets.of(console.service.turns.curriculum, drafts), {draft.item: draft.state for draft in drafts}


async def _drafts(console: Console) -> set[str]:
    async with console.repository.reading() as store:
        return {draft.item for draft in await store.contents.drafts()}


def _worst_first(one: tuple[SourceInUse, Mapping[str, Any]]) -> tuple[int, str]:
    order = (*DEAD, REFUSED, MOVED, "", OK)
    return order.index(one[1]["status"]), one[0].address
