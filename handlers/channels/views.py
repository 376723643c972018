"""Views and messages about the channels of mentoring groups."""

from bot.delivery.reasons import advice, sentence
from bot.kernel.ports import Message
from bot.people.model import Member
from bot.programme.model import Group
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Element, ToDoLine, escape, person

REOPEN, RETRY, INVITE = "channel.reopen", "channel.retry", "channel.invite"


def shut(group: Group) -> Message:
    """Tell a coordinator that a group's channel takes no messages, and what they can do."""
    name = escape(group.name)
    where = f" (<#{group.slack_channel}>)" if group.slack_channel else ""
    text = (
        f"The channel of {name}{where} takes no messages from me: it was archived or deleted, I "
        "was taken out of it, or posting there is restricted. Messages for the group wait and are "
        "not lost. Put that right and press Try again, or open a new channel for the same people."
    )
    confirm = ui.confirm(
        "Open a new channel?",
        f"It is private. The members of {name} are invited, and what waits is posted there. The "
        "old channel stays as it is.",
        yes="Open it",
        no="Not now",
        danger=False,
    )
    return ui.paragraph(
        text,
        ui.actions(
            ui.button("Try again", RETRY, value=group.id),
            ui.button("Open a new channel", REOPEN, value=group.id, confirm=confirm),
        ),
    )


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
