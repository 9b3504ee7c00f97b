"""Create the tables of the console: accounts, audit log, drafts, files of versions, models, evaluation questions.

Revision: 0004, after 0003.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = (
    "switches", "audit_log", "staff_senders", "staff_codes", "staff_links", "staff_sessions", "staff", "nlu_model_files",
    "nlu_models", "training_jobs", "content_checks", "question_handlings", "evaluation_questions", "autosaves", "draft_revisions", "drafts",
    "content_blobs", "sheet_uploads",
)  # fmt: skip


def upgrade() -> None:
    """Apply the change."""
    op.add_column("content_versions", sa.Column("tree", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("content_versions", sa.Column("parent", sa.String(32)))
    op.add_column("content_versions", sa.Column("origin", sa.String(8), nullable=False, server_default="files"))
    op.add_column("content_versions", sa.Column("author", sa.String(64), nullable=False, server_default=""))
    op.add_column("content_versions", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("content_versions", sa.Column("activated_at", _TIME))
    with op.batch_alter_table("content_versions") as batch:  # The defaults were for the rows that are there already.
        for column in ("tree", "origin", "author", "note"):
            batch.alter_column(column, server_default=None)
    op.add_column("conversations", sa.Column("sealed_question", sa.Text()))
    _create_questions()
    _create_content()
    _create_models()
    _create_staff()


def downgrade() -> None:
    """Take the change back: drafts, models and accounts go."""
    for table in _TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM unanswered_questions WHERE handling IS NOT NULL")
    op.drop_index("ix_unanswered_questions_handling", "unanswered_questions")
    with op.batch_alter_table("unanswered_questions") as batch:
        batch.drop_column("handling")
    with op.batch_alter_table("conversations") as batch:
        batch.drop_column("sealed_question")
    with op.batch_alter_table("content_versions") as batch:
        for column in ("tree", "parent", "origin", "author", "note", "activated_at"):
            batch.drop_column(column)


def _create_questions() -> None:
    op.add_column("unanswered_questions", sa.Column("handling", sa.String(12)))
    op.create_index("ix_unanswered_questions_handling", "unanswered_questions", ["handling"])
    op.create_table(
        "question_handlings",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("tested", sa.JSON(), nullable=False),
        sa.Column("handled_by", sa.String(32), nullable=False),
        sa.Column("handled_at", _TIME, nullable=False),
    )
    op.create_table(
        "content_checks",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("checked_at", _TIME, nullable=False),
    )


def _create_content() -> None:
    op.create_table("content_blobs", sa.Column("digest", sa.String(64), primary_key=True), sa.Column("text", sa.Text(), nullable=False))
    op.create_table(
        "drafts",
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("base", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("edited_by", sa.String(32), nullable=False),
        sa.Column("edited_at", _TIME, nullable=False),
        sa.Column("submitted_by", sa.String(32)),
        sa.Column("reviewed_by", sa.String(32)),
        sa.Column("reviewed_at", _TIME),
        sa.Column("review_note", sa.Text(), nullable=False),
    )
    op.create_table(
        "draft_revisions",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.String(32), nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
    )
    op.create_index("ix_draft_revisions_item", "draft_revisions", ["item"])
    op.create_index("ix_draft_revisions_saved_at", "draft_revisions", ["saved_at"])
    op.create_table(
        "autosaves",
        sa.Column("item", sa.String(64), primary_key=True),
        sa.Column("staff_id", sa.String(32), primary_key=True),
        sa.Column("form", sa.JSON(none_as_null=True)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kept_at", _TIME),
        sa.Column("seen_at", _TIME, nullable=False),
    )
    op.create_index("ix_autosaves_seen_at", "autosaves", ["seen_at"])
    op.create_table(
        "sheet_uploads",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("sealed_document", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    for column in ("session_hash", "expires_at"):
        op.create_index(f"ix_sheet_uploads_{column}", "sheet_uploads", [column])


def _create_models() -> None:
    op.create_table(
        "evaluation_questions",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("text", sa.Text(), nullable=False, unique=True),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(32), nullable=False),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
    )
    op.create_table(
        "training_jobs",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("with_cross_validation", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("started_by", sa.String(32), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("model", sa.String(64)),
        sa.Column("error", sa.Text(), nullable=False),
    )
    op.create_index("ix_training_jobs_state", "training_jobs", ["state"])
    op.create_table(
        "nlu_models",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("data", sa.String(64), nullable=False),
        sa.Column("trained_by", sa.String(32), nullable=False),
        sa.Column("trained_at", _TIME, nullable=False),
        sa.Column("train_seconds", sa.Float(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("activated_at", _TIME),
        sa.Column("activated_by", sa.String(32)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("example_count", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
    )
    op.create_table(
        "nlu_model_files", sa.Column("name", sa.String(64), primary_key=True), sa.Column("file", sa.LargeBinary(), nullable=False)
    )


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("login", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("sealed_totp", sa.Text()),
        sa.Column("totp_step", sa.Integer()),
        sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_login_at", _TIME),
    )
    session_times = (sa.Column("created_at", _TIME, nullable=False), sa.Column("seen_at", _TIME, nullable=False))
    _create_of_staff("staff_sessions", "token_hash", *session_times)
    _create_of_staff("staff_links", "token_hash", sa.Column("expires_at", _TIME, nullable=False), is_needed=False)
    _create_of_staff("staff_codes", "token_hash", sa.Column("expires_at", _TIME, nullable=False))
    _create_of_staff("staff_senders", "sender_key", sa.Column("added_at", _TIME, nullable=False))
    op.create_table(
        "audit_log",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("staff_id", sa.String(32)),
        sa.Column("staff_name", sa.String(64), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    for column in ("at", "staff_id", "action"):
        op.create_index(f"ix_audit_log_{column}", "audit_log", [column])
    op.create_table(
        "switches",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
    )


def _create_of_staff(table: str, key: str, *columns: sa.Column[datetime], is_needed: bool = True) -> None:
    owner = sa.Column("staff_id", sa.String(32), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=not is_needed)
    op.create_table(table, sa.Column(key, sa.String(64), primary_key=True), owner, *columns)
    op.create_index(f"ix_{table}_staff_id", table, ["staff_id"])
