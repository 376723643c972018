"""Define the tables of members, rosters, installations, and installs that are done."""

import sqlalchemy as sa

from bot.kernel.database import Instant, belongs_to, keys, metadata, required, texts
from bot.keys.sealed import sealed_columns

installation = sa.Table(
    "installation",
    metadata,
    *keys("workspace_id"),
    *texts("app_id", "bot_user_id"),
    sa.Column("scopes", sa.String, nullable=False, comment="separated by commas"),
    sa.Column("key_id", sa.String, comment="the key in the vault that opens the tokens"),
    sa.Column("sealed_tokens", sa.LargeBinary, comment="null once the app was uninstalled"),
    sa.Column("expires_at", Instant, comment="of the token; null when it lasts"),
    sa.Column("renewed_until", Instant, comment="while one replica fetches the next token"),
    sa.Column("installed_at", Instant, nullable=False),
    sa.Column("uninstalled_at", Instant),
)

install_state = sa.Table(
    "install_state",
    metadata,
    sa.Column("digest", sa.String, primary_key=True, comment="SHA-256: the state itself is secret"),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index(None, "expires_at"),
)
"""Installs that Slack has answered, until their states end: so each counts once, on any replica."""

member_table = sa.Table(
    "member",
    metadata,
    *keys("workspace_id", "id"),
    *texts("slack_user_id", "name"),
    sa.Column("email", sa.String),
    *required(sa.Boolean, "is_mentee", "is_mentor", "is_peer_mentor", "is_coordinator"),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("stage", sa.String),
    *texts("department", "site", "timezone"),
    *required(sa.JSON, "interests", "languages", "prefers", "avoid", "supervised_by"),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("paused_until", Instant),
    sa.Column("conduct_accepted_at", Instant),
    sa.Column("conduct_text", sa.String, comment="the digest of the words accepted last"),
    sa.Column("away_from", Instant, comment="when their last break began"),
    sa.Column("back_at", Instant, comment="when they last came back from one"),
    sa.UniqueConstraint("workspace_id", "slack_user_id"),
    sa.Index(
        "ix_member_counted",
        *("workspace_id", "state", "conduct_accepted_at", "paused_until"),
        *("is_mentee", "is_mentor", "is_peer_mentor"),
    ),
    sa.Index(
        "ix_member_coordinator",
        *("workspace_id", "name"),
        sqlite_where=sa.text("is_coordinator = 1"),
        postgresql_where=sa.text("is_coordinator"),
    ),
)

conduct_text = sa.Table(
    "conduct_text",
    metadata,
    *keys("workspace_id", "digest"),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
)
"""Every code of conduct that was written or accepted here, word for word."""

conduct_acceptance = sa.Table(
    "conduct_acceptance",
    metadata,
    *keys("workspace_id", "member_id", "digest"),
    sa.Column("accepted_at", Instant, nullable=False),
    belongs_to("member", by="member_id"),
)
"""Acceptances are added, one for each wording that a member accepted."""

misfit = sa.Table(
    "misfit",
    metadata,
    *keys("workspace_id", "member_id"),
    *texts("reason"),
    sa.Column("since", Instant, nullable=False, comment="when Slack's directory first said so"),
)
"""Members for whom what Slack's directory says does not fit; a reading replaces them all."""

roster_feed = sa.Table(
    "roster_feed",
    metadata,
    *keys("workspace_id"),
    *texts("made_by", "every", "timezone", "etag", "modified", "digest", "announced", "failure"),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("read_at", Instant),
    *required(sa.Boolean, "is_paused", "is_failure_told"),
    sa.Column("failures", sa.Integer, nullable=False),
    *required(sa.JSON, "counts", "named", "gone"),
    *sealed_columns(),
)
"""The address of a list that is read on a schedule; it and its header are sealed."""

delegation = sa.Table(
    "delegation",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("begins_at", Instant, nullable=False),
    sa.Column("ends_at", Instant),
    sa.Column("stand_in_id", sa.String),
    belongs_to("member", by="member_id"),
)
"""Absences that coordinators and contact people announced, and who stands in."""

roster_import = sa.Table(
    "roster_import",
    metadata,
    *keys("workspace_id", "id"),
    *texts("state", "made_by"),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("content", sa.JSON, nullable=False, comment="by state: table, preview, what to undo"),
    sa.Index(None, "workspace_id", "made_at"),
)
"""Lists under way and applied within the hour; deleted after it, and when a member is erased."""

roster_said = sa.Table(
    "roster_said",
    metadata,
    *keys("workspace_id", "member_id"),
    sa.Column("digests", sa.JSON, nullable=False, comment="of what the last list said, by field"),
    belongs_to("member", by="member_id"),
)

roster_mapping = sa.Table(
    "roster_mapping",
    metadata,
    *keys("workspace_id", "head_digest"),
    sa.Column("mapping", sa.JSON, nullable=False, comment="the field of each head"),
    sa.Column("made_at", Instant, nullable=False),
)
"""The columns of a form as a coordinator explained them, for its next list."""

private_link = sa.Table(
    "private_link",
    metadata,
    *keys("workspace_id", "member_id", "kind"),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, comment="of what the address ends in"),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.UniqueConstraint("workspace_id", "secret_hash"),
)
