"""The form of a check-in, what its readers will read of it, and that it is saved."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from bot.checkins.reading import seen
from bot.checkins.rules import (
    MAX_ANSWER_CHARS,
    CheckIn,
    GoalLine,
    ProgrammeSeat,
    Reflection,
    ShownPrompt,
    Topic,
    Visibility,
    as_shared,
    is_empty,
    open_to,
)
from bot.kernel.ids import MemberId
from bot.stages.model import Lens, Level
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.checkins.checkin_views import READ_BY, TOPICS, WELLBEING, title_of, without
from handlers.checkins.views import asked_next
from handlers.free_text import BLOCKERS, PROGRESS, care_line, care_notes, words

SKIPPED = "skipped"
"""The option that takes a choice back: Slack's selects cannot be emptied."""

LENSES = {Lens.THINK: "Think", Lens.FEEL: "Feel", Lens.ACT: "Act"}

VISIBILITIES = {
    Visibility.ONLY_ME: "Only me: nothing is shared",
    Visibility.MENTOR: "My mentor, who is told that there is something to read",
    Visibility.GROUP: "My group, which is told in our private channel",
}

WHO_SEES_THIS = (
    "*Who sees this:* only those whom you choose at the end. Your mentor also sees when you last "
    "checked in, never what you kept to yourself. Coordinators do not read check-ins."
)
NOTHING = "*Nothing is shared.* Only you can read this check-in."


def form(
    asked: Sequence[ShownPrompt],
    *,
    stage: Level,
    seat: ProgrammeSeat,
    metadata: str,
    is_first: bool = True,
    note: str = "",
    goals: Sequence[GoalLine] = (),
) -> View:
    """Ask for a check-in.

    `note` says when the next is asked, where none is due. The legal lines stand in the first form.
    """
    filled = Reflection()
    first, *others = [_lens(each, filled) for each in asked]
    care = care_notes(seat.crisis_contact) if is_first else (care_line(seat.crisis_contact),)
    about = f"*{escape(stage.name)}.* {escape(stage.summary)}{escape(note)}"
    return ui.modal(
        callback_id="checkin.form",
        title="Check-in",
        blocks=[
            first,
            ui.context(WHO_SEES_THIS, about, *care),
            *others,
            *_empty_rest(),
            *_goals(goals, filled),
            _wellbeing(filled),
            _visibility(open_to(seat), filled),
            *([_left_out(_topics(asked, goals), filled), _PREVIEW] if seat.group_id else []),
        ],
        submit="Save",
        close="Not now",
        metadata=metadata,
    )


def edit_form(checkin: CheckIn, *, tz: str) -> View:
    """Let somebody change the words of a check-in that nobody else has read."""
    asked, goals, entry = prompts_of(checkin), goals_in(checkin), checkin.entry
    leaves_out = asks_what_to_leave_out(entry)
    return ui.modal(
        callback_id="checkin.edit_form",
        title="Change it",
        blocks=[
            *(_lens(each, entry) for each in asked),
            *_the_rest(entry),
            *_goals(goals, entry),
            _wellbeing(entry),
            *([_left_out(_topics(asked, goals), entry), _PREVIEW] if leaves_out else []),
            ui.context(f"{title_of(checkin, tz)}. {READ_BY[entry.visibility]}"),
        ],
        submit="Save",
        close="Leave it",
        metadata=seen(checkin).pack(),
    )


def asks_what_to_leave_out(entry: Reflection) -> bool:
    """Say whether the form of a saved check-in asks it: nothing is, of one for its writer alone."""
    return entry.visibility is not Visibility.ONLY_ME


def share_form(
    checkin: CheckIn,
    mentors: Collection[MemberId],
    *,
    tz: str,
    left_out: Collection[Topic],
) -> View:
    """Show exactly what these mentors will read of a check-in, and let things be left out."""
    boxes = [(one, TOPICS[one]) for one in filled_in(checkin.entry)]
    return ui.modal(
        callback_id="checkin.share_form",
        title="Share with my mentor",
        blocks=[
            ui.section("*Leave out, if you like:*"),
            {
                **ui.actions(ui.checkboxes("checkin.leave_out", boxes, chosen=left_out)),
                "block_id": "left_out",
            },
            ui.divider(),
            ui.context("*This is exactly what your mentor will read:*"),
            ui.section(title_of(checkin, tz)),
            *_as_read(checkin.entry, left_out),
        ],
        submit="Share",
        close="Not now",
        metadata=seen(checkin, mentors).pack(),
    )


def _as_read(entry: Reflection, left_out: Collection[Topic]) -> list[Block]:
    """Draw what readers will read."""
    shared = as_shared(_with(entry, left_out))
    return [ui.section("_Nothing._ Leave less out.")] if is_empty(shared) else words(shared)


def _with(entry: Reflection, left_out: Collection[Topic]) -> Reflection:
    return replace(entry, left_out=frozenset(left_out))


def preview(entry: Reflection) -> View:
    """Show exactly what those chosen in the form will read once it is saved."""
    shared = as_shared(entry)
    if entry.visibility is Visibility.ONLY_ME:
        blocks = [ui.section(NOTHING), ui.context("Choose your mentor or group to share it.")]
    elif is_empty(shared):
        blocks = [
            ui.section("*They would have nothing to read.* Fill something in, or leave less out.")
        ]
    else:
        who = {Visibility.MENTOR: "your mentor", Visibility.GROUP: "your group"}[entry.visibility]
        blocks = [ui.context(f"*This is exactly what {who} will read:*"), *words(shared)]
    return ui.modal(
        callback_id="checkin.preview",
        title="What they will read",
        blocks=[*blocks, ui.context("Not saved yet.")],
        close="Back to the form",
    )


_PREVIEW = ui.actions(ui.button("See what they will read", "checkin.preview"))


def prompts_of(checkin: CheckIn) -> tuple[ShownPrompt, ...]:
    """List the prompts that a saved check-in answers."""
    return tuple(ShownPrompt(one.lens, one.prompt) for one in checkin.entry.answers)


def goals_in(checkin: CheckIn) -> tuple[GoalLine, ...]:
    """List the goals of which a saved check-in tells."""
    return tuple(GoalLine(one.goal_id, one.title, one.is_shared) for one in checkin.entry.goals)


def filled_in(entry: Reflection) -> list[Topic]:
    """List the things in a check-in that can be left out."""
    return [one for one in Topic if not is_empty(_only(entry, one))]


def _only(entry: Reflection, topic: Topic) -> Reflection:
    return as_shared(_with(entry, set(Topic) - {topic}))


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


KEPT = "No mentor of yours reads this goal, so how it goes is not among what is shared."


def _goals(goals: Sequence[GoalLine], filled: Reflection) -> list[Block]:
    said = {one.goal_id: one.moved for one in filled.goals}
    options = list(PROGRESS.items())
    return [
        ui.field(
            f"goal_{one.goal_id}",
            f"Your goal: {one.title}",
            ui.select("goal", options, placeholder="Since last time", chosen=said.get(one.goal_id)),
            hint=None if one.is_shared else KEPT,
            optional=True,
        )
        for one in goals
    ]


def _wellbeing(filled: Reflection) -> Block:
    scale = [(SKIPPED, "Rather not say"), *((str(n), f"{n}: {w}") for n, w in WELLBEING.items())]
    chosen = None if filled.wellbeing is None else str(filled.wellbeing)
    return ui.field(
        "wellbeing",
        "How are you yourself? Only you ever see this.",
        ui.select("wellbeing", scale, placeholder="Rather not say", chosen=chosen),
        hint="It is never shared, whatever you choose below, and nobody acts on it. If you would "
        "like to talk to somebody, the contacts are on Home.",
        optional=True,
    )


def _topics(asked: Sequence[ShownPrompt], goals: Sequence[GoalLine]) -> list[Topic]:
    lenses = [Topic(each.lens.value) for each in asked]
    return [*lenses, Topic.CONFIDENCE, Topic.BLOCKER, Topic.WISH, *_shared_goals(goals)]


def _shared_goals(goals: Sequence[GoalLine]) -> list[Topic]:
    return [Topic.GOALS] if any(one.is_shared for one in goals) else []


def _left_out(topics: Sequence[Topic], filled: Reflection) -> Block:
    boxes = [(one, TOPICS[one]) for one in topics]
    return ui.field(
        "left_out",
        "Leave these out of what is shared",
        ui.checkboxes("left_out", boxes, chosen=filled.left_out),
        optional=True,
    )


def _visibility(allowed: Sequence[Visibility], filled: Reflection) -> Block:
    hint = "Once you are in a mentoring group, you can choose your mentor or the group here."
    choices = [(each, VISIBILITIES[each]) for each in allowed]
    return ui.field(
        "visibility",
        "Who may read this check-in?",
        ui.radio("visibility", choices, chosen=filled.visibility),
        hint=hint if len(allowed) == 1 else None,
    )


def saved(checkin: CheckIn, *, next_at: datetime | None, tz: str) -> View:
    """Say that a check-in is saved, who can read what of it, and when the next is asked."""
    entry = checkin.entry
    if entry.visibility is Visibility.ONLY_ME:
        who = f"{READ_BY[entry.visibility]} Nothing is shared."
        later = "You can change, share or delete it among your past check-ins."
    else:
        who = f"{READ_BY[entry.visibility]}{without(entry)}"
        later = (
            "Until somebody has read it you can change it; at any time you can show it to fewer "
            "people or delete it, among your past check-ins."
        )
    share = ui.button("Share with my mentor", "checkin.share", value=checkin.id)
    is_open = entry.visibility is Visibility.ONLY_ME and checkin.group_id is not None
    return ui.modal(
        callback_id="checkin.saved",
        title="Saved",
        blocks=[
            ui.section(f"*Your check-in is saved.* {who}{asked_next(next_at, tz, again='again ')}"),
            ui.context(later),
            ui.actions(*([share] if is_open else []), ui.PAST_CHECKINS),
        ],
    )
