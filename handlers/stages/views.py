"""Stages: a mentee's own, a claim, its answer, and a step back."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.kernel.ports import Message
from bot.kernel.words import cut
from bot.stages.model import Framework, Level, StageEvent, StageEventKind, subject
from bot.stages.rules import MAX_NOTE_CHARS
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape
from handlers.free_text import care_notes, quoted


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that waits for the mentor who looks at it. `wants_talk`: they asked to talk first.

    `is_theirs`: its evidence was written for them, and not for a mentor before them.
    """

    name: str
    event: StageEvent
    wants_talk: bool
    is_theirs: bool = True


NOT_INTRODUCED = (
    "Your mentor hears of you only when you are introduced, a day after you got your seat. Until "
    "then a claim would have nobody to confirm it. Come back to it then, from your Home tab."
)
BETWEEN_YOU = (
    "This stays between you and them, unless somebody is in danger. It is a reflection, not an "
    "assessment. Not monitored; not for emergencies."
)


def _levels(framework: Framework, current: Level) -> str:
    """All levels in their order, the present one in bold."""
    names = (
        f"*{escape(level.name)}*" if level == current else escape(level.name)
        for level in framework.levels
    )
    return " → ".join(names)


def looking_back(framework: Framework, reached: Level) -> list[Block]:
    """Show the stage that a mentee had reached when the programme ended."""
    return [
        ui.header("Your stage"),
        ui.section(f"{_levels(framework, reached)}\n{escape(reached.summary)}"),
    ]


def home_mentee(
    framework: Framework,
    current: Level,
    *,
    claim: StageEvent | None,
    wants_talk: bool,
    has_new_mentor: bool = False,
) -> list[Block]:
    """Show a mentee their own stage on the Home tab."""
    blocks: list[Block] = [
        ui.header("Your stage"),
        ui.section(f"{_levels(framework, current)}\n{escape(current.summary)}"),
        ui.context(
            escape(framework.about),
            "Your mentor sees your stage. It changes when a mentor confirms your claim or when "
            "you step back, never by itself.",
        ),
    ]
    back = [ui.button("Step back", "stage.back")] if current != framework.levels[0] else []
    if claim is None:
        is_last = current == framework.levels[-1]
        ahead = [] if is_last else [ui.button("Claim a stage", "stage.claim")]
        return [*blocks, ui.actions(*ahead, *back)]
    says = "Your mentor would like to talk about it with you first." if wants_talk else ""
    text = f"You claim *{escape(claim.to_level)}*; it waits for your mentor. {says}".strip()
    ask = ui.confirm(
        "Withdraw this claim?",
        "Nothing is held against you, and you can claim again at any time.",
        yes="Withdraw it",
        no="Keep it",
        danger=False,
    )
    withdraw = ui.button("Withdraw the claim", "stage.withdraw", value=subject(claim), confirm=ask)
    if not has_new_mentor:
        return [*blocks, ui.section(text), ui.actions(withdraw, *back)]
    text += " What you wrote for it was for your mentor of then; your mentor of now cannot read it."
    again = ui.button("Share it with my mentor", "stage.share_again", value=subject(claim))
    return [*blocks, ui.section(text), ui.actions(again, withdraw, *back)]


def _level_field(label: str, levels: Sequence[Level]) -> Block:
    choices = [(level.name, level.name) for level in levels]
    menu = ui.select("level", choices, placeholder="Choose a stage", chosen=choices[0][0])
    return ui.field("level", label, menu)


def claim_form(levels: Sequence[Level], *, crisis_contact: str | None) -> View:
    """Ask a mentee for a claim."""
    return ui.modal(
        callback_id="stage.claim_form",
        title="Claim a stage",
        blocks=[
            ui.section(
                "*Who sees this:* you and the mentors of your group. They confirm your claim or "
                "ask to talk about it first. It is a reflection, not an assessment."
            ),
            ui.context(*care_notes(crisis_contact)),
            _level_field("Which stage are you at?", levels),
            ui.field(
                "evidence",
                "What shows it? Two or three things you did, or that others said.",
                ui.text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS),
            ),
        ],
        submit="Send to my mentor",
        close="Not now",
    )


def back_form(levels: Sequence[Level]) -> View:
    """Ask a mentee to which stage they step back."""
    return ui.modal(
        callback_id="stage.back_form",
        title="Step back",
        blocks=[
            ui.section(
                "Going back to an earlier stage is part of the way: after a break, in a new place, "
                "or because you see more than before. You need no reason, and it counts at once."
            ),
            ui.section(
                "*Who sees this:* your mentor sees the stage you are at. Nobody is sent a message "
                "about it, and no coordinator is told."
            ),
            _level_field("Which stage fits you now?", levels),
        ],
        submit="Step back",
        close="Stay here",
    )


def done(sentence: str) -> View:
    """Say what was changed. `sentence` is plain text."""
    return ui.notice(sentence, title="Saved", callback_id="stage.done")


def claim_view(claim: OpenClaim) -> View:
    """Show a mentor one claim."""
    return ui.modal(
        callback_id="stage.claim",
        title="A claim",
        blocks=[*claim_blocks(claim), ui.context(BETWEEN_YOU)],
    )


def claim_blocks(claim: OpenClaim) -> list[Block]:
    """Show one claim with its evidence, whole, and the buttons to answer it."""
    event, value = claim.event, subject(claim.event)
    name = escape(cut(claim.name, 80))
    talk = [] if claim.wants_talk else [ui.button("Talk first", f"stage.talk:{value}", value=value)]
    not_theirs = (
        f"What {name} wrote for it was for a mentor before you, so it is not shown here. Ask them "
        "about it, or let them share it with you from their Home tab."
    )
    return [
        ui.section(
            f"*{name}* claims *{escape(event.to_level)}*, from {escape(event.from_level)}."
            + (" You asked to talk about it first." if claim.wants_talk else "")
        ),
        *(map(ui.section, quoted(event.note)) if claim.is_theirs else [ui.section(not_theirs)]),
        ui.actions(
            ui.button(
                "Confirm",
                f"stage.confirm:{value}",
                value=value,
                style="primary",
                spoken=f"Confirm {event.to_level} for {claim.name}",
            ),
            *talk,
        ),
    ]


def _read_and_answer(name: str, value: str) -> Element:
    spoken = f"Read and answer the claim of {name}"
    return ui.button("Read and answer", "stage.read", value=value, style="primary", spoken=spoken)


def answer_claim(todo: ToDo) -> ToDoLine:
    """Ask a mentor to answer a claim."""
    [name] = todo.names
    return ToDoLine(
        f"{escape(cut(name, 80))} claims *{escape(todo.what)}* and waits for your answer.",
        _read_and_answer(name, todo.about),
    )


def claimed(event: StageEvent, *, name: str) -> Message:
    """Tell a mentor that there is a claim; its evidence stays out of the message."""
    return ui.paragraph(
        f"{escape(cut(name, 80))} claims the stage {escape(event.to_level)}, from "
        f"{escape(event.from_level)}, and wrote down what shows it. Read it, then confirm it or "
        "talk about it first.",
        ui.actions(_read_and_answer(name, subject(event))),
        ui.context(BETWEEN_YOU),
    )


def talk_form(name: str, level: str, *, crisis_contact: str | None, metadata: str) -> View:
    """Ask a mentor what they would like to talk about first."""
    return ui.modal(
        callback_id="stage.talk_form",
        title="Talk first",
        blocks=[
            ui.section(
                f"{escape(cut(name, 80))} reads that you would like to talk about "
                f"*{escape(level)}* before you confirm it. The claim stays open."
            ),
            ui.section(
                "*Who sees this:* you and your mentee. The message says only that you wrote."
            ),
            ui.context(*care_notes(crisis_contact)),
            ui.field(
                "note",
                "What would you like to talk about?",
                ui.text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS),
                hint="Begin with what you have seen them do well.",
                optional=True,
            ),
        ],
        submit="Send",
        close="Not now",
        metadata=metadata,
    )


def answered(event: StageEvent, *, mentor: str) -> Message:
    """Tell a mentee about the answer to their claim."""
    name = escape(cut(mentor, 80))
    level = escape(event.to_level)
    if event.kind is StageEventKind.CONFIRMED:
        title = f"{name} confirms your stage: you are at {level} now."
        next_step = "Your questions at check-ins fit the new stage from now on."
    else:
        title = f"{name} would like to talk with you about {level} before confirming it."
        next_step = "Your claim stays open. Find a time to talk; you can also withdraw it."
    says = " They wrote a few words to you." if event.note else ""
    read = ui.button("Read", "stage.answer", value=subject(event), style="primary")
    buttons = [ui.actions(read)] if event.note else []
    return ui.paragraph(f"{title}{says} {next_step}", *buttons)


def answer_view(event: StageEvent | None) -> View:
    """Show a mentee what their mentor wrote to the answer, or that it is not there any more."""
    if event is None or not event.note:
        sentence = "There is nothing to read here any more. Talk with your mentor if you like."
        return ui.notice(sentence, title="Your claim", callback_id="stage.answer")
    title = f"What your mentor wrote about {escape(event.to_level)}:"
    blocks = [ui.section(title), *map(ui.section, quoted(event.note)), ui.context(BETWEEN_YOU)]
    return ui.modal(callback_id="stage.answer", title="Your claim", blocks=blocks)
