"""Create the tables of the statistics; a lesson's progress gets the furthest step.

Revision: 0005, after 0004.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = (
    "statistics_marks", "daily_answers", "daily_cohorts", "daily_learning", "daily_turns", "daily_people", "counted_lessons", "visitors",
    "turns",
)  # fmt: skip


def upgrade() -> None:
    """Apply the change; a passed quiz without the lesson was noted at step 1 with one and the same time."""
    op.add_column("lesson_progress", sa.Column("furthest_step", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE lesson_progress SET furthest_step = step WHERE step > 1 OR passed_at IS NULL OR passed_at <> started_at")
    with op.batch_alter_table("lesson_progress") as batch:
        batch.alter_column("furthest_step", server_default=None)
    _create_what_hangs_on_people()
    _create_counts()


def downgrade() -> None:
    """Take the change back: the counts go."""
    for table in _TABLES:
        op.drop_table(table)
    with op.batch_alter_table("lesson_progress") as batch:
        batch.drop_column("furthest_step")


def _create_what_hangs_on_people() -> None:
    op.create_table(
        "turns",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("sender_key", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("answer", sa.String(32), nullable=False),
    )
    op.create_table(
        "visitors",
        sa.Column("sender_key", sa.String(64), primary_key=True),
        sa.Column("path", sa.String(32), primary_key=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("previous_day", sa.Date(), nullable=False),
    )
    op.create_table(
        "counted_lessons",
        sa.Column("learner_id", sa.String(32), sa.ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("lesson", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("path", sa.String(32), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("started_on", sa.Date()),
        sa.Column("finished_on", sa.Date()),
        sa.Column("passed_on", sa.Date()),
        sa.Column("has_tried", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("attempt_id", _BIG_ID, nullable=False),
    )
    for event in ("started", "finished", "passed"):
        is_there = sa.text(f"{event}_on IS NOT NULL")
        columns = ["lesson", f"{event}_on", "learner_id"]
        op.create_index(f"ix_counted_lessons_{event}", "counted_lessons", columns, postgresql_where=is_there, sqlite_where=is_there)
    op.create_table(
        "statistics_marks",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("has_begun", sa.Boolean(), nullable=False),
        sa.Column("counted_at", _TIME),
    )


def _create_counts() -> None:
    day, channel, path, lesson = (("day", sa.Date()), ("channel", sa.String(16)), ("path", sa.String(32)), ("lesson", sa.String(32)))
    previous_day = ("previous_day", sa.Date())
    _create("daily_people", ("metric", sa.String(8)), channel, path, day, ("rank", sa.SmallInteger()), previous_day)
    ending = (("outcome", sa.String(16)), ("verdict", sa.String(12)), ("topic", sa.String(32)), ("answer", sa.String(32)))
    _create("daily_turns", channel, path, day, *ending)
    _create("daily_learning", day, channel, path, lesson, ("event", sa.String(8)))
    _create("daily_cohorts", day, channel, path, lesson, ("stage", sa.SmallInteger()))
    choice = (("content_version", sa.String(32)), ("choice", sa.SmallInteger()), ("is_right", sa.Boolean()))
    _create("daily_answers", channel, path, day, lesson, ("question", sa.String(32)), *choice)


def _create(table: str, *keys: tuple[str, Any]) -> None:
    columns = [sa.Column(name, kind, primary_key=True, autoincrement=False) for name, kind in keys]
    op.create_table(table, *columns, sa.Column("count", sa.Integer(), nullable=False))
