"""How a coordinator sets peer rounds up: the form, the preview, the page of a series."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.kernel.words import agree, day_and_month, full_date, listed, plural, weekday_and_day
from bot.peers.model import (
    MOST_ROUNDS,
    MOST_WEEKS_APART,
    PeerReach,
    PeerRoundState,
    PeerSeries,
    RoundSums,
    SeriesOutlook,
    SeriesPlan,
    SeriesState,
)
from bot.people.model import Role
from bot.programme.model import Programme
from handlers import blocks as ui
from handlers.blocks import Block, Choice, View, escape

TITLE = "Peer rounds"
NEW = "New peer rounds"
SHOWN_DATES = 6
SHOWN_ROUNDS = 20
FEWEST_SHOWN = 5
"""People in a round whose sums are shown: of fewer it would be plain who met."""
ROLES: Sequence[Choice] = (
    (Role.MENTEE, "Mentees"),
    (Role.PEER_MENTOR, "Peer-mentors"),
    (Role.MENTOR, "Mentors"),
)
REACHES: Sequence[Choice] = (
    (PeerReach.GROUP, "Within each mentoring group"),
    (PeerReach.PROGRAMME, "Across the whole programme"),
    (PeerReach.INTEREST, "Across groups: those who share an interest"),
    (PeerReach.STAGE, "Across groups: those at the same stage"),
)
SIZES: Sequence[Choice] = (("2", "Pairs"), ("3", "Trios"))
EVERY: Sequence[Choice] = tuple(
    (str(n), "Every week" if n == 1 else f"Every {n} weeks") for n in range(1, MOST_WEEKS_APART + 1)
)
STATES = {
    SeriesState.ACTIVE: "Under way",
    SeriesState.PAUSED: "Paused",
    SeriesState.ENDED: "Ended",
}
DAYS_OFF = "Holidays and breaks are left out."
NAMES_NOBODY = "You see totals alone: who met whom, and who did not, is nobody's to know."


def tools_line() -> Block:
    """Lead a coordinator to the peer rounds."""
    said = "*Peer rounds.* Peers meet in pairs or trios for half an hour, every few weeks."
    return ui.section(said, accessory=ui.button(TITLE, "peers.page"))


def page(programme: Programme, seen: Sequence[tuple[PeerSeries, Sequence[date]]]) -> View:
    """List the series of a programme with the next date of each."""
    blocks: list[Block] = []
    for series, ahead in seen:
        following = f"Next round: {weekday_and_day(ahead[0])}." if ahead else "No round is left."
        said = f"*{described(series.plan)}*\n{STATES[series.state]}. "
        if series.state is SeriesState.ACTIVE:
            said += following
        spoken = f"Open {described(series.plan)}"
        button = ui.button("Open", "peers.series", value=series.id, spoken=spoken)
        blocks.append(ui.section(said, accessory=button))
    if not blocks:
        blocks.append(
            ui.section(
                f"*{escape(programme.name)}* has no peer rounds yet. In a peer round, peers meet "
                "in pairs or trios for half an hour; you see everything before anybody is told."
            )
        )
    new = ui.button(NEW, "peers.new", value=programme.id, style="primary")
    return ui.modal(callback_id="peers.page", title=TITLE, blocks=[*blocks, ui.actions(new)])


def described(plan: SeriesPlan) -> str:
    """Describe a series in a line."""
    size = dict(SIZES)[str(plan.size)]
    who = listed(label.lower() for role, label in ROLES if role in plan.roles)
    return f"{size} of {who}, {dict(EVERY)[str(plan.every_weeks)].lower()}, {_among(plan)}"


def _among(plan: SeriesPlan) -> str:
    among = {
        PeerReach.GROUP: "within each group",
        PeerReach.PROGRAMME: "across the programme",
        PeerReach.INTEREST: "by a shared interest",
        PeerReach.STAGE: "by stage",
    }
    return among[plan.reach]


def form(programme: Programme, plan: SeriesPlan) -> View:
    """Ask a coordinator for a series, filled in with `plan`."""
    return ui.modal(
        callback_id="peers.form",
        title=NEW,
        submit="Preview",
        close="Cancel",
        metadata=programme.id,
        blocks=[
            ui.field("who", "Who takes part?", ui.checkboxes("who", ROLES, chosen=plan.roles)),
            ui.context(
                "*Who sees this:* nobody before you confirm the preview. Then each of them reads "
                "whom they meet."
            ),
            ui.field("reach", "Who meets whom?", ui.radio("reach", REACHES, chosen=plan.reach)),
            ui.field("size", "Pairs or trios?", ui.radio("size", SIZES, chosen=str(plan.size))),
            ui.field("first", "First Monday", ui.date_field("first", initial=plan.first_on)),
            ui.field(
                "every",
                "How often?",
                ui.select("every", EVERY, placeholder="Choose", chosen=str(plan.every_weeks)),
            ),
            ui.field(
                "rounds",
                "How many rounds?",
                ui.text_field("rounds", initial=str(plan.rounds) if plan.rounds else None),
                hint=f"1 to {MOST_ROUNDS}. Leave it empty to go on to the end of the programme.",
                optional=True,
            ),
        ],
    )


def preview(plan: SeriesPlan, seen: SeriesOutlook, *, question: str, metadata: str) -> View:
    """Show what a series would be, before anybody hears of it."""
    if not seen.people:
        back = ui.button("Change", "peers.edit", value=metadata)
        said = f"With this choice nobody has a peer to meet. {_left_out(seen)} Change it."
        return ui.modal(
            callback_id="peers.empty", title=NEW, blocks=[ui.section(said), ui.actions(back)]
        )
    lines = [
        f"*{described(plan)}.*",
        f"*Each round:* {_people(seen.people)} in {_meetings(seen.sizes)}.{_odd(plan, seen)}",
        f"*Repeats:* {_repeats(seen)}",
        f"*{plural(len(seen.dates), 'round')}:* {dates_line(seen.dates)}. {DAYS_OFF}",
    ]
    if left := _left_out(seen):
        lines.append(f"*Left out now:* {left}")
    example = (
        "This week you meet _a peer_ for half an hour. You find a time that suits you. "
        f"To begin with: {escape(question)}"
    )
    return ui.modal(
        callback_id="peers.begin",
        title=NEW,
        submit="Begin",
        close="Cancel",
        metadata=metadata,
        blocks=[
            *map(ui.section, lines),
            ui.section(f"*What each of them reads on Monday morning:*\n>{example}"),
            ui.actions(ui.button("Change", "peers.edit", value=metadata)),
            ui.context(
                "Nothing is sent before you press Begin. Everybody in a round gets one message, "
                "and at most one question on Friday. Exclusions, wishes and blocks are always "
                f"kept. {NAMES_NOBODY}"
            ),
        ],
    )


def _people(count: int) -> str:
    return plural(count, "person", "people")


def _meetings(sizes: Mapping[int, int]) -> str:
    names = {1: "person", 2: "pair", 3: "trio"}
    return listed(
        plural(
            count,
            names.get(
                size,
                f"group of {size}",
            ),
            None if size < 4 else f"groups of {size}",
        )
        for size, count in sorted(sizes.items())
    )


def _odd(plan: SeriesPlan, seen: SeriesOutlook) -> str:
    """Say what happens where people do not divide evenly."""
    if set(seen.sizes) <= {plan.size}:
        return ""
    return " Where numbers do not divide, a meeting has one more or one fewer: nobody is alone."


def _repeats(seen: SeriesOutlook) -> str:
    if seen.first_repeat is None:
        return "nobody meets the same person twice."
    where = ""
    if seen.pools > 1:
        where = f" in {seen.pools_repeating} of {plural(seen.pools, 'group')}"
    return (
        f"from round {seen.first_repeat} on some meet again{where}: there are too few people for "
        "somebody new each time. Those who met least, and longest ago, come first."
    )


def _left_out(seen: SeriesOutlook) -> str:
    said = []
    if seen.alone:
        has = agree(seen.alone, "has", "have")
        said.append(
            f"{plural(seen.alone, 'person', 'people')} {has} nobody to meet: too few peers, or "
            "something keeps them apart."
        )
    if seen.away:
        is_ = agree(seen.away, "is", "are")
        said.append(f"{plural(seen.away, 'person', 'people')} {is_} on a break.")
    if seen.unclear:
        said.append(
            f"{plural(seen.unclear, 'person', 'people')} whose list names somebody unknown whom "
            "they must not meet; a matching says who."
        )
    return " ".join(said)


def dates_line(dates: Sequence[date]) -> str:
    """List the first dates, and how it ends."""
    first = [day_and_month(one) for one in dates[:SHOWN_DATES]]
    more = len(dates) - SHOWN_DATES
    if more > 0:
        return f"{', '.join(first)} and {more} more until {full_date(dates[-1])}"
    return listed(first)


def series_page(
    series: PeerSeries, sums: Sequence[RoundSums], ahead: Sequence[date], *, note: str = ""
) -> View:
    """Show a coordinator that rounds take place, in sums, with what can be changed."""
    said = f"*{described(series.plan)}*\n{STATES[series.state]}."
    if ahead and series.state is not SeriesState.ENDED:
        said += f" Rounds to come: {dates_line(ahead)}."
    blocks: list[Block] = [ui.section(note)] if note else []
    blocks.append(ui.section(said))
    blocks += [ui.section(line) for line in _sums(sums)]
    if series.state is not SeriesState.ENDED:
        blocks.append(ui.actions(*_buttons(series, ahead)))
    blocks.append(
        ui.context(f"{NAMES_NOBODY} Of fewer than {FEWEST_SHOWN} people no total is shown.")
    )
    return ui.modal(callback_id="peers.series", title=TITLE, blocks=blocks)


def _sums(sums: Sequence[RoundSums]) -> Sequence[str]:
    if not sums:
        return ["No round has begun yet."]
    return [_line(one) for one in sums[-SHOWN_ROUNDS:]]


def _line(one: RoundSums) -> str:
    """Sum a round up in a line."""
    begin = f"*Round {one.round.number}*, {full_date(one.round.begins_on)}:"
    if one.round.state is PeerRoundState.SKIPPED:
        return f"{begin} skipped."
    if one.people < FEWEST_SHOWN:
        return f"{begin} under way or over; too few people for totals."
    return (
        f"{begin} {_people(one.people)}, {plural(one.meetings, 'meeting')}; {one.met} held, "
        f"{one.called_off} called off, {_people(one.skipped)} skipped."
    )


def _buttons(series: PeerSeries, ahead: Sequence[date]) -> list[ui.Element]:
    told = (
        "A round of which nobody has heard yet is withdrawn with its messages. One that people "
        "have been told of goes on to its end."
    )
    buttons = []
    if series.state is SeriesState.PAUSED:
        buttons.append(ui.button("Go on", "peers.resume", value=series.id, style="primary"))
    else:
        ask = ui.confirm(
            "Pause these rounds?",
            f"{told} No new one begins.",
            yes="Pause",
            no="Keep",
            danger=False,
        )
        buttons.append(ui.button("Pause", "peers.pause", value=series.id, confirm=ask))
    if ahead:
        day = weekday_and_day(ahead[0])
        ask = ui.confirm(
            "Skip one round?",
            f"The round of {day} does not take place; the others stay as they are. Nobody has "
            "been told of it, so nothing is withdrawn.",
            yes="Skip it",
            no="Keep it",
        )
        value = f"{series.id}|{ahead[0].isoformat()}"
        buttons.append(
            ui.button(
                f"Skip {day_and_month(ahead[0])}", "peers.skip_next", value=value, confirm=ask
            )
        )
    ask = ui.confirm("End these rounds?", f"{told} This is for good.", yes="End them", no="Keep")
    buttons.append(ui.button("End", "peers.end", value=series.id, confirm=ask))
    return buttons
