"""How a member sees their peer round: in messages, on Home and as a to-do."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from bot.kernel.ports import Message
from bot.kernel.words import listed, weekday_and_day
from bot.peers.model import OwnPeers, Peer, PeerComing, PeerReach
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, escape

TITLE = "Peer round"
WHO_SEES = "*Who sees this:* the people of your meeting. Coordinators read how many met, never who."
NO_BLAME = "Somebody could not come this time; nobody is asked for a reason."
TOGETHER = {
    PeerReach.GROUP: "You are in the same mentoring group.",
    PeerReach.PROGRAMME: "You are in the same programme.",
    PeerReach.INTEREST: "You have an interest in common, by your profiles.",
    PeerReach.STAGE: "You are about as far along as each other.",
}


class Said(TypedDict):
    """The question to begin with, and when the series goes on, None where nothing is planned."""

    question: str
    next_on: date | None


def announced(own: OwnPeers, *, question: str, next_on: date | None) -> Message:
    """Tell a member whom they meet, or what came of it meanwhile."""
    if own.coming is not PeerComing.COMES:
        return ui.paragraph(skipped(next_on))
    if own.was_held:
        return ui.paragraph(f"You met {_named(own.company)} in this peer round. {_AGAIN}")
    if not own.company:
        return ui.paragraph(nobody_free(next_on))
    said = f"*This week you meet {_mentioned(own.company)}* for half an hour."
    return _invitation(own, said, TOGETHER.get(own.reach, ""), question=question)


def changed(own: OwnPeers, *, question: str, next_on: date | None) -> Message:
    """Tell a member that they meet somebody else, fewer, or nobody; never who is missing."""
    if own.company:
        said = f"*A change: this week you meet {_mentioned(own.company)}* for half an hour."
        return _invitation(own, said, NO_BLAME, question=question)
    return ui.paragraph(f"{NO_BLAME} {nobody_free(next_on)}")


def asked(own: OwnPeers) -> Message:
    """Ask a member whether they met."""
    said = f"Did you meet {_named(own.company)} this week? Either answer is fine."
    buttons = ui.actions(
        ui.button("We met", "peers.met", value=own.round.id, style="primary"),
        ui.button("We did not", "peers.not_met", value=own.round.id),
    )
    return ui.paragraph(said, buttons, ui.context(WHO_SEES))


def answered(own: OwnPeers) -> Message:
    """Thank a member for their answer."""
    if own.was_held:
        return ui.paragraph(f"Noted: you met {_named(own.company)}. {_AGAIN}")
    return ui.paragraph(f"Noted, and nothing is held against anybody. {_AGAIN}")


_AGAIN = "The next peer round comes by itself."


def _invitation(own: OwnPeers, said: str, why: str, *, question: str) -> Message:
    how = f"{why} Press a name to write to them, and find a time that suits you."
    begin = f"*To begin with:* {escape(question)}"
    return ui.paragraph(
        f"{said} {how.strip()}\n{begin}", ui.actions(*_buttons(own)), ui.context(WHO_SEES)
    )


def _buttons(own: OwnPeers) -> Sequence[Element]:
    ask = ui.confirm(
        "Skip this time?",
        "No reason is asked. The others hear that somebody cannot come, and what is next.",
        yes="Skip this time",
        no="Keep it",
        danger=False,
    )
    return (
        ui.button("We met", "peers.met", value=own.round.id),
        ui.button("Skip this time", "peers.skip", value=own.round.id, confirm=ask),
    )


def skipped(next_on: date | None) -> str:
    """Say that a member skips, and when it goes on."""
    return (
        f"You skip this peer round; the others are told kindly, without a reason. {_next(next_on)}"
    )


def nobody_free(next_on: date | None) -> str:
    """Say that there is nobody to meet, and when it goes on."""
    return (
        "There is nobody free for you to meet this week. If somebody is left alone, too, you are "
        f"told. {_next(next_on)}"
    )


def _next(next_on: date | None) -> str:
    if next_on is None:
        return "No further peer round is planned."
    return f"The next peer round begins on {weekday_and_day(next_on)}."


def _mentioned(people: Sequence[Peer]) -> str:
    return listed(ui.person(one.slack_user_id) for one in people)


def _named(people: Sequence[Peer]) -> str:
    return escape(listed(one.name for one in people))


def home(seen: Sequence[OwnPeers], *, asks: bool) -> list[Block]:
    """Show a member whom they meet this week; `asks` once it is time to say whether they met."""
    return [block for own in seen for block in _of_round(own, asks=asks)]


def _of_round(own: OwnPeers, *, asks: bool) -> list[Block]:
    if own.coming is not PeerComing.COMES:
        return [ui.section("*Peer round:* you skip this time.")]
    if not own.company:
        return [ui.section("*Peer round:* nobody is free for you to meet this week.")]
    if own.was_held:
        return [ui.section(f"*Peer round:* you met {_mentioned(own.company)}.")]
    met, skip = _buttons(own)
    did_not = ui.button("We did not", "peers.not_met", value=own.round.id)
    said = f"*Peer round:* this week you meet {_mentioned(own.company)} for half an hour."
    if own.said_met is not None:
        return [ui.section(said, accessory=met)]
    return [ui.section(said), ui.actions(met, did_not if asks else skip)]


def say_if_met(todo: ToDo) -> ToDoLine:
    """Ask a member whether they met their peers."""
    button = ui.button("We met", "peers.met", value=todo.about, style="primary")
    return ToDoLine(f"Did you meet {escape(listed(todo.names))} in this week's peer round?", button)
