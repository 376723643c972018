"""Decide whether Cairn does its work, from facts alone: one rule for whoever asks.

The heartbeat goes out while nothing is wrong. `/readyz`, the log, and the metrics name what is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.delivery.backlog import Backlog
from bot.delivery.model import Lane, Pace
from bot.delivery.reasons import TOO_FAST, refused, sentence
from bot.kernel.ids import WorkspaceId


class Fault(StrEnum):
    """Kinds of what can be wrong with a running Cairn as a whole."""

    LOOP = "loop"
    DATABASE = "database"
    SLACK = "slack"
    TOKEN = "token"  # noqa: S105 - a word
    SOCKETS = "sockets"
    SCHEDULES = "schedules"
    EVENTS = "events"
    MESSAGES = "messages"
    KEYS = "keys"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long each thing may take before it counts as wrong.

    `idle` is by lane: how long a workspace that may be written to may have something ready without
    anything being sent there. `oldest` is for any message whatever else goes: 50,000 messages to
    one workspace take nearly three hours at the pace that Slack allows. `failures` is how many
    attempts to send may fail with none between that succeeds.
    """

    loop: timedelta = timedelta(minutes=5)
    slack: timedelta = timedelta(minutes=12)
    sockets: timedelta = timedelta(minutes=2)
    due: timedelta = timedelta(minutes=15)
    failing: timedelta = timedelta(minutes=30)
    events: timedelta = timedelta(minutes=15)
    idle: Mapping[Lane, timedelta] = field(
        default_factory=lambda: {
            Lane.INTERACTIVE: timedelta(minutes=5),
            Lane.PROMPT: timedelta(minutes=15),
            Lane.DIGEST: timedelta(minutes=60),
        }
    )
    oldest: timedelta = timedelta(hours=6)
    failures: int = 20


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the rule looks at.

    `slack_silent` is how long no workspace has answered, None where Cairn is installed in none.
    `refused` is by workspace, for those that are installed. `failures` counts the attempts to send
    that failed since one last succeeded, with why the last one did. `sockets_silent` is None over
    HTTP. Without the database, what is due and waits is not known.
    """

    loop_silent: timedelta
    database_answers: bool
    workspaces: int
    slack_silent: timedelta | None
    refused: Mapping[WorkspaceId, str]
    watch_failed: bool = False
    keys_away: str | None = None
    sockets_silent: timedelta | None = None
    due_late: timedelta = timedelta()
    duties_failing: Mapping[str, timedelta] = field(default_factory=dict)
    events_late: timedelta = timedelta()
    errands_late: timedelta = timedelta()
    lanes_late: Mapping[Lane, timedelta] = field(default_factory=dict)
    failures: tuple[int, str] = (0, "")


def judge(facts: Facts, bounds: Bounds = BOUNDS) -> dict[Fault, str]:
    """Find what is wrong, each with a sentence of what was seen and what to do; empty when well.

    One workspace whose token is refused is no fault of the whole while another is served: it has
    a metric of its own.
    """
    found = {**_of_parts(facts, bounds), **_of_slack(facts, bounds)}
    if not facts.database_answers:
        return found
    if facts.due_late > bounds.due:
        found[Fault.SCHEDULES] = (
            f"Something has been due for {_long(facts.due_late)} and was not done; look for "
            "duty_failed in the log"
        )
    failing = [kind for kind, lasts in facts.duties_failing.items() if lasts > bounds.failing]
    if failing and Fault.SCHEDULES not in found:
        found[Fault.SCHEDULES] = (
            f"What is due of the kind {min(failing)} fails each time; look for duty_failed and "
            "rounds_not_finished in the log, and report the line"
        )
    if facts.errands_late > bounds.oldest and Fault.SCHEDULES not in found:
        found[Fault.SCHEDULES] = (
            f"What is owed in Slack, such as an invitation, could be done for "
            f"{_long(facts.errands_late)} and was not; restart Cairn if nothing in its log says why"
        )
    if facts.events_late > bounds.events:
        found[Fault.EVENTS] = (
            f"An event from Slack has waited for {_long(facts.events_late)}; look for "
            "event_given_up and database_refuses in the log"
        )
    if facts.keys_away is not None:
        found[Fault.KEYS] = facts.keys_away.removesuffix(".")
    in_a_row, reason = facts.failures
    if in_a_row >= bounds.failures:
        found[Fault.MESSAGES] = (
            f"The last {in_a_row} attempts to send a message failed, the last one because "
            f"{sentence(reason).removesuffix('.')}; run `python app.py queue`"
        )
    late = [(age, lane) for lane, age in facts.lanes_late.items() if age]
    if late:
        age, lane = max(late)
        found[Fault.MESSAGES] = (
            f"A message of the lane {lane} has been ready for {_long(age)} and was not sent; run "
            "`python app.py queue`"
        )
    return found


def _of_parts(facts: Facts, bounds: Bounds) -> dict[Fault, str]:
    found: dict[Fault, str] = {}
    if facts.loop_silent > bounds.loop:
        found[Fault.LOOP] = (
            f"The loop has made no whole pass for {_long(facts.loop_silent)}; restart Cairn if the "
            "database answers"
        )
    if not facts.database_answers:
        found[Fault.DATABASE] = (
            "The database does not answer; look whether it runs, has connections to spare and "
            "disk left"
        )
    if facts.watch_failed:
        found[Fault.WATCH] = "Watching over Cairn has failed; restart it, and report watch_failed"
    if facts.sockets_silent is not None and facts.sockets_silent > bounds.sockets:
        found[Fault.SOCKETS] = (
            f"No socket to Slack has been open for {_long(facts.sockets_silent)}; look whether "
            "wss://wss-primary.slack.com can be reached, and whether SLACK_APP_TOKEN still counts"
        )
    return found


def _of_slack(facts: Facts, bounds: Bounds) -> dict[Fault, str]:
    if facts.workspaces and len(facts.refused) >= facts.workspaces:
        reason = next(iter(facts.refused.values()))
        return {Fault.TOKEN: refused(reason).removesuffix(".")}
    if facts.slack_silent is not None and facts.slack_silent > bounds.slack:
        return {
            Fault.SLACK: f"Slack has not answered for {_long(facts.slack_silent)}; look at "
            "slack-status.com and at this machine's way out"
        }
    return {}


def lateness(
    backlogs: Iterable[Backlog],
    paces: Mapping[WorkspaceId, Pace],
    *,
    now: datetime,
    bounds: Bounds = BOUNDS,
) -> dict[Lane, timedelta]:
    """Say how long the oldest message of each lane that is late has been ready; zero for none.

    Not late is what waits for a pause to end, whoever asked for it, or for its own hour, and what
    stands in a line that moves; but for six hours at most, where Slack asks again and again.
    """
    late = dict.fromkeys(Lane, timedelta())
    for one in backlogs:
        pace = paces.get(one.workspace_id)
        paused_until = (pace and pace.paused_until) or one.ready_at
        age = now - max(one.ready_at, paused_until)
        idle = now - max(min(pace.free_at, now), paused_until) if pace else age
        waited = now - one.ready_at
        is_shut = pace is not None and pace.paused_for not in {None, *TOO_FAST}
        is_late = min(age, idle) > bounds.idle[one.lane] or (waited > bounds.oldest and not is_shut)
        if is_late:
            late[one.lane] = max(late[one.lane], age, waited if waited > bounds.oldest else age)
    return late


def _long(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
