"""Check-ins: the form, what was written, the messages about it, and the part of Home."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from bot.checkins.rules import (
    MAX_ANSWER_CHARS,
    Audience,
    CheckIn,
    CheckInId,
    Hint,
    MentorsNow,
    ProgrammeSeat,
    Reflection,
    ShownPrompt,
    Visibility,
    narrower_than,
    open_to,
)
from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import cut, day_and_month, listed, weekday_and_day
from bot.kinds import ScheduleKind
from bot.people.permissions import STRANGER
from bot.stages.model import Lens, Level
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, ToDoLine, View, escape
from handlers.free_text import BLOCKERS, HINT_WORDS, care_notes, figures, headed, words

PAST_SHOWN = 30
"""Two blocks each, of the 100 that a view holds."""
EXCERPT_CHARS = 140

SKIPPED = "skipped"
"""The option that takes a choice back: Slack's selects cannot be emptied."""

LENSES = {Lens.THINK: "Think", Lens.FEEL: "Feel", Lens.ACT: "Act"}

VISIBILITIES = {
    Visibility.ONLY_ME: "Only me",
    Visibility.MENTOR: "My mentor, who is told that there is something to read",
    Visibility.GROUP: "My group, which is told in our private channel",
}

READ_BY = {
    Visibility.ONLY_ME: "Only you can read it.",
    Visibility.MENTOR: "Your mentor can read it, from their weekly message and their Home tab.",
    Visibility.GROUP: "The members of your mentoring group can read it, and your mentor with them.",
}
_BY_A_FORMER_MENTOR = "Only you can read it now: it was for a mentor who is not yours any more."
_NOT_BY_ALL = "Your mentor of then can read it; who became your mentor later cannot."

WHO_SEES_THIS = (
    "*Who sees this:* those whom you choose at the end of the form, and nobody else. "
    "Your mentor also sees when you last checked in, never what you kept to yourself. "
    "Coordinators do not read check-ins."
)


def form(
    asked: Sequence[ShownPrompt],
    *,
    stage: Level,
    seat: ProgrammeSeat,
    metadata: str,
    entry: Reflection | None = None,
    hints: Sequence[Hint] = (),
) -> View:
    """Ask for a check-in; filled in with `entry` when it comes back with `hints`."""
    filled = entry or Reflection()
    rest = _the_rest(filled) if entry else _empty_rest()
    questions = [*(_lens(each, filled) for each in asked), *rest]
    about = f"*{escape(stage.name)}.* {escape(stage.summary)} Leave out anything you like."
    return ui.modal(
        callback_id="checkin.form",
        title="Check-in",
        blocks=[
            *_warning(hints),
            ui.section(about),
            ui.context(*care_notes(seat.crisis_contact)),
            questions[0],
            ui.section(WHO_SEES_THIS),
            *questions[1:],
            _visibility(open_to(seat), filled),
        ],
        submit="Save",
        close="Not now",
        metadata=metadata,
    )


def _warning(hints: Sequence[Hint]) -> list[Block]:
    if not hints:
        return []
    what = listed(HINT_WORDS[hint] for hint in hints)
    box = ui.checkboxes(
        "save_anyway", [("yes", "This does not identify a patient: save it anyway")]
    )
    return [
        ui.section(
            f"*Not saved yet, please look again.* Something here looks like {what}. If it could "
            "identify a patient, take it out. Nobody but you sees this note, and it is not kept."
        ),
        ui.field("save_anyway", "Or leave it as it is", box, optional=True),
        ui.divider(),
    ]


def _lens(asked: ShownPrompt, filled: Reflection) -> Block:
    initial = next((each.text for each in filled.answers if each.lens is asked.lens), None)
    return ui.field(
        f"lens_{asked.lens}",
        f"{LENSES[asked.lens]}: {asked.prompt}",
        ui.text_field("text", multiline=True, max_chars=MAX_ANSWER_CHARS, initial=initial),
        optional=True,
    )


def _the_rest(filled: Reflection) -> list[Block]:
    scale = [(SKIPPED, "Rather not say"), *((str(n), str(n)) for n in range(11))]
    confidence = None if filled.confidence is None else str(filled.confidence)
    blockers = [(SKIPPED, "Rather not say"), *((each, text) for each, text in BLOCKERS.items())]
    return [
        ui.field(
            "confidence",
            "How confident are you about the weeks ahead? 0 is not at all, 10 is completely.",
            ui.select("confidence", scale, placeholder="Rather not say", chosen=confidence),
            optional=True,
        ),
        ui.field(
            "blocker",
            "What is most in your way at present?",
            ui.select("blocker", blockers, placeholder="Rather not say", chosen=filled.blocker),
            optional=True,
        ),
        ui.field(
            "wish",
            "What would you like from your mentor?",
            ui.text_field("text", multiline=True, max_chars=MAX_ANSWER_CHARS, initial=filled.wish),
            hint="Your mentor can read this only if you show them the check-in.",
            optional=True,
        ),
    ]


@cache
def _empty_rest() -> tuple[Block, ...]:
    """Draw the rest of an empty form once: it is the same for everybody."""
    return tuple(_the_rest(Reflection()))


def _visibility(allowed: Sequence[Visibility], filled: Reflection) -> Block:
    hint = "Once you are in a mentoring group, you can choose your mentor or the group here."
    choices = [(each, VISIBILITIES[each]) for each in allowed]
    return ui.field(
        "visibility",
        "Who may read this check-in?",
        ui.radio("visibility", choices, chosen=filled.visibility),
        hint=hint if len(allowed) == 1 else None,
    )


def saved(visibility: Visibility) -> View:
    """Say that a check-in is saved, and who can read it."""
    narrower = "" if visibility is Visibility.ONLY_ME else "show it to fewer people or "
    later = f"You can {narrower}delete it among your past check-ins."
    return ui.modal(
        callback_id="checkin.saved",
        title="Saved",
        blocks=[
            ui.section(f"*Your check-in is saved.* {READ_BY[visibility]}"),
            ui.context(later),
            ui.actions(ui.PAST_CHECKINS),
        ],
    )


def prompt(name: str, *, question: str) -> Message:
    """Ask a mentee for a check-in."""
    hello = f"Hello {escape(name)}, it is time for a check-in. One question to begin with:"
    easy = "Two sentences are plenty, everything can be left out, and you choose who reads it."
    asked = escape(question)
    rhythm = ui.rhythm_button(ScheduleKind.CHECKIN_PROMPT)
    buttons = ui.actions(ui.CHECK_IN, ui.PAST_CHECKINS, rhythm)
    return Message(
        f"{hello} {asked} {easy} Open it with the button below or with /checkin.",
        (ui.section(f"{hello}\n*{asked}*"), ui.context(easy), buttons),
    )


def ask_about_rhythm(name: str, *, kind: str) -> Message:
    """Ask, in place of a third prompt in a row, whether another rhythm would suit better."""
    return ui.paragraph(
        f"Hello {escape(name)}, the last check-ins did not fit in, and that is fine. Would another "
        "rhythm suit you better? Choose one below, leave it as it is, or check in now.",
        ui.context("Nobody but you sees what you choose."),
        ui.actions(
            ui.button("Change rhythm", "rhythm.open", value=kind, style="primary"),
            ui.button("Leave it as it is", "rhythm.keep", value=kind),
            ui.button("Check in", "checkin.open"),
        ),
    )


def write_checkin(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for the check-in that is due."""
    return ToDoLine(
        "Your check-in is due: three short questions, and you choose who reads it.",
        ui.CHECK_IN,
    )


HELP = (
    "`/checkin` opens a short form: up to three questions for your stage, how confident you are, "
    "what is in the way, and what you would like from your mentor. Everything can be left out, "
    "and you choose who reads it.\n"
    "`/checkin past` shows your check-ins; there you can show one to fewer people or delete it.\n"
    "Check-ins are not monitored and not for emergencies."
)

NOT_UNDERSTOOD = (
    "I did not understand that, and nothing was saved. `/checkin` alone opens the form, and "
    "`/checkin past` shows your check-ins; the buttons below do the same. To hear less or nothing "
    "from me, take a break: nobody asks you why."
)


def not_understood() -> Message:
    """Say that nothing was done, with the buttons for what was probably meant."""
    pause = ui.button("Take a break", "people.pause")
    return ui.paragraph(NOT_UNDERSTOOD, ui.actions(ui.CHECK_IN, ui.PAST_CHECKINS, pause))


def with_buttons(sentence: str) -> Message:
    """Say something about `/checkin`, with the buttons that do what it can do."""
    return ui.paragraph(sentence, ui.actions(ui.CHECK_IN, ui.PAST_CHECKINS))


REFUSALS = {
    Audience.STRANGER: STRANGER,
    Audience.NOT_STARTED: (
        "Your mentoring programme is not running yet, so there is nothing to check in to. "
        "You will get a message from me when it starts."
    ),
    Audience.ENDED: (
        "Your mentoring programme has ended, so there is nothing to check in to. Your "
        "check-ins are still yours."
    ),
    Audience.WITHOUT: "Your programme does without check-ins. My Home tab shows what it has.",
    Audience.MENTOR: (
        "Check-ins are written by mentees. Those that yours choose to show you come in your "
        "weekly message, and they are on my Home tab now."
    ),
    Audience.COORDINATOR: (
        "Check-ins are between mentees and those they choose, so coordinators have no form. "
        "My Home tab shows how the programme is going."
    ),
    Audience.GONE: (
        "You are no longer in the programme. Your past check-ins are still yours. To come back, "
        "write to your coordinator."
    ),
}


def refusal(audience: Audience) -> Message:
    """Say why there is no form; who has left keeps the way to what they wrote."""
    after = [ui.actions(ui.PAST_CHECKINS)] if audience in (Audience.GONE, Audience.ENDED) else []
    return ui.paragraph(REFUSALS[audience], *after)


def excerpt(entry: Reflection, limit: int = EXCERPT_CHARS) -> str:
    """Take the beginning of what was written, escaped, on one line; figures without any."""
    texts = [" ".join(text.split()) for _, text in headed(entry)]
    return cut(escape(texts[0]), limit) if texts else figures(entry)


def looking_back() -> list[Block]:
    """Show what somebody wrote in a programme that has ended."""
    said = "You alone read all of them, and delete what you like."
    return [ui.header("Your check-ins"), ui.section(said, accessory=ui.PAST_CHECKINS)]


UNREADABLE = (
    "_The words of this check-in cannot be read any more, by you or anybody else: their key is "
    "missing, or they were altered. Whoever runs Cairn may still have the key; else delete it._"
)


def past(
    checkins: Sequence[CheckIn],
    mentors: Mapping[CheckInId, MentorsNow],
    *,
    tz: str,
    has_more: bool,
) -> View:
    """List one's own check-ins, newest first."""
    blocks: list[Block] = [ui.context("Only you can open this list.")]
    if not checkins:
        blocks += [ui.section("You have not written a check-in yet."), ui.actions(ui.CHECK_IN)]
    for each in checkins[:PAST_SHOWN]:
        on = weekday_and_day(local_date(each.written_at, tz))
        read = ui.button("Open", "checkin.read", value=each.id, spoken=f"Open the check-in of {on}")
        said = excerpt(each.entry) if each.is_readable else UNREADABLE
        blocks += [
            ui.section(f"*{on}* · {escape(each.stage)}\n{said}", accessory=read),
            ui.context(read_by(each, mentors[each.id])),
        ]
    if has_more:
        blocks.append(
            ui.context(f"These are your latest {PAST_SHOWN}. Older ones are kept as well.")
        )
    return ui.modal(callback_id="checkin.past", title="My check-ins", blocks=blocks)


def read_by(checkin: CheckIn, mentors: MentorsNow) -> str:
    """Say who can read one's check-in at this moment."""
    if not mentors.can_read:
        return _BY_A_FORMER_MENTOR
    return _NOT_BY_ALL if mentors.some_cannot else READ_BY[checkin.entry.visibility]


def own(checkin: CheckIn, mentors: MentorsNow, *, tz: str, note: str = "") -> View:
    """Show one of one's own check-ins, whole, and what can be done with it."""
    again = ui.button("Share with my mentor of now", "checkin.share_again", value=checkin.id)
    narrow = [
        ui.button(
            {"only_me": "Show to nobody else", "mentor": "Show to my mentor only"}[each],
            f"checkin.narrow:{each}",
            value=f"{checkin.id}|{each}",
        )
        for each in narrower_than(checkin.entry.visibility)
    ]
    ask = ui.confirm(
        "Delete this check-in?",
        "It is deleted for good, and nobody can open it any more. People who "
        "have read it have read it.",
        yes="Delete it",
        no="Keep it",
    )
    delete = ui.button("Delete", "checkin.delete", value=checkin.id, style="danger", confirm=ask)
    blocks: list[Block] = [
        *([ui.section(escape(note))] if note else []),
        ui.section(title_of(checkin, tz)),
        ui.context(read_by(checkin, mentors)),
        ui.divider(),
        *(words(checkin.entry) if checkin.is_readable else [ui.section(UNREADABLE)]),
        ui.divider(),
        ui.actions(*([again] if mentors.some_cannot else []), *narrow, delete),
    ]
    return ui.modal(callback_id="checkin.one", title="Check-in", blocks=blocks)


def title_of(checkin: CheckIn, tz: str) -> str:
    """Give the day and the stage of a check-in."""
    on = weekday_and_day(local_date(checkin.written_at, tz))
    return f"*{on}* · {escape(checkin.stage)}"


def deleted(*, is_cleared: bool = True) -> View:
    """Say that a check-in is deleted, and whether the database's log is cleared of it."""
    sentence = "*The check-in is deleted.* Nobody can open it any more."
    if not is_cleared:
        sentence += (
            " What is left of it, unreadable without Cairn's key, is in the log of its database; "
            "Cairn clears it as soon as another program lets go of it. You need not do anything."
        )
    return ui.modal(callback_id="checkin.deleted", title="Deleted", blocks=[ui.section(sentence)])


def home_mentee(
    *,
    last_on: datetime | None,
    next_at: datetime | None,
    tz: str,
    is_away: bool,
    is_due: bool = False,
) -> list[Block]:
    """Show a mentee when they last wrote. While one is due, its button stands under Now."""
    last = day_and_month(local_date(last_on, tz)) if last_on else "none yet"
    after = ""
    if is_away:
        after = " You are paused, so I do not ask for any. Writing one is still possible."
    elif next_at:
        again = "again " if last_on or is_due else ""
        after = f" I will ask {again}on {weekday_and_day(local_date(next_at, tz))}."
    return [
        ui.header("Check-ins"),
        ui.section(f"Last check-in: {last}.{after}"),
        ui.actions(
            ui.button("Check in", "checkin.open") if is_due else ui.CHECK_IN, ui.PAST_CHECKINS
        ),
    ]
