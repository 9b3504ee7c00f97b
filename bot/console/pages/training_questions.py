"""The questions of trainers that every model is tried on: listed, added, taken out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from actions.curriculum.adding import UnusableQuestionError, as_example
from bot import clock
from bot.console.console import Console, Staff
from bot.console.pages.training import PATH as TRAINING
from bot.gate import clean

PATH = f"{TRAINING}/cau-thu"
QUESTION_MAX_CHARACTERS = 500
Text = Annotated[str, Form()]


def make_router(console: Console) -> APIRouter:
    """Return the routes of the evaluation questions."""
    router = APIRouter(prefix=PATH)

    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        return await _page(console, request)

    @router.post("")
    async def add(request: Request, staff: Annotated[Staff, console.needs("write")], cau: Text = "", cau_tra_loi: Text = "") -> Response:
        answer = console.service.turns.curriculum.answers.get(cau_tra_loi)
        try:
            question = as_example(clean(cau).text)  # What a citizen would have masked is masked here too.
        except UnusableQuestionError as error:
            return await _page(console, request, 422, f"Chưa thêm: {error}.", cau, cau_tra_loi)
        if answer is None or not 0 < len(question) <= QUESTION_MAX_CHARACTERS:
            missing = "Hãy chọn câu trả lời đúng." if answer is None else f"Hãy viết câu hỏi, tối đa {QUESTION_MAX_CHARACTERS} ký tự."
            return await _page(console, request, 422, missing, cau, cau_tra_loi)
        async with console.repository.transaction() as store:
            is_new = await store.models.add_question(question, answer.topic, answer.slug, by=staff.id, now=clock.now())
            if is_new:
                await store.staff.audit(staff, "evaluation.add", f"answer/{answer.slug}", clock.now())
        return console.go(PATH, "Đã thêm. Mọi mô hình sau này đều được thử với câu này." if is_new else "Câu này đã có trong bộ câu thử.")

    @router.post("/bo")
    async def remove(
        staff: Annotated[Staff, console.needs("write")],
        so: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        numbers = [int(number) for number in so if number.isdecimal() and len(number) < 16]
        async with console.repository.transaction() as store:
            removed = await store.models.delete_questions(numbers)
            if removed:
                await store.staff.audit(staff, "evaluation.remove", "", clock.now(), questions=removed)
        return console.go(PATH, f"Đã bỏ {removed} câu." if removed else "Chưa bỏ câu nào. Hãy đánh dấu câu cần bỏ.")

    return router


async def _page(console: Console, request: Request, status: int = 200, error: str = "", text: str = "", answer: str = "") -> Response:
    curriculum = console.service.turns.curriculum
    async with console.repository.reading() as store:
        questions = await store.models.questions()
    options = sorted(((a.slug, a.title) for a in curriculum.answers.values() if not a.is_retired), key=lambda pair: pair[1])
    titles = {a.slug: a.title for a in curriculum.answers.values()}
    return console.page(
        request, "training_questions.html", status, home=PATH, questions=questions, options=options, titles=titles,
        topics={topic.slug: topic.title for topic in curriculum.topics.values()}, error=error, text=text, answer=answer,
        question_max=QUESTION_MAX_CHARACTERS,
    )  # fmt: skip
