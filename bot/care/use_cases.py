"""Raise a concern, have it in hand, take it back; and see to it that somebody answers."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.care import rules, store
from bot.care.covers import covers_in
from bot.care.model import Concern, ConcernId, Concerns, Reach, Route
from bot.care.reading import readable_by, waiting_for
from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.kernel.errors import OperatorFacing, UserFacing
from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.kinds import MessageKind, ScheduleKind, ToDoKind
from bot.matching import exclusions
from bot.people import store as people
from bot.people.delegation import present_among
from bot.people.model import Member, Role
from bot.people.permissions import coordinates
from bot.programme import store as programmes
from bot.programme.contacts import contact_people
from bot.programme.model import CONCERN_HOURS, Programme, ProgrammeState
from bot.programme.quiet_hours import hours_of_member
from bot.programme.use_cases import current_programme
from bot.schedule import store as schedule
from bot.schedule.model import Once
from bot.schedule.rules import zone
from bot.schedule.time_off import calendar_of
from bot.todos import ToDo, Weight

log = structlog.get_logger("cairn.care")

NOTE = MessageKind.PERSONAL_NOTE
LOOKED_AT_AGAIN = timedelta(hours=1)
WORTH_SENDING_FOR = timedelta(days=14)
MOST_OPEN = 5
GONE = "This is not there any more. It was taken back, or it is not for you. Nothing was changed."


async def reach_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> Reach:
    """Find whom somebody can reach: the contact people, where none are named the coordinators."""
    member = await people.member_by_slack_id(connection, workspace_id, who)
    programme = await _programme_of(connection, workspace_id, member)
    named = await contact_people(connection, programme)
    if not named:
        everybody = await people.members(connection, workspace_id, roles=[Role.COORDINATOR])
        named = [one for one in everybody if coordinates(one)]
    barred = await _barred(connection, member) if member else set()
    covers = await covers_in(connection, workspace_id, now=now)
    people_here = {one.id: one for one in (*named, *covers.people.values())}
    here = await present_among(connection, workspace_id, people_here.values(), now=now)
    if not (programme and programme.concern_person):
        named = sorted(named, key=lambda one: one.id not in here)
    ids = [one.id for one in named]
    instead = covers.instead_of([one for one in ids if one not in barred], able=here - barred)
    routes = rules.routes([*instead, *ids], barred=barred)
    return Reach(
        routes=routes,
        people=people_here,
        programme=programme,
        away=people_here.keys() - here,
        stand_ins=instead,
        asker=member.id if member else None,
    )


async def _programme_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, member: Member | None
) -> Programme | None:
    """Find the programme whose contacts somebody is shown: as on Home, also after its close."""
    if member is not None and not coordinates(member):
        for state in (ProgrammeState.RUNNING, ProgrammeState.CLOSED):
            its = (connection, workspace_id, member.id)
            if own := await programmes.programme_of(*its, state=state):
                return own
    return await current_programme(connection, workspace_id)


async def _barred(connection: AsyncConnection, member: Member) -> set[MemberId]:
    """Find who is not asked on a member's behalf: themselves, their mentors, whom they blocked."""
    paired = await store.paired_with(connection, member.workspace_id, member.id)
    try:
        blocks = await exclusions.blocks(connection, member.workspace_id)
    except exclusions.WishesUnreadable:
        blocks = {}  # the form names who is asked, and the member chooses
    return {member.id} | paired | blocks.get(member.id, frozenset())


async def raise_concern(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    by: SlackUserId,
    route: Route,
    words: str,
    form_key: str,
    instead_of: ConcernId | None = None,
    now: datetime,
) -> tuple[Concern, Reach]:
    """Ask a person to get in touch, with words or without; the same `form_key` asks once.

    `instead_of` is a concern of theirs that still waits: this one takes its place, and it is
    deleted. Raises UserFacing for a route that is not one of theirs, and for too many at once.
    """
    reach = await reach_of(connection, workspace_id, by, now=now)
    if route not in reach.routes:
        raise UserFacing(
            "Who hears of concerns has changed meanwhile. Copy your words, close this and open it "
            "again."
        )
    if reach.asker:
        await people.must_stay(connection, workspace_id, reach.asker)
    own = [one for one in await store.opened(connection, workspace_id) if one.by == by]
    concern_id = _id_of(workspace_id, form_key)
    if before := next((one for one in own if one.id == concern_id), None):
        return before, reach
    if instead_of is not None:
        if not any(one.id == instead_of and one.is_waiting for one in own):
            raise UserFacing(GONE)
        await store.remove(connection, workspace_id, [instead_of])
    elif sum(one.solved_at is None for one in own) >= MOST_OPEN:
        raise UserFacing(
            f"You have asked {MOST_OPEN} times already. Open them at the foot of Home, and say "
            "which are solved."
        )
    programme = reach.programme
    hours = programme.concern_hours if programme else CONCERN_HOURS
    asked = Concern(
        id=concern_id,
        workspace_id=workspace_id,
        programme_id=programme.id if programme else None,
        to_id=route.to,
        deputy_id=route.then,
        asked_at=now,
        due_at=await worked_after(connection, reach.people[route.to], hours, since=now),
        asked_last_at=now,
        by=by,
        words=words,
    )
    here = reach.people.keys() - set(reach.away)
    step = rules.next_step(asked, again_at=asked.due_at, reachable=here, now=now)
    raised = rules.stepped(asked, step, now=now)
    await store.add(connection, raised)
    told = [reach.people[one].slack_user_id for one in raised.addressed]
    await _note(connection, workspace_id, told, lane=Lane.PROMPT, now=now)
    await look_again(connection, workspace_id, at=now + LOOKED_AT_AGAIN, now=now)
    return raised, reach


def _id_of(workspace_id: WorkspaceId, form_key: str) -> ConcernId:
    digest = hashlib.sha256(f"{workspace_id}|{form_key}".encode()).hexdigest()
    return ConcernId(f"concern_{digest[:20]}")


async def worked_after(
    connection: AsyncConnection, contact: Member, hours: int, *, since: datetime
) -> datetime:
    """Find when so many hours of a contact person's working days have passed."""
    workspace_id = contact.workspace_id
    rhythm = await hours_of_member(connection, contact)
    days_off = await calendar_of(connection, workspace_id)
    return rules.after_working_hours(
        since,
        hours,
        tz=zone(contact.timezone),
        is_working=lambda day: day.weekday() in rhythm.working_days and not days_off.is_off(day),
    )


async def _note(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    recipients: Collection[str],
    *,
    lane: Lane,
    now: datetime,
) -> None:
    """Tell people that something waits for them: the same words to everybody, about themselves.

    Nobody reads it twice who has not read it once, as after an absence.
    """
    await delivery.withdraw_from(connection, workspace_id, [*recipients], [NOTE], now=now)
    await delivery.enqueue_all(
        connection,
        workspace_id,
        [Notice(NOTE, one, one, f"{NOTE}:{one}:{now.isoformat()}") for one in recipients],
        lane=lane,
        now=now,
        expires_at=now + WORTH_SENDING_FOR,
    )


async def look_again(
    connection: AsyncConnection, workspace_id: WorkspaceId, *, at: datetime, now: datetime
) -> None:
    """Let `bot.care.upkeep` look after the workspace's concerns and blocks at `at`."""
    kind = ScheduleKind.CARE
    await schedule.put(
        connection, workspace_id, kind=kind, subject_id=kind, rule=Once(at), tz="UTC", now=now
    )


async def tell_raisers(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    ids: Collection[ConcernId],
    *,
    now: datetime,
) -> None:
    """Tell those who raised these that there is something new; what else was done stays done.

    While the keys are away nobody knows who they are: they read it on Home.
    """
    try:
        found = await store.opened(connection, workspace_id, ids=ids) if ids else []
    except OperatorFacing as failure:
        log.error("raisers_not_told", workspace=workspace_id, reason=failure.reason)  # noqa: TRY400 - no values
        return
    recipients = sorted({one.by for one in found if one.by})
    await _note(connection, workspace_id, recipients, lane=Lane.INTERACTIVE, now=now)


async def ask_people(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    members: Collection[Member],
    *,
    now: datetime,
) -> None:
    """Tell people that a concern waits for them, in their hours."""
    recipients = sorted({one.slack_user_id for one in members})
    await _note(connection, workspace_id, recipients, lane=Lane.PROMPT, now=now)


async def have(
    connection: AsyncConnection, reader: Member, concern_id: ConcernId, *, now: datetime
) -> None:
    """Let somebody who was asked have a concern in hand; whoever raised it is told.

    Raises UserFacing for anybody else, and where somebody has it already; OperatorFacing while
    the keys cannot be reached.
    """
    kept = await store.every(connection, reader.workspace_id, hold=True)
    found = next((one for one in kept if one.id == concern_id), None)
    opened = await store.opened(connection, reader.workspace_id, ids=[concern_id])
    if found is None or not await readable_by(connection, reader, opened):
        raise UserFacing(GONE)
    if found.solved_at is not None or found.seen_by == reader.id:
        return
    if found.seen_by is not None:
        raise UserFacing("Somebody else who was asked has this in hand already.")
    await store.change(connection, replace(found, seen_by=reader.id, seen_at=now))
    await tell_raisers(connection, reader.workspace_id, [found.id], now=now)


async def solve(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    concern_id: ConcernId,
    *,
    by: SlackUserId,
    now: datetime,
) -> None:
    """Let somebody say that their own concern is solved. Raises UserFacing for another's."""
    found = await _own(connection, workspace_id, concern_id, by)
    if found.solved_at is None:
        await store.change(connection, replace(found, solved_at=now))


async def take_back(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    concern_id: ConcernId,
    *,
    by: SlackUserId,
) -> None:
    """Delete one's own concern: nobody reads it from now on. Raises UserFacing for another's."""
    found = await _own(connection, workspace_id, concern_id, by)
    await store.remove(connection, workspace_id, [found.id])


async def _own(
    connection: AsyncConnection, workspace_id: WorkspaceId, concern_id: ConcernId, by: SlackUserId
) -> Concern:
    found = await store.opened(connection, workspace_id, ids=[concern_id])
    if not found or found[0].by != by:
        raise UserFacing(GONE)
    return found[0]


async def words_for_others(
    connection: AsyncConnection, workspace_id: WorkspaceId, concern_id: ConcernId, by: SlackUserId
) -> str:
    """Give the words of one's own concern that still waits. Raises UserFacing for any other."""
    found = await _own(connection, workspace_id, concern_id, by)
    if not found.is_waiting:
        raise UserFacing("Somebody has this in hand by now, or it is solved.")
    return found.words


async def concerns_of(
    connection: AsyncConnection, workspace_id: WorkspaceId, who: SlackUserId, *, now: datetime
) -> Concerns:
    """Read all concerns that somebody may open, and who was asked.

    Raises OperatorFacing while the keys cannot be reached.
    """
    kept = await store.opened(connection, workspace_id)
    reader = await people.member_by_slack_id(connection, workspace_id, who) if kept else None
    own = [one for one in kept if one.by == who]
    asked = await readable_by(connection, reader, kept) if reader else []
    ids = {each for one in own for each in one.named}
    ids |= {one.seen_by for one in asked if one.seen_by}
    found = await people.members(connection, workspace_id, ids=ids)
    named = {}
    if any(one.is_waiting for one in own):
        reach = await reach_of(connection, workspace_id, who, now=now)
        able = [each for one in reach.routes for each in (one.to, one.then) if each]
        named = {each: reach.people[each].name for each in able}
    return Concerns(
        named=named,
        barred=await _barred(connection, reader) if reader and own else (),
        asked=asked,
        own=own,
        people={one.id: one for one in found},
        away=ids - await present_among(connection, workspace_id, found, now=now),
    )


async def reachable_for(
    connection: AsyncConnection, concern: Concern, members: Collection[Member], *, now: datetime
) -> set[MemberId]:
    """Find who of these can be told of a concern, and was not out of reach when they were to be."""
    workspace_id = concern.workspace_id
    here = await present_among(connection, workspace_id, members, now=now)
    slack_ids = [one.slack_user_id for one in members]
    failed = await store.not_reached(connection, workspace_id, slack_ids)
    return {
        one.id
        for one in members
        if one.id in here
        and failed.get(one.slack_user_id, concern.asked_at - LOOKED_AT_AGAIN) < concern.asked_at
    }


async def todos(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    kept: Sequence[Concern],
    now: datetime,
) -> list[ToDo]:
    """Find what waits for somebody who was asked, and whether a coordinator has to name people.

    `kept` are all concerns of the workspace.
    """
    waiting = await waiting_for(connection, member, kept)
    weight, found = Weight.PROTECTS_SOMEBODY, []
    if waiting:
        kind, first = ToDoKind.ANSWER_CONCERN, waiting[0]
        is_first_asked = first.to_id == member.id and first.deputy_id and not first.deputy_asked_at
        found.append(
            ToDo(
                kind=kind,
                weight=weight,
                since=first.asked_at,
                count=len(waiting),
                what=first.due_at.isoformat() if is_first_asked else "",
            )
        )
    if await _lacks_people(connection, member, programme, now=now):
        assert programme is not None
        kind = ToDoKind.NAME_CONTACT_PEOPLE
        found.append(ToDo(kind=kind, weight=weight, since=now, about=programme.id))
    return found


async def _lacks_people(
    connection: AsyncConnection, member: Member, programme: Programme | None, *, now: datetime
) -> bool:
    """Say whether a coordinator has to name people: none are, or one can hear of nothing.

    The same whether there is a concern or not. While the texts lack, those are asked for first.
    """
    if programme is None or not coordinates(member) or programme.state is ProgrammeState.CLOSED:
        return False
    if not (programme.crisis_contact and programme.concern_contact):
        return False
    named = await contact_people(connection, programme)
    here = await present_among(connection, member.workspace_id, named, now=now)
    return len(named) < 2 or not here
