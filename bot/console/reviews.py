"""Mark an item or a fact as looked at today, in its draft."""

from dataclasses import dataclass
from datetime import date, datetime

from actions.curriculum.reviewing import FACTS_ITEM, REVIEW_MONTHS, fact_checked, months_later, reviewed
from actions.curriculum.tree import EXAMPLES, FACTS, Item
from actions.learners.repository import Repository
from actions.local_time import local_date
from bot.console.console import Staff
from bot.console.draft_changes import NothingDoneError, save_into_draft, working_texts


@dataclass(frozen=True)
class Reviews:
    """What marks an item or a fact as looked at, in its draft."""

    repository: Repository
    staff: Staff
    now: datetime

    async def mark(self, item: Item) -> str:
        """Note today as the day of an item's review; return what to say.

        Raises:
            NothingDoneError: It cannot be done.
        """
        today = local_date(self.now)
        async with self.repository.transaction() as store:
            draft = await store.contents.draft(str(item), for_update=True)
            texts = await working_texts(store, item, draft)
            changed = {
                path: _reviewed(text, today) for path, text in texts.items() if not path.startswith(EXAMPLES) and "reviewed_on:" in text
            }
            if not changed:
                raise NothingDoneError("Mục này không còn, hoặc tệp không có ngày rà soát. Hãy tải lại trang.")
            await save_into_draft(store, item, draft, changed, by=self.staff.id, now=self.now)
            await store.staff.audit(self.staff, "content.review", str(item), self.now)
        due = months_later(today, REVIEW_MONTHS)
        return f"Đã ghi vào nháp: rà soát ngày {today:%d/%m/%Y}, hạn tiếp {due:%d/%m/%Y}. Xuất bản để người dân thấy."

    async def mark_fact(self, slug: str) -> str:
        """Note today as the day on which a fact was checked; return what to say.

        Raises:
            NothingDoneError: It cannot be done.
        """
        today = local_date(self.now)
        async with self.repository.transaction() as store:
            draft = await store.contents.draft(str(FACTS_ITEM), for_update=True)
            texts = await working_texts(store, FACTS_ITEM, draft)
            try:
                changed = fact_checked(texts.get(FACTS, ""), slug, today)
            except ValueError:
                raise NothingDoneError("Không còn dữ kiện này. Hãy tải lại trang.") from None
            await save_into_draft(store, FACTS_ITEM, draft, {FACTS: changed}, by=self.staff.id, now=self.now)
            await store.staff.audit(self.staff, "content.review", f"fact/{slug}"[:200], self.now)
        return f"Đã ghi vào nháp: kiểm tra ngày {today:%d/%m/%Y}. Xuất bản để người dân thấy."


def _reviewed(text: str, today: date) -> str:
    try:
        return reviewed(text, today)
    except ValueError as error:
        raise NothingDoneError(f"Tệp thiếu dòng {error}. Hãy mở mục này ở Soạn bài, ghi đủ ngày rồi lưu.") from None
