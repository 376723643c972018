"""Events of the process itself: start and stop, Slack and database out of reach, defects."""

from runtime.log_events.model import LogEvent

PROCESS = (
    LogEvent(
        "started",
        "info",
        ("version", "engine", "schema"),
        "Cairn has opened its database and keys, and Slack has taken its token.",
    ),
    LogEvent(
        "slack_busy",
        "warning",
        ("reason", "wait_s"),
        "At the start Slack does not answer; it is asked again after the wait.",
        "If it lasts: look at status.slack.com, the proxy and the firewall.",
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
        "socket_not_replaced",
        "warning",
        ("reason",),
        "A new socket to Slack could not be opened in time; the old one stays.",
        "If it goes on: see whether `wss://` to Slack is let through.",
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
