"""Events of messages, by which one can be followed, and of what else is owed in Slack."""

from runtime.log_events.model import LogEvent

MESSAGE = ("workspace", "entry", "kind")
"""Of notes about a concern (`personal_note`) only failures are logged: see bot/delivery/log.py."""
DELIVERIES = (
    LogEvent("message_queued", "debug", (*MESSAGE, "lane"), "A message waits to be sent."),
    LogEvent(
        "message_claimed",
        "debug",
        (*MESSAGE, "attempts"),
        "It is being sent, alone or folded into another's message.",
    ),
    LogEvent(
        "left_on_their_way",
        "warning",
        ("count",),
        "At the stop these were on their way for too long; they are looked up at the next start.",
    ),
    LogEvent(
        "workspace_refused",
        "warning",
        ("workspace", "reason"),
        "Slack refuses everything there, so nothing is sent; it is asked again now and then.",
        "By the reason: install Cairn again there, or give it back its scopes; then "
        "`queue --retry`.",
    ),
    LogEvent(
        "workspace_accepted",
        "info",
        ("workspace",),
        "Slack takes the token again, and what waited goes.",
    ),
    LogEvent(
        "scopes_missing",
        "warning",
        ("workspace", "reason"),
        "The app lacks these scopes there.",
        "Install it again from the manifest.",
    ),
    LogEvent("scopes_complete", "info", ("workspace",), "The app lacks no scope there any more."),
    LogEvent(
        "probe_broken_off",
        "warning",
        ("failure",),
        "The database did not answer while Slack's answer was noted; it is asked again.",
    ),
    LogEvent("message_sent", "info", (*MESSAGE, "attempts"), "Slack has taken it."),
    LogEvent(
        "message_postponed",
        "info",
        (*MESSAGE, "attempts", "reason"),
        "It was certainly not sent, and is tried again later.",
        "Nothing, unless the reason is a token or scope: then see `queue` and `doctor`.",
    ),
    LogEvent(
        "message_unknown",
        "warning",
        (*MESSAGE, "attempts", "reason"),
        "Nobody can say yet whether Slack took it, so it is looked for there before anything else.",
    ),
    LogEvent(
        "message_found",
        "info",
        MESSAGE,
        "It was looked for in Slack and had arrived.",
    ),
    LogEvent(
        "message_absent",
        "info",
        (*MESSAGE, "reason"),
        "It was looked for in Slack and had not arrived, so it is sent again; `outcome_unknown`: "
        "nobody may look there, and a message of this kind rather comes twice than never.",
    ),
    LogEvent(
        "message_failed",
        "warning",
        (*MESSAGE, "attempts", "reason"),
        "It is not sent for good: a dead letter.",
        "`queue` says why in a sentence; once that is corrected, `queue --resend` sends it again.",
    ),
    LogEvent("message_resent", "info", MESSAGE, "A dead letter waits to be sent again."),
    LogEvent(
        "message_expired",
        "warning",
        MESSAGE,
        "Its time passed before it could be sent, so nobody gets it.",
        "If many expire, something kept Cairn from sending: look at what was logged before.",
    ),
    LogEvent("message_withdrawn", "info", MESSAGE, "It was not wanted any more."),
    LogEvent(
        "lease_ran_out",
        "warning",
        MESSAGE,
        "The process that was sending it died or hung, so it is looked for in Slack.",
        "See why a process ended.",
    ),
    LogEvent(
        "rendering_failed",
        "error",
        (*MESSAGE, "failure", "source"),
        "A message could not be written.",
        "If the database or the keys are away it is tried again. Else it is a defect: report it.",
    ),
    LogEvent(
        "posting_failed",
        "error",
        (*MESSAGE, "failure", "source"),
        "Sending broke off in a way that nobody expected; the message is looked for in Slack.",
        "A defect: report it with this line.",
    ),
    LogEvent(
        "messages_forgotten",
        "info",
        ("count",),
        "Messages that ended 400 days ago were deleted from the outbox.",
    ),
    LogEvent(
        "zone_unknown",
        "error",
        (),
        "Somebody's time zone is none that this machine knows, so nothing is sent to them.",
        "Update Cairn, which brings the list of zones.",
    ),
    LogEvent(
        "errand_failed",
        "error",
        ("workspace", "kind", "failure"),
        "A defect kept something in Slack beside messages from being done; it is tried again.",
        "Report it with this line.",
    ),
    LogEvent(
        "errand_impossible",
        "warning",
        ("workspace", "kind", "reason"),
        "Slack refuses for good to do something: an invitation, or a group's channel.",
        "Coordinators read of channels on Home. For a missing scope, install the app again.",
    ),
    LogEvent(
        "home_impossible",
        "warning",
        ("workspace", "reason"),
        "Slack does not show somebody's Home tab; it is drawn when they open it.",
    ),
)
