"""Matching on a coordinator's Home tab, and the forms for who must not be matched."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.kernel.words import day_and_month, listed, plural, weekday_and_day
from bot.matching.model import (
    NOT_ACCEPTED,
    Bar,
    Conflict,
    Match,
    ProposalState,
    Unseated,
    Waiting,
)
from bot.people.model import Member
from bot.programme.model import Group, Programme, ProgrammeState, first_monday
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape
from handlers.matching.proposal_views import Shown, summary, undo_blocks

FEW = 6
"""So many groups or people stand on Home, each in a line; more are a number that leads to all."""
NAMES_ON_HOME = 3
MOST_ON_RECORD = 40
GROUPS_READ = 20
"""To say of a small programme whether all its groups are full."""
ACCEPTED_SINCE = "They have accepted the code of conduct since; a seat is looked for every morning."
ASK_BUTTON = ui.button(
    "Ask for the code of conduct",
    "people.invite",
    spoken="Ask for the code of conduct: everybody who has not accepted it",
)
CONFLICT_BUTTON = ui.button("Record a conflict", "pairing.conflict")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """How an approved group is doing, as far as a coordinator is told."""

    group: Group
    mentees: int
    last_met: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedGroups:
    """The news of an approval for its coordinator: the groups and those who wait, while few.

    `unseated` counts mentees without a seat where nobody waits. `lacks_mentor`: a group with
    mentees has none. `limits` says by member what keeps them waiting now; who is not in it waits
    for the reason noted at the time.
    """

    groups: Sequence[GroupSummary] = ()
    group_count: int = 0
    empty: Sequence[Group] = ()
    waiting: Sequence[Waiting] = ()
    waiting_count: int = 0
    lacks_mentor: bool = False
    unseated: int = 0
    limits: Mapping[str, str] = field(default_factory=dict)
    undo_until: datetime | None = None


def coordinator_home(
    shown: Shown | None, programme: Programme, approved: ApprovedGroups | None = None
) -> list[Block]:
    """Show where the matching of a programme is, and the button for the next step."""
    if programme.state is ProgrammeState.CLOSED:
        return []
    if shown is None:
        return [
            ui.header("Groups"),
            ui.section("Nobody is matched yet."),
            ui.actions(CONFLICT_BUTTON),
        ]
    if shown.kept.state is not ProposalState.APPROVED:
        return list(_open_home(shown))
    approved = approved or ApprovedGroups()
    return [*_groups_home(shown, approved), *_waiting_home(shown, approved)]


def _open_home(shown: Shown) -> Iterator[Block]:
    yield ui.header("Groups, not approved yet")
    yield ui.section(summary(shown.kept.proposal))
    rows = shown.rows()
    if 0 < len(rows) <= FEW:
        yield ui.section("\n".join(_line(shown, row) for row in rows))
    again = ui.button("Propose again", "pairing.propose", value=shown.programme.id)
    yield ui.actions(again, CONFLICT_BUTTON)


def _line(shown: Shown, row: Match | Unseated) -> str:
    if isinstance(row, Unseated):
        return f"• *{shown.name(row.mentee)}*: no mentor yet. {escape(row.reason)}"
    return f"• *{shown.name(row.mentee)}* with *{shown.mentors(row)}*: {escape(row.reason)}"


def _groups_home(shown: Shown, approved: ApprovedGroups) -> Iterator[Block]:
    yield ui.header("Groups")
    yield from undo_blocks(shown.kept, approved.undo_until)
    if shown.programme.state is ProgrammeState.DRAFT:
        yield ui.section(
            "The groups are approved. Check-ins and nudges begin when the programme starts.",
            accessory=_start_button(shown.programme),
        )
    has_begun = shown.programme.state is ProgrammeState.RUNNING and approved.undo_until is None
    if approved.group_count > FEW:
        said = f"*{approved.group_count:,} groups.* Find one by its name or by who sits there."
        every = ui.button("All groups", "pairing.groups", value=f"{shown.programme.id} 0")
        yield ui.section(said, accessory=every)
    elif approved.groups:
        lines = [group_line(one, has_begun=has_begun) for one in approved.groups]
        yield ui.section("\n".join(lines))
    if approved.empty:
        names = [f"*{escape(one.name)}*" for one in approved.empty[:NAMES_ON_HOME]]
        yield ui.section(_of_empty(names, more=len(approved.empty) - len(names)))


def _start_button(programme: Programme) -> Element:
    """Draw the button that starts a programme early, after a question."""
    first = weekday_and_day(first_monday(programme))
    ask = ui.confirm(
        "Start the programme now?",
        "It begins at once for everybody in it: they find what it offers on Cairn's Home tab. "
        f"Check-ins still follow the calendar, from {first} on. A start cannot be undone.",
        yes="Start now",
        no="Not yet",
        danger=False,
    )
    return ui.button("Start now", "pairing.start", value=programme.id, confirm=ask)


def _of_empty(names: list[str], *, more: int) -> str:
    """Say that groups are empty, and what becomes of their channels."""
    named = listed([*names, f"{more} more"] if more else names)
    return (
        f"Nobody has a seat in {named}. A mentor who comes back and gets mentees takes their "
        "former channel up again; until then only I am in it. If you do not want to keep one, ask "
        "an administrator of your Slack workspace to archive it."
    )


def group_line(one: GroupSummary, *, has_begun: bool) -> str:
    met = f"last met on {day_and_month(one.last_met)}" if one.last_met else "no meeting noted yet"
    return f"• *{escape(one.group.name)}*: {plural(one.mentees, 'mentee')}" + (
        f", {met}" if has_begun else ""
    )


def _waiting_home(shown: Shown, approved: ApprovedGroups) -> Iterator[Block]:
    programme_id = shown.programme.id
    move = ui.button("Move a mentee", "pairing.choose_move", value=programme_id)
    look = []
    if approved.waiting_count > FEW:
        said = f"*{approved.waiting_count:,} mentees* wait for a seat. Find one, and read why."
        every = ui.button("All who wait", "pairing.waitlist", value=f"{programme_id} 0")
        yield ui.section(said, accessory=every)
    elif approved.waiting:
        lines = [
            waiting_line(one, shown.names, approved.limits.get(one.member_id, ""))
            for one in approved.waiting
        ]
        yield ui.section("\n".join(["*Waiting for a seat*", *lines]))
    if approved.waiting_count:
        look = [ui.button("Look for seats now", "pairing.settle", value=programme_id)]
        if approved.lacks_mentor:
            give = "Give the group a mentor"
            look.append(ui.button(give, "group.choose_mentor", value=programme_id))
        if NOT_ACCEPTED in approved.limits.values():
            look.append(ASK_BUTTON)
    if approved.unseated and not approved.waiting_count:
        yield ui.section(f"{plural(approved.unseated, 'mentee has', 'mentees have')} no seat yet.")
        look = [ui.button("Look for seats now", "pairing.settle", value=programme_id)]
    elif not approved.waiting_count:
        yield ui.section("Everybody has a seat.")
    yield ui.actions(*look, move, CONFLICT_BUTTON)
    yield ui.context("Seats are filled every morning, and whenever somebody joins or leaves.")


def waiting_limit(
    member: Member, groups: Sequence[GroupSummary], programme: Programme, *, now: datetime
) -> str:
    """Say what keeps a mentee waiting now, as far as it can be seen; `groups` are all of them."""
    if member.is_away(now):
        until = f" until {day_and_month(member.paused_until)}" if member.paused_until else ""
        return f"On a break{until}."
    if not member.has_accepted_conduct:
        return NOT_ACCEPTED
    most = programme.template.mentees_per_group_max
    if groups and all(one.mentees >= most for one in groups):
        return f"All groups are full: {most} of {most} by the template."
    return ""


def waiting_line(waiting: Waiting, names: Mapping[str, str], limit: str) -> str:
    """Say who waits, and why now; `limit` is what can be seen of that, or empty."""
    kept = " They keep their group meanwhile." if waiting.keeps_group else ""
    reason = waiting.reason
    if not waiting.keeps_group:
        reason = limit or (ACCEPTED_SINCE if reason == NOT_ACCEPTED else reason)
    return f"• *{escape(names.get(waiting.member_id, 'Somebody'))}*: {escape(reason)}{kept}"


def propose_groups(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to look for groups."""
    return ToDoLine(
        "Mentors and mentees have accepted, and nobody is matched yet. Let Cairn propose groups, "
        "with reasons; you change and approve them.",
        ui.button("Propose groups", "pairing.propose", value=todo.about, style="primary"),
    )


def approve_proposal(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to decide on the open proposal."""
    said = "A proposal of groups waits for you: look at it, change it, approve it."
    if todo.what:
        said = (
            "A proposal of groups waits for you, and profiles or wishes have changed since it was "
            "made: match again, then approve it."
        )
    return ToDoLine(
        said,
        ui.button("Review and approve", "pairing.open", value=todo.about, style="primary"),
    )


WHO_SEES_WISHES = (
    "*Who sees this:* you alone. No coordinator, mentor or mentee is shown it, and the proposals "
    "that coordinators look at leave it out. It counts when a new group is to be introduced: if "
    "the two of you were to meet there, one of you waits for another group, as somebody does who "
    "asked for one. Of a mentor and a mentee that is the mentee; of others the newer one, or you."
)
WISHES_SAVED = (
    "Saved. You will not be introduced to them in a new group. To leave a group that you are in, "
    "ask for another mentor under Settings on Home."
)
NO_WISHES_SAVED = "Saved. There is nobody you would rather not be with."
WHO_SEES_CONFLICTS = "*Who sees this:* coordinators. The matching keeps to it."
KINDS = (
    (Bar.EVALUATES, "Evaluates or grades them"),
    (Bar.MANAGES, "Is their line manager"),
    (Bar.TREATS, "Treats them, or did"),
)


def wishes_form(avoided: Sequence[str]) -> View:
    """Ask a member for their wishes; `avoided` are the Slack ids they named before."""
    people = ui.people_field("people", placeholder="Nobody", most=10, initial=avoided)
    return ui.modal(
        callback_id="pairing.wishes_form",
        title="Rather not with",
        submit="Save",
        blocks=[
            ui.field(
                "people",
                "Is there somebody you would rather not be with in a group?",
                people,
                hint="You need not say why, and you can change it at any time.",
                optional=True,
            ),
            ui.context(WHO_SEES_WISHES),
        ],
    )


VERBS = {
    Bar.EVALUATES: "evaluates or grades",
    Bar.MANAGES: "is the line manager of",
    Bar.TREATS: "treats or treated",
    Bar.SUPERVISES: "supervises",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """The conflicts, and who is never matched in a programme, mentee before mentor.

    With `only`, a member's id, those about this member."""

    conflicts: Sequence[Conflict] = ()
    forbidden: Sequence[tuple[str, str, str]] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    programmes: Mapping[str, str] = field(default_factory=dict)
    only: str = ""

    def lines(self) -> Iterator[tuple[str, str]]:
        """Say each in a sentence, with what tells it from the others."""
        for one in self.conflicts:
            if self.only not in ("", one.senior_id, one.junior_id):
                continue
            until = f", until {day_and_month(one.ends)}" if one.ends else ""
            who, whom = self.name_of(one.senior_id), self.name_of(one.junior_id)
            value = f"{one.bar} {one.senior_id} {one.junior_id}"
            yield f"{who} {VERBS[one.bar]} {whom}{until}", value
        for programme, mentee, mentor in self.forbidden:
            if self.only not in ("", mentee, mentor):
                continue
            where = escape(self.programmes.get(programme, "a programme"))
            said = f"{self.name_of(mentee)} and {self.name_of(mentor)}: never matched in {where}"
            yield said, f"{programme} {mentee} {mentor}"

    def name_of(self, member_id: str) -> str:
        return f"*{escape(self.names.get(member_id, 'somebody who has left'))}*"


def _liftable(found: OnRecord) -> Iterator[Block]:
    """List what is on record, each line with the button that takes it back."""
    sure = ui.confirm(
        "Take this back?",
        "From now on these two may be matched.",
        yes="Take it back",
        no="Keep it",
    )
    lines = list(found.lines())
    if len(lines) > MOST_ON_RECORD or found.only:
        find = ui.person_field("pairing.find_conflict")
        yield ui.actions({**find, "placeholder": ui.plain("Whose conflicts?", 150)})
    if found.only and not lines:
        yield ui.section(f"Nothing is on record about {found.name_of(found.only)}.")
    for said, value in lines[:MOST_ON_RECORD]:
        lift = ui.button(
            "Take back",
            "pairing.lift",
            value=value,
            confirm=sure,
            spoken=f"Take back: {said.replace('*', '')}",
        )
        yield ui.section(said, accessory=lift)
    if len(lines) > MOST_ON_RECORD:
        yield ui.context(f"And {len(lines) - MOST_ON_RECORD} more: choose somebody to see theirs.")


def conflict_form(found: OnRecord) -> View:
    """Ask for a conflict between two people, and list those on record."""
    kinds = [(bar.value, label) for bar, label in KINDS]
    return ui.modal(
        callback_id="pairing.conflict_form",
        title="Record a conflict",
        submit="Save",
        blocks=[
            ui.field("senior", "Who", ui.person_field("senior")),
            ui.context(WHO_SEES_CONFLICTS),
            ui.field("kind", "What they are to the other", ui.radio("kind", kinds)),
            ui.field("junior", "To whom", ui.person_field("junior")),
            _day_field("starts", "First day", hint="Leave it empty if it has always been so."),
            _day_field("ends", "Last day", hint="Leave it empty if it has no end."),
            ui.context(
                "These two are never matched while this holds. If they are in one group already, "
                "you are told and can find another seat."
            ),
            *([ui.header("On record"), *recorded] if (recorded := list(_liftable(found))) else []),
        ],
    )


def _day_field(block_id: str, label: str, *, hint: str) -> Block:
    return ui.field(block_id, label, ui.date_field(block_id), hint=hint, optional=True)
