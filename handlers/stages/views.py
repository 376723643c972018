"""Stages: where somebody stands, a claim, its answer, and a step back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.kernel.ports import Message
from bot.stages.model import Framework, Level, StageEvent, StageEventKind
from bot.stages.rules import MAX_NOTE_CHARS
from handlers.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    escape,
    field,
    header,
    modal,
    section,
    select,
    text_field,
)
from handlers.free_text import care_notes, quoted

CLAIMS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that waits for the mentor who looks at it. `wants_talk`: they asked to talk first."""

    name: str
    event: StageEvent
    wants_talk: bool


BETWEEN_YOU = (
    "This stays between you and them. It is a reflection, not an assessment. Not monitored; not "
    "for emergencies."
)


def _value(claim: StageEvent) -> str:
    return f"{claim.member_id}:{claim.number}"


def way(framework: Framework, current: Level) -> str:
    """All levels in their order, the present one in bold, as Slack markup."""
    names = (
        f"*{escape(level.name)}*" if level == current else escape(level.name)
        for level in framework.levels
    )
    return " → ".join(names)


def home_mentee(
    framework: Framework, current: Level, *, claim: StageEvent | None, wants_talk: bool
) -> list[Block]:
    """A mentee's own stage on the Home tab."""
    blocks: list[Block] = [
        header("Your stage"),
        section(f"{way(framework, current)}\n{escape(current.summary)}"),
        context(
            escape(framework.about),
            "Your mentor sees your stage. It changes when a mentor confirms your claim or when "
            "you step back, never by itself.",
        ),
    ]
    if claim is None:
        buttons = []
        if current != framework.levels[-1]:
            buttons.append(button("Claim a stage", "stage.claim"))
        if current != framework.levels[0]:
            buttons.append(button("Step back", "stage.back"))
        return [*blocks, actions(*buttons)]
    says = "Your mentor would like to talk about it with you first." if wants_talk else ""
    text = f"You claim *{escape(claim.to_level)}*; it waits for your mentor. {says}".strip()
    ask = confirm(
        "Withdraw this claim?",
        "Nothing is held against you, and you can claim again at any time.",
        yes="Withdraw it",
        no="Keep it",
        danger=False,
    )
    buttons = [button("Withdraw the claim", "stage.withdraw", value=_value(claim), confirm=ask)]
    if current != framework.levels[0]:
        buttons.append(button("Step back", "stage.back"))
    return [*blocks, section(text), actions(*buttons)]


def claim_form(
    levels: Sequence[Level], *, crisis_contact: str | None, metadata: str
) -> dict[str, Any]:
    """The form in which a mentee claims a stage."""
    choices = [(level.name, level.name) for level in levels]
    return modal(
        callback_id="stage.claim_form",
        title="Claim a stage",
        blocks=[
            section(
                "*Who sees this:* you and the mentors of your group. They confirm your claim or "
                "ask to talk about it first. It is a reflection, not an assessment."
            ),
            context(*care_notes(crisis_contact)),
            field(
                "level",
                "Which stage are you at?",
                select("level", choices, placeholder="Choose a stage", chosen=choices[0][0]),
            ),
            field(
                "evidence",
                "What shows it? Two or three things you did, or that others said.",
                text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS),
            ),
        ],
        submit="Send to my mentor",
        close="Not now",
        metadata=metadata,
    )


def back_form(levels: Sequence[Level], *, metadata: str) -> dict[str, Any]:
    """The form in which a mentee steps back."""
    choices = [(level.name, level.name) for level in levels]
    return modal(
        callback_id="stage.back_form",
        title="Step back",
        blocks=[
            section(
                "Going back to an earlier stage is part of the way: after a break, in a new place, "
                "or because you see more than before. You need no reason, and it counts at once."
            ),
            section(
                "*Who sees this:* your mentor sees the stage you are at. Nobody is sent a message "
                "about it, and no coordinator is told."
            ),
            field(
                "level",
                "Which stage fits you now?",
                select("level", choices, placeholder="Choose a stage", chosen=choices[0][0]),
            ),
        ],
        submit="Step back",
        close="Stay here",
        metadata=metadata,
    )


def done(sentence: str, *, title: str = "Saved") -> dict[str, Any]:
    """The modal after a change. `sentence` is plain text."""
    return modal(callback_id="stage.done", title=title, blocks=[section(escape(sentence))])


def claim_view(claim: OpenClaim) -> dict[str, Any]:
    """One claim, opened by a mentor."""
    return modal(
        callback_id="stage.claim",
        title="A claim",
        blocks=[*claim_blocks(claim), context(BETWEEN_YOU)],
    )


def claim_blocks(claim: OpenClaim) -> list[Block]:
    """One claim with its evidence, whole, and the buttons to answer it."""
    event, value = claim.event, _value(claim.event)
    name = escape(cut(claim.name, 80))
    talk = [button("Talk first", f"stage.talk:{value}", value=value)]
    if claim.wants_talk:
        talk = []
    return [
        section(
            f"*{name}* claims *{escape(event.to_level)}*, from {escape(event.from_level)}."
            + (" You asked to talk about it first." if claim.wants_talk else "")
        ),
        *(section(piece) for piece in quoted(event.note)),
        actions(
            button(
                "Confirm",
                f"stage.confirm:{value}",
                value=value,
                style="primary",
                spoken=f"Confirm {event.to_level} for {claim.name}",
            ),
            *talk,
        ),
    ]


def claimed(claim: OpenClaim) -> Message:
    """The message to a mentor about a new claim."""
    event = claim.event
    text = (
        f"{escape(cut(claim.name, 80))} claims the stage {escape(event.to_level)}, from "
        f"{escape(event.from_level)}, and says: {cut(escape(event.note), 1500)} "
        "Confirm it, or talk about it first."
    )
    return Message(text, (*claim_blocks(claim), context(BETWEEN_YOU)))


def talk_form(
    name: str, level: str, *, crisis_contact: str | None, metadata: str
) -> dict[str, Any]:
    """The form in which a mentor asks to talk first."""
    return modal(
        callback_id="stage.talk_form",
        title="Talk first",
        blocks=[
            section(
                f"{escape(cut(name, 80))} reads that you would like to talk about "
                f"*{escape(level)}* before you confirm it. The claim stays open."
            ),
            section("*Who sees this:* you, your mentee, and a second mentor if the group has one."),
            context(*care_notes(crisis_contact)),
            field(
                "note",
                "What would you like to talk about?",
                text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS),
                hint="Begin with what you have seen them do well.",
                optional=True,
            ),
        ],
        submit="Send",
        close="Not now",
        metadata=metadata,
    )


def answered(event: StageEvent, *, mentor: str) -> Message:
    """The message to a mentee about the answer to their claim."""
    name = escape(cut(mentor, 80))
    level = escape(event.to_level)
    if event.kind is StageEventKind.CONFIRMED:
        text = f"{name} confirms your stage: you are at {level} now."
    else:
        text = f"{name} would like to talk with you about {level} before confirming it."
    if event.note:
        text = f"{text} They write: {cut(escape(event.note), 1500)}"
    next_step = "Your questions at check-ins fit the new stage from now on."
    if event.kind is not StageEventKind.CONFIRMED:
        next_step = "Your claim stays open. Find a time to talk; you can also withdraw it."
    title = text.split(" They write: ", maxsplit=1)[0]
    pieces = [section(piece) for piece in quoted(event.note)] if event.note else []
    return Message(f"{text} {next_step}", (section(title), *pieces, context(next_step)))


def plain_message(sentence: str) -> Message:
    """One sentence in place of a message whose button was pressed. `sentence` is plain text."""
    return Message(escape(sentence), (section(escape(sentence)),))
