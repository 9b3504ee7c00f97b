"""Let another model answer: refused for a worse one, unless somebody who may review says why; and the way back."""

from datetime import datetime

from actions.learners.models import Model
from actions.learners.repository import Repository, Store
from actions.learners.staff import Staff
from bot.models.comparison import Comparison, compare
from bot.training import code_fingerprint

REASON_MIN_CHARACTERS = 10
NOT_MEASURED = "Chưa đo đủ để so với mô hình đang dùng. Hãy bấm “Đo lại” ở cả hai mô hình."


class NotActivatedError(Exception):
    """The model was not made active; the message says why and what to do."""


async def compare_with_active(store: Store, name: str) -> tuple[Model | None, Comparison | None]:
    """Return the active model, and how another one compares with it; no comparison with none or with itself."""
    active = await store.models.active()
    if active is None or active.name == name:
        return active, None
    return active, compare(await store.models.results(active.name), await store.models.results(name))


def objections_to(comparison: Comparison | None) -> list[str]:
    """Return what speaks against activating a model that was compared so."""
    if comparison is None:
        return []
    return comparison.objections if comparison.is_measured else [NOT_MEASURED]


async def activate(repository: Repository, name: str, staff: Staff, now: datetime, reason: str = "") -> None:
    """Make a model the active one; every replica takes it up within seconds.

    Args:
        repository: The database.
        name: The model.
        staff: Who wants it.
        now: The time.
        reason: Why, where it is worse.

    Raises:
        NotActivatedError: It is not there, is too old, or is worse and nobody who may has said why.
    """
    reason = " ".join(reason.split())
    async with repository.transaction() as store:
        model = await _usable(store, name)
        active, comparison = await compare_with_active(store, name)
        objections = objections_to(comparison)
        if objections:
            _check_override(objections, staff, reason)
        await store.models.activate(model.name, now, by=staff.id, reason=reason if objections else "")
        details = {"before": active.name if active else None, "objections": objections, "reason": reason if objections else ""}
        await store.staff.audit(staff, "model.activate", model.name, now, **details)


async def go_back(repository: Repository, staff: Staff, now: datetime) -> Model:
    """Make the model active again that was so before; return it.

    Raises:
        NotActivatedError: There is none, or it is too old.
    """
    async with repository.transaction() as store:
        previous, active = await store.models.previous(), await store.models.active()
        if previous is None:
            raise NotActivatedError("Không có mô hình nào trước mô hình đang dùng.")
        model = await _usable(store, previous.name)
        await store.models.activate(model.name, now, by=staff.id, reason=model.reason)
        await store.staff.audit(staff, "model.back", model.name, now, before=active.name if active else None)
    return model


async def _usable(store: Store, name: str) -> Model:
    model = await store.models.model(name)
    if model is None:
        raise NotActivatedError("Không còn mô hình này trong kho.")
    if model.is_active:
        raise NotActivatedError("Mô hình này đang được dùng rồi.")
    if model.code != code_fingerprint():
        raise NotActivatedError("Mô hình này do một bản phần mềm khác huấn luyện, nên không chạy được nữa. Hãy huấn luyện lại.")
    return model


def _check_override(objections: list[str], staff: Staff, reason: str) -> None:
    said = " ".join(objections)
    if not staff.may("review"):
        raise NotActivatedError(f"{said} Hãy sửa ví dụ rồi huấn luyện lại, hoặc nhờ người có quyền duyệt ghi lý do và cho dùng.")
    if len(reason) < REASON_MIN_CHARACTERS:
        raise NotActivatedError(f"{said} Muốn vẫn dùng, hãy ghi lý do (ít nhất {REASON_MIN_CHARACTERS} ký tự).")
