"""Alembic's entry: runs the migrations on the connection that ``open_database`` holds."""

from alembic import context

from cc_run.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
