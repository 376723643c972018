"""Keep agreements: each side's answers, and the versions of the text that both confirm.

Revision: 0029
After: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "agreement_side",
        *_texts("workspace_id", "pairing_id", "side", "mentee_id", "mentor_id"),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        *_sealed(),
        sa.PrimaryKeyConstraint(
            "workspace_id", "pairing_id", "side", name=op.f("pk_agreement_side")
        ),
    )
    op.create_table(
        "agreement",
        *_texts("workspace_id", "pairing_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_texts("mentee_id", "mentor_id", "written_by"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        *_instants("mentee_at", comment="when the mentee confirmed this revision"),
        *_instants("mentor_at"),
        *_instants("agreed_at", comment="when the second of the two did"),
        *_instants("mentee_reviewed_at", "mentor_reviewed_at"),
        *_sealed(),
        sa.PrimaryKeyConstraint("workspace_id", "pairing_id", "number", name=op.f("pk_agreement")),
    )
    for table in ("agreement_side", "agreement"):
        for column in ("mentee_id", "mentor_id"):
            op.create_index(
                op.f(f"ix_{table}_workspace_id_{column}"), table, ["workspace_id", column]
            )


def downgrade() -> None:
    op.drop_table("agreement")
    op.drop_table("agreement_side")


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _instants(*names: str, comment: str | None = None) -> list["sa.Column[object]"]:
    kind = sa.DateTime(timezone=True)
    return [sa.Column(name, kind, comment=comment) for name in names]


def _sealed() -> list["sa.Column[object]"]:
    return [
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    ]
