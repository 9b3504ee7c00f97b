"""Queries about the bank of trained models, and the questions that every model is tried on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.content_tables import EvaluationQuestion, NluModel, NluModelFile
from actions.learners.keys import Keys
from actions.learners.rows import insert

KEPT_MODELS = 10
Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Model:
    """One model of the bank, without its file and its results; see `content_tables.NluModel`."""

    name: str
    description: str
    content_version: str
    code: str
    data: str
    trained_by: str
    trained_at: datetime
    train_seconds: float
    is_active: bool
    activated_at: datetime | None
    activated_by: str | None
    reason: str
    example_count: int
    figures: dict[str, Any]


@dataclass(frozen=True)
class NewModel:
    """A model that goes into the bank; figures and results stay empty until it is measured."""

    name: str
    file: bytes
    description: str
    content_version: str
    code: str
    data: str
    trained_by: str
    trained_at: datetime
    train_seconds: float
    example_count: int


@dataclass(frozen=True)
class Evaluated:
    """A question that every model is tried on."""

    id: int
    text: str
    topic: str
    answer: str
    added_by: str
    added_at: datetime


_ABOUT = [getattr(NluModel, field.name) for field in fields(Model)]


class Models:
    """All access to models and evaluation questions, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def add(self, model: NewModel) -> bool:
        """Put a model into the bank; return whether it was not there already."""
        row: dict[str, Any] = {field.name: getattr(model, field.name) for field in fields(NewModel) if field.name != "file"}
        row |= {"is_active": False, "activated_at": None, "activated_by": None, "reason": "", "figures": {}, "results": []}
        if not await insert(self._connection, NluModel, row):
            return False
        return await insert(self._connection, NluModelFile, {"name": model.name, "file": model.file}, replace=("file",))

    async def models(self) -> list[Model]:
        """Return all models, the one trained last first."""
        query = select(*_ABOUT).order_by(NluModel.trained_at.desc(), NluModel.name)
        return [Model(**row) for row in (await self._connection.execute(query)).mappings()]

    async def model(self, name: str) -> Model | None:
        """Return a model by its name."""
        return await self._model(NluModel.name == name)

    async def file(self, name: str) -> bytes | None:
        """Return the file of a model."""
        return (await self._connection.execute(select(NluModelFile.file).where(NluModelFile.name == name))).scalar_one_or_none()

    async def results(self, name: str) -> Results:
        """Return what came of each question of the evaluation set; empty where the model was not measured."""
        found = (await self._connection.execute(select(NluModel.results).where(NluModel.name == name))).scalar_one_or_none()
        return found or []

    async def active(self) -> Model | None:
        """Return the model that is to answer."""
        return await self._model(NluModel.is_active)

    async def active_since(self) -> tuple[str, datetime] | None:
        """Return the name of the active model and since when it is; asked by every replica every other second."""
        row = (await self._connection.execute(select(NluModel.name, NluModel.activated_at).where(NluModel.is_active))).first()
        return None if row is None or row.activated_at is None else (row.name, row.activated_at)

    async def previous(self) -> Model | None:
        """Return the model that was active before the active one."""
        query = select(*_ABOUT).where(NluModel.is_active.is_(False), NluModel.activated_at.is_not(None))
        row = (await self._connection.execute(query.order_by(NluModel.activated_at.desc()).limit(1))).mappings().first()
        return None if row is None else Model(**row)

    async def activate(self, name: str, now: datetime, *, by: str | None, reason: str = "") -> bool:
        """Make a model the active one; False where there is no such model.

        Args:
            name: The model.
            now: The time.
            by: Who wants it; None for the service itself.
            reason: Why, where it is worse than the one before.
        """
        # Two people at once must not leave two active ones.
        names = (await self._connection.execute(select(NluModel.name).order_by(NluModel.name).with_for_update())).scalars().all()
        if name not in names:
            return False
        others = update(NluModel).where(NluModel.is_active, NluModel.name != name)
        await self._connection.execute(others.values(is_active=False))
        chosen = update(NluModel).where(NluModel.name == name)
        await self._connection.execute(chosen.values(is_active=True, activated_at=now, activated_by=by, reason=reason))
        return True

    async def keep_figures(self, name: str, figures: dict[str, Any], results: Results) -> None:
        """Keep how a model did; an earlier cross-validation stays where this measuring had none."""
        before = await self.model(name)
        if before is not None and not figures.get("cross_validation"):
            figures = figures | {"cross_validation": before.figures.get("cross_validation")}
        await self._connection.execute(update(NluModel).where(NluModel.name == name).values(figures=figures, results=results))

    async def describe(self, name: str, description: str) -> bool:
        """Change what people read about a model; False where there is no such model."""
        described = update(NluModel).where(NluModel.name == name).values(description=description)
        return (await self._connection.execute(described)).rowcount == 1

    async def forget_old(self, keep: int = KEPT_MODELS) -> list[str]:
        """Delete all but the active model, the one before it, and the last ones; return the names that are gone."""
        found, previous = await self.models(), await self.previous()
        kept = {model.name for model in found[:keep]} | {model.name for model in found if model.is_active}
        gone = [model.name for model in found if model.name not in kept | {previous.name if previous else ""}]
        for table in (NluModel, NluModelFile):
            await self._connection.execute(delete(table).where(table.name.in_(gone)))
        return gone

    async def questions(self) -> list[Evaluated]:
        """Return the questions that every model is tried on, beside the frozen set; the latest first."""
        query = select(EvaluationQuestion.__table__).order_by(EvaluationQuestion.id.desc())
        return [Evaluated(**row) for row in (await self._connection.execute(query)).mappings()]

    async def add_question(self, text: str, topic: str, answer: str, *, by: str, now: datetime) -> bool:
        """Add a question; False where it is there already."""
        row = {"text": text, "topic": topic, "answer": answer, "added_by": by, "added_at": now}
        return await insert(self._connection, EvaluationQuestion, row, keys=("text",))

    async def delete_questions(self, numbers: Sequence[int]) -> int:
        """Delete questions; return how many were there."""
        return (await self._connection.execute(delete(EvaluationQuestion).where(EvaluationQuestion.id.in_(numbers)))).rowcount

    async def _model(self, condition: Any) -> Model | None:
        row = (await self._connection.execute(select(*_ABOUT).where(condition))).mappings().first()
        return None if row is None else Model(**row)
