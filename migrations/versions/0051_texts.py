"""Keep programmes' own texts, and which code of conduct a member accepted.

Revision: 0051
After: 0050
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0051"
down_revision = "0050"
OF_PROGRAMMES = ("conduct_text", "conduct_again", "consent_text")


def upgrade() -> None:
    op.create_table(
        "conduct_text",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_conduct_text")),
    )
    op.create_table(
        "conduct_acceptance",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_conduct_acceptance_workspace_id_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "member_id", "digest", name=op.f("pk_conduct_acceptance")
        ),
    )
    accepted = "the digest of the words accepted last"
    op.add_column("member", sa.Column("conduct_text", sa.String(), nullable=True, comment=accepted))
    own = "the digest of its own; null for the files'"
    again = "the digest that was asked for once more"
    for name, comment in zip(OF_PROGRAMMES, (own, again, own), strict=True):
        op.add_column("programme", sa.Column(name, sa.String(), nullable=True, comment=comment))


def downgrade() -> None:
    for table, names in (("programme", OF_PROGRAMMES), ("member", ("conduct_text",))):
        for name in names:
            op.drop_column(table, name)
    op.drop_table("conduct_acceptance")
    op.drop_table("conduct_text")
