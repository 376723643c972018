"""A pulse round on a real database, and people to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.kernel.database import Database
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId, WorkspaceId
from bot.keys.vault import FileVault, Vault
from bot.pulse import ballots, closing
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.model import (
    CellId,
    CellLevel,
    Eligible,
    Instrument,
    Published,
    Round,
    RoundId,
    Threshold,
)
from tests.pulse.papers import INSTRUMENT
from tests.support.cast import HERE

NO_ACCOUNT = SlackUserId("")
"""Who is asked on this stage has no Slack account."""
OPENS = datetime(2026, 9, 9, 9, tzinfo=UTC)
OPEN_FOR = timedelta(days=5)
WHILE_OPEN = OPENS + timedelta(days=1)
CLOSES = OPENS + OPEN_FOR


def mentees(sizes: Mapping[str, int]) -> list[Eligible]:
    """`sizes` mentees per group, called after it: A0, A1, B0…"""
    return [
        Eligible(MemberId(f"{group}{n}"), CellId(group))
        for group, size in sizes.items()
        for n in range(size)
    ]


@dataclass(slots=True)
class Stage:
    """One workspace's pulse: `answer` and `close` in as few words as a test wants."""

    database: Database
    vault: Vault
    workspace_id: WorkspaceId = HERE
    instrument: Instrument = field(default=INSTRUMENT)

    async def open(
        self,
        sizes: Mapping[str, int],
        *,
        at: datetime = OPENS,
        without: tuple[str, ...] = (),
        level: CellLevel = CellLevel.GROUP,
        comments: bool = False,
    ) -> Round:
        people = [person for person in mentees(sizes) if person.member_id not in without]
        async with self.database.writing() as connection:
            return await pulse.open_round(
                connection,
                self.vault,
                workspace_id=self.workspace_id,
                programme_id=ProgrammeId("programme_year"),
                instrument=self.instrument,
                items=tuple(item.id for item in self.instrument.items[:2]),
                eligible=people,
                opens_at=at,
                closes_at=at + OPEN_FOR,
                threshold=Threshold(),
                cell_level=level,
                comments=comments,
            )

    async def answer(
        self,
        round_: Round,
        member: str,
        answers: Mapping[str, object],
        *,
        at: datetime | None = None,
        workspace_id: WorkspaceId | None = None,
    ) -> None:
        await pulse.cast(
            self.database,
            self.vault,
            workspace_id or self.workspace_id,
            round_.id,
            member_id=MemberId(member),
            account=NO_ACCOUNT,
            answers=answers,
            now=at or round_.opens_at + timedelta(days=1),
        )

    async def comment(
        self, round_: Round, member: str, text: str, answers: Mapping[str, object] | None = None
    ) -> None:
        """Answer with a comment, in the two steps that a member takes."""
        member_id, now = MemberId(member), round_.opens_at + timedelta(days=1)
        here = (self.database, self.vault, self.workspace_id, round_.id)
        ballot = await pulse.sealed_for(
            *here,
            member_id=member_id,
            account=NO_ACCOUNT,
            answers=answers or {},
            comment=text,
            now=now,
        )
        await pulse.cast_sealed(
            *here, member_id=member_id, account=NO_ACCOUNT, sealed=ballot.sealed, now=now
        )

    async def all_answer(self, round_: Round, answers: Mapping[str, object]) -> None:
        async with self.database.reading() as connection:
            people = await kept.eligible_for(connection, round_.id)
        for person in people:
            await self.answer(round_, person.member_id, answers)

    async def close(self, round_: Round) -> Published:
        """Shut, count, publish and shred, as a close without interruption does."""
        now = round_.closes_at
        async with self.database.writing() as connection:
            assert await closing.begin_closing(connection, round_, now=now)
        results = await closing.count(self.database, self.vault, round_)
        async with self.database.writing() as connection:
            assert await closing.publish(connection, round_, results, now=now)
        await closing.shred(self.database, self.vault)
        found = await self.published(round_)
        assert found is not None
        return found

    async def published(self, round_: Round) -> Published | None:
        async with self.database.reading() as connection:
            now = await kept.round_of(connection, self.workspace_id, round_.id)
            return None if now is None else await kept.published(connection, now)

    async def box(self, round_: Round) -> dict[bytes, bytes]:
        async with self.database.reading() as connection:
            return await ballots.box(connection, RoundId(round_.id))


def key_files(vault: FileVault) -> list[str]:
    """The files that hold keys; the vault's mark is none."""
    return sorted(path.name for path in vault.directory.glob("*.key"))
