"""Tables of programmes, groups and seats."""

import sqlalchemy as sa

from bot.kernel.database import belongs_to, keys, metadata, texts

programme_table = sa.Table(
    "programme",
    metadata,
    *keys("workspace_id", "id"),
    *texts("name", "template_id", "framework_id", "state"),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("weeks", sa.Integer, nullable=False),
    sa.Column("timezone", sa.String, nullable=False),
    sa.Column("coordinator_channel", sa.String),
    sa.Column("channel_confirmed", sa.String),
    sa.Column("channel_problem", sa.String),
    sa.Column("channel_checked_on", sa.Date),
    sa.Column("crisis_contact", sa.Text),
    sa.Column("concern_contact", sa.Text),
    sa.Column("concern_person", sa.String, comment="the member who hears of concerns"),
    sa.Column("concern_deputy", sa.String),
    sa.Column("concern_hours", sa.Integer, nullable=False, server_default="24"),
    sa.Column("conduct_text", sa.String, comment="the digest of its own; null for the files'"),
    sa.Column("conduct_again", sa.String, comment="the digest that was asked for once more"),
    sa.Column("consent_text", sa.String, comment="the digest of its own; null for the files'"),
    sa.Column("quiet_from", sa.Time, nullable=False, server_default="20:00:00"),
    sa.Column("quiet_until", sa.Time, nullable=False, server_default="08:00:00"),
    sa.Column("template", sa.JSON, nullable=False),
    sa.Column(
        "shifts", sa.JSON, nullable=False, server_default="[]", comment="pairs of Monday and weeks"
    ),
    sa.Column("closes_on", sa.Date),
)

group_table = sa.Table(
    "mentoring_group",
    metadata,
    *keys("workspace_id", "id"),
    *texts("programme_id", "name"),
    sa.Column("slack_channel", sa.String),
    belongs_to("programme", by="programme_id"),
    sa.Index(None, "workspace_id", "programme_id"),
)

seat_table = sa.Table(
    "seat",
    metadata,
    *keys("workspace_id", "group_id", "member_id"),
    sa.Column("role", sa.String, nullable=False),
    belongs_to("mentoring_group", by="group_id"),
    sa.Index("ix_seat_member", "workspace_id", "member_id", "group_id"),
)

enrolment_table = sa.Table(
    "enrolment",
    metadata,
    *keys("workspace_id", "programme_id", "member_id"),
    belongs_to("programme", by="programme_id"),
    sa.Index(None, "workspace_id", "member_id"),
)
