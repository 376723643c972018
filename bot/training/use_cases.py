"""Note, correct and take back which mentors took part in which training."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kernel.words import agree
from bot.people import store as people
from bot.people.model import MENTORING, Member
from bot.training import store
from bot.training.model import MOST_NAME_CHARS, MentorTraining, TrainingId

GONE = "This training is not noted any more. Open Mentors' training under Tools to see what is."


def check_name(name: str) -> str:
    """Give the name of a training on one line. Raises UserFacing for none, and a long one."""
    on_one_line = " ".join(name.split())
    if not 0 < len(on_one_line) <= MOST_NAME_CHARS:
        raise UserFacing(f"Write 1 to {MOST_NAME_CHARS} characters.")
    return on_one_line


def check_day(day: date | None, *, today: date) -> date:
    """Give the day of a training. Raises UserFacing for none, and for one to come."""
    if day is None or day > today:
        raise UserFacing("Choose a day that has come: note a training once it has taken place.")
    return day


async def mentors_among(
    connection: AsyncConnection, workspace_id: WorkspaceId, accounts: Collection[str]
) -> tuple[MemberId, ...]:
    """Find the mentors with these Slack ids. Raises UserFacing for none, and for others."""
    if not accounts:
        raise UserFacing("Choose at least one mentor.")
    every = await people.members(connection, workspace_id, roles=MENTORING)
    found = tuple(one.id for one in every if one.slack_user_id in accounts)
    if others := len(set(accounts)) - len(found):
        are = agree(others, "of them is no mentor", "of them are no mentors")
        raise UserFacing(f"{others} {are} or peer-mentor in your list. Leave them out.")
    return found


async def note(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    name: str,
    held_on: date,
    who: Collection[MemberId],
    instead_of: TrainingId | None = None,
) -> MentorTraining:
    """Keep a training in place of another, or beside those there are.

    Who took part in one of the same name and day is added to it. Raises UserFacing where the other
    is not noted any more, or somebody was erased.
    """
    await people.must_stay(connection, workspace_id, *who)
    noted = await store.trainings(connection, workspace_id)
    if instead_of is not None:
        await store.remove(connection, _one(noted, instead_of))
    its_id = instead_of or TrainingId(new_id("training"))
    kept = MentorTraining(workspace_id=workspace_id, id=its_id, name=name, held_on=held_on)
    same = [
        one
        for one in noted
        if (one.name.casefold(), one.held_on) == (name.casefold(), held_on) and one.id != its_id
    ]
    kept = replace(same[0], name=name) if same else kept
    kept = replace(kept, people=tuple(sorted({*kept.people, *who})))
    await store.put(connection, kept)
    return kept


async def take_back(
    connection: AsyncConnection, workspace_id: WorkspaceId, its_id: TrainingId
) -> MentorTraining:
    """Delete a training. Raises UserFacing where it is not noted any more."""
    gone = _one(await store.trainings(connection, workspace_id), its_id)
    await store.remove(connection, gone)
    return gone


async def the_training(
    connection: AsyncConnection, workspace_id: WorkspaceId, its_id: TrainingId
) -> MentorTraining:
    """Find a training. Raises UserFacing where it is not noted any more."""
    return _one(await store.trainings(connection, workspace_id), its_id)


def _one(noted: Collection[MentorTraining], its_id: TrainingId) -> MentorTraining:
    found = next((one for one in noted if one.id == its_id), None)
    if found is None:
        raise UserFacing(GONE)
    return found


async def erase(connection: AsyncConnection, member: Member, _now: datetime) -> None:
    """Delete that a member took part in any training."""
    await store.erase(connection, member.workspace_id, member.id)
