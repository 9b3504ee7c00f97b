"""Huấn luyện: train beside the running model, follow it live, keep the bank of models, let another one answer, go back."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.titles import titles_of
from bot.console.training_state import TrainingState, training_state
from bot.models.activation import NotActivatedError, go_back
from bot.settings import SettingsError
from bot.training import nlu_python
from bot.web.problems import ProblemError

PATH = "/quantri/huan-luyen"
NAV = Nav("Huấn luyện", PATH, "see", 25)
DESCRIPTION_MAX_CHARACTERS = 300
JOBS_SHOWN = 10
QUICK, THOROUGH = "nhanh", "ky"
JOB_STATES = {"waiting": "Đang chờ", "running": "Đang chạy", "done": "Xong", "failed": "Không xong", "cancelled": "Đã dừng"}
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of training."""
    router = APIRouter(prefix=PATH)
    _add_page(router, console)
    _add_jobs(router, console)
    _add_way_back(router, console)
    return router


def _add_page(router: APIRouter, console: Console) -> None:
    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        state = await training_state(console)
        async with console.repository.reading() as store:
            models, jobs = await store.models.models(), await store.training.jobs(JOBS_SHOWN)
            questions = len(await store.models.questions())
            people = {one.id: one.name for one in await store.staff.accounts()}
        titles = titles_of(await console.texts.active(), [change.item for change in state.changes or ()])
        return console.page(
            request, "training.html", home=PATH, state=state, models=models, jobs=jobs, questions=questions, people=people, titles=titles,
            job_states=JOB_STATES, serving=console.service.model_version, is_external=bool(console.settings.nlu_url),
            can_train=_can_train(), description_max=DESCRIPTION_MAX_CHARACTERS, now=clock.now(),
        )  # fmt: skip

    @router.get("/tien-do")
    async def progress(request: Request, _staff: Annotated[Staff, console.needs("see")], viec: int = 0) -> Response:
        async with console.repository.reading() as store:
            job = await store.training.job(viec)
        page = console.page(request, "training_progress.html", job=job, home=PATH, job_states=JOB_STATES, now=clock.now())
        if job is None or not job.is_open:
            page.headers["HX-Refresh"] = "true"  # The whole page has news: another model in the bank, a comparison.
        return page


def _add_jobs(router: APIRouter, console: Console) -> None:
    @router.post("")
    async def begin(staff: Annotated[Staff, console.needs("write")], cach: Text = QUICK, ghi_chu: Text = "") -> Response:
        state = await training_state(console)
        objection = _needless(state, is_thorough=cach == THOROUGH)
        if objection or state.version is None:
            return console.go(PATH, objection or "Chưa có nội dung nào được xuất bản, nên chưa có gì để huấn luyện.")
        note = " ".join(ghi_chu.split())[:DESCRIPTION_MAX_CHARACTERS]
        if not await _start(console, staff, state.version.version, description=note, is_thorough=cach == THOROUGH):
            return console.go(PATH, "Đang có một việc huấn luyện. Hãy đợi việc ấy xong, hoặc dừng nó trước.")
        return console.go(PATH, "Đã bắt đầu. Bot vẫn trả lời bằng mô hình đang dùng trong lúc huấn luyện.")

    @router.post("/mo-hinh/{name}/do-lai")
    async def measure(name: str, staff: Annotated[Staff, console.needs("write")], cach: Text = QUICK) -> Response:
        state = await training_state(console)
        async with console.repository.reading() as store:
            is_there = await store.models.model(name) is not None
        if not is_there or state.version is None:
            raise ProblemError(404, "Không còn mô hình này trong kho.")
        if not await _start(console, staff, state.version.version, model=name, is_thorough=cach == THOROUGH):
            return console.go(PATH, "Đang có một việc huấn luyện. Hãy đợi việc ấy xong, hoặc dừng nó trước.")
        return console.go(PATH, "Đang đo lại mô hình trên mọi câu kiểm tra.")

    @router.post("/viec/{number}/dung")
    async def cancel(number: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        async with console.repository.transaction() as store:
            is_done = number.isdecimal() and await store.training.cancel(int(number), clock.now())
            if is_done:
                await store.staff.audit(staff, "model.cancel", number, clock.now())
        return console.go(PATH, "Đã dừng. Mô hình đang dùng không đổi." if is_done else "Việc này đã kết thúc rồi.")


def _add_way_back(router: APIRouter, console: Console) -> None:
    @router.post("/quay-lai")
    async def back(staff: Annotated[Staff, console.needs("write")]) -> Response:
        try:
            model = await go_back(console.repository, staff, clock.now())
        except NotActivatedError as error:
            return console.go(PATH, f"Chưa quay lại được. {error}")
        return console.go(PATH, f"Đã quay lại mô hình {model.name}. {taken_up(console)}")


def taken_up(console: Console) -> str:
    """Say when a model that was just made active answers."""
    if console.settings.nlu_url:
        return "Máy chủ NLU chạy riêng: người vận hành hãy tải tệp mô hình rồi nạp vào máy chủ ấy."
    return "Bot chuyển sang trong chừng nửa phút, không mất tin nào."


async def _start(console: Console, staff: Staff, version: str, **job: Any) -> bool:
    """Let a job wait, unless another is open."""
    async with console.repository.transaction() as store:
        if await store.training.open_jobs():
            return False
        number = await store.training.add(version, by=staff.id, now=clock.now(), **job)
        details: Mapping[str, Any] = {"job": number, "model": job.get("model") or "", "note": job.get("description", "")}
        await store.staff.audit(staff, "model.start", version, clock.now(), **details)
    return True


def _needless(state: TrainingState, *, is_thorough: bool) -> str:
    """Say why training would bring nothing, or nothing."""
    known = state.known
    if known is None or (is_thorough and not known.figures.get("cross_validation")):
        return ""
    if state.is_current:
        return "Ví dụ không đổi từ khi huấn luyện mô hình đang dùng, nên không cần huấn luyện lại."
    return f"Đã có mô hình {known.name} cho đúng các ví dụ này. Hãy mở mô hình ấy để so sánh và cho dùng."


def _can_train() -> bool:
    try:
        nlu_python()
    except SettingsError:
        return False
    return True
