"""What members are told about their groups: put in the outbox, and taken back while it waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import store as delivery
from bot.delivery.model import Addressed, Lane
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, WorkspaceId, new_id
from bot.kinds import MessageKind
from bot.matching.records import KeptProposal
from bot.people import store as people
from bot.programme import store as programmes
from bot.programme.model import Group

KEPT_FOR = timedelta(days=14)
"""How long a message about a group is worth sending."""
INTRODUCTION, UNMATCHED = MessageKind.GROUP_INTRODUCTION, MessageKind.UNMATCHED_NOTICE


async def announce(
    connection: AsyncConnection,
    kept: KeptProposal,
    groups: Sequence[Group],
    *,
    at: datetime,
    now: datetime,
) -> None:
    """Let every group be introduced, and every unmatched mentee be told, at `at` or after."""
    workspace_id, approval = kept.workspace_id, kept.approval_id
    attempt = new_id("told")  # what was withdrawn keeps its key, so a second attempt needs its own
    await delivery.enqueue_all(
        connection,
        workspace_id,
        kind=INTRODUCTION,
        messages=[
            Addressed(one.id, f"group:{one.id}", f"{INTRODUCTION}:{one.id}:{attempt}")
            for one in groups
        ],
        lane=Lane.PROMPT,
        now=now,
        not_before=at,
        expires_at=at + KEPT_FOR,
    )
    left = [MemberId(one.mentee) for one in kept.proposal.unseated]
    await delivery.enqueue_all(
        connection,
        workspace_id,
        kind=UNMATCHED,
        messages=[
            Addressed(
                f"{approval}:{member.id}",
                member.slack_user_id,
                f"{UNMATCHED}:{approval}:{member.id}:{attempt}",
            )
            for member in await people.members(connection, workspace_id, ids=left)
            if not member.is_away(now)  # who is on a break is told by the seat they get
        ],
        lane=Lane.PROMPT,
        now=now,
        not_before=at,
        expires_at=at + KEPT_FOR,
    )


async def withdraw(
    connection: AsyncConnection, kept: KeptProposal, *, now: datetime
) -> list[Group]:
    """Take back what `announce` put in; the groups it was about.

    Raises UserFacing where a group has been told, or is being told: then nothing is taken back
    as long as the caller lets its transaction fail.
    """
    groups = await programmes.groups(connection, kept.workspace_id, kept.programme_id)
    taken = await delivery.withdraw_all(
        connection,
        kept.workspace_id,
        subject_ids=[one.id for one in groups],
        kind=INTRODUCTION,
        now=now,
    )
    if taken < len(groups):
        raise UserFacing(
            "The first groups have been introduced, so this approval stays. You can still move "
            "single members from the Home tab."
        )
    await delivery.withdraw_all(
        connection,
        kept.workspace_id,
        subject_ids=[f"{kept.approval_id}:{one.mentee}" for one in kept.proposal.unseated],
        kind=UNMATCHED,
        now=now,
    )
    return groups


async def tell(
    connection: AsyncConnection,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    subject_id: str,
    recipient: str,
    now: datetime,
    once: str | None = None,
) -> bool:
    """Put one message about a change of groups in the outbox; `once` keeps it from repeating."""
    return await delivery.enqueue(
        connection,
        workspace_id,
        kind=kind,
        subject_id=subject_id,
        recipient=recipient,
        dedupe_key=f"{kind}:{subject_id}:{recipient}:{once or now.isoformat()}",
        lane=Lane.PROMPT,
        now=now,
        expires_at=now + KEPT_FOR,
    )
