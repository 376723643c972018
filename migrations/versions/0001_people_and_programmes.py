"""People, programmes, schedules and the outbox.

Revision: 0001
After: nothing
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0001"
down_revision = None

_OUTBOX_INDEXES = (
    ("ix_outbox_expiry", ["expires_at"], "state = 'queued'"),
    ("ix_outbox_failed", ["workspace_id", "ended_at"], "state = 'failed'"),
    ("ix_outbox_folded", ["workspace_id", "recipient"], "is_folded IS 1"),
    ("ix_outbox_lease", ["lease_until"], "state = 'sending'"),
    ("ix_outbox_ready", ["workspace_id", "lane", "ready_at"], "state = 'queued'"),
    ("ix_outbox_rides_on", ["workspace_id", "rides_on"], "rides_on IS NOT NULL"),
    (
        "ix_outbox_set_out",
        ["workspace_id", "recipient", "claimed_at"],
        "state IN ('sending', 'unknown', 'sent')",
    ),
    ("ix_outbox_unknown", ["ready_at"], "state = 'unknown'"),
)
"""Each with the rows that it holds; Postgres wants a boolean alone, SQLite compares it with 1."""


def upgrade() -> None:
    op.create_table(
        "delivery_pace",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False, comment="messages per minute"),
        sa.Column("free_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("ceiling", sa.Float(), comment="messages per minute"),
        sa.Column("paused_until", Instant()),
        sa.Column("paused_for", sa.String()),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_delivery_pace"),
    )
    op.create_table(
        "delivery_recipient",
        *_strings("workspace_id", "recipient"),
        sa.Column("last_at", Instant(), nullable=False, comment="when a message last set out"),
        sa.Column(
            "free_at", Instant(), nullable=False, comment="the end of the seconds given away"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "recipient", name="pk_delivery_recipient"),
    )
    op.create_table(
        "delivery_rhythm",
        *_strings("workspace_id", "recipient", "tz"),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("working_days", sa.String(), nullable=False, comment="digits, 0 is Monday"),
        sa.PrimaryKeyConstraint("workspace_id", "recipient", name="pk_delivery_rhythm"),
    )
    op.create_table(
        "member",
        *_strings("workspace_id", "id", "slack_user_id", "name"),
        sa.Column("email", sa.String()),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String()),
        *_strings("department", "site", "timezone"),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("prefers", sa.JSON(), nullable=False),
        sa.Column("avoid", sa.JSON(), nullable=False),
        sa.Column("supervised_by", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused_until", Instant()),
        sa.Column("conduct_accepted_at", Instant()),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_member"),
        sa.UniqueConstraint(
            "workspace_id", "slack_user_id", name="uq_member_workspace_id_slack_user_id"
        ),
    )
    op.create_table(
        "outbox",
        *_strings("workspace_id", "id", "kind", "subject_id", "recipient", "dedupe_key", "lane"),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False, comment="when it may be tried next"),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lookups", sa.SmallInteger(), nullable=False),
        sa.Column("claimed_at", Instant(), comment="when the sending began whose outcome is open"),
        sa.Column("lease_until", Instant()),
        sa.Column("rides_on", sa.String(), comment="the entry in whose message it is folded"),
        sa.Column("is_folded", sa.Boolean(), nullable=False),
        sa.Column("slack_channel", sa.String()),
        sa.Column("slack_ts", sa.String()),
        sa.Column("last_error", sa.String()),
        sa.Column("ended_at", Instant(), comment="when it came to a state that it stays in"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_outbox"),
        sa.UniqueConstraint("workspace_id", "dedupe_key", name="uq_outbox_workspace_id_dedupe_key"),
    )
    op.create_index("ix_outbox_ended_at", "outbox", ["ended_at"])
    for name, columns, where in _OUTBOX_INDEXES:
        op.create_index(
            name,
            "outbox",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where.removesuffix(" IS 1")),
        )
    op.create_table(
        "programme",
        *_strings("workspace_id", "id", "name", "template_id", "framework_id", "state"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("coordinator_channel", sa.String()),
        sa.Column("crisis_contact", sa.Text()),
        sa.Column("concern_contact", sa.Text()),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_programme"),
    )
    op.create_table(
        "schedule",
        *_strings("workspace_id", "kind", "subject_id", "rule", "tz"),
        sa.Column("not_before", Instant()),
        sa.Column("next_due_at", Instant(), comment="null while it rests without an end"),
        sa.Column("due_on", sa.Date(), comment="the local date of next_due_at"),
        sa.Column("served_on", sa.Date(), comment="the latest local date that was claimed"),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "subject_id", name="pk_schedule"),
    )
    op.create_index("ix_schedule_next_due_at", "schedule", ["next_due_at"])
    op.create_index("ix_schedule_subject", "schedule", ["workspace_id", "subject_id"])
    op.create_table(
        "schedule_choice",
        *_strings("workspace_id", "kind", "subject_id"),
        sa.Column("every_weeks", sa.SmallInteger(), comment="null: as planned"),
        sa.Column("weekday", sa.SmallInteger()),
        sa.Column("at", sa.Time()),
        sa.Column("planned", sa.String(), comment="the rule that this stands in place of"),
        sa.Column("chosen_at", Instant(), nullable=False, comment="when the subject last decided"),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "subject_id", name="pk_schedule_choice"),
    )
    op.create_table(
        "schedule_rest",
        *_strings("workspace_id", "subject_id", "reason"),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "subject_id", "reason", name="pk_schedule_rest"),
    )
    op.create_table(
        "enrolment",
        *_strings("workspace_id", "programme_id", "member_id"),
        _belongs_to("programme", "programme_id", of="enrolment"),
        sa.PrimaryKeyConstraint("workspace_id", "programme_id", "member_id", name="pk_enrolment"),
    )
    op.create_index(
        "ix_enrolment_workspace_id_member_id", "enrolment", ["workspace_id", "member_id"]
    )
    op.create_table(
        "mentoring_group",
        *_strings("workspace_id", "id", "programme_id", "name"),
        sa.Column("slack_channel", sa.String()),
        _belongs_to("programme", "programme_id", of="mentoring_group"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_mentoring_group"),
    )
    op.create_index(
        "ix_mentoring_group_workspace_id_programme_id",
        "mentoring_group",
        ["workspace_id", "programme_id"],
    )
    op.create_table(
        "seat",
        *_strings("workspace_id", "group_id", "member_id", "role"),
        _belongs_to("mentoring_group", "group_id", of="seat"),
        sa.PrimaryKeyConstraint("workspace_id", "group_id", "member_id", name="pk_seat"),
    )
    op.create_index("ix_seat_workspace_id_member_id", "seat", ["workspace_id", "member_id"])


def downgrade() -> None:
    op.drop_table("seat")
    op.drop_table("mentoring_group")
    op.drop_table("enrolment")
    op.drop_table("schedule_rest")
    op.drop_table("schedule_choice")
    op.drop_table("schedule")
    op.drop_table("programme")
    op.drop_table("outbox")
    op.drop_table("member")
    op.drop_table("delivery_rhythm")
    op.drop_table("delivery_recipient")
    op.drop_table("delivery_pace")


def _belongs_to(parent: str, column: str, *, of: str) -> sa.ForeignKeyConstraint:
    """Let a row of the table `of` go with the one of `parent` that its column names."""
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{parent}.workspace_id", f"{parent}.id"],
        name=f"fk_{of}_workspace_id_{column}_{parent}",
        ondelete="CASCADE",
    )


def _strings(*names: str) -> list[sa.Column[str]]:
    """Make columns of text that is always there."""
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
