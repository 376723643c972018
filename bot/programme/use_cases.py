"""Create a programme, name its contacts, start it and close it, as coordinators do."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Notice
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, WorkspaceId, new_id
from bot.kernel.words import weekday_and_day
from bot.kinds import MessageKind, ToDoKind
from bot.people.delegation import coordinators_on_duty
from bot.people.model import Member
from bot.people.permissions import coordinates
from bot.people.use_cases import send_all
from bot.programme import store
from bot.programme.checks import (
    checked_contact,
    checked_end,
    checked_name,
    checked_start,
    checked_zone,
    must_be_startable,
)
from bot.programme.contacts import ContactPeople, checked_people, must_have_people
from bot.programme.digest_channel import (
    DIGESTS,
    NEVER,
    Fact,
    against,
    facts_in,
    joined,
    still_confirmed,
)
from bot.programme.model import (
    Programme,
    ProgrammeState,
    Template,
    Use,
    in_use,
    is_over,
    monday_of_week,
    uses,
    week_of,
)
from bot.programme.rules import with_uses
from bot.schedule import store as schedule
from bot.schedule.rules import instant_of, zone
from bot.todos import ToDo, Weight


async def create_programme(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    template: Template,
    name: str,
    starts_on: date,
    timezone: str,
    now: datetime,
    coordinator_channel: str | None = None,
    ends_on: date | None = None,
) -> Programme:
    """Create a draft, and enrol everybody.

    It lasts as long as its template says, or to the week of `ends_on`. Raises UserFacing for a
    wrong name, zone, start or end.
    """
    zone = checked_zone(timezone)
    programme = Programme(
        id=ProgrammeId(new_id("programme")),
        workspace_id=workspace_id,
        name=checked_name(name),
        template_id=template.id,
        framework_id=template.framework_id,
        state=ProgrammeState.DRAFT,
        starts_on=checked_start(starts_on, today=local_date(now, zone)),
        weeks=template.weeks,
        timezone=zone,
        coordinator_channel=coordinator_channel,
        template=template,
    )
    if ends_on is not None:
        programme = replace(programme, weeks=checked_end(programme, ends_on))
    await store.put_programme(connection, workspace_id, programme)
    await store.enrol_everybody(connection, workspace_id, programme.id)
    return programme


async def change_draft(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    template: Template,
    name: str,
    starts_on: date,
    now: datetime,
    coordinator_channel: str | None = None,
    ends_on: date | None = None,
    keeps_weeks: bool = True,
) -> Programme:
    """Change a programme before it starts; without a channel the one chosen before stays.

    It ends in the week of `ends_on`; without it after as many weeks as before where it
    `keeps_weeks`, else as its template says. All that was changed about it stays, too, unless the
    template is another. Raises UserFacing once it has started.
    """

    def change(draft: Programme) -> Programme:
        if draft.state is not ProgrammeState.DRAFT:
            raise UserFacing("This programme has started, so its template and start stay.")
        today = local_date(now, draft.timezone)
        stays = template.id == draft.template_id
        changed = replace(
            draft,
            name=checked_name(name),
            template=draft.template if stays else template,
            template_id=template.id,
            framework_id=draft.framework_id if stays else template.framework_id,
            weeks=draft.weeks if stays and keeps_weeks else template.weeks,
            starts_on=checked_start(starts_on, today=today),
            coordinator_channel=coordinator_channel or draft.coordinator_channel,
        )
        return changed if ends_on is None else replace(changed, weeks=checked_end(changed, ends_on))

    return await change_programme(connection, workspace_id, programme_id, change)


async def set_contacts(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    crisis_contact: str,
    concern_contact: str,
    people: ContactPeople | None = None,
) -> Programme:
    """Name the contacts for a crisis and for a concern, and the people who hear of concerns.

    Without `people` those of before stay. Raises UserFacing for an empty contact, and for somebody
    who may not hear of concerns.
    """
    crisis, concern = map(checked_contact, (crisis_contact, concern_contact))
    changed = await change_programme(
        connection,
        workspace_id,
        programme_id,
        lambda one: replace(one, crisis_contact=crisis, concern_contact=concern),
    )
    if people is None:
        return changed
    values = await checked_people(connection, workspace_id, people)
    its = (connection, workspace_id, programme_id)
    return await change_programme(*its, lambda one: replace(one, **values))


async def set_channel(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    channel: str,
    confirmed: Collection[Fact],
    now: datetime,
) -> Programme:
    """Choose the channel for digests, with what speaks against it and was confirmed.

    Digests that waited for a suitable one go there. Raises UserFacing for a channel in which Cairn
    cannot write.
    """
    if NEVER & frozenset(confirmed):
        raise UserFacing("Cairn cannot write in this channel. Choose another.")
    await delivery.release(connection, workspace_id, f"{DIGESTS}{programme_id}", now=now)
    return await change_programme(
        connection,
        workspace_id,
        programme_id,
        lambda one: replace(
            one,
            coordinator_channel=channel,
            channel_confirmed=joined(confirmed) or None,
            channel_problem=None,
            channel_checked_on=local_date(now, one.timezone),
        ),
    )


async def note_channel(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    channel: str,
    facts: Collection[Fact],
    now: datetime,
) -> frozenset[Fact] | None:
    """Keep what was read about `channel`; returns what keeps digests from going there.

    The coordinators are told of what was not found the last time. None, and nothing is kept, when
    another channel was chosen meanwhile.
    """
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    if programme.coordinator_channel != channel:
        return None
    confirmed, before = map(facts_in, (programme.channel_confirmed, programme.channel_problem))
    problem = against(facts, confirmed)
    if programme.state is ProgrammeState.CLOSED:
        return problem
    checked = replace(
        programme,
        channel_confirmed=joined(still_confirmed(facts, confirmed)) or None,
        channel_problem=joined(problem) or None,
        channel_checked_on=local_date(now, programme.timezone),
    )
    if checked != programme:
        await store.put_programme(connection, workspace_id, checked)
    if problem - before:
        await _tell_of_channel(connection, checked, now=now)
    elif before and not problem:
        await delivery.release(connection, workspace_id, f"{DIGESTS}{programme_id}", now=now)
    return problem


async def _tell_of_channel(
    connection: AsyncConnection, programme: Programme, *, now: datetime
) -> None:
    """Tell the coordinators what is wrong with the channel, in place of what they had not read."""
    kind, workspace_id, subject = MessageKind.DIGEST_CHANNEL, programme.workspace_id, programme.id
    await delivery.withdraw(connection, workspace_id, subject_id=subject, kind=kind, now=now)
    once = f"{kind}:{subject}:{now.isoformat()}"
    told = [one.slack_user_id for one in await coordinators_on_duty(connection, workspace_id, now)]
    notices = [Notice(kind, subject, one, f"{once}:{one}") for one in told]
    await send_all(connection, workspace_id, notices, now=now)


async def allow_comments(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    allowed: bool,
) -> Programme:
    """Let the pulse have room for a comment, or not, from its next round on."""
    return await change_programme(
        connection,
        workspace_id,
        programme_id,
        lambda one: replace(one, template=replace(one.template, pulse_comments=allowed)),
    )


async def change_uses(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    uses: Collection[Use],
    weeks: Mapping[Use, int],
    now: datetime,
) -> Programme:
    """Let the programme use this: see `with_uses`. Raises UserFacing once it is closed."""
    chosen = partial(with_uses, uses=uses, weeks=weeks, now=now)
    return await change_programme(connection, workspace_id, programme_id, chosen)


async def start(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Programme:
    """Let the programme run, once; its caller schedules. Raises UserFacing while it may not."""
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    must_be_startable(programme)
    await must_have_people(connection, programme)
    await store.enrol_everybody(connection, workspace_id, programme_id)
    running = replace(programme, state=ProgrammeState.RUNNING)
    await store.put_programme(connection, workspace_id, running)
    return running


async def close(
    connection: AsyncConnection, workspace_id: WorkspaceId, programme_id: ProgrammeId
) -> Programme:
    """End the programme for good: nothing more falls due for it."""
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    closed = replace(programme, state=ProgrammeState.CLOSED)
    await store.put_programme(connection, workspace_id, closed)
    await schedule.remove_subject(connection, workspace_id, subject_id=programme_id)
    return closed


async def the_programme(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    *,
    hold: bool = False,
) -> Programme:
    """Find the programme with this id, to `hold` or to look at. Raises UserFacing for none."""
    found = await store.programme(connection, workspace_id, programme_id, hold=hold)
    if found is None:
        raise UserFacing("This programme is gone. Open the Home tab to see those there are.")
    return found


async def current_programme(
    connection: AsyncConnection, workspace_id: WorkspaceId
) -> Programme | None:
    """Find the programme that coordinators work on: the running one, else the latest draft."""
    found = await store.programmes(connection, workspace_id)
    order = (ProgrammeState.RUNNING, ProgrammeState.DRAFT)
    return next((one for state in order for one in found if one.state is state), None)


async def change_programme(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    programme_id: ProgrammeId,
    change: Callable[[Programme], Programme],
) -> Programme:
    """Change a programme that is not closed. Raises UserFacing for one that is closed or gone."""
    programme = await the_programme(connection, workspace_id, programme_id, hold=True)
    if programme.state is ProgrammeState.CLOSED:
        raise UserFacing("This programme is closed and stays as it was. Create a new one.")
    changed = change(programme)
    await store.put_programme(connection, workspace_id, changed)
    return changed


def todos(member: Member, programme: Programme | None, now: datetime) -> list[ToDo]:
    """List what a coordinator can do about the programme itself."""
    if not coordinates(member):
        return []
    if programme is None or programme.state is ProgrammeState.CLOSED:
        weight = Weight.STARTS_THE_PROGRAMME
        return [ToDo(kind=ToDoKind.SET_UP_PROGRAMME, weight=weight, since=now)]
    found, about = [], programme.id
    if not (programme.crisis_contact and programme.concern_contact):
        weight = Weight.PROTECTS_SOMEBODY
        found.append(ToDo(kind=ToDoKind.NAME_CONTACTS, weight=weight, since=now, about=about))
    if programme.state is ProgrammeState.RUNNING and week_of(programme, now) >= programme.weeks:
        last = monday_of_week(programme, programme.weeks)
        since = instant_of(last, time(0), zone(programme.timezone))
        kind, weight, what = ToDoKind.CLOSE_PROGRAMME, Weight.IS_DUE, programme.name
        over = int(is_over(programme, now))
        found.append(
            ToDo(kind=kind, weight=weight, since=since, about=about, what=what, count=over)
        )
    return found


def must_be_in_use(programme: Programme, use: Use, *, now: datetime) -> None:
    """Raise UserFacing for what the programme does without, or what has not begun."""
    if not in_use(programme, use, now):
        if programme.state is ProgrammeState.CLOSED or not uses(programme, use):
            raise UserFacing(f"{programme.name} does not use this. Open Home for what it does.")
        begins = monday_of_week(programme, dict(programme.template.uses)[use])
        raise UserFacing(f"This begins on {weekday_and_day(begins)}. You will find it on Home.")
