"""How others read a check-in: the message that there is one, and the form that opens it."""

from collections.abc import Sequence

from bot.checkins.rules import CheckIn, Reply, Visibility
from bot.kernel.ports import Message
from bot.kernel.words import cut, plural
from handlers import blocks as ui
from handlers.blocks import AgendaLine, Block, View, escape
from handlers.checkins.checkin_views import title_of
from handlers.checkins.reply_views import reply_blocks
from handlers.free_text import SharedWeek, words


def shared(checkin: CheckIn, *, name: str) -> Message:
    """Tell a group that there is a check-in to read; its words stay out of the channel."""
    who = escape(cut(name, 80))
    note = (
        "Only members of this group can open it, as long as it is shared. What is said here stays "
        "here. Not monitored; not for emergencies. An answer in a thread is welcome."
    )
    spoken, stage = f"Read the check-in by {name}", escape(checkin.stage)
    read = ui.button("Read", "checkin.shared", value=checkin.id, style="primary", spoken=spoken)
    return Message(
        f"{who} shares a check-in with this group ({stage}). Press Read to open it. {note}",
        (
            ui.section(f"*{who}* shares a check-in with this group · {stage}"),
            ui.actions(read),
            ui.context(note),
        ),
    )


def shared_whole(
    checkin: CheckIn, *, name: str, tz: str, metadata: str = "", foot: Sequence[Block] = ()
) -> View:
    """Let somebody read all of a check-in that is shared with them."""
    to = "the group" if checkin.entry.visibility is Visibility.GROUP else "you as their mentor"
    note = (
        f"Shared with {to}. It stays between you, unless somebody is in danger. Not monitored; not "
        "for emergencies."
    )
    title = f"*{escape(cut(name, 80))}* · {title_of(checkin, tz)}"
    blocks = [ui.section(title), ui.context(note), *words(checkin.entry), *foot]
    return ui.modal(
        callback_id="checkin.shared", title="Check-in", blocks=blocks, metadata=metadata
    )


def week_page(
    checkin: CheckIn,
    *,
    name: str,
    tz: str,
    number: int,
    of: int,
    gone: int,
    reply: Reply | None,
    metadata: str,
) -> View:
    """Let a mentor read one of the check-ins of a week; `gone` of those told are not there."""
    is_answered = reply is None or bool(reply.text) or reply.noted_at > checkin.shared_at
    style = "primary" if is_answered else None
    turn = [
        *([ui.button("Back", "checkin.back")] if number > 1 else []),
        *([ui.button("Next", "checkin.next", style=style)] if number < of else []),
    ]
    where = [f"{number} of {of}"] if of > 1 else []
    if gone:
        where.append(
            f"There is nothing to read any more of {plural(gone, 'other check-in')}: the person "
            "who wrote it has taken it back, or is in another group now."
        )
    foot = [*([ui.actions(*turn)] if turn else []), *([ui.context(*where)] if where else [])]
    foot = [*reply_blocks(checkin, reply), *foot]
    return shared_whole(checkin, name=name, tz=tz, metadata=metadata, foot=foot)


def nothing_to_read() -> View:
    """Say that what was shared is not there for this reader any more."""
    return ui.notice(
        "There is nothing to read here any more. The person who wrote it has taken it back or "
        "shows it to fewer people now, or it was for a group or a mentor of that time. That is all "
        "right; nothing is needed from you.",
        title="Check-in",
        callback_id="checkin.shared",
    )


def shared_since(count: int, week: SharedWeek) -> AgendaLine:
    """Put what was shared since a group last met on the agenda of its next meeting."""
    read = ui.button("Read", "checkin.week", value=week.pack(), spoken="Read what was shared")
    return AgendaLine("*Shared with you since you last met*", count, read)
