"""Authenticate the terms of pulse rounds, and keep why one is void.

Open rounds carry no codes; the version of their keys says so, and they end as they began. The
public key of a round is made from its private one, so the database has none any more: rounds that
are open at a downgrade take no more answers, since their keys are of a version unknown there.

Revision: 0017
After: 0016
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("pulse_round", sa.Column("closes_not_before", Instant()))
    op.add_column("pulse_round", sa.Column("terms_code", sa.LargeBinary()))
    op.add_column("pulse_round", sa.Column("ending", sa.String()))
    op.add_column("pulse_eligible", sa.Column("pseudonym", sa.String()))
    op.drop_column("pulse_round", "box_public_key")
    op.create_table(
        "pulse_before",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("cell_id", sa.String(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulse_round.id"],
            name="fk_pulse_before_round_id_pulse_round",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "cell_id", name="pk_pulse_before"),
    )


def downgrade() -> None:
    op.drop_table("pulse_before")
    op.add_column(
        "pulse_round",
        sa.Column("box_public_key", sa.LargeBinary(), nullable=False, server_default=sa.text("''")),
    )
    op.drop_column("pulse_eligible", "pseudonym")
    op.drop_column("pulse_round", "ending")
    op.drop_column("pulse_round", "terms_code")
    op.drop_column("pulse_round", "closes_not_before")
