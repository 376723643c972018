"""Answer the question of research, and make the file of those who said yes."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import IO

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.kernel.database import Database
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, ProgrammeId, WorkspaceId
from bot.kernel.words import plural
from bot.kinds import ToDoKind
from bot.people.model import PAIRED, Member
from bot.people.use_cases import must_coordinate
from bot.programme import store as programmes
from bot.programme.model import Programme, ProgrammeState, Use, in_use, monday_of_week
from bot.programme.texts import set_consent
from bot.programme.use_cases import the_programme
from bot.research import store
from bot.research.model import MOST_INTRODUCTION_CHARS, ConsentText
from bot.research.package import Exported, Tell, nobody, write_export
from bot.schedule.rules import instant_of, zone
from bot.stages.model import Framework
from bot.todos import ToDo, Weight

TRIES = 3
LEAST_INTRODUCTION_CHARS = 40
NEW_TEXT = "The text has changed since you opened this. Read it again: nothing was saved."
NO_RESEARCH = (
    "This programme has not begun with research, so nobody was asked and there is nothing to "
    "export. You can switch Research on under What it uses."
)
ALWAYS_CHANGING = (
    "Somebody changed their mind each time while the file was made, so none was made. Try again."
)


def checked_introduction(text: str | None) -> str:
    """Tidy what a programme says of its research. Raises UserFacing for nothing, or too much."""
    clean = (text or "").strip()
    if not LEAST_INTRODUCTION_CHARS <= len(clean) <= MOST_INTRODUCTION_CHARS:
        raise UserFacing(
            f"Write {LEAST_INTRODUCTION_CHARS} to {MOST_INTRODUCTION_CHARS:,} characters: what is "
            "studied, and by whom."
        )
    return clean


async def write_text(
    connection: AsyncConnection,
    programme: Programme,
    introduction: str,
    usual: ConsentText,
    *,
    now: datetime,
) -> None:
    """Let a programme ask in its own words from now on; everybody is asked again.

    The words of the files lead back to them. A yes holds for the words that it was said to.
    """
    workspace_id, digest = programme.workspace_id, None
    if introduction != usual.introduction:
        its = (connection, workspace_id, introduction, usual)
        digest = (await store.keep_own_text(*its, now=now)).digest
    await set_consent(connection, workspace_id, programme.id, digest)


async def answer(
    connection: AsyncConnection,
    member: Member,
    text: ConsentText,
    *,
    read: str,
    is_yes: bool,
    now: datetime,
) -> None:
    """Keep what a member says to the text whose digest is `read`. Raises UserFacing for an old."""
    if is_yes and read != text.digest:
        raise UserFacing(NEW_TEXT)
    await store.add_answer(connection, member, text, is_yes=is_yes, now=now)


async def todos(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    text: ConsentText,
    *,
    now: datetime,
) -> list[ToDo]:
    """Find whether a member has yet to say yes or no to this version of the text."""
    if programme is None or not member.roles & PAIRED or member.is_away(now):
        return []
    if programme.state is not ProgrammeState.RUNNING or not in_use(programme, Use.RESEARCH, now):
        return []
    text = await store.consent_of(connection, programme, text)
    said = await store.last_answer(connection, member)
    if said is not None and said.is_to(text):
        return []
    week = dict(programme.template.uses)[Use.RESEARCH]
    since = instant_of(monday_of_week(programme, week), time(0), zone(programme.timezone))
    return [ToDo(kind=ToDoKind.DECIDE_ABOUT_RESEARCH, weight=Weight.CAN_WAIT, since=since)]


async def exportable(
    connection: AsyncConnection, workspace_id: WorkspaceId, now: datetime
) -> list[Programme]:
    """Find the programmes that research has begun with, the running before the closed."""
    found = await programmes.programmes(connection, workspace_id)
    begun = [one for one in found if may_be_exported(one, now)]
    return sorted(begun, key=lambda one: one.state is not ProgrammeState.RUNNING)


def may_be_exported(programme: Programme, now: datetime) -> bool:
    """Say whether members of a programme are or were asked about research."""
    return programme.state is not ProgrammeState.DRAFT and in_use(programme, Use.RESEARCH, now)


async def make_export(
    database: Database,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    out: IO[bytes],
    *,
    frameworks: Mapping[str, Framework],
    usual: ConsentText,
    by: MemberId | None,
    now: datetime,
    tell: Tell = nobody,
) -> Exported:
    """Write an export into `out`, and write down that `by` (None: the command line) made it.

    `usual` is the text of the files, for a programme that has none of its own.
    Whoever takes their yes back while it is made is not in it: it is made anew. Raises UserFacing
    where research has not begun, or fewer than five agreed.
    """
    for _ in range(TRIES):
        out.seek(0)
        out.truncate()
        async with database.reading() as connection:
            programme = await the_programme(connection, workspace_id, programme_id)
            if not may_be_exported(programme, now):
                raise UserFacing(NO_RESEARCH)
            text = await store.consent_of(connection, programme, usual)
            made = await write_export(
                connection,
                out,
                programme,
                frameworks.get(programme.framework_id),
                consent_version=text.version,
                tell=tell,
            )
        async with database.writing() as connection:
            if by is not None:
                await must_coordinate(connection, workspace_id, by)
            inside = made.who.members
            agreed = await store.consenting(connection, workspace_id, text.version, of=inside)
            if agreed < inside.keys():
                continue
            await audit.record(
                connection,
                workspace_id,
                Act.RESEARCH_EXPORTED,
                by=by,
                now=now,
                programme_id=programme.id,
                what=plural(len(inside), "participant"),
            )
            return made
    raise UserFacing(ALWAYS_CHANGING)
