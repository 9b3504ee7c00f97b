"""Alembic's environment; `database.migrate` hands it an open connection."""

from alembic import context

from actions.learners.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
