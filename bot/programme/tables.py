"""Tables of programmes, groups and seats."""

import sqlalchemy as sa

from bot.kernel.database import metadata

programme_table = sa.Table(
    "programme",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("template_id", sa.String, nullable=False),
    sa.Column("framework_id", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("weeks", sa.Integer, nullable=False),
    sa.Column("timezone", sa.String, nullable=False),
    sa.Column("coordinator_channel", sa.String),
    sa.Column("crisis_contact", sa.Text),
    sa.Column("concern_contact", sa.Text),
    sa.Column("template", sa.JSON, nullable=False),
)

group_table = sa.Table(
    "mentoring_group",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("slack_channel", sa.String),
    sa.ForeignKeyConstraint(
        ["workspace_id", "programme_id"],
        ["programme.workspace_id", "programme.id"],
        ondelete="CASCADE",
    ),
    sa.Index(None, "workspace_id", "programme_id"),
)

seat_table = sa.Table(
    "seat",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("group_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.Column("role", sa.String, nullable=False),
    sa.ForeignKeyConstraint(
        ["workspace_id", "group_id"],
        ["mentoring_group.workspace_id", "mentoring_group.id"],
        ondelete="CASCADE",
    ),
    sa.Index("ix_seat_member", "workspace_id", "member_id", "group_id"),
)

enrolment_table = sa.Table(
    "enrolment",
    metadata,
    sa.Column("workspace_id", sa.String, primary_key=True),
    sa.Column("programme_id", sa.String, primary_key=True),
    sa.Column("member_id", sa.String, primary_key=True),
    sa.ForeignKeyConstraint(
        ["workspace_id", "programme_id"],
        ["programme.workspace_id", "programme.id"],
        ondelete="CASCADE",
    ),
    sa.Index(None, "workspace_id", "member_id"),
)
