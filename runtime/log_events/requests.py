"""Events of requests that Slack sends, and of showing people what came of them."""

from runtime.log_events.model import LogEvent

RETRIED = "If it lasts, see to the database: Slack sends events again for an hour."
REQUESTS = (
    LogEvent(
        "listener_failed",
        "error",
        ("incident", "listener", "failure", "reason", "source"),
        "Somebody pressed or wrote something and got an apology with this incident.",
        "Look at the failure: a database or Slack that was away passes; anything else is a defect.",
    ),
    LogEvent(
        "explanation_not_shown",
        "error",
        ("failure", "source"),
        "Not even the apology could be shown.",
    ),
    LogEvent(
        "ack_too_late",
        "warning",
        (),
        "Slack was not answered within three seconds and told the person so.",
        "If it comes often: the machine or the database is too slow, or too much is going on.",
    ),
    LogEvent(
        "too_busy",
        "warning",
        ("kind",),
        "So many requests are being dealt with that one was turned away.",
        "If it comes often: the machine or the database is too slow.",
    ),
    LogEvent(
        "request_unreadable",
        "warning",
        ("reason", "failure", "source"),
        "A signed request lacks what Slack always sends; it is answered with 400 or left alone.",
    ),
    LogEvent(
        "request_failed",
        "error",
        ("failure", "source"),
        "A request failed before it came to its listener; it is answered with 500.",
        "A defect, unless the database was away: report it with this line.",
    ),
    LogEvent(
        "refused_without_token",
        "warning",
        ("workspace",),
        "A request is turned away since the workspace's token cannot be opened for now.",
        "Run `doctor`: the keys or the database are out of reach.",
    ),
    LogEvent(
        "token_out_of_reach",
        "warning",
        ("workspace", "failure"),
        "A workspace's token cannot be read or opened; what needs none goes on.",
        "Run `doctor`: the keys or the database are out of reach.",
    ),
    LogEvent(
        "token_not_renewed",
        "warning",
        ("workspace", "failure"),
        "A token that ends soon could not be renewed; it is tried again.",
        "If it goes on until the token ends, the workspace has to install Cairn again.",
    ),
    LogEvent("event_without_id", "warning", (), "An event lacks the id that Slack gives each."),
    LogEvent(
        "event_refused_without_database",
        "warning",
        (),
        "An event could not be kept, so Slack is asked to send it again.",
        RETRIED,
    ),
    LogEvent(
        "event_given_up",
        "error",
        ("workspace", "kind", "failure"),
        "An event could not be dealt with after several tries, and is left.",
        "A defect: report it with this line.",
    ),
    LogEvent(
        "home_not_drawn",
        "warning",
        ("workspace", "failure"),
        "Something was done, but Home could not be read anew; it is at its next opening.",
    ),
    LogEvent(
        "home_not_shown",
        "warning",
        ("workspace", "reason"),
        "Something was done, but Slack did not take the new Home yet; it is tried again.",
    ),
    LogEvent(
        "message_not_drawn",
        "warning",
        ("workspace", "failure"),
        "Something was done, but earlier messages about it still say what was true before.",
    ),
)
