"""Events of what Cairn does by itself, and of keys that it needs for it."""

from runtime.log_events.model import LogEvent

KEYS = "Run `doctor`: the keys are out of reach, or one of them is lost."
LOOP = (
    LogEvent(
        "duty_failed",
        "error",
        ("workspace", "kind", "failure", "source"),
        "Something that fell due could not be done; it is tried again in five minutes.",
        "If it comes again and again, report it with this line.",
    ),
    LogEvent(
        "after_commit_failed",
        "error",
        ("workspace", "failure", "source"),
        "What follows something that was done failed; the morning's check does it again.",
        "If it comes again and again, report it with this line.",
    ),
    LogEvent(
        "nothing_to_do_for_this_kind",
        "warning",
        ("workspace", "kind"),
        "Something fell due that this version does not know: another version put it down.",
        "See that all replicas are of one version.",
    ),
    LogEvent(
        "wishes_unreadable",
        "error",
        ("workspace", "reason"),
        "Wishes in confidence cannot be opened, so nobody is matched: no wish is ever overlooked.",
        KEYS,
    ),
    LogEvent(
        "raisers_not_told",
        "error",
        ("workspace", "reason"),
        "Members who raised a concern are not told that there is something new; Home tells them.",
        KEYS,
    ),
    LogEvent(
        "barred_unknown",
        "error",
        ("workspace",),
        "Who may not hear of a concern cannot be read, so nobody new is shown it.",
        KEYS,
    ),
    LogEvent(
        "concern_not_handed_over",
        "error",
        ("workspace", "reason"),
        "A concern could not be addressed to a stand-in; it is tried again.",
        KEYS,
    ),
    LogEvent(
        "concern_unreadable",
        "error",
        ("workspace",),
        "The key of a concern is lost: neither its words nor who raised it can be read.",
        KEYS,
    ),
    LogEvent(
        "roster_feed_unreadable",
        "error",
        ("workspace",),
        "The key of the address of a roster is lost, so the roster is not read any more.",
        "Let a coordinator enter the address again.",
    ),
)
