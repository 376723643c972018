"""Keep planned meetings, which mentors were there, minutes, and who says that it was not so.

Revision: 0031
After: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_MEETING = (["workspace_id", "meeting_id"], ["meeting.workspace_id", "meeting.id"])
_PLAN = (["workspace_id", "plan_id"], ["planned_meeting.workspace_id", "planned_meeting.id"])


def upgrade() -> None:
    op.add_column("meeting", sa.Column("minutes", sa.Integer()))
    _of_meeting("meeting_mentor")
    _of_meeting("meeting_objection", _instant("said_at"))
    meeting = sa.table("meeting", *map(sa.column, ("workspace_id", "id", "recorded_by")))
    there = sa.table("meeting_mentor", *map(sa.column, ("workspace_id", "meeting_id", "member_id")))
    recorders = sa.select(meeting).where(meeting.c.recorded_by != "")
    op.execute(there.insert().from_select(["workspace_id", "meeting_id", "member_id"], recorders))
    op.create_table(
        "planned_meeting",
        *_texts("workspace_id", "id", "programme_id", "group_id"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *_texts("state", "offered_by"),
        _instant("offered_at"),
        _instant("starts_at", nullable=True),
        _instant("changed_at"),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.String(), comment="the record, once it was held"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_planned_meeting")),
    )
    columns = ["workspace_id", "group_id", "state"]
    op.create_index(op.f(f"ix_planned_meeting_{'_'.join(columns)}"), "planned_meeting", columns)
    op.create_table(
        "planned_time",
        *_texts("workspace_id", "plan_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        _instant("starts_at"),
        _tied("planned_time", *_PLAN),
        sa.PrimaryKeyConstraint("workspace_id", "plan_id", "number", name=op.f("pk_planned_time")),
    )
    op.create_table(
        "planned_answer",
        *_texts("workspace_id", "plan_id", "member_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("can", sa.Boolean(), nullable=False),
        _tied("planned_answer", *_PLAN),
        sa.PrimaryKeyConstraint(
            "workspace_id", "plan_id", "member_id", "number", name=op.f("pk_planned_answer")
        ),
    )
    _index_members("planned_answer")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _tied(table: str, own: list[str], its: list[str]) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{'_'.join(own)}_{its[0].partition('.')[0]}")
    return sa.ForeignKeyConstraint(own, its, name=name, ondelete="CASCADE")


def _of_meeting(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        *_texts("workspace_id", "meeting_id", "member_id"),
        *columns,
        _tied(table, *_MEETING),
        sa.PrimaryKeyConstraint(
            "workspace_id", "meeting_id", "member_id", name=op.f(f"pk_{table}")
        ),
    )
    _index_members(table)


def _index_members(table: str) -> None:
    op.create_index(
        op.f(f"ix_{table}_workspace_id_member_id"), table, ["workspace_id", "member_id"]
    )


def downgrade() -> None:
    op.execute("DELETE FROM schedule WHERE kind = 'meeting_agenda'")
    op.execute("DELETE FROM outbox WHERE kind LIKE 'meeting\\_%' ESCAPE '\\'")
    for table in (
        *("planned_answer", "planned_time", "planned_meeting"),
        *("meeting_objection", "meeting_mentor"),
    ):
        op.drop_table(table)
    op.drop_column("meeting", "minutes")
