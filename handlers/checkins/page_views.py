"""Check-ins that were written: one's own, and those shared with a group."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot.checkins.model import CheckIn, Reflection, Visibility
from bot.checkins.rules import narrower_than
from bot.kernel.dates import day_and_month, local_date, weekday_and_day
from bot.kernel.ports import Message
from handlers.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    divider,
    escape,
    header,
    modal,
    quote,
    section,
)
from handlers.checkins.form_views import READ_BY
from handlers.free_text import figures, headed, words

PAST_SHOWN = 30
"""Two blocks each, of the 100 that a view holds."""

EXCERPT_CHARS = 140

_SHOWN_TO = {
    Visibility.ONLY_ME: "only you",
    Visibility.MENTOR: "you and your mentor",
    Visibility.GROUP: "your group",
}


POST_CHARS = 9000
"""What one message may hold of a check-in: Slack refuses blocks that come to about 13,000
characters together (`msg_blocks_too_long`)."""


def excerpt(entry: Reflection, limit: int = EXCERPT_CHARS) -> str:
    """The beginning of what was written, escaped, on one line; figures when nothing was typed."""
    texts = [" ".join(text.split()) for _, text in headed(entry)]
    return cut(escape(texts[0]), limit) if texts else figures(entry)


def past(checkins: Sequence[CheckIn], *, tz: str, has_more: bool) -> dict[str, Any]:
    """The modal with one's own check-ins, newest first."""
    blocks: list[Block] = [context("Only you can open this list.")]
    if not checkins:
        blocks.append(section("You have not written a check-in yet. Type `/checkin` to begin."))
    for each in checkins[:PAST_SHOWN]:
        on = weekday_and_day(local_date(each.written_at, tz))
        shown_to = _SHOWN_TO[each.entry.visibility]
        read = button("Open", "checkin.read", value=each.id, spoken=f"Open the check-in of {on}")
        blocks += [
            section(f"*{on}* · {escape(each.stage)}\n{excerpt(each.entry)}", accessory=read),
            context(f"Can be read by {shown_to}."),
        ]
    if has_more:
        blocks.append(context(f"These are your latest {PAST_SHOWN}. Older ones are kept as well."))
    return modal(callback_id="checkin.past", title="My check-ins", blocks=blocks)


def one(checkin: CheckIn, *, tz: str, note: str = "") -> dict[str, Any]:
    """The modal with one of one's own check-ins, whole, and what can be done with it."""
    narrow = [
        button(
            {"only_me": "Show to nobody else", "mentor": "Show to my mentor only"}[each],
            f"checkin.narrow:{each}",
            value=f"{checkin.id}|{each}",
        )
        for each in narrower_than(checkin.entry.visibility)
    ]
    ask = confirm(
        "Delete this check-in?",
        "It is deleted for good, and taken out of messages that showed it. Whoever has read it "
        "has read it.",
        yes="Delete it",
        no="Keep it",
    )
    delete = button("Delete", "checkin.delete", value=checkin.id, style="danger", confirm=ask)
    blocks: list[Block] = [
        *([section(escape(note))] if note else []),
        section(
            f"*{weekday_and_day(local_date(checkin.written_at, tz))}* · {escape(checkin.stage)}"
        ),
        context(READ_BY[checkin.entry.visibility]),
        divider(),
        *words(checkin.entry),
        divider(),
        actions(*narrow, delete),
    ]
    return modal(callback_id="checkin.one", title="Check-in", blocks=blocks)


def deleted(note: str) -> dict[str, Any]:
    """The modal after deleting. `note` is plain text."""
    sentence = f"*The check-in is deleted.* {escape(note)}".strip()
    return modal(callback_id="checkin.deleted", title="Deleted", blocks=[section(sentence)])


def _post(entry: Reflection) -> list[Block]:
    """What was filled in, whole where a message holds it, else the beginning of each part."""
    parts = headed(entry)
    if sum(len(escape(heading)) + len(escape(text)) for heading, text in parts) <= POST_CHARS:
        return words(entry)
    each_chars = POST_CHARS // len(parts)
    shortened = [
        section(f"*{escape(heading)}*\n{quote(text, limit=each_chars)}") for heading, text in parts
    ]
    return [
        *shortened,
        context("Shortened, because it is longer than a message may be."),
    ]


def shared(checkin: CheckIn, *, name: str) -> Message:
    """The message in the group's channel."""
    text = f"{escape(name)} shares a check-in with this group: {excerpt(checkin.entry, 600)}"
    title = f"*{escape(name)}* shares a check-in with this group · {escape(checkin.stage)}"
    return Message(
        text,
        (
            section(title),
            *_post(checkin.entry),
            context(
                "What is said here stays in this group. Not monitored; not for emergencies. "
                "An answer in a thread is welcome."
            ),
        ),
    )


def home_mentee(
    *,
    last_on: datetime | None,
    next_at: datetime | None,
    tz: str,
    is_away: bool,
) -> list[Block]:
    """The mentee's part of the Home tab."""
    lines = [f"Last check-in: {_on(last_on, tz) or 'none yet'}."]
    if is_away:
        lines.append("You are paused, so I do not ask for any. Writing one is still possible.")
    elif next_at:
        lines.append(f"I will ask again on {weekday_and_day(local_date(next_at, tz))}.")
    return [
        header("Check-ins"),
        section(" ".join(lines)),
        actions(
            button("Check in", "checkin.open", style="primary"),
            button("My past check-ins", "checkin.past"),
        ),
    ]


def _on(at: datetime | None, tz: str) -> str:
    on: date | None = local_date(at, tz) if at else None
    return day_and_month(on) if on else ""
