"""The channel for digests: the choice, the line on Home, the news that something changed."""

from collections.abc import Collection

from bot.kernel.ports import Message
from bot.programme.digest_channel import NEVER, Fact, facts_in, joined
from bot.programme.model import Programme, ProgrammeState
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape

SAID = {
    Fact.ARCHIVED: "It is archived.",
    Fact.NOT_IN: "Cairn is not in it.",
    Fact.GENERAL: "Everybody in this workspace is in it, and would read the digests.",
    Fact.PUBLIC: "It is public: everybody in this workspace can read the digests.",
    Fact.OUTSIDE: "It is shared with another organization, whose people would read the digests.",
    Fact.GUESTS: "There are guests in it, who would read the digests.",
    Fact.MANY: "More than 50 people are in it, too many to look for guests among them.",
    Fact.UNREAD: "Cairn may not see who is in it, so nobody can say here who reads the digests.",
}
HOW = {
    Fact.ARCHIVED: "This channel is archived. Choose another, or unarchive it in Slack first.",
    Fact.NOT_IN: "Cairn is not in this channel. Write /invite @Cairn in it, then save again.",
}
Ask = tuple[str, Collection[Fact]]
"""A channel, and what a coordinator must confirm about it."""


def submit_of(programme: Programme) -> str:
    """Name the button of a form: what it does is seen first while the programme runs."""
    return "See what it does" if programme.state is ProgrammeState.RUNNING else "Save"


def confirmation(channel: str, facts: Collection[Fact]) -> str:
    """Name what is confirmed, so that another channel or fact asks again."""
    return f"{channel}:{joined(facts)}"


def how_to_fix(facts: Collection[Fact]) -> str:
    """Say what lets Cairn write in a channel where it cannot."""
    return next(HOW[fact] for fact in Fact if fact in NEVER and fact in facts)


def said(facts: Collection[Fact]) -> str:
    """Say what speaks against a channel."""
    return " ".join(SAID[fact] for fact in Fact if fact in facts)


def channel_fields(initial: str | None, ask: Ask | None) -> list[Block]:
    """Ask for the channel for digests, and for a confirmation where something speaks against it."""
    shown = ask[0] if ask else initial
    select = ui.channel_field(
        "programme.channel", placeholder="A channel for coordinators", initial=shown
    )
    hint = "Invite Cairn to it, so that it can write there."
    blocks = [ui.field("channel", "Channel for digests", select, hint=hint)]
    if ask:
        tick = (confirmation(*ask), "Send digests there all the same")
        box = ui.checkboxes("programme.sure", [tick])
        blocks.append(ui.field("sure", "This channel", box, hint=said(ask[1]), optional=True))
    return blocks


def channel_form(programme: Programme, ask: Ask | None = None) -> View:
    """Ask a coordinator for another channel for digests."""
    channel, *sure = channel_fields(programme.coordinator_channel, ask)
    return ui.modal(
        callback_id="programme.channel_form",
        title="Channel for digests",
        blocks=[
            channel,
            ui.context("*Who sees this:* everybody in the channel reads the digests."),
            *sure,
        ],
        submit=submit_of(programme),
        close="Cancel",
        metadata=programme.id,
    )


def change_button(programme: Programme, *, style: str | None = None) -> Element:
    """Draw the button that opens the form for the channel."""
    label = "Choose another" if style else "Change"
    spoken = f"{label} channel for digests"
    return ui.button(label, "programme.channel", value=programme.id, style=style, spoken=spoken)


def channel_line(programme: Programme) -> Block:
    """Show in one line where digests go, and what was found about it."""
    return ui.section(f"*Digests.* {_state(programme)}", accessory=change_button(programme))


def _state(programme: Programme) -> str:
    if not programme.coordinator_channel:
        return "To each coordinator directly: no channel is chosen."
    channel = f"<#{escape(programme.coordinator_channel)}>"
    if programme.channel_problem:
        found = said(facts_in(programme.channel_problem))
        return f"They wait, and do not go to {channel}. {found}"
    if programme.channel_confirmed:
        return f"To {channel}, as confirmed. {said(facts_in(programme.channel_confirmed))}"
    checked = "checked every day" if programme.channel_checked_on else "not checked yet"
    return f"To {channel}, {checked}."


def channel_problem(programme: Programme) -> Message:
    """Tell a coordinator that digests wait, and what speaks against the channel."""
    text = (
        f"*Digests of {escape(programme.name)} wait,* and do not go to "
        f"<#{escape(programme.coordinator_channel or '')}> now. "
        f"{said(facts_in(programme.channel_problem))} Choose another channel, or this one again "
        "if that is as you want it. They are sent as soon as a channel is suitable; until then "
        "the results of a pulse stand on your Home tab."
    )
    return ui.paragraph(text, ui.actions(change_button(programme, style="primary")))
