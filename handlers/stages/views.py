"""Stages: a mentee's own, a claim, its answer, and a step back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month, listed
from bot.stages.model import Framework, History, Level, StageEvent, StageEventKind, subject
from bot.stages.rules import levels_to_claim
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import AgendaLine, Block, Element, ToDoLine, View, escape
from handlers.free_text import quoted


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that waits for the mentor who looks at it. `wants_talk`: they asked to talk first.

    `is_theirs`: its evidence was written for them, and not for a mentor before them. `asked`: how
    many points there are to tick. `passed_over`: the stages between theirs and the claimed one.
    """

    name: str
    event: StageEvent
    wants_talk: bool
    is_theirs: bool = True
    asked: int = 0
    passed_over: tuple[str, ...] = ()


NOT_INTRODUCED = (
    "Your mentor hears of you only when you are introduced, a day after you got your seat. Until "
    "then a claim would have nobody to confirm it. Come back to it then, from your Home tab."
)
BETWEEN_YOU = (
    "This stays between you and them, unless somebody is in danger. It is a reflection, not an "
    "assessment. Not monitored; not for emergencies."
)


def _path(framework: Framework, current: Level, *, here: str = "you are here") -> str:
    """Write all stages in their order, in a line; the present one is marked in words."""
    at = framework.position(current.name)
    named = [
        f"*{escape(level.name)}* ({here})" if number == at else escape(level.name)
        for number, level in enumerate(framework.levels)
    ]
    return " → ".join(named)


def _criteria(current: Level, ahead: Level | None) -> list[Block]:
    """Say what is asked before the next stage; nothing at the last."""
    if ahead is None or not current.exit_criteria:
        return []
    asked = "\n".join(f"• {escape(one)}" for one in current.exit_criteria)
    return [ui.section(f"*Before {escape(ahead.name)}:*\n{asked}")]


def looking_back(framework: Framework, reached: Level) -> list[Block]:
    """Show the stage that a mentee had reached when the programme ended."""
    path = _path(framework, reached, here="here you were at the end")
    button = ui.button("My history", "stage.history")
    return [ui.section(path, accessory=button)]


def home_mentee(
    framework: Framework,
    current: Level,
    *,
    claim: StageEvent | None,
    wants_talk: bool,
    has_new_mentor: bool = False,
) -> list[Block]:
    """Show a mentee all stages in their order and where they stand; the rest is behind a button."""
    path = ui.section(f"{_path(framework, current)}\n{escape(current.summary)}")
    more = ui.button("My path", "stage.history", spoken="My path: what comes next, my history")
    if claim is None:
        has_next = bool(levels_to_claim(framework, current))
        claims = [ui.button("Claim a stage", "stage.claim")] if has_next else []
        return [path, ui.actions(*claims, more)]
    text = f"You claim *{escape(claim.to_level)}*; it waits for your mentor."
    if wants_talk:
        text = (
            f"You claim *{escape(claim.to_level)}*. Your mentor would like to talk about it with "
            "you first: it waits with you."
        )
    buttons = [_take_back(claim), more]
    if wants_talk:
        buttons.insert(0, _send_again(claim))
    elif has_new_mentor:
        text += (
            " What you wrote for it was for your mentor of then; your mentor of now cannot read it."
        )
        share = ui.button("Share it with my mentor", "stage.share_again", value=subject(claim))
        buttons.insert(0, share)
    return [path, ui.section(text), ui.actions(*buttons)]


def path(framework: Framework, current: Level) -> list[Block]:
    """Say what comes before the next stage, and how a stage changes."""
    ahead = next(iter(levels_to_claim(framework, current)), None)
    back = [ui.button("Step back", "stage.back")] if current != framework.levels[0] else []
    return [
        ui.section(_path(framework, current)),
        *_criteria(current, ahead),
        ui.context(
            escape(framework.about),
            "Your mentor sees your stage. It changes when a mentor confirms your claim or when "
            "you step back, never by itself.",
        ),
        *([ui.actions(*back)] if back else []),
        ui.divider(),
    ]


def _send_again(claim: StageEvent) -> Element:
    return ui.button("Send it again", "stage.again", value=subject(claim))


def _take_back(claim: StageEvent) -> Element:
    ask = ui.confirm(
        "Withdraw this claim?",
        "Nothing is held against you, and you can claim again at any time.",
        yes="Withdraw it",
        no="Keep it",
        danger=False,
    )
    return ui.button("Withdraw the claim", "stage.withdraw", value=subject(claim), confirm=ask)


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
        *_passed_over(claim.passed_over),
        *(_evidence(event, claim.asked) if claim.is_theirs else [ui.section(not_theirs)]),
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


def _passed_over(stages: Sequence[str]) -> list[Block]:
    """Say that a claim goes past stages, whose points nobody ticks."""
    if not stages:
        return []
    named = listed([escape(one) for one in stages])
    return [ui.section(f"That passes over {named}: what is asked there is for you to talk about.")]


def _evidence(event: StageEvent, asked: int = 0) -> list[Block]:
    """Show the words of a claim, and which points, of so many if said, are met by its author."""
    if not event.is_readable:
        return [ui.section("_What was written for it cannot be read any more._")]
    met = "".join(f"\n• {escape(one)}" for one in event.met)
    said = []
    if met:
        of_all = f", {len(event.met)} of {asked}" if asked else ""
        said.append(ui.section(f"*Ticked as met{of_all}:*{met}"))
    elif asked:
        said.append(ui.section(f"*Ticked as met:* none of {asked}."))
    return [*map(ui.section, quoted(event.note)), *said]


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


def talk_about_claim(todo: ToDo) -> ToDoLine:
    """Ask a mentee to answer the mentor who would like to talk about their claim."""
    read = ui.button("Read and answer", "stage.answer", value=todo.about, style="primary")
    return ToDoLine(
        f"Your mentor would like to talk about *{escape(todo.what)}* with you. Then send your "
        "claim again, or take it back.",
        read,
    )


def claim_unanswered(todo: ToDo) -> ToDoLine:
    """Tell a coordinator that a claim waits for a mentor who is away, and nothing of the claim."""
    mentee, mentor = (escape(cut(name, 80)) for name in todo.names)
    find = ui.button("Find another group", "pairing.choose_move", value=todo.about)
    return ToDoLine(
        f"{mentee} has waited over a week for an answer to a claim, and {mentor} is away. Ask when "
        f"{mentor} is back, or find {mentee} another group.",
        find,
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


def answered(event: StageEvent, *, mentor: str) -> Message:
    """Tell a mentee about the answer to their claim."""
    name = escape(cut(mentor, 80))
    level = escape(event.to_level)
    is_confirmed = event.kind is StageEventKind.CONFIRMED
    if is_confirmed:
        title = f"{name} confirms your stage: you are at {level} now."
        next_step = "Your questions at check-ins fit the new stage from now on."
    else:
        title = f"{name} would like to talk with you about {level} before confirming it."
        next_step = "Find a time to talk; then send your claim again, or take it back."
    says = " They wrote a few words to you." if event.note else ""
    label = "Read" if is_confirmed else "Read and answer"
    read = ui.button(label, "stage.answer", value=subject(event), style="primary")
    buttons = [ui.actions(read)] if event.note or not is_confirmed else []
    return ui.paragraph(f"{title}{says} {next_step}", *buttons)


def answer_view(event: StageEvent | None, *, claim: StageEvent | None = None) -> View:
    """Show a mentee what their mentor wrote, and the buttons for `claim` where it waits for them.

    Or say that it is not there any more.
    """
    if event is None or not (event.note or claim):
        sentence = "There is nothing to read here any more. Talk with your mentor if you like."
        return ui.notice(sentence, title="Your claim", callback_id="stage.answer")
    level = escape(event.to_level)
    title = f"What your mentor wrote about {level}:"
    if not event.note:
        title = f"Your mentor would like to talk with you about {level} first."
    blocks = [ui.section(title), *(map(ui.section, quoted(event.note)) if event.note else [])]
    if claim is not None:
        said = "Once you have talked, send your claim again, with other words if you like."
        blocks += [ui.section(said), ui.actions(_send_again(claim), _take_back(claim))]
    blocks.append(ui.context(BETWEEN_YOU))
    return ui.modal(callback_id="stage.answer", title="Your claim", blocks=blocks)


_HAPPENED = {
    StageEventKind.CLAIMED: "You claimed {level}.",
    StageEventKind.CONFIRMED: "{by} confirmed {level}.",
    StageEventKind.TALK_FIRST: "{by} asked to talk about {level} first.",
    StageEventKind.WITHDRAWN: "You took your claim of {level} back.",
    StageEventKind.STEPPED_BACK: "You stepped back to {level}.",
}
EVENTS_SHOWN = 15
"""With the longest words each, of the 100 blocks that a view holds."""


def history_view(
    history: History,
    names: Mapping[MemberId, str],
    *,
    tz: str,
    path: Sequence[Block] = (),
) -> View:
    """Show a mentee the whole of their history, the latest first, with everybody's words to it.

    While their programme runs, their `path` stands above it.
    """
    said = "Only you can open this. Nothing in it is ever changed."
    blocks: list[Block] = [*path, ui.context(said)]
    if not history:
        blocks.append(ui.section("Nothing has happened yet: your first claim will stand here."))
    for event in list(reversed(history))[:EVENTS_SHOWN]:
        by = escape(cut(names.get(event.by, "A former mentor"), 80))
        said = _HAPPENED[event.kind].format(level=escape(event.to_level), by=by)
        blocks.append(ui.section(f"*{day_and_month(local_date(event.at, tz))}:* {said}"))
        blocks += _evidence(event) if event.note or event.met or not event.is_readable else []
    if len(history) > EVENTS_SHOWN:
        blocks.append(ui.context(f"These are the latest {EVENTS_SHOWN}. Older ones are kept."))
    return ui.modal(callback_id="stage.history", title="My path", blocks=blocks)


def claim_to_talk_about(todo: ToDo) -> AgendaLine:
    """Put a claim that waits on the agenda of a meeting."""
    line = answer_claim(todo)
    return AgendaLine(line.sentence, button=line.button)


def question_to_try(level: Level, names: Sequence[str], *, week: int) -> AgendaLine:
    """Put a question for the mentees at a stage on the agenda, another one each week."""
    question = level.mentor_questions[week % len(level.mentor_questions)]
    who = escape(cut(listed(names), 200))
    return AgendaLine(f"*To ask at {escape(level.name)}* ({who}):\n>{escape(question)}")
