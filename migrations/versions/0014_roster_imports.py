"""Lists under way, what the last list said of each member, and what columns hold.

Barriers and wishes that name members by address name them by Slack id from now on.

Revision: 0014
After: 0013
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NAMING_PEOPLE = ("prefers", "avoid", "supervised_by")


def upgrade() -> None:
    op.create_table(
        "roster_import",
        *_keys("workspace_id", "id"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="by state: table, preview, what to undo",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_roster_import")),
    )
    op.create_index(
        op.f("ix_roster_import_workspace_id_made_at"), "roster_import", ["workspace_id", "made_at"]
    )
    op.create_table(
        "roster_said",
        *_keys("workspace_id", "member_id"),
        sa.Column(
            "digests",
            sa.JSON(),
            nullable=False,
            comment="of what the last list said, by field",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["member.workspace_id", "member.id"],
            name=op.f("fk_roster_said_workspace_id_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "member_id", name=op.f("pk_roster_said")),
    )
    op.create_table(
        "roster_mapping",
        *_keys("workspace_id", "head_digest"),
        sa.Column("mapping", sa.JSON(), nullable=False, comment="the field of each head"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "head_digest", name=op.f("pk_roster_mapping")),
    )
    _name_people_by_slack_id()


def _keys(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _name_people_by_slack_id() -> None:
    lists = [sa.column(name, sa.JSON()) for name in _NAMING_PEOPLE]
    names = ("workspace_id", "id", "slack_user_id", "email")
    member = sa.table("member", *(sa.column(name, sa.String()) for name in names), *lists)
    connection = op.get_bind()
    rows = connection.execute(sa.select(member)).all()
    by_address: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.email:
            theirs = by_address.setdefault((row.workspace_id, row.email.casefold()), set())
            theirs.add(row.slack_user_id)
    for row in rows:
        ids = (
            {
                address: next(iter(found))
                for (workspace_id, address), found in by_address.items()
                if workspace_id == row.workspace_id and len(found) == 1
            }
            if any("@" in one for name in _NAMING_PEOPLE for one in getattr(row, name))
            else {}
        )
        named = {name: _named(getattr(row, name), ids) for name in _NAMING_PEOPLE}
        if any(named[name] != list(getattr(row, name)) for name in _NAMING_PEOPLE):
            this = sa.and_(member.c.workspace_id == row.workspace_id, member.c.id == row.id)
            connection.execute(sa.update(member).where(this).values(**named))


def _named(people: list[str], ids: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(ids.get(one.casefold(), one) for one in people))


def downgrade() -> None:
    op.drop_table("roster_mapping")
    op.drop_table("roster_said")
    op.drop_index(op.f("ix_roster_import_workspace_id_made_at"), table_name="roster_import")
    op.drop_table("roster_import")
