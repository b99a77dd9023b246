"""How many meetings of each Zoom host were made or changed today."""

import sqlalchemy as sa
from alembic import op

revision = "0003_hosting"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A line a host, of the newest UTC day only."""
    op.create_table(
        "zoom_writes",
        sa.Column("host", sa.String(320), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("allowed", sa.Integer, nullable=False),
    )
