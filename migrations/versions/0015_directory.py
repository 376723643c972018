"""Keep the people whom Slack's directory does not fit, and a daily reading of it.

Revision: 0015
After: 0014
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_KIND = "directory_reading"


def upgrade() -> None:
    op.create_table(
        "misfit",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when Slack's directory first said so",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_misfit")),
    )
    _read_daily_where_there_are_members()


def _read_daily_where_there_are_members() -> None:
    member = sa.table("member", sa.column("workspace_id"))
    now = datetime.now(UTC)
    first: dict[str, sa.ColumnElement[Any]] = {
        "workspace_id": member.c.workspace_id,
        "kind": sa.literal(_KIND),
        "subject_id": member.c.workspace_id,
        "rule": sa.literal("daily 05:00:00"),
        "tz": sa.literal("UTC"),
        "next_due_at": sa.literal(now, sa.DateTime(timezone=True)),
        "due_on": sa.literal(now.date(), sa.Date()),
    }
    schedule = sa.table("schedule", *(sa.column(name) for name in first))
    rows = sa.select(*(value.label(name) for name, value in first.items())).distinct()
    op.execute(schedule.insert().from_select(list(first), rows))


def downgrade() -> None:
    op.execute(f"DELETE FROM schedule WHERE kind = '{_KIND}'")  # noqa: S608 - a constant
    op.drop_table("misfit")
