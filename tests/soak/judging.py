"""Look at a soak day by day, and judge it week by week."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tests.soak import invariants as must
from tests.soak.evidence import PROMPTS
from tests.soak.plan import Soak

WARM_UP = timedelta(days=7)
LIMITS = {"rss_mb": 2.0, "tasks": 1.0, "connections": 1.0, "files": 1.0, "wal_mb": 1.0}
"""How much each figure may grow in a week, once it is warm."""
GIVEN_UP_FOR = frozenset({"user_disabled", "outcome_unknown", "app_uninstalled"})
"""Reasons for a dead letter that the faults explain: nobody can tell whether it arrived."""
LOGGED_FOR = frozenset(
    {"OperationalError", "InterfaceError", "TimeoutError", "InternalError", "ClientOSError",
     "ServerDisconnectedError", "SlackApiError", "NotShown", "DBAPIError", "ClientConnectorError"}
)  # fmt: skip
"""Kinds of failure in the log that the faults explain."""


async def look(run: Soak) -> None:
    """Look at what is only seen day by day: absences, what fell due, what the bot needs."""
    await run.crowd.slack.settle()
    now = run.now
    run.looks = [*run.looks[-1:], (now, await run.evidence.away(now))]
    run.gone += must.absences(run.looks)
    due = await run.evidence.due()
    away_before = run.looks[0][1]
    there = {
        str(one.id): one.slack_user_id
        for one in await run.evidence.members()
        if not one.is_away(now) and one.slack_user_id not in away_before
    }
    for one in must.fell_due(run.due, due, now=now):
        if one.kind in PROMPTS and one.who in there:
            run.fell.append(replace(one, who=there[one.who]))
    run.due = due
    for member in await run.evidence.members():
        run.zones[member.slack_user_id].add(member.timezone)
    run.fired = Counter(struck["kind"] for struck in await run.evidence.fired())
    seen = run.bot.vitals(now)
    run.vitals += [seen] if seen else []


async def judge(run: Soak) -> list[str]:
    """Give a sentence for everything that does not hold at the end of a week."""
    evidence, crowd, now = run.evidence, run.crowd, run.now
    queued, posted = await evidence.queued(), await evidence.posted()
    await evidence.look_at_calls()
    shown = {
        who: crowd.marks_seen(who) | evidence.shown[who]
        for who in {*crowd.slack.read, *evidence.shown}
    }
    due = {f"{kind} of {subject}": at for (kind, subject), at in run.due.items()}
    checks: list[Iterable[str]] = [
        must.one_nudge_a_week(posted, queued),
        must.nothing_to_the_absent(posted, queued, run.gone),
        must.quiet_hours_kept(posted, queued, run.zones),
        must.nothing_doubled(posted),
        must.nothing_lost(posted, queued, now=now),
        must.every_prompt_queued(run.fell, queued),
        must.dead_letters_have_a_cause(queued, GIVEN_UP_FOR),
        must.schedules_lie_ahead(due, now=now),
        must.channels_are_seats(await evidence.channels(), await evidence.seats()),
        must.words_stay_private(shown, crowd.readers()),
        must.nothing_unexpected(run.bot.log.read_text().splitlines(), LOGGED_FOR),
        must.stays_flat(run.vitals, limits=LIMITS, warm_up=WARM_UP),
        (f"the bot ended by itself with {code}" for code in run.bot.ended),
    ]
    broken = [sentence for check in checks for sentence in check]
    return broken + [one for who in run.played for one in await _words_lost(run, who)]


async def _words_lost(run: Soak, who: str) -> list[str]:
    """Say what somebody saved that is not on record, or is there twice."""
    marks = Counter(await run.evidence.saved_marks(who))
    mine = {mark for mark in run.crowd.saved if run.crowd.written[mark].by == who}
    lost = [f"{mark} of {who} was saved and is not on record" for mark in mine - marks.keys()]
    return lost + [
        f"{mark} of {who} is on record {count} times" for mark, count in marks.items() if count > 1
    ]
