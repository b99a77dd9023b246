"""Alembic's migrations, one module a revision."""
