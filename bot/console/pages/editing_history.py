"""What was saved of an item before, and the way back to it; letting go of what was not saved."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from actions.curriculum.tree import Item, item_of
from bot import clock
from bot.console.console import Console, Staff
from bot.console.difference import differences
from bot.console.editing import kind_of
from bot.web.problems import ProblemError

PATH = "/quantri/soan-bai"
SAVES_KNOWN = 500


def make_router(console: Console) -> APIRouter:
    """Return the routes of an item's history."""
    router = APIRouter(prefix=PATH)

    @router.post("/{kind}/{slug}/bo-chua-luu")
    async def drop(kind: str, slug: str, staff: Annotated[Staff, console.needs("write")]) -> Response:
        item = Item(kind_of(kind), slug)
        async with console.repository.transaction() as store:
            await store.contents.drop_form(str(item), staff.id)
        return console.go(f"{PATH}/{item}", "Đã bỏ bản chưa lưu. Đây là bản đã lưu.")

    @router.get("/{kind}/{slug}/cac-lan-luu")
    async def history(request: Request, kind: str, slug: str, _staff: Annotated[Staff, console.needs("see")]) -> Response:
        item = Item(kind_of(kind), slug)
        published, _, draft = await console.texts.of_item(item)
        async with console.repository.reading() as store:
            saves = await store.contents.history(str(item))
            people = {one.id: one.name for one in await store.staff.accounts()}
        if not (published or saves):
            raise ProblemError(404, "Không có mục này. Hãy tìm ở trang Soạn bài.")
        shown = [(save, differences(dict(published), {**published, **save.files})) for save in saves]
        return console.page(request, "editing_history.html", item=item, shown=shown, people=people, draft=draft)

    @router.post("/{kind}/{slug}/cac-lan-luu/{number}")
    async def restore(kind: str, slug: str, number: int, staff: Annotated[Staff, console.needs("write")]) -> Response:
        item = Item(kind_of(kind), slug)
        async with console.repository.transaction() as store:
            save = next((one for one in await store.contents.history(str(item), SAVES_KNOWN) if one.id == number), None)
            if save is None:
                raise ProblemError(404, "Không có lần lưu này.")
            draft = await store.contents.draft(str(item), for_update=True)
            active = await store.contents.active()
            # A file that is there now and was not then would else stay as it is.
            now_there = [path for path in {*(active.tree if active else {}), *(draft.files if draft else {})} if item_of(path) == item]
            published = await store.contents.files({path: active.tree[path] for path in now_there if active and path in active.tree})
            files = {path: save.files.get(path, published.get(path)) for path in {*now_there, *save.files}}
            await store.contents.save_draft(str(item), files, revision=draft.revision if draft else 0, by=staff.id, now=clock.now())
            await store.contents.drop_form(str(item), staff.id)
            await store.staff.audit(staff, "content.save_draft", str(item), clock.now(), restored=save.revision)
        return console.go(f"{PATH}/{item}", f"Đã lấy lại lần lưu {save.revision} làm nháp.")

    return router
