"""Events of what somebody did: coordinators, members who leave, workspaces, operators."""

from runtime.log_events.model import LogEvent

ACTS = (
    LogEvent(
        "act_recorded",
        "info",
        ("workspace", "act", "count"),
        "A coordinator, the command line or Cairn itself did something that stands in the "
        "workspace's list of acts: people imported, groups approved, a programme started, "
        "changed or closed, a message sent again, words purged, and so on. Who and about whom is "
        "in that list alone.",
    ),
    LogEvent("pulse_opened", "info", ("workspace",), "A pulse round has opened."),
    LogEvent("pulse_closed", "info", ("workspace",), "Nobody can answer a round any more."),
    LogEvent("pulse_released", "info", ("workspace",), "The bands of a round are published."),
    LogEvent(
        "pulse_ended",
        "info",
        ("workspace", "reason"),
        "A round ended without results: `ended` by a coordinator or with its programme, `keys_lost`"
        ", `altered` or `failed`.",
        "After `keys_lost` see *Keep the keys*; after `altered` find out who writes into the "
        "database.",
    ),
    LogEvent(
        "rounds_not_finished",
        "error",
        ("failure",),
        "A pulse round is past its close and cannot be counted yet, mostly since the keys or the "
        "database are out of reach; it is tried again.",
        "Run `doctor`.",
    ),
    LogEvent(
        "member_erased",
        "info",
        ("workspace",),
        "Everything about one member was deleted, as they asked or as retention says.",
    ),
    LogEvent(
        "erasure_waits",
        "error",
        ("workspace", "failure"),
        "Somebody asked to be deleted, and it cannot be done yet; it is tried every few minutes.",
        "Run `doctor`: mostly the keys or the database are out of reach.",
    ),
    LogEvent(
        "workspace_installed",
        "info",
        ("workspace",),
        "A workspace installed Cairn, or did so again.",
    ),
    LogEvent(
        "workspace_uninstalled",
        "info",
        ("workspace",),
        "A workspace took Cairn out: its token is destroyed, and everything there pauses.",
    ),
    LogEvent(
        "install_refused",
        "warning",
        ("workspace", "reason"),
        "Somebody tried to install Cairn in a workspace that may not have it; nothing is kept.",
        "If it may: add it to ALLOWED_WORKSPACES, and start Cairn again.",
    ),
    LogEvent(
        "install_not_taken_back",
        "warning",
        ("failure",),
        "What was installed in a workspace that may not have it could not be taken out there.",
        "Ask its administrator to remove the app; Cairn kept no token.",
    ),
    LogEvent(
        "install_failed",
        "warning",
        ("reason", "failure"),
        "An install could not be finished; whoever tried reads why.",
        "For `out_of_reach` run `doctor`; for anything else look the reason up at docs.slack.dev.",
    ),
    LogEvent(
        "schema_migrated",
        "info",
        ("version", "engine", "schema"),
        "The database has the schema of this version.",
    ),
    LogEvent("backup_written", "info", ("rows",), "The whole database is copied into a file."),
    LogEvent(
        "backup_restored",
        "info",
        ("rows",),
        "A backup is in the database now.",
    ),
    LogEvent(
        "keys_rotated",
        "info",
        ("count",),
        "Words and tokens are sealed with new keys; the count is of rows that could not be read.",
        "If the count is not 0, `doctor` says which.",
    ),
    LogEvent(
        "keys_destroyed",
        "info",
        ("count",),
        "Keys that no row needed were destroyed; what only backups hold under them is gone.",
    ),
    LogEvent(
        "keys_started_anew",
        "warning",
        ("count",),
        "Keys are put into the vault of the settings from now on; the count is of open pulse "
        "rounds that ended since theirs are elsewhere.",
    ),
)
