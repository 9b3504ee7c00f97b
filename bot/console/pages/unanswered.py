"""Câu hỏi chưa trả lời: what was not understood or not answered well, in groups; each is handled in one click."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response

from actions.learners.unanswered import Handling
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.draft_changes import NothingDoneError
from bot.console.example_index import working_examples
from bot.console.places import EDITING
from bot.console.question_groups import (
    NO_TOPIC,
    OUTCOME_TITLES,
    WEEKS,
    Filter,
    Grouping,
    QuestionGroup,
    likely,
    near_topics,
    of_topic,
)
from bot.console.question_handling import QuestionHandler
from bot.console.targets import Target, Targets
from bot.web.problems import ProblemError

PATH = "/quantri/cau-hoi"
NAV = Nav("Câu hỏi chưa trả lời", PATH, "write", 30)
PAGE_SIZE = 20
TITLE_MAX = 60  # characters of an answer's title
BEHAVIOUR = "behaviour"
DONE = {"example": "thêm vào ví dụ", "new": "bắt đầu câu trả lời mới", "dismiss": "bỏ qua"}
Text = Annotated[str, Form()]
Number = Annotated[int, Form()]
Rows = Annotated[list[str], Form()]


@dataclass(frozen=True)
class Place:
    """Where in the list a person is: the filters and the page, as the address says them."""

    loai: str = ""
    tuan: int = 0
    chude: str = ""
    trang: int = 1

    @property
    def filter(self) -> Filter:
        """The filters."""
        return Filter(self.loai, self.tuan, self.chude)

    def address(self, **changed: Any) -> str:
        """Return the page's address, without what is as it always is."""
        named = {name: value for name, value in {**vars(self), **changed}.items() if value not in ("", 0) and (name, value) != ("trang", 1)}
        return PATH + (f"?{urlencode(named)}" if named else "")


class Questions:
    """What the routes of this page share."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._grouping = Grouping(console.service.turns.normalised)

    async def targets(self) -> Targets:
        """Return the answers that questions may be added to."""
        async with self.console.repository.reading() as store:
            drafts = await store.contents.drafts()
        return Targets.of(self.console.service.turns.curriculum, drafts)

    async def show(self, request: Request, staff: Staff, place: Place, *, group: int = 0, query: str = "") -> Response:
        """Return the list; one group may have the answers that were searched for."""
        targets = await self.targets()
        async with self.console.repository.reading() as store:
            questions = await store.unanswered.waiting(place.filter.outcomes, place.filter.since(clock.now()))
            counts = await store.unanswered.counts()
            last = await store.unanswered.last_handling(staff.id)
        groups = await self._grouping.groups(of_topic(questions, place.chude, targets))
        first = (max(1, place.trang) - 1) * PAGE_SIZE
        return self.console.page(
            request, "unanswered.html", place=place, home=PATH, targets=targets, counts=counts, total=len(groups),
            groups=[self._shown(one, targets, query if one.id == group else None) for one in groups[first : first + PAGE_SIZE]],
            is_more=len(groups) > first + PAGE_SIZE, last=None if last is None else self._done(last, targets),
            titles=OUTCOME_TITLES, weeks=WEEKS, topics=self._topics(), no_topic=NO_TOPIC,
        )  # fmt: skip

    def found(self, request: Request, targets: Targets, group: int, near: str, query: str) -> Response:
        """Return the answers that a search found, as buttons of a group's form."""
        found = targets.search(query, near.split(","))
        return self.console.page(request, "unanswered_targets.html", found=found, group=group, query=query)

    async def handler(self, staff: Staff) -> QuestionHandler:
        """Return what carries out a click of this person."""
        return QuestionHandler(self.console.repository, await self.targets(), staff, clock.now())

    async def tried(self, doing: Awaitable[str], place: Place, path: str | None = None) -> Response:
        """Do something; go back to the list, or elsewhere where it went well, with a sentence that says what was done."""
        try:
            message = await doing
        except NothingDoneError as error:
            return self.console.go(place.address(), str(error))
        return self.console.go(path or place.address(), message)

    async def add(self, staff: Staff, rows: Sequence[int], slug: str) -> str:
        """Add questions to an answer's examples; return what to say."""
        known = await working_examples(self.console.texts)
        return (await (await self.handler(staff)).add(rows, slug, known)).message

    async def begin(self, staff: Staff, rows: Sequence[int], topic: str, title: str) -> tuple[str, str]:
        """Begin a new answer; return its item and what to say."""
        if topic not in dict(self._topics()):
            raise NothingDoneError("Hãy chọn chủ đề của câu trả lời mới.")
        known = await working_examples(self.console.texts)
        done = await (await self.handler(staff)).begin_answer(rows, topic, short_title(title), known)
        return done.item, done.message

    def _topics(self) -> list[tuple[str, str]]:
        topics = self.console.service.turns.curriculum.topics.values()
        return [(topic.slug, topic.title) for topic in topics if topic.pillar != BEHAVIOUR]

    def _shown(self, group: QuestionGroup, targets: Targets, query: str | None) -> dict[str, Any]:
        near = near_topics(group, targets)
        return {
            "group": group, "likely": likely(group, targets), "near": ",".join(near), "topic": near[0] if near else "",
            "guesses": _named(group.guesses, targets), "refused": _named(group.refused, targets), "title": short_title(group.text),
            "query": query or "", "found": None if query is None else targets.search(query, near),
        }  # fmt: skip

    def _done(self, last: Handling, targets: Targets) -> dict[str, Any]:
        target: Target | None = targets.by_slug.get(last.item.partition("/")[2])
        return {"id": last.id, "what": DONE[last.kind], "count": last.count, "title": target.title if target else "", "item": last.item}


def make_router(console: Console) -> APIRouter:
    """Return the routes of the questions that were not answered well."""
    router = APIRouter(prefix=PATH)
    questions = Questions(console)
    _add_list(router, console, questions)
    _add_actions(router, console, questions)
    return router


def short_title(text: str) -> str:
    """Return a question as a title: cut between words, with a capital at its beginning."""
    words = " ".join(text.replace("•••", " ").split())
    if len(words) > TITLE_MAX:
        words = words[:TITLE_MAX].rpartition(" ")[0] or words[:TITLE_MAX]
    return words[:1].upper() + words[1:]


def _add_list(router: APIRouter, console: Console, questions: Questions) -> None:
    @router.get("")
    async def show(
        request: Request, staff: Annotated[Staff, console.needs("write")],
        loai: str = "", tuan: int = 0, chude: str = "", trang: int = 1, nhom: int = 0, tim: str = "",
    ) -> Response:  # fmt: skip
        return await questions.show(request, staff, Place(loai, tuan, chude, trang), group=nhom, query=tim)

    @router.get("/tim")
    async def search(
        request: Request, _staff: Annotated[Staff, console.needs("write")], nhom: int, tim: str = "", gan: str = ""
    ) -> Response:
        return questions.found(request, await questions.targets(), nhom, gan, tim)


def _add_actions(router: APIRouter, console: Console, questions: Questions) -> None:
    @router.post("/them")
    async def add(
        staff: Annotated[Staff, console.needs("write")], dich: Text, cau: Rows = [],  # noqa: B006 - FastAPI copies it
        loai: Text = "", tuan: Number = 0, chude: Text = "", trang: Number = 1,
    ) -> Response:  # fmt: skip
        return await questions.tried(questions.add(staff, _rows(cau), dich), Place(loai, tuan, chude, trang))

    @router.post("/bo")
    async def dismiss(
        staff: Annotated[Staff, console.needs("write")], cau: Rows = [],  # noqa: B006 - FastAPI copies it
        loai: Text = "", tuan: Number = 0, chude: Text = "", trang: Number = 1,
    ) -> Response:  # fmt: skip
        return await questions.tried(_dismiss(questions, staff, _rows(cau)), Place(loai, tuan, chude, trang))

    @router.post("/moi")
    async def begin(
        staff: Annotated[Staff, console.needs("write")], cau: Rows = [], chude_moi: Text = "", ten: Text = "",  # noqa: B006 - FastAPI copies it
        loai: Text = "", tuan: Number = 0, chude: Text = "", trang: Number = 1,
    ) -> Response:  # fmt: skip
        try:
            item, message = await questions.begin(staff, _rows(cau), chude_moi, ten)
        except NothingDoneError as error:
            return console.go(Place(loai, tuan, chude, trang).address(), str(error))
        return console.go(f"{EDITING}/{item}", message)

    @router.post("/hoan-tac")
    async def take_back(
        staff: Annotated[Staff, console.needs("write")], viec: Text,
        loai: Text = "", tuan: Number = 0, chude: Text = "", trang: Number = 1,
    ) -> Response:  # fmt: skip
        return await questions.tried(_take_back(questions, staff, viec), Place(loai, tuan, chude, trang))


async def _dismiss(questions: Questions, staff: Staff, rows: Sequence[int]) -> str:
    return f"Đã bỏ qua {await (await questions.handler(staff)).dismiss(rows)} câu."


async def _take_back(questions: Questions, staff: Staff, number: str) -> str:
    return f"Đã lấy lại {await (await questions.handler(staff)).take_back(number)} câu."


def _rows(chosen: Sequence[str]) -> list[int]:
    """Return the numbers of chosen questions; each box stands for all that were typed alike.

    Raises:
        ProblemError: 400 for what no form of ours sends.
    """
    numbers = [number for box in chosen for number in box.split(",")]
    if not all(number.isascii() and number.isdecimal() and len(number) < 10 for number in numbers):
        raise ProblemError(400, "Yêu cầu sai. Hãy tải lại trang rồi làm lại.")
    return [int(number) for number in numbers]


def _named(counts: Sequence[tuple[str, int]], targets: Targets) -> list[tuple[str, int]]:
    return [(targets.by_slug[slug].title if slug in targets.by_slug else slug, count) for slug, count in counts]
