"""Dữ kiện: numbers, dates, fines and addresses, each changed in one place for every text that names it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from actions.curriculum.examples import folded_key
from actions.curriculum.forms import Form as Fields
from actions.curriculum.forms import read_fact, write_fact
from actions.curriculum.item_lint import check_item
from actions.curriculum.reading import SLUG_MAX_BYTES
from actions.curriculum.tree import FACTS, Item
from bot import clock
from bot.console.console import Console, Nav, Staff
from bot.console.draft_changes import NothingDoneError, save_into_draft
from bot.console.items import facts_of, uses_of
from bot.console.places import FACTS as PATH
from bot.console.places import edit_path
from bot.console.titles import titles_of

NAV = Nav("Dữ kiện", PATH, "see", 12)
ITEM = Item("facts", "facts")
CONFLICT = (
    "Dữ kiện này đã có, hoặc vừa có người khác sửa. Bản hiện có ở danh sách bên dưới; bản của bạn còn trong ô. Bấm Lưu lần nữa để ghi đè."
)


class FactForm(BaseModel):
    """One fact as the form sends it; `before` is what the fact was when the form was opened."""

    slug: str = ""
    title: str = ""
    value: str = ""
    source_title: str = ""
    source_address: str = ""
    checked_on: str = ""
    verified: str = ""
    before: str = ""

    def as_form(self) -> Fields:
        """Return the fields of the fact."""
        return self.model_dump(exclude={"slug", "before", "verified"}) | {"verified": bool(self.verified)}


def make_router(console: Console) -> APIRouter:
    """Return the routes of facts."""
    router = APIRouter(prefix=PATH)

    async def page(request: Request, slug: str, status: int = 200, **values: Any) -> Response:
        files, _ = await console.texts.working()
        facts = facts_of(files)
        form = values.pop("form", None) or read_fact(files.get(FACTS, ""), slug)
        used = uses_of(slug, files) if slug else []
        titles = titles_of(files, used)
        about = {"error": "", "before": "", **values}
        about["before"] = about["before"] or str(read_fact(files.get(FACTS, ""), slug))
        places = [(titles[str(item)], edit_path(item)) for item in used]
        return console.page(request, "facts.html", status, facts=facts, slug=slug, form=form, places=places, **about)

    @router.get("")
    async def show(request: Request, _staff: Annotated[Staff, console.needs("see")], muc: str = "", tim: str = "") -> Response:
        return await page(request, muc, search=folded_key(tim), query=tim)

    @router.post("")
    async def save(request: Request, staff: Annotated[Staff, console.needs("write")], sent: Annotated[FactForm, Form()]) -> Response:
        form, slug = sent.as_form(), sent.slug.strip() or folded_key(sent.title).replace(" ", "_")[:SLUG_MAX_BYTES]
        about = {"form": form, "search": "", "query": ""}
        if not slug.replace("_", "").replace("-", "").isalnum() or not slug.isascii():
            return await page(request, "", 422, error="Hãy ghi tên dữ kiện.", **about)
        async with console.repository.transaction() as store:
            draft = await store.contents.draft(str(ITEM), for_update=True)
            text = (draft.files.get(FACTS) if draft else None) or (await store.contents.active_files()).get(FACTS, "")
            current = read_fact(text, slug)
            if current["title"] and sent.before != str(current):
                return await page(request, slug, 409, error=CONFLICT, **about)
            changed = write_fact(text, slug, form)
            _, problems = check_item(ITEM, {FACTS: changed}, console.service.turns.curriculum, clock.today(), {})
            mine = "; ".join(f"{p.place}: {p.message}" for p in problems if p.place.split(" ")[0] == slug)
            if mine:
                return await page(request, slug, 422, error=mine, before=sent.before, **about)
            try:
                await save_into_draft(store, ITEM, draft, {FACTS: changed}, by=staff.id, now=clock.now())
            except NothingDoneError as error:
                return await page(request, slug, 409, error=str(error), before=sent.before, **about)
            await store.staff.audit(staff, "content.save_draft", f"{ITEM}#{slug}", clock.now())
        return console.go(f"{PATH}?muc={slug}", "Đã lưu vào nháp dữ kiện. Người thứ hai duyệt rồi xuất bản thì mọi chỗ dùng đổi theo.")

    return router
