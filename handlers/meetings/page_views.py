"""The agenda of a meeting, a mentor's page and log, and a private calendar."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.kernel.words import plural, weekday_and_day
from bot.meetings.model import GroupMeetings, Meeting, PlannedMeeting
from handlers import blocks as ui
from handlers.blocks import AgendaLine, Block, View, escape
from handlers.meetings.views import call_off_button, held_line, next_line


def agenda(plan: PlannedMeeting, group_name: str, lines: Sequence[AgendaLine]) -> View:
    """Show a mentor what there is to talk about."""
    shown = [
        ui.section(one.title + (f" ({one.count})" if one.count else ""), accessory=one.button)
        for one in lines
    ]
    nothing = ui.section("Nothing waits. A good beginning: “What has been on your mind lately?”")
    return ui.modal(
        callback_id="meeting.agenda",
        title="Agenda",
        blocks=[
            *(shown or [nothing]),
            ui.context(
                f"*{escape(group_name)}.* {next_line(plan, group_name)} For you alone; it says "
                "what there is and whose it is, never what somebody wrote."
            ),
        ],
    )


def page(seen: Sequence[GroupMeetings], recent: Sequence[Meeting], now: datetime) -> View:
    """Show a mentor what is planned and what they can correct, with their protected time."""
    blocks: list[Block] = []
    for its in seen:
        name = its.name
        blocks.append(ui.header(name))
        for plan in its.offered(now):
            choose = ui.button("Choose the time", "meeting.fix", value=plan.id)
            times = plural(len(plan.open_times(now)), "time")
            blocks.append(ui.section(f"You offered {times}.", accessory=choose))
        for plan in its.upcoming(now):
            off = [call_off_button(plan)] if plan.starts_at and plan.starts_at > now else []
            look = ui.button("Agenda", "meeting.agenda", value=plan.id)
            blocks += [ui.section(next_line(plan, name)), ui.actions(look, *off)]
        theirs = [one for one in recent if one.group_id == its.group_id]
        blocks += [_record(one, now) for one in theirs]
        if not theirs:
            blocks.append(ui.context("No meeting is noted yet."))
    protected = ui.button("My protected time", "meeting.log")
    find = ui.button("Find a time", "meeting.find")
    blocks = blocks[: ui.VIEW_BLOCKS - 2]
    return ui.modal(
        callback_id="meeting.page",
        title="Meetings",
        blocks=[*blocks, ui.divider(), ui.actions(find, protected)],
    )


def _record(held: Meeting, now: datetime) -> Block:
    said = f"Met on {held_line(held)}, with {plural(len(held.mentees), 'mentee')}."
    if not held.may_change(now):
        return ui.section(said)
    return ui.section(said, accessory=ui.button("Correct", "meeting.correct", value=held.id))


def log(lines: Sequence[str], *, minutes: int, url: str | None) -> View:
    """Show a mentor their protected time as CSV, whose first line is the head; the link fetches it.

    Slack shows no table in a form.
    """
    count, hours = max(0, len(lines) - 1), f"{minutes // 60} h {minutes % 60:02} min"
    said = f"*{plural(count, 'meeting')}, {hours} on record.*"
    blocks: list[Block] = [ui.section(f"{said} Meetings without minutes count as none here.")]
    if url:
        blocks.append(ui.section(f"<{url}|Download as CSV>. The address works for ten minutes."))
    blocks.append(ui.context("To copy into a spreadsheet. No mentee is named."))
    portions = range(0, len(lines), _LINES_AT_ONCE)
    blocks += [_preformatted("\n".join(lines[at : at + _LINES_AT_ONCE])) for at in portions]
    return ui.modal(callback_id="meeting.log", title="My protected time", blocks=blocks)


_LINES_AT_ONCE = 25


def calendar(*, made_on: date | None, url: str | None = None) -> View:
    """Tell a member of their private calendar; `url` is shown only when it has just been made."""
    about = (
        "A calendar program that has this address shows your planned mentoring meetings and "
        "follows every change. In it are times and the names of your groups, nothing else."
    )
    careful = "Anybody with the address can read it. Make a new one, and the old one stops."
    if url:
        said = f"Copy this address now and add it to your calendar by URL. {careful}"
        blocks = [ui.section(said), _preformatted(url), ui.context(about)]
        return ui.modal(callback_id="meeting.calendar", title="My calendar", blocks=blocks)
    if made_on is None:
        make = ui.button("Make an address", "meeting.calendar_make", style="primary")
        blocks = [ui.section(about), ui.actions(make), ui.context(careful)]
        return ui.modal(callback_id="meeting.calendar", title="My calendar", blocks=blocks)
    anew = ui.confirm(
        "Make a new address?",
        "The one that you have ends at once.",
        yes="Make a new one",
        no="Keep it",
    )
    renew = ui.button("Make a new address", "meeting.calendar_make", confirm=anew)
    end = ui.button("Turn it off", "meeting.calendar_end", style="danger")
    said = f"You have an address, made on {weekday_and_day(made_on)}. It cannot be shown again."
    blocks = [ui.section(said), ui.actions(renew, end), ui.context(about, careful)]
    return ui.modal(callback_id="meeting.calendar", title="My calendar", blocks=blocks)


def _preformatted(text: str) -> Block:
    """Show text to be copied as it stands."""
    shown = [{"type": "text", "text": text}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": shown}],
    }
