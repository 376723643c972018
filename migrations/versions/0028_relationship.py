"""Keep answers about relationships, sealed, and consent to research.

Revision: 0028
After: 0027
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0028"
down_revision = "0027"

_KEY = ("workspace_id", "programme_id", "wave", "rater_id", "other_id")


def upgrade() -> None:
    op.create_table(
        "relationship_rating",
        *(_text(name) for name in (*_KEY, "group_id", "side")),
        sa.Column("rated_at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_relationship_rating")),
    )
    for name in ("rater_id", "other_id"):
        index = op.f(f"ix_relationship_rating_workspace_id_{name}")
        op.create_index(index, "relationship_rating", ["workspace_id", name])
    op.create_table(
        "relationship_consent",
        *(_text(name) for name in ("workspace_id", "member_id")),
        sa.Column("given_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_relationship_consent")),
    )


def downgrade() -> None:
    op.drop_table("relationship_consent")
    op.drop_table("relationship_rating")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)
