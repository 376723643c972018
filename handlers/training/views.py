"""The page of mentors' training, its form, and what a mentor sees of their own."""

from collections.abc import Mapping, Sequence

from bot.kernel.ids import MemberId
from bot.kernel.words import cut, full_date, listed, plural
from bot.training.model import MOST_NAME_CHARS, MentorTraining
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "Mentors' training"
PAGE, MOST_NAMES, MOST_AT_ONCE, MOST_OWN = 20, 3, 100, 20
WHO_SEES = (
    "*Who sees this:* coordinators; each mentor sees their own under Settings. Reports count how "
    "many took part, five or more, and name nobody."
)
NOTHING = (
    "No training is noted yet. Note one once it has taken place: reports for accreditation then "
    "say how many mentors took part."
)
SAVED, TAKEN_BACK = "Saved.", "Taken back: it is not noted any more."


def tool() -> list[Block]:
    """Lead a coordinator to mentors' training."""
    button = ui.button("Note or look", "training.open", spoken="Note or look: mentors' training")
    said = "*Mentors' training.* Who took part in which, for your reports."
    return [ui.section(said, accessory=button)]


def page(
    shown: Sequence[MentorTraining],
    names: Mapping[MemberId, str],
    *,
    of: int,
    skipped: int = 0,
    said: str = "",
) -> View:
    """List training, the latest first, each with the button that corrects it."""
    return ui.modal(
        callback_id="training.page",
        title=TITLE,
        blocks=[
            *([ui.section(f"*{said}*")] if said else []),
            ui.actions(ui.button("Note a training", "training.note", style="primary")),
            ui.context(WHO_SEES),
            *([_line(one, names) for one in shown] or [ui.section(NOTHING)]),
            *_paging(len(shown), of=of, skipped=skipped),
        ],
    )


def _line(one: MentorTraining, names: Mapping[MemberId, str]) -> Block:
    known = sorted((names[each] for each in one.people if each in names), key=str.casefold)
    more = len(known) - MOST_NAMES
    named = [cut(each, 60) for each in known[:MOST_NAMES]] + ([f"{more} more"] if more > 0 else [])
    said = f"*{escape(one.name)}*, {full_date(one.held_on)}: {escape(listed(named))}."
    button = ui.button(
        "Correct", f"training.note:{one.id}", value=one.id, spoken=f"Correct: {cut(one.name, 60)}"
    )
    return ui.section(said, accessory=button)


def _paging(count: int, *, of: int, skipped: int) -> list[Block]:
    if count >= of:
        return []
    around = [("Later", max(skipped - PAGE, 0), skipped > 0)]
    around += [("Earlier", skipped + PAGE, skipped + count < of)]
    buttons = [
        ui.button(label, f"training.open:{label.lower()}", value=str(to))
        for label, to, is_there in around
        if is_there
    ]
    return [ui.context(f"{skipped + 1} to {skipped + count} of {of}."), ui.actions(*buttons)]


def form(one: MentorTraining | None, there: Sequence[str]) -> View:
    """Ask for a training: its name, its day, and who took part, by their Slack ids."""
    name = ui.text_field(
        "name",
        max_chars=MOST_NAME_CHARS,
        initial=one.name if one else None,
        placeholder="Such as: Giving feedback",
    )
    day = ui.date_field("day", initial=one.held_on if one else None)
    most = max(MOST_AT_ONCE, len(there))
    who = ui.people_field("people", placeholder="Choose mentors", most=most, initial=there)
    return ui.modal(
        callback_id="training.form",
        title=TITLE,
        submit="Save",
        close="Cancel",
        metadata=one.id if one else "",
        blocks=[
            ui.field("name", "What was the training about?", name),
            ui.context(WHO_SEES),
            ui.field("day", "On which day?", day),
            ui.field(
                "people",
                "Which mentors and peer-mentors took part?",
                who,
                hint=f"Up to {most} at once. Note the same name and day again to add more.",
            ),
            *([ui.actions(_take_back(one))] if one else []),
        ],
    )


def _take_back(one: MentorTraining) -> ui.Element:
    sure = ui.confirm(
        "Take it back?",
        f"{plural(len(one.people), 'mentor')} took part. It is deleted, and in reports no more.",
        yes="Take it back",
        no="Leave it",
    )
    return ui.button("Take it back", "training.take_back", value=one.id, confirm=sure)


def own(noted: Sequence[MentorTraining]) -> list[Block]:
    """Show a mentor their training; nothing where none is noted."""
    if not noted:
        return []
    each = [f"{escape(one.name)} ({full_date(one.held_on)})" for one in noted[:MOST_OWN]]
    more = len(noted) - len(each)
    said = listed([*each, *([f"{more} earlier"] if more else [])])
    wrong = "Your coordinator noted it; tell them if something is wrong."
    return [ui.section(f"*Your training as a mentor.* {said}. {wrong}")]
