"""What members are told about their groups: put in the outbox, and taken back while it waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Lane, Notice
from bot.groups.channels import leave_unopened, open_channels
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.matching.records import ProposalVersion
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group

KEPT_FOR = timedelta(days=14)
"""How long a message about a group is worth sending."""
INTRODUCTION, UNMATCHED = MessageKind.GROUP_INTRODUCTION, MessageKind.UNMATCHED_NOTICE


async def announce(
    connection: AsyncConnection,
    kept: ProposalVersion,
    groups: Sequence[Group],
    *,
    at: datetime,
    now: datetime,
) -> None:
    """Let every group be introduced in its channel, and every unmatched mentee be told, at `at` or
    after."""
    workspace_id, approval = kept.workspace_id, kept.approval_id
    attempt = new_id("told")  # what was withdrawn keeps its key, so a second attempt needs its own
    notices = [
        Notice(INTRODUCTION, group.id, f"group:{group.id}", f"{INTRODUCTION}:{group.id}:{attempt}")
        for group in groups
    ]
    await open_channels(connection, workspace_id, groups, at=at, now=now)
    left = [MemberId(one.mentee) for one in kept.proposal.unseated]
    notices += [
        Notice(
            UNMATCHED,
            f"{approval}:{member.id}",
            member.slack_user_id,
            f"{UNMATCHED}:{approval}:{member.id}:{attempt}",
        )
        for member in await people.members(connection, workspace_id, ids=left)
        if not member.is_away(now)  # somebody on a break is told by the seat they get
    ]
    await delivery.enqueue_all(
        connection,
        workspace_id,
        notices,
        lane=Lane.PROMPT,
        now=now,
        not_before=at,
        expires_at=at + KEPT_FOR,
    )


async def withdraw(
    connection: AsyncConnection, kept: ProposalVersion, *, now: datetime
) -> list[Group]:
    """Take back what `announce` put in; the groups it was about.

    Raises UserFacing where a group has been told, or is being told: then nothing is taken back
    as long as the caller lets its transaction fail.
    """
    groups = await programmes.groups(connection, kept.workspace_id, kept.programme_id)
    taken = await delivery.withdraw(
        connection,
        kept.workspace_id,
        subject_id=[one.id for one in groups],
        kind=INTRODUCTION,
        now=now,
    )
    unopened = await leave_unopened(connection, kept.workspace_id, groups)
    if taken < len(groups) or not unopened:
        raise UserFacing(
            "The first groups have been introduced, so this approval stays. You can still move "
            "single members from the Home tab."
        )
    await delivery.withdraw(
        connection,
        kept.workspace_id,
        subject_id=[f"{kept.approval_id}:{one.mentee}" for one in kept.proposal.unseated],
        kind=UNMATCHED,
        now=now,
    )
    return groups


def news(
    kind: MessageKind, subject_id: str, recipient: str, *, now: datetime, once: str | None = None
) -> Notice:
    """Write one message about a change of groups; `once` keeps it from repeating."""
    key = f"{kind}:{subject_id}:{recipient}:{once or now.isoformat()}"
    return Notice(kind, subject_id, recipient, key)


async def tell(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    notices: Sequence[Notice],
    *,
    now: datetime,
) -> None:
    """Put messages about a change of groups in the outbox."""
    await delivery.enqueue_all(
        connection, workspace_id, notices, lane=Lane.PROMPT, now=now, expires_at=now + KEPT_FOR
    )
