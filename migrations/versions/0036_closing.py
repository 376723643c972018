"""Keep what members write at the close: a look back, and thanks to one person.

Revision: 0036
After: 0035
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    key_id = "the key in the vault"
    op.create_table(
        "looking_back",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False, comment=key_id),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "member_id", "programme_id", name="pk_looking_back"
        ),
    )
    op.create_table(
        "closing_thanks",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("to_member_id", sa.String(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("read_at", Instant()),
        sa.Column("key_id", sa.String(), nullable=False, comment=key_id),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_closing_thanks"),
        sa.UniqueConstraint(
            "workspace_id",
            "member_id",
            "programme_id",
            name="uq_closing_thanks_workspace_id_member_id_programme_id",
        ),
    )
    op.create_index(
        "ix_closing_thanks_workspace_id_to_member_id",
        "closing_thanks",
        ["workspace_id", "to_member_id"],
    )


def downgrade() -> None:
    op.drop_table("closing_thanks")
    op.drop_table("looking_back")
