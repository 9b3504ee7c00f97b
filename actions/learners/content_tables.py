"""The tables of what trainers write: texts, drafts and their history, evaluation questions, training jobs, models."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from actions.learners.tables import BigId, Table, UtcDateTime

ITEM_CHARACTERS = 64
DIGEST_CHARACTERS = 64


class ContentVersion(Table):
    """One published, immutable version of the content; exactly one is active.

    `tree` maps the paths of its files to the digests of their texts; empty for versions of an
    older service. `origin` is `files` for what came from the content folder, else `console`.
    """

    __tablename__ = "content_versions"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_active: Mapped[bool]
    tree: Mapped[dict[str, str]] = mapped_column(JSON)
    parent: Mapped[str | None] = mapped_column(String(32))
    origin: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ContentBlob(Table):
    """The text of one file, found by its SHA-256; versions share what they have in common."""

    __tablename__ = "content_blobs"

    digest: Mapped[str] = mapped_column(String(DIGEST_CHARACTERS), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class Draft(Table):
    """What is being written of one item: its files' texts, and what they began from.

    `item` is `<kind>/<slug>`. `files` maps a path to its new text, or to None where it is to go;
    `base` maps it to the digest of the published text that the draft began from, or to None
    where there was none. `revision` rises with every save. `state` is draft, in_review,
    approved or returned.
    """

    __tablename__ = "drafts"

    item: Mapped[str] = mapped_column(String(ITEM_CHARACTERS), primary_key=True)
    files: Mapped[dict[str, str | None]] = mapped_column(JSON)
    base: Mapped[dict[str, str | None]] = mapped_column(JSON)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    edited_by: Mapped[str] = mapped_column(String(32))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str | None] = mapped_column(String(32))
    reviewed_by: Mapped[str | None] = mapped_column(String(32))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review_note: Mapped[str] = mapped_column(Text, default="")


class DraftRevision(Table):
    """One save of a draft; kept after the draft is published or dropped, so that nothing is lost."""

    __tablename__ = "draft_revisions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    item: Mapped[str] = mapped_column(String(ITEM_CHARACTERS), index=True)
    revision: Mapped[int]
    files: Mapped[dict[str, str | None]] = mapped_column(JSON)
    saved_by: Mapped[str] = mapped_column(String(32))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Autosave(Table):
    """What one person has in an open form and did not save yet; also who has the form open.

    `form` is None for somebody who only looks; `kept_at` is when it was kept, `revision` the draft's
    that it began from. `seen_at` is when the person was last there.
    """

    __tablename__ = "autosaves"

    item: Mapped[str] = mapped_column(String(ITEM_CHARACTERS), primary_key=True)
    staff_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    form: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int]
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class EvaluationQuestion(Table):
    """A question that every model is tried on, beside the frozen set of the files."""

    __tablename__ = "evaluation_questions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    text: Mapped[str] = mapped_column(Text, unique=True)
    topic: Mapped[str] = mapped_column(String(32))
    answer: Mapped[str] = mapped_column(String(32))
    added_by: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrainingJob(Table):
    """One training of a model, or one measuring of the model that `model` names from the beginning.

    `state` is waiting, running, done, failed or cancelled; `log` has one line for each step.
    """

    __tablename__ = "training_jobs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    content_version: Mapped[str] = mapped_column(String(32))
    with_cross_validation: Mapped[bool] = mapped_column(Boolean)
    description: Mapped[str] = mapped_column(Text)
    started_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    percent: Mapped[int] = mapped_column(default=0)
    log: Mapped[str] = mapped_column(Text, default="")
    model: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(Text, default="")


class NluModel(Table):
    """One trained model of the bank, with its figures; at most one is active.

    `figures` holds the counts of its tests; `results` one entry a question of the evaluation
    set; both are empty until it was measured. `code` is the fingerprint of the pipeline,
    `data` that of the examples. `reason` says why a worse one was made active.
    """

    __tablename__ = "nlu_models"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(Text)
    content_version: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(64))
    data: Mapped[str] = mapped_column(String(64))
    trained_by: Mapped[str] = mapped_column(String(32))
    trained_at: Mapped[datetime] = mapped_column(UtcDateTime)
    train_seconds: Mapped[float] = mapped_column(Float)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=false())
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activated_by: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text, default="")
    example_count: Mapped[int] = mapped_column(Integer, default=0)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    results: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class NluModelFile(Table):
    """The file of a model; apart from the rest, because SQLite reads through it for whatever stands behind it."""

    __tablename__ = "nlu_model_files"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    file: Mapped[bytes] = mapped_column(LargeBinary)


class QuestionHandling(Table):
    """What a trainer did with unanswered questions, kept for a day so that it can be taken back.

    `kind` is example (added to an answer's), new (a new answer was begun) or dismiss. `added`
    holds the examples that were added to `item`, `tested` those that went into the evaluation
    set; they are masked, as the questions are.
    """

    __tablename__ = "question_handlings"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    item: Mapped[str] = mapped_column(String(ITEM_CHARACTERS))
    added: Mapped[list[str]] = mapped_column(JSON)
    tested: Mapped[list[str]] = mapped_column(JSON)
    handled_by: Mapped[str] = mapped_column(String(32))
    handled_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContentCheck(Table):
    """What the last run of a check of the content found: the links of its sources, examples that are confused."""

    __tablename__ = "content_checks"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SheetUpload(Table):
    """A spreadsheet that was uploaded and waits, sealed, for its sender to say whether its changes are to be saved."""

    __tablename__ = "sheet_uploads"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session_hash: Mapped[str] = mapped_column(String(64), index=True)
    sealed_document: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
