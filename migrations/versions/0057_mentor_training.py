"""Keep which mentors took part in which training.

Revision: 0057
After: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "mentor_training",
        *_texts("workspace_id", "id", "name"),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_mentor_training")),
    )
    op.create_table(
        "training_attendance",
        *_texts("workspace_id", "training_id", "member_id"),
        *(_belongs_to(table, by) for table, by in _OWNERS.items()),
        sa.PrimaryKeyConstraint(
            "workspace_id", "training_id", "member_id", name=op.f("pk_training_attendance")
        ),
    )
    op.create_index(
        op.f("ix_training_attendance_workspace_id_member_id"),
        "training_attendance",
        ["workspace_id", "member_id"],
    )


_OWNERS = {"mentor_training": "training_id", "member": "member_id"}


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _belongs_to(table: str, by: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", by],
        [f"{table}.workspace_id", f"{table}.id"],
        name=op.f(f"fk_training_attendance_workspace_id_{by}_{table}"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("training_attendance")
    op.drop_table("mentor_training")
