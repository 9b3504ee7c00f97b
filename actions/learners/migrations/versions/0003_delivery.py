"""Create the tables of delivery: inbox, outbox, polls, leases, tokens; what was answered moves to the inbox.

Revision: 0003, after 0002.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Apply the change."""
    op.add_column("conversations", sa.Column("heard_at", _TIME))
    op.add_column("conversations", sa.Column("free_replies", sa.Integer()))
    op.add_column("identities", sa.Column("blocked_at", _TIME))
    inbound = _create_inbox()
    answered = _rows("SELECT sender_key, message_id, response, handled_at FROM handled_messages", response=sa.JSON(), handled_at=_TIME)
    op.bulk_insert(inbound, [_done_event(row) for row in answered])
    op.drop_table("handled_messages")
    waiting = _rows(
        "SELECT m.id, i.channel, i.sender_key, i.sealed_address, m.reply, m.kind, m.created_at, m.expires_at"
        " FROM outbound_messages m JOIN identities i ON i.id = m.identity_id ORDER BY m.id",
        reply=sa.JSON(), created_at=_TIME, expires_at=_TIME,
    )  # fmt: skip
    op.drop_table("outbound_messages")
    outbound = _create_outbox()
    op.bulk_insert(outbound, [_waiting_message(row) for row in waiting])
    op.create_table(
        "polls",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("sender_key", sa.String(64), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=False),
    )
    op.create_index("ix_polls_sender_key", "polls", ["sender_key"])
    op.create_index("ix_polls_sent_at", "polls", ["sent_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("sealed_tokens", sa.Text(), nullable=False),
        sa.Column("refreshed_at", _TIME, nullable=False),
        sa.Column("lost_at", _TIME),
    )


def downgrade() -> None:
    """Take the change back; messages that wait for other channels than the web's identities go."""
    for table in ("channel_tokens", "leases", "polls"):
        op.drop_table(table)
    answered = _rows(
        "SELECT sender_key, event_id, response, received_at FROM inbound_events"
        " WHERE state = 'done' AND response IS NOT NULL AND sender_key IS NOT NULL",
        response=sa.JSON(), received_at=_TIME,
    )  # fmt: skip
    waiting = _rows(
        "SELECT m.id, i.id AS identity_id, m.kind, m.message, m.created_at, m.expires_at"
        " FROM outbound_messages m JOIN identities i ON i.sender_key = m.sender_key WHERE m.state = 'waiting' ORDER BY m.id",
        message=sa.JSON(), created_at=_TIME, expires_at=_TIME,
    )  # fmt: skip
    op.drop_table("inbound_events")
    op.drop_table("outbound_messages")
    op.bulk_insert(_create_handled_messages(), [_handled_message(row) for row in answered])
    op.bulk_insert(_create_waiting_messages(), [dict(row) | {"reply": row["message"]} for row in waiting])
    # Not in a batch: on SQLite that would drop the table, and with it all that hangs on an identity.
    op.drop_column("identities", "blocked_at")
    op.drop_column("conversations", "free_replies")
    op.drop_column("conversations", "heard_at")


def _rows(query: str, **types: Any) -> list[Any]:
    return list(op.get_bind().execute(sa.text(query).columns(**types)).mappings())


def _done_event(row: Any) -> dict[str, Any]:
    return {
        "channel": "web", "account": "", "event_id": f"{row['sender_key']}:{row['message_id']}", "sender_key": row["sender_key"],
        "response": row["response"], "priority": 1, "state": "done", "tries": 1,
        "received_at": row["handled_at"], "available_at": row["handled_at"],
    }  # fmt: skip


def _handled_message(row: Any) -> dict[str, Any]:
    message_id = row["event_id"].rsplit(":", 1)[-1][:64]
    return {"sender_key": row["sender_key"], "message_id": message_id, "response": row["response"], "handled_at": row["received_at"]}


def _waiting_message(row: Any) -> dict[str, Any]:
    kept = ("id", "channel", "sender_key", "sealed_address", "kind", "created_at", "expires_at")
    rest = {"message": row["reply"], "priority": 1, "state": "waiting", "tries": 0, "available_at": row["created_at"]}
    return {name: row[name] for name in kept} | rest


def _create_inbox() -> sa.Table:
    table = op.create_table(
        "inbound_events",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("sender_key", sa.String(64)),
        sa.Column("sealed_event", sa.Text()),
        sa.Column("response", sa.JSON()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(36)),
        sa.Column("error", sa.String(64)),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("available_at", _TIME, nullable=False),
        sa.UniqueConstraint("channel", "account", "event_id", name="uq_inbound_events_event"),
    )
    _index_waiting("inbound_events")
    op.create_index("ix_inbound_events_received_at", "inbound_events", ["received_at"])
    return table


def _create_outbox() -> sa.Table:
    table = op.create_table(
        "outbound_messages",
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("sender_key", sa.String(64), nullable=False),
        sa.Column("sealed_address", sa.Text(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(36)),
        sa.Column("error", sa.String(64)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("available_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    _index_waiting("outbound_messages")
    op.create_index("ix_outbound_messages_expires_at", "outbound_messages", ["expires_at"])
    return table


def _index_waiting(table: str) -> None:
    for name, columns in (("waiting", ["sender_key", "priority", "id"]), ("order", ["priority", "id"])):
        op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=_WAITING, sqlite_where=_WAITING)
    op.create_index(f"ix_{table}_sender_key", table, ["sender_key"])


def _create_handled_messages() -> sa.Table:
    table = op.create_table(
        "handled_messages",
        sa.Column("sender_key", sa.String(64), primary_key=True),
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("handled_at", _TIME, nullable=False),
    )
    op.create_index("ix_handled_messages_handled_at", "handled_messages", ["handled_at"])
    return table


def _create_waiting_messages() -> sa.Table:
    table = op.create_table(
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
    return table
