"""Fill in, compare, write, confirm and review an agreement."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import rules, store
from bot.agreements.model import AgreementVersion, Aspect, Expectations, PairProgress, PairSide
from bot.agreements.rules import Phase
from bot.groups.joining import MembersSeats, told_later
from bot.groups.store import pairing
from bot.kernel.clock import local_date
from bot.kernel.database import is_writing
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId
from bot.kinds import ToDoKind
from bot.people import store as people
from bot.people.model import Member
from bot.people.permissions import NOT_YOUR_AGREEMENT, may_change_agreement, may_read_agreement
from bot.todos import ToDo, Weight

Stamp = tuple[int, int]
"""The number and revision of the text that somebody looked at; zeros where there was none."""

ENDED = "You two are not paired any more, so this agreement stays as it is. Nothing was changed."
BOTH_HAVE_ANSWERED = (
    "You have both answered by now, so the answers stay as they are. Open it again: you write one "
    "text together from here."
)
TOO_EARLY = "You see each other's answers once both of you have written yours, and not before."
CHANGED = (
    "The text was changed meanwhile, so nothing was saved. Copy what you want to keep, close this "
    "and open the agreement again."
)
_KINDS = {
    Phase.FILL: (ToDoKind.FILL_AGREEMENT, Weight.IS_DUE),
    Phase.COMPARE: (ToDoKind.COMPARE_ANSWERS, Weight.SOMEBODY_WAITS),
    Phase.CONFIRM: (ToDoKind.CONFIRM_AGREEMENT, Weight.SOMEBODY_WAITS),
    Phase.REVIEW: (ToDoKind.REVIEW_AGREEMENT, Weight.IS_DUE),
}


async def own_progress(
    connection: AsyncConnection, member: Member, *, seating: MembersSeats | None = None
) -> list[PairProgress]:
    """Find how far a member has come with each of their mentees and mentors.

    Left out are those who were not introduced to each other yet, and of pairs that have ended
    those of which there is nothing that they may read. `seating` says where they sit, where that is
    at hand.
    """
    found = await store.progress_of(connection, member)
    by_group: dict[GroupId, set[MemberId]] = {}
    for one in found:
        if one.pair.ended_at is None:
            by_group.setdefault(one.pair.group_id, set()).add(one.pair.mentee_id)
    later = seating.later if seating else {}
    if not by_group.keys() <= later.keys():
        later = await told_later(connection, member.workspace_id, by_group)

    def may_know(one: PairProgress) -> bool:
        if one.pair.ended_at is None:
            return one.pair.mentee_id not in later[one.pair.group_id]
        is_own = one.pair.side_of(member.id) in one.filled
        return is_own or one.are_both_filled or bool(one.versions)

    return [one for one in found if may_know(one)]


async def the_progress(
    connection: AsyncConnection, member: Member, pairing_id: str, *, to_change: bool = False
) -> tuple[PairProgress, PairSide]:
    """Find a pair that a member is or was in, and their side of it. Raises UserFacing.

    `to_change`: they may write there now, not only read; the other waits while this is done.
    """
    hold = to_change and is_writing(connection)
    its = await pairing(connection, member.workspace_id, pairing_id, hold=hold)
    people = (its.mentee_id, its.mentor_id) if its else ()
    if not may_read_agreement(member, between=people):
        raise UserFacing(NOT_YOUR_AGREEMENT)
    found = await own_progress(connection, member)
    one = next((one for one in found if one.pair.pairing_id == pairing_id), None)
    if one is None:
        raise UserFacing(NOT_YOUR_AGREEMENT)
    lasts = one.pair.ended_at is None
    if to_change and not may_change_agreement(member, between=people, lasts=lasts):
        raise UserFacing(ENDED)
    return one, one.pair.side_of(member.id)


async def fill(
    connection: AsyncConnection,
    member: Member,
    pairing_ids: Sequence[str],
    said: Expectations,
    *,
    now: datetime,
) -> list[PairProgress]:
    """Keep a member's own answers for these pairs: all or none. Raises UserFacing."""
    rules.check(said, today=local_date(now, member.timezone))
    filled = []
    for pairing_id in sorted(set(pairing_ids)):  # in one order: the others hold them likewise
        progress, side = await the_progress(connection, member, pairing_id, to_change=True)
        await people.must_stay(
            connection, member.workspace_id, progress.pair.mentee_id, progress.pair.mentor_id
        )
        were_compared = progress.are_both_filled and await own_answers(connection, progress, side)
        if progress.versions or were_compared:
            raise UserFacing(BOTH_HAVE_ANSWERED)
        await store.put_side(connection, progress.pair, side, said, now=now)
        filled.append((await the_progress(connection, member, pairing_id))[0])
    return filled


async def take_back(connection: AsyncConnection, member: Member, pairing_id: str) -> PairProgress:
    """Delete a member's own answers while the other has not written theirs. Raises UserFacing."""
    progress, side = await the_progress(connection, member, pairing_id, to_change=True)
    if progress.are_both_filled:
        raise UserFacing(BOTH_HAVE_ANSWERED)
    await store.remove_side(connection, progress.pair, side)
    return progress


async def own_answers(
    connection: AsyncConnection, progress: PairProgress, side: PairSide
) -> Expectations | None:
    """Open a side's own answers; None where there are none that can be read."""
    return (await store.sides(connection, progress.pair, [side])).get(side)


async def latest_answers(
    connection: AsyncConnection, member: Member, found: Sequence[PairProgress], *, beside: str
) -> tuple[Expectations, str] | None:
    """Find what a member last answered to somebody else, and to whom; None where they did not."""
    others = [
        (one.filled[side], one, side)
        for one in found
        for side in [one.pair.side_of(member.id)]
        if one.pair.pairing_id != beside and side in one.filled
    ]
    for _, one, side in sorted(others, key=lambda other: other[0], reverse=True)[:1]:
        said = await own_answers(connection, one, side)
        if said is not None:
            return said, one.pair.name_of(side.other)
    return None


async def both_answers(
    connection: AsyncConnection, progress: PairProgress
) -> tuple[Expectations | None, Expectations | None]:
    """Open the mentee's and the mentor's answers; None for those that cannot be read any more.

    Raises UserFacing before both are there.
    """
    if not rules.may_read_both(progress):
        raise UserFacing(TOO_EARLY)
    found = await store.sides(connection, progress.pair, list(PairSide))
    return found.get(PairSide.MENTEE), found.get(PairSide.MENTOR)


async def text_to_write(
    connection: AsyncConnection, progress: PairProgress
) -> tuple[dict[Aspect, str], Stamp]:
    """Give the text that somebody begins to write with, and the stamp of what it was made of."""
    latest = progress.draft or progress.agreed
    if latest is not None:
        text = await store.text_of(connection, progress.pair, latest.number)
        return dict(text or {}), (latest.number, latest.revision)
    mentee, mentor = await both_answers(connection, progress)
    return rules.first_text(mentee or {}, mentor or {}), (0, 0)


async def write(
    connection: AsyncConnection,
    member: Member,
    pairing_id: str,
    text: Expectations,
    *,
    seen: Stamp,
    now: datetime,
) -> PairProgress:
    """Keep a text that a member wrote for both, with their word for it; the other's is asked.

    Raises UserFacing before both have answered, and where the text is not the one `seen` any more.
    """
    today = local_date(now, member.timezone)
    rules.check(text, most_chars=2 * rules.MOST_CHARS + 1, today=today)
    progress, side = await the_progress(connection, member, pairing_id, to_change=True)
    await people.must_stay(
        connection, member.workspace_id, progress.pair.mentee_id, progress.pair.mentor_id
    )
    if not (progress.are_both_filled or progress.versions):
        raise UserFacing(TOO_EARLY)
    latest = progress.draft or progress.agreed
    if seen != ((latest.number, latest.revision) if latest else (0, 0)):
        if latest and await store.text_of(connection, progress.pair, latest.number) == text:
            return progress  # the form came a second time
        raise UserFacing(CHANGED)
    is_new = latest is None or latest.agreed_at is not None
    version = AgreementVersion(
        number=seen[0] + is_new,
        revision=1 if is_new else seen[1] + 1,
        written_by=side,
        written_at=now,
        confirmed=frozenset({side}),
    )
    keep = store.add_version if is_new else store.change_draft
    if not await keep(connection, progress.pair, version, text):
        raise UserFacing(CHANGED)
    return (await the_progress(connection, member, pairing_id))[0]


async def confirm(
    connection: AsyncConnection, member: Member, pairing_id: str, *, seen: Stamp, now: datetime
) -> PairProgress:
    """Confirm the text that a member looked at; both have then. Raises UserFacing if it changed."""
    progress, side = await the_progress(connection, member, pairing_id, to_change=True)
    agreed, draft = progress.agreed, progress.draft
    if draft is None and agreed and (agreed.number, agreed.revision) == seen:
        return progress  # a second press
    if draft is None or (draft.number, draft.revision) != seen:
        raise UserFacing(CHANGED)
    if side not in draft.confirmed and not await store.confirm(
        connection, progress.pair, draft, side, now=now
    ):
        raise UserFacing(CHANGED)
    return (await the_progress(connection, member, pairing_id))[0]


async def drop_draft(
    connection: AsyncConnection, member: Member, pairing_id: str, *, seen: Stamp
) -> PairProgress:
    """Leave an agreement as it was, or the two answers: a text that is not agreed on is deleted."""
    progress, _ = await the_progress(connection, member, pairing_id, to_change=True)
    draft = progress.draft
    if draft is not None and (
        (draft.number, draft.revision) != seen
        or not await store.remove_draft(connection, progress.pair, draft)
    ):
        raise UserFacing(CHANGED)
    return (await the_progress(connection, member, pairing_id))[0]


async def keep_as_it_is(
    connection: AsyncConnection, member: Member, pairing_id: str, *, now: datetime
) -> PairProgress:
    """Note that a member has looked at what was agreed and keeps it. Raises UserFacing."""
    progress, side = await the_progress(connection, member, pairing_id, to_change=True)
    if progress.agreed is None or progress.draft is not None:
        raise UserFacing(CHANGED)
    if rules.phase_of(progress, side, now=now) is Phase.REVIEW:
        await store.note_review(connection, progress.pair, progress.agreed, side, now=now)
    return (await the_progress(connection, member, pairing_id))[0]


def todos(member: Member, found: Sequence[PairProgress], now: datetime) -> list[ToDo]:
    """Say what a member can do about agreements now; nothing to somebody who is away.

    Those whom they have not written to yet are one to-do, however many they are.
    """
    if member.is_away(now):
        return []
    waiting: list[ToDo] = []
    to_fill: list[tuple[bool, datetime, str, str]] = []
    for one in found:
        side = one.pair.side_of(member.id)
        phase, name = rules.phase_of(one, side, now=now), one.pair.name_of(side.other)
        since, about = rules.since(one, side, now=now), one.pair.pairing_id
        if phase is Phase.FILL:
            to_fill.append((not one.filled, since, name, about))
        elif phase in _KINDS:
            kind, weight = _KINDS[phase]
            waiting.append(ToDo(kind=kind, weight=weight, since=since, about=about, names=(name,)))
    return [*_fill_together(sorted(to_fill)), *waiting]


def _fill_together(to_fill: Sequence[tuple[bool, datetime, str, str]]) -> list[ToDo]:
    """Make one to-do of (nobody waits yet, since, name, about), who waits coming first."""
    if not to_fill:
        return []
    kind, weight = _KINDS[Phase.FILL]
    (nobody_waits, *_, about), names = to_fill[0], tuple(name for _, _, name, _ in to_fill)
    return [
        ToDo(
            kind=kind,
            weight=weight if nobody_waits else Weight.SOMEBODY_WAITS,
            since=min(since for _, since, _, _ in to_fill),
            about=about,
            names=names,
            count=len(names),
        )
    ]
