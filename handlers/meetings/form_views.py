"""The forms about meetings: find a time, answer, choose one, say how it was, agenda, log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.kernel.ids import GroupId, MemberId
from bot.kernel.ports import Message
from bot.kernel.words import listed, weekday_and_day
from bot.meetings.model import LENGTHS, MOST_TIMES, PlannedMeeting
from bot.meetings.rules import TimeChoice
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View, escape
from handlers.meetings.views import MODES

MINUTES = (15, 30, 45, 60, 75, 90, 120, 180)
WHO_SEES = (
    "*Who sees this:* your coordinator sees that a group met and when, never what was said. Your "
    "mentees see the day, how long, and whether they are noted as there. People who could not come "
    "are noted nowhere."
)


@dataclass(frozen=True, slots=True)
class MetForm:
    """The people of the form about a meeting, by group, and what is filled in to begin with.

    Each group is its id, its name, its mentees and its mentors, with ids and names.
    """

    groups: Sequence[tuple[GroupId, str, Sequence[Choice], Sequence[Choice]]]
    today: date
    chosen: frozenset[MemberId] | None = None
    mentors: frozenset[MemberId] = frozenset()
    mode: str | None = None
    minutes: int | None = None
    plan_id: str = ""
    meeting_id: str = ""
    is_objected: bool = False


def met_form(form: MetForm) -> View:
    """Ask about a meeting. With one group all its mentees are chosen to begin with."""
    several = len(form.groups) > 1
    mentees = _choices([(g, name, people) for g, name, people, _ in form.groups], named=several)
    mentors = list(dict(one for *_, people in form.groups for one in people).items())
    chosen = [] if several else [value for value, _ in mentees]
    if form.chosen is not None:
        chosen = [value for value, _ in mentees if value.partition("|")[2] in form.chosen]
    pick = ui.multi_select("mentees", mentees, placeholder="Choose mentees", chosen=chosen)
    is_new = not form.meeting_id
    blocks = [
        ui.field("held_on", "When did you meet?", ui.date_field("held_on", initial=form.today)),
        ui.context(WHO_SEES),
        ui.field("mentees", "Whom did you meet?", pick),
        *_mentors_field(mentors, form.mentors),
        ui.field("mode", "How?", _select("mode", MODES, form.mode), optional=True),
        ui.field("minutes", "For how long?", _minutes(MINUTES, form.minutes), optional=True),
        *_other_ends(form),
    ]
    return ui.modal(
        callback_id="nudge.met_form" if is_new else "meeting.correct_form",
        title="We met" if is_new else "How it was",
        submit="Save",
        close="Not now",
        metadata=form.plan_id if is_new else form.meeting_id,
        blocks=blocks,
    )


def _choices(
    groups: Sequence[tuple[GroupId, str, Sequence[Choice]]], *, named: bool
) -> list[Choice]:
    return [
        (f"{group_id}|{member_id}", f"{name} ({group_name})" if named else name)
        for group_id, group_name, people in groups
        for member_id, name in people
    ]


def _mentors_field(mentors: Sequence[Choice], there: frozenset[MemberId]) -> list[Block]:
    """Ask which mentors were there, where there may be several."""
    if len(mentors) < 2:
        return []
    pick = ui.multi_select("mentors", mentors, placeholder="Choose mentors", chosen=there)
    return [ui.field("mentors", "Which mentors were there?", pick)]


def _other_ends(form: MetForm) -> list[Block]:
    """Offer what else there is to say: that it did not happen, or that the record stands."""
    if form.plan_id:
        missed = ui.button("It did not happen", "meeting.missed", value=form.plan_id)
        return [ui.section("Nobody met? That happens.", accessory=missed)]
    if not form.meeting_id:
        return []
    ask = ui.confirm(
        "Delete this record?",
        "It is gone for your mentees too, and does not count as protected time.",
        yes="Delete it",
        no="Keep it",
    )
    gone = ui.button("Delete", "meeting.delete", value=form.meeting_id, style="danger", confirm=ask)
    leave = ui.button("It is right as it is", "meeting.leave", value=form.meeting_id)
    return [ui.actions(*([leave] if form.is_objected else []), gone)]


def _select(action_id: str, labels: Mapping[str, str], chosen: str | None = None) -> Element:
    return ui.select(action_id, list(labels.items()), placeholder="Leave out", chosen=chosen)


def _minutes(offered: Sequence[int], chosen: int | None = None) -> Element:
    minutes = sorted({*offered, *([chosen] if chosen else [])})
    labels = {str(one): f"{one} minutes" for one in minutes}
    return _select("minutes", labels, str(chosen) if chosen else None)


def met_saved(held_on: date, names: Sequence[str]) -> View:
    """Say what was noted. Names are plain text."""
    said = f"Noted: you met {', '.join(names)} on {weekday_and_day(held_on)}."
    return ui.notice(said, title="Saved", callback_id="nudge.met_saved")


def find_form(groups: Sequence[Choice], *, chosen: str, tomorrow: date) -> View:
    """Ask for which group, how long and from when a time is sought."""
    which = ui.select("group", groups, placeholder="Choose a group", chosen=chosen)
    return ui.modal(
        callback_id="meeting.find_form",
        title="Find a time",
        submit="Show times",
        close="Not now",
        metadata=chosen,
        blocks=[
            *([ui.field("group", "With which group?", which)] if len(groups) > 1 else []),
            ui.field("minutes", "For how long?", _minutes(LENGTHS, 60)),
            ui.field("since", "From which day?", ui.date_field("since", initial=tomorrow)),
            ui.context(
                "Looks at two weeks from that day: working hours, quiet hours, zones, days off and "
                "breaks of all of you. Nobody sees anybody else's."
            ),
        ],
    )


def times_form(choices: Sequence[TimeChoice], *, minutes: int, tz: ZoneInfo, metadata: str) -> View:
    """Let a mentor choose up to five times, and one of their own."""
    labels = [
        (one.starts_at.isoformat(), time_label(one.starts_at, minutes, tz)) for one in choices
    ]
    own = ui.field(
        "own",
        "Another time",
        {"type": "datetimepicker", "action_id": "own"},
        optional=bool(choices),
        hint=_OWN_HINT,
    )
    times = ui.field(
        "times",
        f"Which of these do you offer? Choose up to {MOST_TIMES}.",
        ui.checkboxes("times", labels),
        optional=True,
    )
    return ui.modal(
        callback_id="meeting.times_form",
        title="Find a time",
        submit="Ask my mentees",
        close="Not now",
        metadata=metadata,
        blocks=[
            *([times] if choices else []),
            ui.context(quality(choices)),
            own,
            ui.context(
                "Each mentee gets one message and answers with one tap a time. You choose, and "
                "the group is told in its channel. Times are by your clock here, by theirs there."
            ),
        ],
    )


_OWN_HINT = "By your own clock. Quiet hours are not looked at for this one."


def quality(choices: Sequence[TimeChoice]) -> str:
    """Say how good the suggested times are, naming nobody."""
    if not choices:
        return "There is no working day for all of you in these two weeks. Choose a time yourself."
    if any(one.unsuited for one in choices):
        return (
            "No time in these two weeks suits everybody. At these, as few people as possible would "
            "have to meet in their quiet hours or on their days off."
        )
    if any(one.strained for one in choices):
        return (
            "Your working hours do not overlap. These are early or late for somebody, and in "
            "nobody's quiet hours."
        )
    return "These are within everybody's working hours, and in nobody's quiet hours or days off."


def time_label(at: datetime, minutes: int, tz: ZoneInfo) -> str:
    """Write a time by the clock of a zone, as plain text."""
    begin, end = at.astimezone(tz), (at + timedelta(minutes=minutes)).astimezone(tz)
    return f"{weekday_and_day(begin.date())}, {begin:%H:%M} to {end:%H:%M}"


def offered(names: Sequence[str]) -> View:
    """Say who is asked."""
    asked = listed(names) or "nobody just now: all are on a break"
    said = f"Asked: {asked}. Their answers show on your Home tab, where you choose the time."
    return ui.notice(said, title="Times offered")


def time_fixed(when: str) -> View:
    """Say that a time is fixed, and what follows by itself."""
    said = f"Fixed: {when}. Your group is told; you get an agenda the working day before."
    return ui.notice(said, title="Time fixed")


def answer_form(offered: Message) -> View:
    """Let a mentee answer from Home as in the message."""
    title = "When can you meet?"
    return ui.modal(callback_id="meeting.answer_form", title=title, blocks=offered.blocks)


def fix_form(
    plan: PlannedMeeting, mentees: Mapping[MemberId, str], *, now: datetime, tz: ZoneInfo
) -> View:
    """Show a mentor who can when, and let them choose a time."""
    times = plan.open_times(now)
    said = {number: _who(plan, mentees, number) for number in times}
    labels = [
        (str(number), f"{time_label(at, plan.minutes, tz)} ({len(said[number][0])} can)")
        for number, at in times.items()
    ]
    most = max(times, key=lambda number: len(said[number][0]))
    lines = [
        f"*{time_label(at, plan.minutes, tz)}*\n{_told(*said[number])}"
        for number, at in times.items()
    ]
    return ui.modal(
        callback_id="meeting.fix_form",
        title="Choose the time",
        submit="Fix this time",
        close="Not now",
        metadata=plan.id,
        blocks=[
            ui.field("time", "When do you meet?", ui.radio("time", labels, chosen=str(most))),
            *(ui.section(line) for line in lines),
            ui.context("Your group is told in its channel. Nobody is told who could not."),
            ui.actions(ui.button("Offer other times", "meeting.find", value=plan.group_id)),
        ],
    )


Told = tuple[list[str], list[str], list[str]]
"""The names of people who can, who cannot, and who have not answered."""


def _who(plan: PlannedMeeting, mentees: Mapping[MemberId, str], number: int) -> Told:
    found: Told = ([], [], [])
    for member_id, name in mentees.items():
        can = plan.answers.get(member_id, {}).get(number)
        found[2 if can is None else 0 if can else 1].append(name)
    return found


def _told(can: list[str], cannot: list[str], silent: list[str]) -> str:
    said = {"Can": can, "Cannot": cannot, "No answer yet": silent}
    return "; ".join(f"{what}: {escape(listed(names))}" for what, names in said.items() if names)


def missed(group_id: str) -> View:
    """Say that it does not matter, and what to do next."""
    return _and_next(
        "It did not happen",
        "Noted, and that is all: it counts against nobody, and nobody is told. The best next step "
        "is a new time.",
        group_id,
    )


def off(group_id: str) -> View:
    """Say that a meeting is called off, and what to do next."""
    said = "It is called off, and your group is told. A new time is a press away."
    return _and_next("Called off", said, group_id)


def _and_next(title: str, said: str, group_id: str) -> View:
    find = ui.button("Find a time", "meeting.find", value=group_id, style="primary")
    blocks = [ui.section(said), ui.actions(find)]
    return ui.modal(callback_id="meeting.next", title=title, blocks=blocks)
