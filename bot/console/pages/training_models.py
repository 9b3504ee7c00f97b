"""One model of the bank: its figures, how it compares with the active one question by question, whether it shall answer."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from actions.learners.models import Model
from bot import clock
from bot.console.console import Console, Staff
from bot.console.pages.training import DESCRIPTION_MAX_CHARACTERS, PATH, taken_up
from bot.models.activation import NotActivatedError, activate, compare_with_active, objections_to
from bot.models.comparison import CHANGE_TITLES, RIGHT_TOLERANCE, VERDICT_TITLES, WAYS, WRONG_TOLERANCE, Row
from bot.training import MODEL_SUFFIX, code_fingerprint
from bot.web.problems import ProblemError

ROWS_SHOWN = 200
REASON_MAX_CHARACTERS = 300
SETS = {"frozen": "câu kiểm tra cố định", "added": "câu do người soạn bài thêm"}
DEFINITIONS = {
    "right": "trả lời đúng chủ đề, hoặc nhận là ngoài phạm vi khi câu hỏi đúng là ngoài phạm vi",
    "wrong": "trả lời sang chủ đề khác; đây là lỗi có thể gây hại",
    "suggested": "đưa danh sách để chọn, trong đó có chủ đề đúng",
    "missed": "đưa danh sách để chọn, nhưng không có chủ đề đúng",
    "unknown": "nói là chưa hiểu, dù có câu trả lời",
}
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Chosen:
    """Which rows of the comparison are shown, as the address says."""

    loai: str = ""
    cach: str = ""
    bo: str = ""

    def has(self, row: Row) -> bool:
        """Tell whether a row is shown."""
        kind = "frozen" if row.is_frozen else "added"
        return self.loai in ("", row.change) and self.cach in ("", row.way) and self.bo in ("", kind)


def make_router(console: Console) -> APIRouter:
    """Return the routes of one model."""
    router = APIRouter(prefix=f"{PATH}/mo-hinh")
    _add_page(router, console)
    _add_changes(router, console)
    return router


def _add_page(router: APIRouter, console: Console) -> None:
    @router.get("/{name}")
    async def show(
        request: Request, name: str, _staff: Annotated[Staff, console.needs("see")], loai: str = "", cach: str = "", bo: str = ""
    ) -> Response:
        return await _page(console, request, name, Chosen(loai, cach, bo))

    @router.get("/{name}/tep")
    async def download(name: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            file = await store.models.file(name)
            if file is None:
                raise ProblemError(404, "Không còn mô hình này trong kho.")
            await store.staff.audit(staff, "model.export", name, clock.now(), bytes=len(file))
        headers = {"Content-Disposition": f'attachment; filename="{name}{MODEL_SUFFIX}"'}
        return Response(file, media_type="application/gzip", headers=headers)


def _add_changes(router: APIRouter, console: Console) -> None:
    @router.post("/{name}/dung")
    async def use(request: Request, name: str, staff: Annotated[Staff, console.needs("write")], ly_do: Text = "") -> Response:
        reason = ly_do.strip()[:REASON_MAX_CHARACTERS]
        try:
            await activate(console.repository, name, staff, clock.now(), reason)
        except NotActivatedError as error:
            return await _page(console, request, name, Chosen(), status=422, error=str(error), reason=reason)
        return console.go(PATH, f"Mô hình {name} được dùng từ bây giờ. {taken_up(console)}")

    @router.post("/{name}/mo-ta")
    async def describe(name: str, staff: Annotated[Staff, console.needs("write")], mo_ta: Text = "") -> Response:
        note = " ".join(mo_ta.split())[:DESCRIPTION_MAX_CHARACTERS]
        async with console.repository.transaction() as store:
            if not await store.models.describe(name, note):
                raise ProblemError(404, "Không còn mô hình này trong kho.")
            await store.staff.audit(staff, "model.describe", name, clock.now(), note=note)
        return console.go(f"{PATH}/mo-hinh/{name}", "Đã lưu ghi chú.")


async def _page(
    console: Console, request: Request, name: str, chosen: Chosen, *, status: int = 200, error: str = "", reason: str = ""
) -> Response:
    async with console.repository.reading() as store:
        model = await store.models.model(name)
        if model is None:
            raise ProblemError(404, "Không còn mô hình này trong kho.")
        active, comparison = await compare_with_active(store, name)
        people = {one.id: one.name for one in await store.staff.accounts()}
    rows = [row for row in comparison.rows if chosen.has(row)] if comparison else []
    return console.page(
        request, "training_model.html", status, home=PATH, model=model, active=active, comparison=comparison, chosen=chosen,
        objections=objections_to(comparison), rows=rows[:ROWS_SHOWN], row_count=len(rows), error=error, reason=reason, people=people,
        is_too_old=model.code != code_fingerprint(), figures=_figures(model, active),
        reason_max=REASON_MAX_CHARACTERS, description_max=DESCRIPTION_MAX_CHARACTERS, right_tolerance=RIGHT_TOLERANCE * 100,
        wrong_tolerance=WRONG_TOLERANCE * 100, **_names(console),
    )  # fmt: skip


def _figures(model: Model, active: Model | None) -> list[dict[str, Any]]:
    """Return the rows of the table of figures: for each set and way of typing what came of the questions, in both models."""
    found = []
    for kind, title in SETS.items():
        for way, typed in WAYS.items():
            mine = model.figures.get(kind, {}).get(way, {})
            theirs = active.figures.get(kind, {}).get(way, {}) if active is not None and active.name != model.name else {}
            if mine.get("total"):
                found.append({"set": title, "way": typed, "mine": mine, "theirs": theirs})
    return found


def _names(console: Console) -> dict[str, Any]:
    curriculum = console.service.turns.curriculum
    return {
        "topics": {topic.slug: topic.title for topic in curriculum.topics.values()},
        "answers": {answer.slug: answer.title for answer in curriculum.answers.values()},
        "ways": WAYS, "sets": SETS, "verdicts": VERDICT_TITLES, "definitions": DEFINITIONS, "changes": CHANGE_TITLES,
    }  # fmt: skip
