"""Keep groups' charters, what members say to them, and the training of peer-mentors.

Revision: 0030
After: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "charter",
        *_texts("workspace_id", "group_id"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="goes up with each change of a line"
        ),
        _instant("changed_at"),
        sa.PrimaryKeyConstraint("workspace_id", "group_id", name=op.f("pk_charter")),
    )
    op.create_table(
        "charter_line",
        *_texts("workspace_id", "id", "group_id", "topic", "author_id"),
        _instant("written_at"),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_charter_line")),
    )
    op.create_table(
        "charter_stance",
        *_texts("workspace_id", "group_id", "member_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("stance"),
        _instant("said_at"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "group_id", "member_id", name=op.f("pk_charter_stance")
        ),
    )
    op.create_table(
        "peer_training",
        *_texts("workspace_id", "member_id"),
        _instant("trained_at"),
        sa.Column("answer", sa.String(), comment="to the offer of the peer-mentor role"),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_peer_training")),
    )
    for table, column in (
        ("charter_line", "group_id"),
        ("charter_line", "author_id"),
        ("charter_stance", "member_id"),
    ):
        op.create_index(op.f(f"ix_{table}_workspace_id_{column}"), table, ["workspace_id", column])


def downgrade() -> None:
    for table in ("peer_training", "charter_stance", "charter_line", "charter"):
        op.drop_table(table)


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _instant(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
