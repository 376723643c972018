"""Find what there is to do about claims: for a mentor, for the mentee, and for a coordinator."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.ids import MemberId, ProgrammeId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member, MemberState
from bot.people.permissions import coordinates
from bot.programme.groups import GroupMembers, groups_of_members
from bot.programme.model import Programme
from bot.stages import rules, store
from bot.stages.changes import MenteeStage
from bot.stages.model import Framework, History, StageEvent, StageEventKind, subject
from bot.todos import ToDo, Weight

CLAIMED = StageEventKind.CLAIMED
A_WEEK = timedelta(days=7)
"""How long a claim waits for a mentor who is away before a coordinator is told that it does."""


def of_mentor(
    member: Member,
    groups: Sequence[GroupMembers],
    *,
    mentees: Mapping[MemberId, Member],
    histories: Mapping[MemberId, History],
    framework_of: Mapping[ProgrammeId, Framework],
) -> list[ToDo]:
    """Find the claims that wait for this mentor; each is about one line of a history."""
    found = []
    for group in groups:
        framework = framework_of.get(group.programme_id)
        if framework is None or member.id not in group.mentors:
            continue
        for one in sorted(group.mentees & mentees.keys()):
            claim = rules.waits_for_mentor(framework, histories[one])
            if claim is not None and mentees[one].takes_part:
                found.append(
                    ToDo(
                        kind=ToDoKind.ANSWER_CLAIM,
                        weight=Weight.SOMEBODY_WAITS,
                        since=claim.at,
                        about=subject(claim),
                        names=(mentees[one].name,),
                        what=claim.to_level,
                    )
                )
    return found


async def _waiting(
    connection: AsyncConnection,
    reader: Member,
    framework_of: Mapping[MemberId, Framework | None],
    histories: Mapping[MemberId, History],
) -> list[tuple[Member, StageEvent]]:
    """Find which of these mentees have a claim that no mentor has answered, by name."""
    claims = {
        mentee: rules.waits_for_mentor(framework, histories[mentee])
        for mentee, framework in framework_of.items()
        if framework is not None
    }
    found = {mentee: claim for mentee, claim in claims.items() if claim is not None}
    members = await people.members(connection, reader.workspace_id, ids=list(found))
    return [(one, found[one.id]) for one in members if one.takes_part]


def of_mentee(seen: MenteeStage, *, now: datetime) -> list[ToDo]:
    """Say that a mentor asked to talk about one's claim, which waits with oneself then."""
    claim = rules.open_claim(seen.framework, seen.history)
    if claim is None or not rules.wants_talk(seen.history) or seen.member.is_away(now):
        return []
    asked = seen.history[-1]
    return [
        ToDo(
            kind=ToDoKind.TALK_ABOUT_CLAIM,
            weight=Weight.IS_DUE,
            since=asked.at,
            about=subject(asked),
            what=claim.to_level,
        )
    ]


async def of_coordinator(
    connection: AsyncConnection,
    member: Member,
    programme: Programme | None,
    *,
    framework: Framework | None,
    now: datetime,
) -> list[ToDo]:
    """Find the claims that have waited a week while every mentor of the group is away.

    Neither the stage nor a word of the claim is in it.
    """
    if programme is None or framework is None or not coordinates(member):
        return []
    paused = await people.members(connection, member.workspace_id, states=[MemberState.PAUSED])
    away = {one.id: one for one in paused if one.is_mentor and one.is_away(now)}
    groups = await groups_of_members(connection, programme, away) if away else []
    alone = [one for one in groups if one.mentors and one.mentors <= away.keys()]
    mentor_of = {mentee: min(one.mentors) for one in alone for mentee in one.mentees}
    histories = await store.histories(connection, member.workspace_id, member_ids=mentor_of)
    framework_of = dict.fromkeys(mentor_of, framework)
    waiting = await _waiting(connection, member, framework_of, histories)
    return [
        ToDo(
            kind=ToDoKind.CLAIM_UNANSWERED,
            weight=Weight.SOMEBODY_WAITS,
            since=claim.at + A_WEEK,
            about=programme.id,
            names=(mentee.name, away[mentor_of[mentee.id]].name),
        )
        for mentee, claim in waiting
        if claim.at + A_WEEK <= now
    ]
