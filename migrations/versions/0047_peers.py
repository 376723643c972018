"""Keep series of peer rounds, and who meets whom in each.

Revision: 0047
After: 0046
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "peer_series",
        *_texts("workspace_id", "id", "programme_id", "reach", "state"),
        sa.Column("roles", sa.JSON(), nullable=False),
        *_numbers("size", "every_weeks"),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column(
            "rounds",
            sa.Integer(),
            nullable=True,
            comment="null for: to the end of the programme",
        ),
        *_numbers("seed"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_peer_series")),
    )
    _index("peer_series", "programme_id")
    op.create_table(
        "peer_round",
        *_texts("workspace_id", "id", "series_id", "state"),
        *_numbers("number"),
        sa.Column("begins_on", sa.Date(), nullable=False),
        *_numbers("seed", "repeats"),
        sa.Column("asked_at", Instant(), nullable=True),
        _belongs_to("peer_series", "peer_round", by="series_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_peer_round")),
        sa.UniqueConstraint(
            "workspace_id",
            "series_id",
            "number",
            name=op.f("uq_peer_round_workspace_id_series_id_number"),
        ),
    )
    op.create_table(
        "peer_meeting",
        *_texts("workspace_id", "id", "round_id", "about"),
        sa.Column(
            "met_at",
            Instant(),
            nullable=True,
            comment="when the first of them said that they met",
        ),
        sa.Column("is_off", sa.Boolean(), nullable=False, comment="fewer than two come"),
        _belongs_to("peer_round", "peer_meeting", by="round_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_peer_meeting")),
    )
    _index("peer_meeting", "round_id")
    op.create_table(
        "peer_seat",
        *_texts("workspace_id", "round_id", "member_id", "meeting_id", "coming"),
        sa.Column("said_met", sa.Boolean(), nullable=True),
        _belongs_to("peer_round", "peer_seat", by="round_id"),
        sa.PrimaryKeyConstraint("workspace_id", "round_id", "member_id", name=op.f("pk_peer_seat")),
    )
    _index("peer_seat", "member_id")
    _index("peer_seat", "meeting_id")


def downgrade() -> None:
    for table in ("peer_seat", "peer_meeting", "peer_round", "peer_series"):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _belongs_to(table: str, own: str, *, by: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", by],
        [f"{table}.workspace_id", f"{table}.id"],
        name=op.f(f"fk_{own}_workspace_id_{by}_{table}"),
        ondelete="CASCADE",
    )


def _index(table: str, column: str) -> None:
    name = op.f(f"ix_{table}_workspace_id_{column}")
    op.create_index(name, table, ["workspace_id", column])
