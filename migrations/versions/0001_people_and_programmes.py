"""People, programmes, schedules and the outbox.

Revision: 0001
After: nothing
"""

import sqlalchemy as sa
from alembic import op

from bot.kernel.database import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_pace",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False, comment="messages per minute"),
        sa.Column("free_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("ceiling", sa.Float(), nullable=True, comment="messages per minute"),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("paused_for", sa.String(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_delivery_pace")),
    )
    op.create_table(
        "delivery_recipient",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False, comment="when a message last set out"),
        sa.Column(
            "free_at", Instant(), nullable=False, comment="the end of the seconds given away"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "recipient", name=op.f("pk_delivery_recipient")),
    )
    op.create_table(
        "delivery_rhythm",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("working_days", sa.String(), nullable=False, comment="digits, 0 is Monday"),
        sa.PrimaryKeyConstraint("workspace_id", "recipient", name=op.f("pk_delivery_rhythm")),
    )
    op.create_table(
        "member",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("slack_user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("prefers", sa.JSON(), nullable=False),
        sa.Column("avoid", sa.JSON(), nullable=False),
        sa.Column("supervised_by", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("conduct_accepted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint(
            "workspace_id", "slack_user_id", name=op.f("uq_member_workspace_id_slack_user_id")
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ready_at", Instant(), nullable=False, comment="when it may be tried next"),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lookups", sa.SmallInteger(), nullable=False),
        sa.Column(
            "claimed_at",
            Instant(),
            nullable=True,
            comment="when the sending began whose outcome is open",
        ),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column(
            "rides_on",
            sa.String(),
            nullable=True,
            comment="the entry in whose message it is folded",
        ),
        sa.Column("is_folded", sa.Boolean(), nullable=False),
        sa.Column("slack_channel", sa.String(), nullable=True),
        sa.Column("slack_ts", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column(
            "ended_at", Instant(), nullable=True, comment="when it came to a state that it stays in"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "workspace_id", "dedupe_key", name=op.f("uq_outbox_workspace_id_dedupe_key")
        ),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_ended_at", ["ended_at"], unique=False)
        batch_op.create_index(
            "ix_outbox_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_outbox_failed",
            ["workspace_id", "ended_at"],
            unique=False,
            sqlite_where=sa.text("state = 'failed'"),
            postgresql_where=sa.text("state = 'failed'"),
        )
        batch_op.create_index(
            "ix_outbox_folded",
            ["workspace_id", "recipient"],
            unique=False,
            sqlite_where=sa.text("is_folded IS 1"),
            postgresql_where=sa.text("is_folded"),
        )
        batch_op.create_index(
            "ix_outbox_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index(
            "ix_outbox_ready",
            ["workspace_id", "lane", "ready_at"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_outbox_rides_on",
            ["workspace_id", "rides_on"],
            unique=False,
            sqlite_where=sa.text("rides_on IS NOT NULL"),
            postgresql_where=sa.text("rides_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_set_out",
            ["workspace_id", "recipient", "claimed_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('sending', 'unknown', 'sent')"),
            postgresql_where=sa.text("state IN ('sending', 'unknown', 'sent')"),
        )
        batch_op.create_index(
            "ix_outbox_unknown",
            ["ready_at"],
            unique=False,
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        )
    op.create_table(
        "programme",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("framework_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("coordinator_channel", sa.String(), nullable=True),
        sa.Column("crisis_contact", sa.Text(), nullable=True),
        sa.Column("concern_contact", sa.Text(), nullable=True),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_programme")),
    )
    op.create_table(
        "schedule",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column(
            "next_due_at", Instant(), nullable=True, comment="null while it rests without an end"
        ),
        sa.Column("due_on", sa.Date(), nullable=True, comment="the local date of next_due_at"),
        sa.Column(
            "served_on", sa.Date(), nullable=True, comment="the latest local date that was claimed"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "subject_id", name=op.f("pk_schedule")),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index("ix_schedule_next_due_at", ["next_due_at"], unique=False)
        batch_op.create_index("ix_schedule_subject", ["workspace_id", "subject_id"], unique=False)
    op.create_table(
        "schedule_choice",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("every_weeks", sa.SmallInteger(), nullable=True, comment="null: as planned"),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column(
            "planned", sa.String(), nullable=True, comment="the rule that this stands in place of"
        ),
        sa.Column("chosen_at", Instant(), nullable=False, comment="when the subject last decided"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "kind", "subject_id", name=op.f("pk_schedule_choice")
        ),
    )
    op.create_table(
        "schedule_rest",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "subject_id", "reason", name=op.f("pk_schedule_rest")
        ),
    )
    op.create_table(
        "enrolment",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "programme_id"],
            ["programme.workspace_id", "programme.id"],
            name=op.f("fk_enrolment_workspace_id_programme_id_programme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "programme_id", "member_id", name=op.f("pk_enrolment")
        ),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrolment_workspace_id_member_id"),
            ["workspace_id", "member_id"],
            unique=False,
        )
    op.create_table(
        "mentoring_group",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slack_channel", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "programme_id"],
            ["programme.workspace_id", "programme.id"],
            name=op.f("fk_mentoring_group_workspace_id_programme_id_programme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_mentoring_group")),
    )
    with op.batch_alter_table("mentoring_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mentoring_group_workspace_id_programme_id"),
            ["workspace_id", "programme_id"],
            unique=False,
        )
    op.create_table(
        "seat",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "group_id"],
            ["mentoring_group.workspace_id", "mentoring_group.id"],
            name=op.f("fk_seat_workspace_id_group_id_mentoring_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "group_id", "member_id", name=op.f("pk_seat")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seat_workspace_id_member_id"),
            ["workspace_id", "member_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_workspace_id_member_id"))
    op.drop_table("seat")
    with op.batch_alter_table("mentoring_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentoring_group_workspace_id_programme_id"))
    op.drop_table("mentoring_group")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_workspace_id_member_id"))
    op.drop_table("enrolment")
    op.drop_table("schedule_rest")
    op.drop_table("schedule_choice")
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_index("ix_schedule_subject")
        batch_op.drop_index("ix_schedule_next_due_at")
    op.drop_table("schedule")
    op.drop_table("programme")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_unknown",
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        )
        batch_op.drop_index(
            "ix_outbox_set_out",
            sqlite_where=sa.text("state IN ('sending', 'unknown', 'sent')"),
            postgresql_where=sa.text("state IN ('sending', 'unknown', 'sent')"),
        )
        batch_op.drop_index(
            "ix_outbox_rides_on",
            sqlite_where=sa.text("rides_on IS NOT NULL"),
            postgresql_where=sa.text("rides_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_ready",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index(
            "ix_outbox_lease",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.drop_index(
            "ix_outbox_folded",
            sqlite_where=sa.text("is_folded IS 1"),
            postgresql_where=sa.text("is_folded IS 1"),
        )
        batch_op.drop_index(
            "ix_outbox_failed",
            sqlite_where=sa.text("state = 'failed'"),
            postgresql_where=sa.text("state = 'failed'"),
        )
        batch_op.drop_index(
            "ix_outbox_expiry",
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.drop_index("ix_outbox_ended_at")
    op.drop_table("outbox")
    op.drop_table("member")
    op.drop_table("delivery_rhythm")
    op.drop_table("delivery_recipient")
    op.drop_table("delivery_pace")
