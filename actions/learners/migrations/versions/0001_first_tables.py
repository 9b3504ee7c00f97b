"""Create the tables for content versions, conversations and unanswered questions.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "content_versions",
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "conversations",
        sa.Column("sender_key", sa.String(64), primary_key=True),
        sa.Column("open_choices", sa.JSON(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    op.create_table(
        "handled_messages",
        sa.Column("sender_key", sa.String(64), primary_key=True),
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("handled_at", _TIME, nullable=False),
    )
    op.create_index("ix_handled_messages_handled_at", "handled_messages", ["handled_at"])
    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("masked_text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("best_intent", sa.String(32)),
        sa.Column("confidence", sa.Float()),
        sa.Column("content_version", sa.String(32), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
    )
    op.create_index("ix_unanswered_questions_asked_at", "unanswered_questions", ["asked_at"])


def downgrade() -> None:
    """Take the change back."""
    for table in ("unanswered_questions", "handled_messages", "conversations", "content_versions"):
        op.drop_table(table)
