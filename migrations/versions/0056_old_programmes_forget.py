"""Let programmes that were closed before there were plans to forget be looked at in the morning.

Revision: 0056
After: 0054

Nothing is deleted here, and no day is fixed: the duty that falls due counts from that morning on,
and tells coordinators.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0056"
down_revision = "0054"

KIND, EVERY_MORNING = "retention_due", "daily 09:00:00"
_programme = sa.table("programme", *map(sa.column, ("workspace_id", "id", "state", "timezone")))
_plan = sa.table("retention_plan", *map(sa.column, ("workspace_id", "programme_id", "closed_on")))
_schedule = sa.table(
    "schedule",
    *map(sa.column, ("workspace_id", "kind", "subject_id", "rule", "tz")),
    sa.column("next_due_at", Instant()),
    sa.column("due_on", sa.Date()),
)


def upgrade() -> None:
    now = datetime.now(UTC)
    counts = sa.exists().where(
        _plan.c.workspace_id == _programme.c.workspace_id,
        _plan.c.programme_id == _programme.c.id,
        _plan.c.closed_on.is_not(None),
    )
    is_there = sa.exists().where(
        _schedule.c.workspace_id == _programme.c.workspace_id,
        _schedule.c.kind == KIND,
        _schedule.c.subject_id == _programme.c.id,
    )
    closed = sa.select(
        _programme.c.workspace_id,
        sa.literal(KIND),
        _programme.c.id,
        sa.literal(EVERY_MORNING),
        _programme.c.timezone,
        sa.literal(now, Instant()),
        sa.literal(now.date(), sa.Date()),
    ).where(_programme.c.state == "closed", ~counts, ~is_there)
    op.execute(sa.insert(_schedule).from_select([one.name for one in _schedule.c], closed))


def downgrade() -> None:
    """Leave what was planned: an earlier version ends it by itself, or never looks at it."""
