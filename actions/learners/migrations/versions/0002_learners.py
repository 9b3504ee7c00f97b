"""Create the tables for learners: progress, attempts, reviews, sharing, erasure.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = (
    "active_key",
    "erasures",
    "learners",
    "retention_runs",
    "tombstones",
    "attempts",
    "certificates",
    "classes",
    "identities",
    "learning_days",
    "lesson_progress",
    "one_time_codes",
    "review_cards",
    "class_members",
    "family_links",
    "follow_ups",
    "identity_learners",
    "outbound_messages",
)


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("conversations") as conversations:
        conversations.add_column(sa.Column("position", sa.JSON()))
    op.create_table(
        "active_key",
        sa.Column("fingerprint", sa.String(16), primary_key=True),
    )
    op.create_table(
        "erasures",
        sa.Column("receipt", sa.String(16), primary_key=True),
        sa.Column("erased_at", _TIME, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
    )
    op.create_table(
        "learners",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("address", sa.String(8)),
        sa.Column("sealed_name", sa.Text()),
        sa.Column("is_large_text", sa.Boolean(), nullable=False),
        sa.Column("path", sa.String(32)),
        sa.Column("consented_at", _TIME, nullable=False),
        sa.Column("last_active_at", _TIME, nullable=False),
        sa.Column("reminder_hour", sa.Integer()),
        sa.Column("reminders_ignored", sa.Integer(), nullable=False),
        sa.Column("reminded_at", _TIME),
    )
    op.create_index("ix_learners_last_active_at", "learners", ["last_active_at"])
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("ran_at", _TIME, nullable=False),
        sa.Column("deleted", sa.JSON(), nullable=False),
    )
    op.create_index("ix_retention_runs_ran_at", "retention_runs", ["ran_at"])
    op.create_table(
        "tombstones",
        sa.Column("sender_key", sa.String(64), primary_key=True),
        sa.Column("erased_at", _TIME, nullable=False),
    )
    op.create_index("ix_tombstones_erased_at", "tombstones", ["erased_at"])
    op.create_table(
        "attempts",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sitting", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("lesson", sa.String(32), nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("attempted_at", _TIME, nullable=False),
        sa.UniqueConstraint("learner_id", "sitting", "question", "lesson", name="uq_attempts_sitting"),
    )
    op.create_index("ix_attempts_attempted_at", "attempts", ["attempted_at"])
    op.create_table(
        "certificates",
        sa.Column("code", sa.String(16), primary_key=True),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False),
        sa.Column("path", sa.String(32), nullable=False),
        sa.Column("path_title", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("sealed_name", sa.Text(), nullable=False),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
    )
    op.create_index("ix_certificates_learner_id", "certificates", ["learner_id"])
    op.create_table(
        "classes",
        sa.Column("code", sa.String(16), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
    )
    op.create_index("ix_classes_opened_by", "classes", ["opened_by"])
    op.create_table(
        "identities",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("sender_key", sa.String(64), nullable=False, unique=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("sealed_address", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="SET NULL")),
        sa.Column("seen_at", _TIME, nullable=False),
    )
    op.create_index("ix_identities_learner_id", "identities", ["learner_id"])
    op.create_table(
        "learning_days",
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
    )
    op.create_table(
        "lesson_progress",
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("lesson", sa.String(32), primary_key=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.Column("passed_at", _TIME),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    op.create_index("ix_one_time_codes_expires_at", "one_time_codes", ["expires_at"])
    op.create_index("ix_one_time_codes_learner_id", "one_time_codes", ["learner_id"])
    op.create_table(
        "review_cards",
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("lesson", sa.String(32), primary_key=True),
        sa.Column("question", sa.String(32), primary_key=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
    )
    op.create_index("ix_review_cards_due", "review_cards", ["learner_id", "due_on"])
    op.create_table(
        "class_members",
        sa.Column("class_code", sa.String(16), sa.ForeignKey("classes.code", ondelete="CASCADE"), primary_key=True),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("joined_at", _TIME, nullable=False),
    )
    op.create_index("ix_class_members_learner_id", "class_members", ["learner_id"])
    op.create_table(
        "family_links",
        sa.Column("helper_identity_id", _BIG_ID, sa.ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("granted_at", _TIME, nullable=False),
    )
    op.create_index("ix_family_links_learner_id", "family_links", ["learner_id"])
    op.create_table(
        "follow_ups",
        sa.Column("identity_id", _BIG_ID, sa.ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("guide", sa.String(32), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
    )
    op.create_index("ix_follow_ups_due_at", "follow_ups", ["due_at"])
    op.create_table(
        "identity_learners",
        sa.Column("identity_id", _BIG_ID, sa.ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_identity_learners_learner_id", "identity_learners", ["learner_id"])
    op.create_table(
        "outbound_messages",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("identity_id", _BIG_ID, sa.ForeignKey("identities.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    op.create_index("ix_outbound_messages_expires_at", "outbound_messages", ["expires_at"])
    op.create_index("ix_outbound_messages_identity_id", "outbound_messages", ["identity_id"])


def downgrade() -> None:
    """Take the change back."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    with op.batch_alter_table("conversations") as conversations:
        conversations.drop_column("position")
