"""Several roles for one member: a column for each role instead of one for all.

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ROLES = ("mentee", "mentor", "peer_mentor", "coordinator")
_HAS = [f"is_{role}" for role in _ROLES]


def _column(role: str) -> "sa.Column[bool]":
    return sa.Column(f"is_{role}", sa.Boolean(), nullable=False, server_default=sa.false())


def upgrade() -> None:
    member = sa.table("member", *(sa.column(name) for name in ["role", *_HAS]))
    for role in _ROLES:
        op.add_column("member", _column(role))
    for role in _ROLES:
        has_it = sa.update(member).where(member.c.role == role)
        op.execute(has_it.values({f"is_{role}": sa.true()}))
    op.drop_column("member", "role")


def downgrade() -> None:
    member = sa.table("member", *(sa.column(name) for name in ["role", *_HAS]))
    op.add_column("member", sa.Column("role", sa.String(), nullable=False, server_default="mentee"))
    for role in _ROLES:  # the last one wins: coordinators have to stay
        has_it = sa.update(member).where(member.c[f"is_{role}"])
        op.execute(has_it.values(role=role))
    for role in _ROLES:
        op.drop_column("member", f"is_{role}")
