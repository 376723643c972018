"""How the acts of coordinators are read: a sentence each, by day, and as rows of a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.audit.model import Act, AuditEntry
from bot.kernel.clock import as_utc, local_date
from bot.kernel.ids import MemberId
from bot.kernel.words import WEEKDAYS, full_date, listed
from bot.schedule.rules import zone
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

PAGE = "audit.look"
TITLE = "What coordinators did"
ON_A_PAGE = 25
MOST_NAMES = 3
FILE = "what-coordinators-did.csv"
HEAD = ("when (UTC)", "who", "what", "about", "detail", "kind")
NOBODY = "The command line, or somebody since deleted,"
GONE = "somebody who is gone"

SAID: Mapping[str, Mapping[Act, str]] = {
    "The programme": {
        Act.PROGRAMME_CREATED: "created the programme",
        Act.PROGRAMME_CHANGED: "changed the programme before its start",
        Act.PROGRAMME_STARTED: "started the programme",
        Act.PROGRAMME_CLOSED: "closed the programme",
        Act.PROGRAMME_EXTENDED: "extended the programme by {what}",
        Act.PEER_ROUNDS_BEGUN: "began peer rounds ({what})",
        Act.PEER_ROUNDS_PAUSED: "paused peer rounds ({what})",
        Act.PEER_ROUNDS_RESUMED: "let peer rounds go on ({what})",
        Act.PEER_ROUND_SKIPPED: "skipped a peer round ({what})",
        Act.PEER_ROUNDS_ENDED: "ended peer rounds ({what})",
        Act.CONTACTS_CHANGED: "changed the contacts",
        Act.CHANNEL_CHOSEN: "chose the channel for digests",
        Act.USES_CHANGED: "changed what the programme uses",
        Act.TEXT_CHANGED: "changed a text: the {what}",
        Act.QUIET_HOURS_CHANGED: "changed the usual quiet hours: {what}",
        Act.COURSE_CHANGED: "changed on the way: {what}",
        Act.COURSE_UNDONE: "undid a change: {what}",
        Act.RETENTION_CHANGED: "changed how long things are kept: {what}",
        Act.PURGE_POSTPONED: "postponed what is deleted after the end to {what}",
        Act.PURGED: "deleted after the end: {what}",
        Act.MEMBER_EXPORTED: "made a file of what is kept about one person, {what}",
        Act.MEMBER_ERASED: "deleted all about one person",
        Act.DEPARTED_PURGED: "deleted people who left long ago: {what}",
        Act.RESEARCH_EXPORTED: "made the export for research: {what}",
        Act.ACTS_EXPORTED: "downloaded this list",
        Act.REPORT_MADE: "made a report: {what}",
    },
    "People and roles": {
        Act.COORDINATOR_NAMED: "made {whom} a coordinator{what}",
        Act.COORDINATOR_BEGAN: "set mentoring up, and coordinates since",
        Act.PEOPLE_IMPORTED: "brought in a list; added or changed: {what}",
        Act.IMPORT_TAKEN_BACK: "took the last list back; removed: {what}",
        Act.ROLES_CHANGED: "changed the roles of {whom}, now {what}",
        Act.MEMBER_TAKEN_OUT: "took {whom} out of the programme",
        Act.MEMBER_PAUSED: "gave {whom} {what}",
        Act.PAUSE_ENDED: "ended the break of {whom}",
        Act.CAPACITY_CHANGED: "changed the capacity of {whom}: {what}",
        Act.MEMBER_TAKEN_BACK: "took {whom} back in",
        Act.AWAY_ANNOUNCED: "said when they are away: {what}",
        Act.FEED_SET: "had the list read from the web every {what}",
        Act.FEED_PAUSED: "paused reading the list from the web",
        Act.FEED_RESUMED: "had the list read from the web again",
        Act.FEED_STOPPED: "stopped reading the list from the web",
        Act.FEED_DISMISSED: "left the list as it was after a change on the web",
        Act.CONDUCT_ASKED: "asked for the code of conduct; people asked: {what}",
        Act.TRAINING_NOTED: "noted the training of {whom}",
        Act.TRAINING_TAKEN_BACK: "took back the training of {whom}",
        Act.MENTORS_TRAINED: "noted {what} as training of {whom}",
        Act.MENTORS_TRAINING_CORRECTED: "corrected {what}, a training of {whom}",
        Act.MENTORS_TRAINING_TAKEN_BACK: "took back {what}, a training of {whom}",
        Act.CONFLICT_RECORDED: "recorded a conflict between {whom}",
        Act.CONFLICT_TAKEN_BACK: "took back what keeps {whom} apart",
    },
    "Matching and groups": {
        Act.PROPOSAL_MADE: "had groups proposed",
        Act.SEATS_SWAPPED: "let {whom} change seats in the proposal",
        Act.MATCH_LOCKED: "locked the match of {whom}",
        Act.MATCH_UNLOCKED: "unlocked the match of {whom}",
        Act.MATCH_FORBIDDEN: "ruled out the match of {whom}",
        Act.GROUPS_APPROVED: "approved the groups",
        Act.APPROVAL_UNDONE: "took the approval of the groups back",
        Act.SEATS_TOLD: "let members be told of their seats at once",
        Act.MENTEE_MOVED: "asked for another seat for {whom}",
        Act.MOVE_UNDONE: "took back another seat for {whom}",
        Act.SEATS_GIVEN: "had seats looked for; seated: {whom}",
        Act.MENTOR_GIVEN: "gave a group to {whom}",
        Act.TIMES_OFFERED: "offered {what} times for a meeting",
        Act.CHANNEL_REOPENED: "had a new channel opened for {what}",
        Act.CHANNEL_INVITED: "had {whom} invited to their group's channel again",
    },
    "Messages and the pulse": {
        Act.ANNOUNCED: "wrote to {what}",
        Act.ANNOUNCEMENT_TAKEN_BACK: "took back what was written to {what}",
        Act.SENT_AGAIN: "sent again what could not be delivered; messages: {what}",
        Act.PULSE_ANSWERED: "told members what was done about a pulse",
        Act.PULSE_CANCELLED: "cancelled a pulse",
        Act.COMMENTS_ALLOWED: "let the next pulse have room for comments",
        Act.COMMENTS_REFUSED: "let the next pulse do without comments",
    },
}
"""The sentence about each act, by the kind of act that one can look for."""
_SENTENCES = {act: sentence for acts in SAID.values() for act, sentence in acts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsShown:
    """The acts of a page, the names of people of now, and what was looked for.

    `person` is the Slack id that was chosen, `earlier` the position from which there are more.
    """

    entries: Sequence[AuditEntry]
    names: Mapping[MemberId, str]
    tz: str
    kind: str | None = None
    person: str | None = None
    is_newest: bool = True
    earlier: str | None = None


def tools_line() -> Block:
    """Lead from *Tools* to what coordinators did."""
    look = ui.button("Look", "audit.open", spoken="Look at what coordinators did")
    return ui.section(
        "*What coordinators did.* Who changed what and when, to read and to download.",
        accessory=look,
    )


def page(shown: ActsShown, *, metadata: str = "") -> View:
    """Show acts by day, the newest first, with what to look for above them."""
    kinds = ui.select(
        "audit.kind",
        [(one, one) for one in SAID],
        placeholder="Everything",
        chosen=shown.kind,
    )
    who = ui.person_field("audit.person", initial=shown.person)
    buttons = [
        *([ui.button("Newest", "audit.earlier:newest")] if not shown.is_newest else []),
        *(
            [ui.button("Earlier", "audit.earlier", value=shown.earlier)]
            if shown.earlier is not None
            else []
        ),
        ui.button("Download as CSV", "audit.download"),
    ]
    return ui.modal(
        callback_id=PAGE,
        title=TITLE,
        submit="Show these",
        metadata=metadata,
        blocks=[
            ui.field("kind", "Kind of act", kinds, optional=True),
            ui.context(
                "*Who sees this:* coordinators of this workspace. No member's words, and nothing "
                "about anybody's concern or answers in a pulse, stands here."
            ),
            ui.field("person", "Done by, or about", who, optional=True),
            ui.divider(),
            *_days(shown),
            ui.actions(*buttons),
        ],
    )


def _days(shown: ActsShown) -> Iterator[Block]:
    if not shown.entries:
        yield ui.section(
            "Nothing of this kind has been done yet."
            if shown.kind or shown.person
            else "Nothing has been done yet. It fills as coordinators set mentoring up."
        )
    by_day = groupby(shown.entries, lambda one: local_date(one.at, shown.tz))
    for day, entries in by_day:
        lines = [
            f"{one.at.astimezone(zone(shown.tz)):%H:%M} {_line(one, shown.names)}"
            for one in entries
        ]
        yield ui.section(f"*{WEEKDAYS[day.weekday()]} {full_date(day)}*")
        yield from (ui.section("\n".join(lines[n : n + 8])) for n in range(0, len(lines), 8))


def _line(entry: AuditEntry, names: Mapping[MemberId, str]) -> str:
    who = f"*{escape(names.get(entry.by, GONE))}*" if entry.by else NOBODY
    return f"{who} {escape(sentence(entry, names))}."


def sentence(entry: AuditEntry, names: Mapping[MemberId, str]) -> str:
    """Say what was done, and about whom, without who did it. Plain text."""
    said = _SENTENCES.get(entry.act, entry.act.replace("_", " "))
    return said.format(whom=_whom(entry, names), what=entry.what.replace("_", "-"))


def _whom(entry: AuditEntry, names: Mapping[MemberId, str]) -> str:
    first = [names.get(one, GONE) for one in entry.about[:MOST_NAMES]]
    more = len(entry.about) - MOST_NAMES
    return listed([*first, f"{more} more"] if more > 0 else first) or GONE


def rows(
    entries: Sequence[AuditEntry], names: Mapping[MemberId, str]
) -> Iterator[Sequence[object]]:
    """Write acts as the rows of a file, the newest first."""
    for one in entries:
        yield (
            f"{as_utc(one.at):%Y-%m-%d %H:%M:%S}",
            names.get(one.by, GONE) if one.by else "",
            sentence(one, names),
            "; ".join(names.get(other, GONE) for other in one.about),
            one.what,
            one.act.value,
        )


def making() -> View:
    """Say that the file is being made."""
    return ui.working("The file is being made.", title=TITLE)


SENT_FILE = (
    "What coordinators did in this workspace, newest first, in UTC. Who reads it is up to you."
)


def sent() -> View:
    """Say where the file is."""
    return ui.notice("The file is in your messages with Cairn.", title=TITLE)
