"""Keep every answer to every text of the consent to research, in place of one flag.

Revision: 0049
After: 0048

Whoever agreed before agreed that answers about mentoring are used, and to nothing else: their yes
stays on record as version 0, and they are asked again.
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0049"
down_revision = "0048"

_OF_ANSWERS = "answers-about-mentoring"
_consent = sa.table(
    "relationship_consent",
    sa.column("workspace_id", sa.String()),
    sa.column("member_id", sa.String()),
    sa.column("given_at", Instant()),
)
_answer = sa.table(
    "research_answer",
    sa.column("workspace_id", sa.String()),
    sa.column("member_id", sa.String()),
    sa.column("number", sa.Integer()),
    sa.column("is_yes", sa.Boolean()),
    sa.column("version", sa.Integer()),
    sa.column("text", sa.String()),
    sa.column("answered_at", Instant()),
)


def upgrade() -> None:
    op.create_table(
        "research_text",
        *_texts("workspace_id", "digest"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_research_text")),
    )
    op.create_table(
        "research_answer",
        *_texts("workspace_id", "member_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="0: of answers about mentoring alone",
        ),
        *_texts("text"),
        sa.Column("answered_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "member_id", "number", name=op.f("pk_research_answer")
        ),
    )
    given = sa.select(
        _consent.c.workspace_id,
        _consent.c.member_id,
        sa.literal(1),
        sa.true(),
        sa.literal(0),
        sa.literal(_OF_ANSWERS),
        _consent.c.given_at,
    )
    op.execute(_answer.insert().from_select([one.name for one in _answer.columns], given))
    op.drop_table("relationship_consent")


def downgrade() -> None:
    op.create_table(
        "relationship_consent",
        *_texts("workspace_id", "member_id"),
        sa.Column("given_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_relationship_consent")),
    )
    last = (
        sa.select(
            _answer.c.workspace_id,
            _answer.c.member_id,
            sa.func.max(_answer.c.number).label("number"),
        )
        .group_by(_answer.c.workspace_id, _answer.c.member_id)
        .subquery()
    )
    keys = ("workspace_id", "member_id", "number")
    same = sa.and_(*(last.c[name] == _answer.c[name] for name in keys))
    yes = (
        sa.select(_answer.c.workspace_id, _answer.c.member_id, _answer.c.answered_at)
        .select_from(_answer.join(last, same))
        .where(_answer.c.is_yes)
    )
    names = [one.name for one in _consent.columns]
    op.execute(_consent.insert().from_select(names, yes))
    op.drop_table("research_answer")
    op.drop_table("research_text")


def _texts(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
