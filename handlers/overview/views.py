"""Lines and lists of what needs a coordinator, and the figures of a programme's week."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.kernel.clock import local_date
from bot.kernel.words import agree, day_and_month, listed, plural, weekday_and_day
from bot.kinds import ToDoKind
from bot.overview.model import DayAhead, Figures, NeedLine, ProgrammeWeek
from bot.programme.model import Programme
from bot.reports.disclosure import share
from bot.reports.model import StageRelease
from bot.reports.text import share_text, stage_texts
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape

PAGE = 12
"""So many lines, each with its row of buttons, stand on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a kind of need is told: its title, a line of its list, for one and for many, what helps.

    `suggestion` is the text with which a coordinator writes, by its name among announcements, and
    `write` the label of the button that does; without one there is nobody to write to.
    """

    title: str
    line: str
    one: str
    many: str
    helps: str
    nothing: str
    suggestion: str = ""
    write: str = "Write to the mentor"


WORDINGS: Mapping[ToDoKind, Wording] = {
    ToDoKind.GROUPS_NOT_MET: Wording(
        title="Not met yet",
        line="together since {since}, with {mentors}. No meeting is noted or planned.",
        one="*{names}* has not met yet.",
        many="*{count} groups* have not met yet: {names}.",
        helps="A date is often all that is missing.",
        nothing="Every group has met, or has a date.",
        suggestion="first_meeting",
    ),
    ToDoKind.GROUPS_GONE_QUIET: Wording(
        title="Gone quiet",
        line="last met on {last_met}, with {mentors}. No date is planned.",
        one="*{names}* has not met for six weeks.",
        many="*{count} groups* have not met for six weeks: {names}.",
        helps="Ask kindly how it goes; it says nothing about anybody.",
        nothing="No group has gone quiet.",
        suggestion="gone_quiet",
    ),
    ToDoKind.MENTORS_AWAY: Wording(
        title="Mentors away",
        line="away {until}, with {mentees}.",
        one="*{names}* is away for a week or longer, and has mentees.",
        many="*{count} mentors* are away for a week or longer, and have mentees: {names}.",
        helps="Tell the mentees whom to turn to meanwhile.",
        nothing="No mentor with mentees is away for long.",
        suggestion="mentor_away",
        write="Write to the mentees",
    ),
    ToDoKind.MENTORS_OVER_CAPACITY: Wording(
        title="More than they take",
        line="{mentees}; said they can take {limit}.",
        one="*{names}* has more mentees than they said they can take.",
        many="*{count} mentors* have more mentees than they said they can take: {names}.",
        helps="Ask whether that is all right, or move somebody.",
        nothing="No mentor has more mentees than they said they can take.",
        suggestion="over_capacity",
    ),
    ToDoKind.ASKED_TO_MOVE: Wording(
        title="Would like to move",
        line="asked on {since}. Their mentor is not told.",
        one="*{names}* would like another group. They need not say why.",
        many="*{count} people* would like another group: {names}. They need not say why.",
        helps="Cairn looks for a seat every morning.",
        nothing="Nobody waits for another group.",
    ),
    ToDoKind.WAIT_FOR_SEAT: Wording(
        title="Waiting for a seat",
        line="waits since {since}. {why}",
        one="*{names}* waits for a seat.",
        many="*{count} people* wait for a seat: {names}.",
        helps="One more mentor or more capacity often helps.",
        nothing="Nobody waits for a seat.",
        suggestion="joined_late",
        write="Write to them",
    ),
    ToDoKind.CLAIMS_WAIT: Wording(
        title="Claims that wait",
        line="claimed on {since}; waits for {mentors}.",
        one="A stage that *{names}* claimed has waited for three weeks for a mentor's answer.",
        many="*{count} claims* have waited for three weeks for a mentor's answer: {names}.",
        helps="You see neither the stage nor a word of it.",
        nothing="No claim waits for long.",
        suggestion="claim_waits",
    ),
}


def line_of(todo: ToDo) -> ToDoLine:
    """Say in one sentence what needs a coordinator, with the button to the list."""
    wording = WORDINGS[ToDoKind(todo.kind)]
    names = [escape(name) for name in todo.names]
    more = todo.count - len(names)
    named = listed([*names, *([f"{more} more"] if more > 0 else [])])
    said = (wording.one if todo.count == 1 else wording.many).format(count=todo.count, names=named)
    look = ui.button(
        "See and help",
        "overview.list",
        value=todo.kind,
        spoken=f"See and help: {wording.title}",
    )
    return ToDoLine(said, look)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPage:
    """A page of what needs a coordinator: the lines, where they stand among all, the search."""

    kind: ToDoKind
    programme: Programme
    lines: Sequence[NeedLine]
    count: int
    skipped: int = 0
    named: str = ""
    may_plan: bool = True


def need_list(page: NeedPage) -> View:
    """List the groups or people of one kind, each with the buttons that deal with it."""
    wording = WORDINGS[page.kind]
    found = [block for one in page.lines for block in _line(page, one)]
    has_search = page.count > PAGE or bool(page.named)
    search = ui.field(
        "named",
        "Find one by name",
        ui.text_field("named", max_chars=75, initial=page.named or None),
        optional=True,
    )
    return ui.modal(
        callback_id="overview.search",
        title=wording.title,
        submit="Search" if has_search else None,
        metadata=page.kind.value,
        blocks=[
            *([search] if has_search else []),
            ui.context(
                f"*Who sees this:* coordinators. {wording.helps}",
                "From dates and numbers alone: nobody's words are read for it.",
            ),
            *(found or [ui.section(_nothing(page, wording))]),
            *_paging(page),
        ],
    )


def _nothing(page: NeedPage, wording: Wording) -> str:
    if page.named:
        return "Nobody of that name is on this list. Leave the name empty to see all."
    return f"{wording.nothing} There is nothing to do here."


def _paging(page: NeedPage) -> Iterator[Block]:
    first, last = page.skipped + 1, page.skipped + len(page.lines)
    if page.count <= len(page.lines):
        return
    yield ui.context(f"{first} to {last} of {page.count}, who has waited longest first.")
    if page.named:
        return
    kind, around = page.kind.value, []
    if page.skipped:
        around.append(
            ui.button("Previous", "overview.previous", value=f"{kind} {first - 1 - PAGE}")
        )
    if last < page.count:
        around.append(ui.button("Next", "overview.next", value=f"{kind} {last}"))
    yield ui.actions(*around)


def _line(page: NeedPage, one: NeedLine) -> Iterator[Block]:
    yield ui.section(f"*{escape(one.name)}*: {_said(page, one)}")
    yield ui.actions(*_buttons(page, one))


def _said(page: NeedPage, one: NeedLine) -> str:
    tz = page.programme.timezone
    return WORDINGS[page.kind].line.format(
        since=day_and_month(local_date(one.since, tz)),
        mentors=listed(map(escape, one.people_names)) or "nobody",
        last_met=day_and_month(one.last_met) if one.last_met else "",
        until=f"until {day_and_month(local_date(one.until, tz))}" if one.until else "for now",
        mentees=plural(one.count, "mentee"),
        limit=one.limit,
        why=escape(one.why),
    )


def _buttons(page: NeedPage, one: NeedLine) -> Iterator[Element]:
    kind, programme_id, spoken = page.kind, page.programme.id, f": {one.name}"
    wording = WORDINGS[kind]
    people = [*one.people] if kind is not ToDoKind.WAIT_FOR_SEAT else [one.id]
    if wording.suggestion and people:
        value = f"{wording.suggestion}:{','.join(people)}"
        label = wording.write + (
            "s" if wording.write.endswith("mentor") and len(people) > 1 else ""
        )
        yield ui.button(label, "announcement.write", value=value, spoken=label + spoken)
    if kind in (ToDoKind.GROUPS_NOT_MET, ToDoKind.GROUPS_GONE_QUIET) and page.may_plan:
        label = "Help with a date"
        yield ui.button(label, "meeting.find", value=one.id, spoken=label + spoken)
    if kind in (ToDoKind.ASKED_TO_MOVE, ToDoKind.WAIT_FOR_SEAT):
        label = "Look for seats now"
        yield ui.button(label, "pairing.settle", value=programme_id, spoken=label + spoken)
    if kind in (ToDoKind.MENTORS_AWAY, ToDoKind.MENTORS_OVER_CAPACITY, ToDoKind.ASKED_TO_MOVE):
        label = "Move a mentee"
        whom = f"{programme_id} {one.id}" if kind is ToDoKind.ASKED_TO_MOVE else programme_id
        yield ui.button(label, "pairing.choose_move", value=whom, spoken=label + spoken)


def home(figures: Figures) -> list[Block]:
    """Show on Home how the groups are doing, in two lines, and what opens the rest."""
    look = ui.button("In figures", "overview.figures", spoken="In figures: the programme")
    return [ui.section("\n".join(in_short(figures)), accessory=look)]


def in_short(found: Figures) -> list[str]:
    """Say in a line each how meetings and check-ins go."""
    met = f"*Meetings.* Groups that have met: {found.met} of {found.groups}"
    week = (
        f"{plural(found.meetings, 'meeting')} in the last seven days, {found.meetings_before} in "
        "the seven before"
    )
    wrote = share_text(share(found.wrote, found.mentees))
    return [f"{met}; {week}.", f"*Check-ins.* Mentees who wrote in the last two weeks: {wrote}."]


def figures_page(week: ProgrammeWeek, stages: StageRelease | None) -> View:
    """Show a programme in figures: groups, meetings, check-ins, stages, what comes next."""
    lately = f"*Groups that met in the last four weeks:* {week.figures.met_lately}."
    return ui.modal(
        callback_id="overview.figures",
        title="In figures",
        blocks=[
            ui.section("\n".join([*in_short(week.figures), lately])),
            ui.context(
                "*Who sees this:* coordinators. Shares are to the nearest 5 %, from five people "
                "on; who wrote and who did not is shown to nobody here."
            ),
            *_stages(stages),
            ui.header("What comes next"),
            ui.section(_coming(week.coming)),
        ],
    )


def _stages(stages: StageRelease | None) -> Iterator[Block]:
    if stages is None:
        return
    yield ui.header(f"Competency stages, {day_and_month(stages.on)}")
    yield ui.section("\n".join(f"• {escape(name)}: {n}" for name, n in stage_texts(stages)))
    yield ui.context(
        "As mentees and mentors said at the end of a month. Neighbours are joined until at least "
        "five people stand in each line."
    )


def _coming(every: Sequence[DayAhead]) -> str:
    if not every:
        return "Nothing but the usual weeks in the next four weeks."
    return "\n".join(f"• {weekday_and_day(one.on)}: {escape(one.what)}" for one in every)


def coming_line(every: Sequence[DayAhead]) -> str:
    """Say in one line what comes next."""
    said = [f"{weekday_and_day(one.on)}: {escape(one.what.rstrip('.'))}" for one in every]
    return "; ".join(said) or "the usual weeks"


def attention(todos: Sequence[ToDo]) -> list[str]:
    """Count what needs coordinators, for a channel: nobody and no group is named."""
    counts = {todo.kind: todo.count for todo in todos}
    groups, people, claims = "group", "person", "claim"
    said = [
        (ToDoKind.GROUPS_NOT_MET, groups, "not met yet"),
        (ToDoKind.GROUPS_GONE_QUIET, groups, "not met for six weeks"),
        (ToDoKind.WAIT_FOR_SEAT, people, "waiting for a seat"),
        (ToDoKind.ASKED_TO_MOVE, people, "asking for another group"),
        (ToDoKind.MENTORS_AWAY, "mentor", "away for long"),
        (ToDoKind.MENTORS_OVER_CAPACITY, "mentor", "with more mentees than they said"),
        (ToDoKind.CLAIMS_WAIT, claims, "waiting for an answer"),
    ]
    return [
        f"{counts[kind]} {agree(counts[kind], one, 'people' if one == people else None)} {what}"
        for kind, one, what in said
        if counts.get(kind)
    ]
