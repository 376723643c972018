"""A mentor's to-dos: the claims of their mentees that wait for an answer."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.programme import store as programmes
from bot.programme.groups import GroupMembers
from bot.stages import store
from bot.stages.changes import subject
from bot.stages.model import Framework
from bot.stages.rules import open_claim
from bot.todos.model import ToDo, Weight


async def todos(
    connection: AsyncConnection,
    member: Member,
    groups: Sequence[GroupMembers],
    *,
    frameworks: Mapping[str, Framework],
) -> list[ToDo]:
    """Find the claims that this mentor can answer; each is about one line of a history."""
    workspace_id = member.workspace_id
    where = {
        each: group for group in groups if member.id in group.mentors for each in group.mentees
    }
    if not where:
        return []
    histories = await store.histories(connection, workspace_id, member_ids=where)
    claiming = [one for one, events in histories.items() if events]
    if not claiming:
        return []
    running = {
        each.id: each for each in await programmes.running_programmes(connection, workspace_id)
    }
    found = []
    for mentee in await people.members(connection, workspace_id, ids=claiming):
        programme = running.get(where[mentee.id].programme_id)
        framework = programme and frameworks.get(programme.framework_id)
        claim = open_claim(framework, histories[mentee.id]) if framework else None
        if claim is not None:
            found.append(
                ToDo(
                    kind=ToDoKind.ANSWER_CLAIM,
                    weight=Weight.SOMEBODY_WAITS,
                    since=claim.at,
                    about=subject(claim),
                    names=(mentee.name,),
                    what=claim.to_level,
                )
            )
    return found
