"""Define the tables of the pulse.

A ballot has no time, no serial number and no foreign key, and no column that is not its position in
the box or its sealed content.
"""

import sqlalchemy as sa

from bot.kernel.database import Instant, keys, metadata, required, texts

round_table = sa.Table(
    "pulse_round",
    metadata,
    *keys("id"),
    *texts("workspace_id", "programme_id", "state"),
    *required(Instant, "opens_at", "closes_at"),
    sa.Column("instrument_version", sa.Integer, nullable=False),
    *required(sa.JSON, "instrument", "items"),
    *required(sa.Integer, "k", "c"),
    sa.Column("cell_level", sa.String, nullable=False),
    sa.Column("comments", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("closes_not_before", Instant),
    sa.Column("terms_code", sa.LargeBinary),
    sa.Column("ending", sa.String),
    sa.Index(None, "workspace_id", "programme_id"),
    sa.Index(None, "state", "closes_at"),
)

eligible_table = sa.Table(
    "pulse_eligible",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    *keys("member_id"),
    *texts("stratum", "cell_id"),
    sa.Column("pseudonym", sa.String),  # and after it the code of their Slack account
    sa.Index(None, "member_id"),
    sa.Index("ix_pulse_eligible_cell", "round_id", "cell_id"),
)

before_table = sa.Table(
    "pulse_before",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    *keys("cell_id"),
    sa.Column("people", sa.JSON, nullable=False),
)
"""The people of cells told of earlier, by the pseudonyms of the round that compares with them."""

ballot_table = sa.Table(
    "pulse_ballot",
    metadata,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("tag", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

cell_table = sa.Table(
    "pulse_cell",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    *keys("cell_id"),
    sa.Column("fate", sa.String, nullable=False),
    sa.Column("pooled", sa.JSON, nullable=False),
)

release_table = sa.Table(
    "pulse_release",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    *keys("cell_id", "item_id"),
    sa.Column("band", sa.String, nullable=False),
    sa.Column("released_on", sa.Date, nullable=False),
)

comment_table = sa.Table(
    "pulse_comment",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
)
"""Published comments; the number is the position of their words in the alphabet."""

action_table = sa.Table(
    "pulse_action",
    metadata,
    sa.Column("round_id", sa.ForeignKey("pulse_round.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("posted_at", Instant, nullable=False),
)

hold_table = sa.Table(
    "pulse_hold",
    metadata,
    *keys("workspace_id", "programme_id"),
    sa.Column("since", Instant, nullable=False),
)
"""A round that fell due and waits until the coordinator says what was done about the last."""

vault_table = sa.Table(
    "pulse_vault",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.String, nullable=False),
)
"""One row: the mark of the vault in which the keys of this database's rounds are put."""
