"""Events of the process itself: start and stop, Slack and database out of reach, defects."""

from runtime.log_events.model import LogEvent

PROCESS = (
    LogEvent(
        "started",
        "info",
        ("version", "engine", "schema"),
        "Cairn has started: its database and keys are open, and Slack has taken its token.",
    ),
    LogEvent(
        "ready",
        "info",
        ("mode", "address"),
        "Requests of Slack are taken from now on.",
    ),
    LogEvent(
        "monitored",
        "info",
        ("address",),
        "The port for `/healthz`, `/readyz` and `/metrics` is open.",
    ),
    LogEvent(
        "started_without_sockets",
        "info",
        ("mode",),
        "Everything runs, but no socket to Slack could be opened yet; `waiting` says why.",
    ),
    LogEvent(
        "waiting",
        "warning",
        ("kind", "advice"),
        "`slack`, `sockets` or `database` does not answer; it is tried again and again. Said once "
        "for a cause, and again every ten minutes.",
        "The line itself says what to look at.",
    ),
    LogEvent("waiting_over", "info", ("kind", "lasted_s"), "It answers again."),
    LogEvent(
        "database_refuses",
        "warning",
        ("kind", "advice"),
        "A running Cairn could not use its database; `kind` is the cause. Nothing is lost.",
        "The line itself says what to look at.",
    ),
    LogEvent("database_answers", "info", ("lasted_s",), "The database takes rows again."),
    LogEvent(
        "fault",
        "warning",
        ("kind", "advice"),
        "Cairn as a whole does not do its work, and no heartbeat goes out.",
        "[When an alert fires](../how-to/when-an-alert-fires.md) has a part for each `kind`.",
    ),
    LogEvent("fault_over", "info", ("kind",), "What was wrong is well again."),
    LogEvent(
        "watch_failed",
        "error",
        ("failure",),
        "Watching over Cairn has itself failed, so no heartbeat goes out any more.",
        "Restart it; a defect: report it with this line.",
    ),
    LogEvent(
        "setting_not_read",
        "warning",
        ("advice",),
        "A variable has nearly the name of a setting.",
        "Correct its name.",
    ),
    LogEvent(
        "keys_do_not_last",
        "warning",
        ("advice",),
        "The keys lie where a container forgets them.",
        "Mount a volume at KEY_DIR.",
    ),
    LogEvent("who_may_install", "info", ("advice",), "Which workspaces may install Cairn."),
    LogEvent(
        "nobody_may_install",
        "warning",
        ("advice",),
        "No workspace may install Cairn.",
        "Name those that may in ALLOWED_WORKSPACES.",
    ),
    LogEvent(
        "running_lock_lost",
        "warning",
        ("failure",),
        "The connection that shows `restore` that Cairn runs was cut; it is made anew.",
    ),
    LogEvent(
        "put_aside",
        "error",
        ("advice",),
        "While the connection of that lock was cut, or the process stood still, a backup was put "
        "back or the schema taken back; the process ended at once, for a supervisor to start it.",
    ),
    LogEvent(
        "stopped_unfinished",
        "warning",
        ("lasted_s",),
        "Something hung at the stop, and the process was ended; what was under way is looked up "
        "at the next start.",
    ),
    LogEvent("stopped", "info", (), "What was under way is finished, and the process ends."),
    LogEvent(
        "socket_replaced",
        "info",
        ("reason",),
        "A socket to Slack was replaced: `old` as planned, `lost` or `deaf` since it brought "
        "nothing any more.",
        "If `lost` or `deaf` come often, look at what cuts connections on the way to Slack.",
    ),
    LogEvent(
        "connections_cut",
        "warning",
        ("count",),
        "Over HTTP, connections that had waited longest were cut, since too many were open.",
        "Let a proxy in front take slow or many connections.",
    ),
    LogEvent(
        "connections_not_accepted",
        "warning",
        ("count", "failure"),
        "The system gives no more connections, mostly since too many files are open.",
        "Raise the limit of open files (`LimitNOFILE`).",
    ),
    LogEvent(
        "heartbeat_failed",
        "warning",
        ("failure",),
        "The monitoring service of HEARTBEAT_URL does not answer; said once until it does.",
        "Check the address and the proxy; the bot itself works.",
    ),
    LogEvent("heartbeat_recovered", "info", (), "The monitoring service answers again."),
    LogEvent(
        "crashed",
        "critical",
        ("failure", "source"),
        "Something ended in a way that nobody expected: the process, a thread, or an object that "
        "was being freed.",
        "A defect: report it with this line. Cairn can be started again at once.",
    ),
    LogEvent(
        "library",
        "warning",
        ("library", "failure", "source"),
        "A library has something to say, at the level of the line. Its words may quote a request, "
        "so they are left out.",
        "If it comes often, or as an error, report it with this line.",
    ),
    LogEvent(
        "unlisted",
        "warning",
        ("source",),
        "Cairn logged what is not on this list; all of it is left out.",
        "A defect: report it with this line.",
    ),
    LogEvent(
        "sandbox_unreachable",
        "warning",
        ("failure",),
        "Only in the demo: the stand-in for Slack does not answer.",
        "Start the demo again if it lasts.",
    ),
    LogEvent(
        "hints_not_told",
        "warning",
        ("failure",),
        "Only in the demo: the hints beside the page could not be brought up to date.",
    ),
    LogEvent(
        "left_undone",
        "info",
        ("habit", "failure"),
        "Only in the demo: a made-up member could not do what they wanted to.",
    ),
)
