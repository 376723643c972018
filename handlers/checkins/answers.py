"""Read what was filled into the form of a check-in, new or saved before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import prompts, rules
from bot.checkins.reading import SeenCheckIn, read_seen
from bot.checkins.rules import (
    Answer,
    Blocker,
    CheckIn,
    GoalLine,
    GoalProgress,
    Reflection,
    ShownPrompt,
    Topic,
    Visibility,
)
from bot.checkins.store import writer_of
from bot.checkins.use_cases import CheckInForm, own
from bot.goals.disclosure import read_by_mentors
from bot.goals.model import Progress
from bot.goals.use_cases import open_goals
from bot.kernel.clock import read_instant
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId
from bot.programme.model import Use, in_use
from bot.programme.store import programme_of
from handlers.checkins import form_views
from handlers.edge.answers import MOST_NUMBER, Answers, WrongAnswer
from handlers.edge.call import Call
from handlers.edge.services import Services

OLD_FORM = "This form is from an earlier version. Copy your text and open /checkin again."
OLD_SAVED = (
    "This is from an earlier version. Copy what you changed, close it, and use /checkin past to "
    "open the check-in again."
)
_STAGES_CHANGED = "The stages were changed meanwhile. Copy your text and open /checkin again."
_FORM = TypeAdapter(CheckInForm)
_SAVED = "checkin_"
"""The beginning of the id that the form of a saved check-in carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as it is filled in: of a new check-in (`form`), or of one that was `saved` before."""

    entry: Reflection
    asked: tuple[ShownPrompt, ...]
    form: CheckInForm | None = None
    saved: SeenCheckIn | None = None


def pack(form: CheckInForm) -> str:
    """Write the modal's metadata: ids, positions and digests, never words."""
    return _FORM.dump_json(form).decode()


def unpack(metadata: str) -> CheckInForm:
    """Read what `pack` wrote. Raises UserFacing for anything else."""
    try:
        form = _FORM.validate_json(metadata)
        read_instant(form.ask.at.isoformat())
    except ValueError:
        raise UserFacing(OLD_FORM) from None
    if not 0 < form.ask.number <= MOST_NUMBER:
        raise UserFacing(OLD_FORM)
    return form


def seen_in(packed: str) -> SeenCheckIn:
    """Read what a form or button showed of a check-in. Raises UserFacing for anything else."""
    try:
        return read_seen(packed)
    except ValueError:
        raise UserFacing(OLD_SAVED) from None


async def goal_lines(
    connection: AsyncConnection, workspace_id: WorkspaceId, member_id: MemberId, *, now: datetime
) -> Sequence[GoalLine]:
    """List the goals that the form asks about; none where the programme does without goals."""
    found = await open_goals(connection, workspace_id, member_id)
    programme = await programme_of(connection, workspace_id, member_id) if found else None
    if programme is None or not in_use(programme, Use.GOALS, now):
        return ()
    read = await read_by_mentors(connection, workspace_id, member_id)
    return [GoalLine(one.id, one.title, one.id in read) for one in found]


async def drafted(call: Call, services: Services) -> Draft:
    """Read the form that the call came from, whichever it is."""
    if call.metadata.startswith(_SAVED):
        return await _of_saved(call, services)
    form = unpack(call.metadata)
    framework = services.catalogue.frameworks.get(form.ask.framework_id)
    stage = framework.level(form.ask.stage) if framework else None
    asked = prompts.shown(stage, form.ask.prompts) if stage else None
    if asked is None:
        raise UserFacing(_STAGES_CHANGED)
    async with services.database.reading_once() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    async with services.database.reading() as connection:
        its = (connection, call.workspace_id)
        goals = await goal_lines(*its, who.member_id, now=services.clock.now()) if who else ()
    entry = read_entry(call.answers, asked, goals)
    return Draft(entry=entry, asked=asked, form=form)


async def _of_saved(call: Call, services: Services) -> Draft:
    member, shown = await services.member(call), seen_in(call.metadata)
    async with services.database.reading() as connection:
        saved = await own(connection, member, shown.checkin_id)
    entry = read_changed(call.answers, saved)
    return Draft(entry=entry, asked=form_views.prompts_of(saved), saved=shown)


def read_changed(answers: Answers, saved: CheckIn) -> Reflection:
    """Read what a saved check-in is changed to; what its form does not ask stays as it was."""
    asked, goals = form_views.prompts_of(saved), form_views.goals_in(saved)
    entry = read_entry(answers, asked, goals, visibility=saved.entry.visibility)
    if form_views.asks_what_to_leave_out(saved.entry):
        return entry
    return replace(entry, left_out=saved.entry.left_out)


def read_entry(
    answers: Answers,
    asked: Sequence[ShownPrompt],
    goals: Sequence[GoalLine] = (),
    *,
    visibility: Visibility | None = None,
) -> Reflection:
    """Read what was filled in. An option that does not exist counts as left out."""
    texts = [(each, answers.text(f"lens_{each.lens}")) for each in asked]
    confidence, wellbeing = (answers.choice(name) or "" for name in ("confidence", "wellbeing"))
    chosen = [(goal, answers.choice_of(f"goal_{goal.goal_id}", Progress)) for goal in goals]
    return Reflection(
        answers=tuple(Answer(each.lens, each.prompt, text) for each, text in texts if text),
        confidence=int(confidence) if confidence in map(str, range(11)) else None,
        blocker=answers.choice_of("blocker", Blocker),
        wish=answers.text("wish"),
        goals=tuple(
            GoalProgress(goal.goal_id, goal.title, how, goal.is_shared)
            for goal, how in chosen
            if how
        ),
        wellbeing=int(wellbeing) if wellbeing in map(str, range(1, 6)) else None,
        visibility=visibility or answers.choice_of("visibility", Visibility) or Visibility.ONLY_ME,
        left_out=read_left_out(answers),
    )


def read_left_out(answers: Answers) -> frozenset[Topic]:
    """Read what is to be kept from readers."""
    return frozenset(Topic(one) for one in answers.choices("left_out") if one in set(Topic))


def refuse_empty(entry: Reflection, *, first: str) -> None:
    """Keep the form open while nothing is filled in, or nothing of it would be shared."""
    if rules.is_empty(entry):
        raise WrongAnswer(**{first: "A few words here are enough, or anywhere below."})
    if rules.shares_nothing(entry):
        raise WrongAnswer(left_out=rules.NOTHING_SHARED)
