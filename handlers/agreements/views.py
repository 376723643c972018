"""How agreements look: the list, two answers side by side, a text, Home and to-dos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.agreements.model import AgreementVersion, Aspect, Expectations, PairProgress, PairSide
from bot.agreements.rules import (
    WORDS,
    Likeness,
    Phase,
    compare,
    count_gaps,
    phase_of,
    review_at,
)
from bot.kernel.clock import local_date
from bot.kernel.words import agree, cut, day_and_month, listed, plural, units
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.agreements.form_views import SHORT, lines, value_in_words
from handlers.blocks import FIELD_CHARS, AgendaLine, Block, Element, ToDoLine, View, escape
from handlers.free_text import quoted

MINE = ui.button("My agreements", "agreement.list")
BETWEEN_YOU = "Only the two of you can open this. Coordinators see how many pairs have agreed."
MOST_LISTED = 40
TALK: Mapping[Aspect, str] = {
    Aspect.GOALS: "Read your answers to each other. Which of these would you miss most?",
    Aspect.STEPS: "Choose one step for the next four weeks; the others can wait.",
    Aspect.FREQUENCY: (
        "You have different rhythms in mind. Ask each other what a meeting is for and what your "
        "weeks allow. Starting with the more frequent one is easier to change than the other."
    ),
    Aspect.DURATION: "Try the shorter one first, and say at the end whether something was missed.",
    Aspect.WHERE: "Ask what makes it easy to speak openly, and what a rota allows.",
    Aspect.CONFIDENTIALITY: (
        "Take your time with this one. Begin with the stricter answer, and say an example of what "
        "you would like to be able to ask somebody else."
    ),
    Aspect.OFF_LIMITS: "Nobody has to say why. What one of you leaves out, both leave out.",
    Aspect.FEEDBACK: "Ask when each of you last got feedback that helped, and how it was given.",
    Aspect.ENDING: "Ask what would make it easiest to say. The easier one protects both of you.",
    Aspect.ENDS_ON: "Take the earlier day; going on is always possible.",
}
"""How to talk about an aspect on which two answered differently."""


def person_name(name: str) -> str:
    return escape(cut(name, 80))


_STATES: Mapping[Phase, str] = {
    Phase.FILL: "Your answers come next.",
    Phase.AWAIT_ANSWER: "You have answered. {other} comes next.",
    Phase.COMPARE: "Both of you have answered. Next you write one text together.",
    Phase.CONFIRM: "{other} wrote a text for both of you; it waits for your word.",
    Phase.AWAIT_CONFIRMATION: "Your text waits for the word of {other}.",
    Phase.REVIEW: "A month has passed: look at it again.",
    Phase.ENDED: "Ended. You can both still read what is here.",
}


def state_line(progress: PairProgress, side: PairSide, *, tz: str, now: datetime) -> str:
    """Say how far a pair has come, as one side sees it."""
    phase, other = phase_of(progress, side, now=now), person_name(progress.pair.name_of(side.other))
    if phase is Phase.AGREED and progress.agreed:
        return f"Agreed. {_next_review(progress.agreed, side, tz)}"
    before = f"{other} has answered. " if phase is Phase.FILL and progress.filled else ""
    return before + _STATES[phase].replace("{other}", other)


def _next_review(agreed: AgreementVersion, side: PairSide, tz: str) -> str:
    if side in agreed.reviewed:
        return "You looked at it again and kept it."
    return f"You look at it again on {day_and_month(local_date(review_at(agreed), tz))}."


def the_list(found: Sequence[tuple[PairProgress, PairSide]], *, tz: str, now: datetime) -> View:
    """List a member's agreements: those to do something about first, those that ended last."""
    blocks: list[Block] = []
    ordered = sorted(found, key=lambda one: phase_of(*one, now=now) is Phase.ENDED)
    for progress, side in ordered[:MOST_LISTED]:
        name = progress.pair.name_of(side.other)
        said = state_line(progress, side, tz=tz, now=now)
        is_empty = phase_of(progress, side, now=now) is Phase.FILL
        label, action = ("Fill in", "agreement.fill") if is_empty else ("Open", "agreement.show")
        button = ui.button(
            label,
            action,
            value=progress.pair.pairing_id,
            spoken=f"{label}: the agreement with {name}",
        )
        blocks.append(ui.section(f"*{person_name(name)}*\n{said}", accessory=button))
    if not blocks:
        blocks.append(
            ui.section("You have no agreement yet: there is one for each mentee and their mentor.")
        )
    return ui.modal(
        callback_id="agreement.list",
        title="My agreements",
        blocks=[*blocks, ui.context(BETWEEN_YOU)],
    )


def own_answers(progress: PairProgress, side: PairSide, said: Expectations | None) -> View:
    """Show a member their own answers while the other has not written theirs."""
    other, its = person_name(progress.pair.name_of(side.other)), progress.pair.pairing_id
    take_back = ui.button(
        "Take back",
        "agreement.take_back",
        value=its,
        confirm=ui.confirm(
            "Take your answers back?",
            "They are deleted. Nobody else has read them.",
            yes="Take back",
            no="Keep them",
        ),
    )
    state = (
        f"*Saved.* {other} sees your answers once theirs are there. Until then you can change "
        "them or take them back."
    )
    buttons = [ui.button("Change", "agreement.fill", value=its), take_back]
    if progress.pair.ended_at is not None:
        state, buttons = f"Ended before {other} had answered. Only you can read this.", []
    shown = lines(said) if said is not None else [ui.section(UNREADABLE)]
    return ui.modal(
        callback_id="agreement.own",
        title="Your answers",
        blocks=[
            ui.section(state),
            *shown,
            ui.actions(*buttons, MINE),
            ui.context(BETWEEN_YOU),
        ],
    )


UNREADABLE = "_These answers cannot be read any more: their key is missing. Write them anew._"


def lost_answers(progress: PairProgress, side: PairSide, *, is_own: bool) -> View:
    """Say that answers cannot be read any more, and how the two go on."""
    other = person_name(progress.pair.name_of(side.other))
    whose = "Your answers" if is_own else f"The answers of {other}"
    said = f"{whose} cannot be read any more: their key is missing, or they were altered."
    then = "" if is_own else f" Ask {other} to open this and write them anew."
    its = progress.pair.pairing_id
    anew = (
        [ui.button("Write them anew", "agreement.fill", value=its, style="primary")]
        if is_own
        else []
    )
    return ui.modal(
        callback_id="agreement.lost",
        title="Your two answers",
        blocks=[ui.section(said + then), ui.actions(*anew, MINE)],
    )


def saved_for_several(names: Sequence[str]) -> View:
    """Say for whom the same answers were saved."""
    said = (
        f"*Saved for {escape(listed(names))}.* Each of them sees your answers once theirs are "
        "there."
    )
    return ui.modal(
        callback_id="agreement.saved",
        title="Saved",
        blocks=[ui.section(said), ui.actions(MINE)],
    )


def comparison(
    progress: PairProgress, side: PairSide, mentee: Expectations, mentor: Expectations
) -> View:
    """Show both answers side by side: where they differ first, with how to talk about it."""
    own, theirs = (mentee, mentor) if side is PairSide.MENTEE else (mentor, mentee)
    name = person_name(progress.pair.name_of(side.other))
    likeness = compare(mentee, mentor)
    gaps = count_gaps(mentee, mentor)
    said = f"*You chose differently on {plural(gaps, 'thing')}.*" if gaps else "*You chose alike.*"
    blocks = [
        ui.section(
            f"{said} Differences are what this is for: talk about them, then write one text."
        )
    ]
    for kind in (Likeness.DIFFERENT, Likeness.TO_READ, Likeness.ONLY_ONE):
        for aspect in [one for one, it in likeness.items() if it is kind]:
            blocks += _beside(aspect, own.get(aspect), theirs.get(aspect), name)
            if kind is not Likeness.ONLY_ONE:
                blocks.append(ui.context(f"*How to talk about it:* {TALK[aspect]}"))
    same = [one for one, kind in likeness.items() if kind is Likeness.SAME]
    if same:
        shared = "\n".join(f"• {SHORT[one]}: {_short(one, own[one])}" for one in same)
        blocks += [ui.divider(), ui.section(f"*You agree on*\n{shared}")]
    return ui.modal(
        callback_id="agreement.comparison",
        title="Your two answers",
        blocks=[*blocks, _after_comparison(progress), ui.context(BETWEEN_YOU)],
    )


def _after_comparison(progress: PairProgress) -> Block:
    its = progress.pair.pairing_id
    if progress.versions or progress.pair.ended_at is not None:
        return ui.actions(ui.button("Back", "agreement.show", value=its), MINE)
    write = ui.button("Write one text", "agreement.write", value=its, style="primary")
    return ui.actions(write, MINE)


def _short(aspect: Aspect, value: str) -> str:
    return escape(" ".join(value_in_words(aspect, value).split()))


def _beside(aspect: Aspect, own: str | None, theirs: str | None, name: str) -> list[Block]:
    """Show two answers beside each other; long words below each other, whole."""
    title = f"*{SHORT[aspect]}*"
    both = [(f"*{who}*", _pieces(aspect, value)) for who, value in (("You", own), (name, theirs))]
    texts = [f"{who}\n{pieces[0]}" for who, pieces in both]
    if all(len(pieces) == 1 for _, pieces in both) and max(map(units, texts)) <= FIELD_CHARS:
        return [ui.columns(*texts, title=title)]
    return [ui.section(title)] + [
        ui.section(text) for who, pieces in both for text in (who, *pieces)
    ]


def _pieces(aspect: Aspect, value: str | None) -> list[str]:
    if value is not None and aspect in WORDS:
        return quoted(value)
    return [value_in_words(aspect, value)]


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """A version that is looked at, with its text; None for one that cannot be read."""

    version: AgreementVersion
    text: Expectations | None


def agreement_view(
    progress: PairProgress, side: PairSide, shown: OpenVersion, *, tz: str, now: datetime
) -> View:
    """Show one version of an agreement, its state, and what can be done about it."""
    version = shown.version
    of = f"Version {version.number} of {len(progress.versions)}"
    said = _state_of(progress, side, version, tz=tz, now=now)
    body = lines(shown.text) if shown.text is not None else [ui.section(TEXT_UNREADABLE)]
    return ui.modal(
        callback_id="agreement.one",
        title="Agreement",
        blocks=[
            ui.section(f"*With {person_name(progress.pair.name_of(side.other))}.* {said}"),
            ui.context(of),
            *body,
            ui.actions(*_buttons(progress, side, version, now=now)),
            ui.context(BETWEEN_YOU),
        ],
    )


TEXT_UNREADABLE = "_This text cannot be read any more: its key is missing. You can write it anew._"


def _state_of(
    progress: PairProgress, side: PairSide, version: AgreementVersion, *, tz: str, now: datetime
) -> str:
    agreed = progress.agreed
    if version.agreed_at is not None:
        on = day_and_month(local_date(version.agreed_at, tz))
        if agreed is None or version.number != agreed.number:
            return f"You agreed on this on {on}; a later version has taken its place."
        if progress.draft is not None:
            return f"You agreed on this on {on}. It counts until the new version is confirmed."
        return f"You agreed on this on {on}. {state_line(progress, side, tz=tz, now=now)}"
    return state_line(progress, side, tz=tz, now=now)


def stamp_of(progress: PairProgress, version: AgreementVersion) -> str:
    """Write a button's value: the pair, and exactly what was looked at."""
    return f"{progress.pair.pairing_id}|{version.number}|{version.revision}"


def _buttons(
    progress: PairProgress, side: PairSide, version: AgreementVersion, *, now: datetime
) -> list[Element]:
    its, stamp = progress.pair.pairing_id, stamp_of(progress, version)
    latest = progress.draft or progress.agreed
    found = []
    if version == latest and progress.pair.ended_at is None:
        phase = phase_of(progress, side, now=now)
        if phase is Phase.CONFIRM:
            found.append(ui.button("Confirm", "agreement.confirm", value=stamp, style="primary"))
        if phase is Phase.REVIEW:
            found.append(ui.button("It still fits", "agreement.keep", value=its, style="primary"))
        found.append(ui.button("Change", "agreement.write", value=its))
        if version.agreed_at is None:
            found.append(_drop(progress, stamp))
    for one in progress.versions:
        if one != version:
            label = "Read the new version" if one == latest else f"Read version {one.number}"
            value = stamp_of(progress, one)
            found.append(ui.button(label, f"agreement.version:{one.number}", value=value))
    if progress.are_both_filled:
        found.append(ui.button("Our two answers", "agreement.compare", value=its))
    return [*found[:24], MINE]


def _drop(progress: PairProgress, stamp: str) -> Element:
    left = "What you agreed before stays." if progress.agreed else "Your two answers stay."
    return ui.button(
        "Drop this text",
        "agreement.drop",
        value=stamp,
        confirm=ui.confirm(
            "Drop this text?", f"It is deleted for both of you. {left}", yes="Drop it", no="Keep it"
        ),
    )


def home(found: Sequence[tuple[PairProgress, PairSide]], *, tz: str, now: datetime) -> list[Block]:
    """Say on Home how far a member's agreements have come; nothing to somebody without any."""
    if not found:
        return []
    lasting = [one for one in found if one[0].pair.ended_at is None]
    if len(lasting) == 1:
        [(progress, side)] = lasting
        name = person_name(progress.pair.name_of(side.other))
        said = f"With {name}: {state_line(progress, side, tz=tz, now=now)}"
    else:
        agreed = sum(one.agreed is not None for one, _ in lasting)
        said = f"Agreed with {agreed} of {plural(len(lasting), 'person', 'people')}."
        said = said if lasting else "What you agreed before is still here to read."
    return [ui.section(f"*{agree(len(found), 'Agreement')}.* {said}", accessory=MINE)]


def agreement_to_talk_about(names: Sequence[str]) -> AgendaLine:
    """Put on the agenda of a meeting with whom there is no agreement yet; nothing of what."""
    who = listed([person_name(one) for one in names])
    return AgendaLine(f"No agreement yet with {who}: look at it together.", button=MINE)


def coordinator_home(*, agreed: int, pairs: int) -> list[Block]:
    """Show a coordinator how many pairs have agreed, and nothing of what."""
    if not pairs:
        return []
    said = (
        f"*Agreements.* {agreed} of {plural(pairs, 'pair')} of mentee and mentor "
        f"{agree(agreed, 'has', 'have')} agreed how they work together. What they agreed is theirs."
    )
    return [ui.section(said)]


def fill_agreement(todo: ToDo) -> ToDoLine:
    """Ask for what a member expects; of several people, all at once."""
    if todo.count == 1:
        [name] = todo.names
        sentence = f"Say what you expect of working with {person_name(name)}, before you compare."
        return ToDoLine(sentence, _todo_button("Fill in", "agreement.fill", todo))
    first = listed([*map(person_name, todo.names[:2]), *_others(todo.count - 2)])
    button = ui.button("Fill in", "agreement.list", style="primary", spoken="Fill in agreements")
    return ToDoLine(f"Say what you expect of working with {first}, before you compare.", button)


def _others(count: int) -> list[str]:
    return [f"{count} more"] if count > 0 else []


def compare_answers(todo: ToDo) -> ToDoLine:
    """Ask for one text after two answers."""
    [name] = todo.names
    return ToDoLine(
        f"You and {person_name(name)} have both answered: see where you differ, and agree.",
        _todo_button("Compare", "agreement.show", todo),
    )


def confirm_agreement(todo: ToDo) -> ToDoLine:
    """Ask for the second word to a text."""
    [name] = todo.names
    return ToDoLine(
        f"{person_name(name)} wrote your agreement down: confirm it, or change it.",
        _todo_button("Read it", "agreement.show", todo),
    )


def review_agreement(todo: ToDo) -> ToDoLine:
    """Ask whether an agreement still fits after a month."""
    [name] = todo.names
    return ToDoLine(
        f"Does your agreement with {person_name(name)} still fit, after a month?",
        _todo_button("Look at it", "agreement.show", todo),
    )


def _todo_button(label: str, action_id: str, todo: ToDo) -> Element:
    spoken = f"{label}: your agreement with {todo.names[0]}"
    return ui.button(label, action_id, value=todo.about, style="primary", spoken=spoken)
