"""Views and messages about the channels of mentoring groups."""

from bot.delivery.reasons import advice, remedy, sentence
from bot.kernel.ports import Message
from bot.people.model import Member
from bot.programme.model import Group
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Element, ToDoLine, escape, person

REOPEN, RETRY, INVITE = "channel.reopen", "channel.retry", "channel.invite"


def shut(group: Group, *, why: str | None, may_reopen: bool) -> Message:
    """Tell a coordinator or mentor why nothing is posted in a group's channel, and what helps."""
    name, channel = escape(group.name), group.slack_channel or ""
    where = f" (<#{channel}>)" if channel else ""
    or_else = ", or open a new channel for the same people" if may_reopen else ""
    text = (
        f"I post nothing in the channel of {name}{where}: {_why(why)}. What is for the group waits "
        f"and is not lost. {remedy(why)}, then press Try again{or_else}."
    )
    value = f"{group.id}:{channel}"
    confirm = ui.confirm(
        "Open a new channel?",
        f"It is private. The members of {name} are invited, and what waits is posted there. The "
        "old channel stays as it is.",
        yes="Open it",
        no="Not now",
        danger=False,
    )
    buttons = [ui.button("Try again", RETRY, value=value)]
    if may_reopen:
        buttons.append(ui.button("Open a new channel", REOPEN, value=value, confirm=confirm))
    return ui.paragraph(text, ui.actions(*buttons))


def share_waits() -> Message:
    """Tell who shared something that their group does not see it yet."""
    text = (
        "The check-in for your group is not in its channel: the channel takes no messages at "
        "the moment. Your check-in is saved, the coordinators know, and it is posted once they "
        "have put that right. You need not do anything; under your past check-ins you can show it "
        "to fewer people."
    )
    return ui.paragraph(text, ui.actions(ui.PAST_CHECKINS))


def refused(member: Member, group: Group, *, why: str, place: str) -> Message:
    """Tell a coordinator whom Slack does not let into a channel, and what helps."""
    text = (
        f"I could not invite {escape(member.name)} into the channel of "
        f"{escape(group.name)}: {_why(why)}. {advice(why)}, then press Invite "
        "again. I do not try by myself any more."
    )
    return ui.paragraph(text, ui.actions(_invite("Invite again", place)))


def left(member: Member, group: Group, *, place: str) -> Message:
    """Tell a coordinator who left the channel of their group."""
    text = (
        f"{escape(member.name)} left the channel of {escape(group.name)}. Their seat is "
        "kept, and I do not bring them back by myself. Please ask them how they are: it may have "
        "been by mistake, or they would like another group or to leave."
    )
    return ui.paragraph(
        text,
        ui.section(f"In Slack they are {person(member.slack_user_id)}."),
        ui.actions(_invite("Invite them again", place)),
    )


def invite_by_hand(todo: ToDo) -> ToDoLine:
    """Ask a coordinator to see to somebody whom Slack does not let in."""
    name, group = map(escape, todo.names)
    said = (
        f"{name} is not in the channel of {group}: {_why(todo.what)}. {advice(todo.what)}, then "
        "invite again."
    )
    return ToDoLine(said, _invite("Invite again", todo.about))


def _invite(label: str, place: str) -> Element:
    return ui.button(label, INVITE, value=place)


def _why(reason: str | None) -> str:
    return escape(sentence(reason))
