"""Events of all rooms are found by their end, so that a search passes by those that are over."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index on the start, through which a search read every past event, gives way."""
    op.drop_index("events_by_start", table_name="events")
    op.create_index("events_of_all_rooms_by_end", "events", ["ends_at"])
