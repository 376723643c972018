"""A running programme with one group: Alice mentors Bob and Dana; Pete is a peer-mentor there."""

from dataclasses import replace

from bot.kernel.database import Database
from bot.kernel.ids import GroupId, MemberId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.programme.model import Group, Programme, Seat
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, PROGRAMME

DANA = replace(
    BOB,
    id=MemberId("member_dana"),
    slack_user_id=SlackUserId("U0DANA"),
    name="Dana",
    email="dana@example.org",
    stage=None,
    timezone="Europe/London",
)
PETE = replace(
    BOB,
    id=MemberId("member_pete"),
    slack_user_id=SlackUserId("U0PETE"),
    name="Pete",
    email="pete@example.org",
    roles=frozenset({Role.PEER_MENTOR}),
)
OTHER_GROUP = replace(GROUP, id=GroupId("group_two"), name="Group 2")
EVERYBODY = (ALICE, BOB, CAROL, DANA, PETE)


def seats_in(group: Group, *, pete_as: Role = Role.PEER_MENTOR) -> list[Seat]:
    return [
        Seat(group.id, ALICE.id, Role.MENTOR),
        Seat(group.id, BOB.id, Role.MENTEE),
        Seat(group.id, DANA.id, Role.MENTEE),
        Seat(group.id, PETE.id, pete_as),
    ]


async def seat_everybody(
    database: Database,
    workspace: WorkspaceId = HERE,
    *,
    programme: Programme = PROGRAMME,
    seats: list[Seat] | None = None,
    members: tuple[Member, ...] = EVERYBODY,
) -> None:
    """Keep the members, the programme and its two groups in `workspace`."""
    group, other = (replace(each, workspace_id=workspace) for each in (GROUP, OTHER_GROUP))
    async with database.writing() as connection:
        await people.put_members(
            connection, workspace, [replace(each, workspace_id=workspace) for each in members]
        )
        await programmes.put_programme(
            connection, workspace, replace(programme, workspace_id=workspace)
        )
        await programmes.put_groups(
            connection,
            workspace,
            programme.id,
            [group, other],
            seats_in(group) if seats is None else seats,
        )
